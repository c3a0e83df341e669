"""Secrets of profiles in the keyring of the operating system, with the package `keyring` if it is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._distribution import install_advice
from orgsdk.cli.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    from types import ModuleType

SERVICE = "orgsdk"
# A backend below does not encrypt, or does not work: https://github.com/jaraco/keyring, `KeyringBackend.priority`.
_MIN_PRIORITY = 1


def find_keyring() -> ModuleType | None:
    """Return the module `keyring`, None if it is not installed or this machine has no keyring."""
    try:
        import keyring
    except ModuleNotFoundError:
        return None
    try:
        usable = keyring.get_keyring().priority >= _MIN_PRIORITY
    except Exception:  # noqa: BLE001, RUF100  # a backend may raise anything, such as an error of D-Bus
        return None
    return keyring if usable else None


def entry_name(profile: str, setting: str) -> str:
    """Return the name of the entry for a setting of a profile."""
    return f"{profile}/{setting}"


def store_secret(entry: str, secret: str) -> bool:
    """Store a secret in the keyring, and return whether that worked."""
    keyring = find_keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(SERVICE, entry, secret)
        return bool(keyring.get_password(SERVICE, entry) == secret)
    except Exception:  # noqa: BLE001, RUF100  # such as a keyring that stays locked
        return False


def read_secret(entry: str) -> str:
    """Return a secret. Raise `UsageError` if the keyring lacks it, and `MissingExtraError` without `keyring`."""
    try:
        import keyring
    except ModuleNotFoundError:
        raise MissingExtraError(
            f"the profile's secret is in the keyring, and keyring is not installed. {install_advice('cli', 'keyring')}"
        ) from None
    try:
        secret = keyring.get_password(SERVICE, entry)
    except Exception as error:  # noqa: BLE001, RUF100  # as above
        raise UsageError(f"the keyring does not open: {type(error).__name__}: unlock it, and try again") from None
    if not secret:
        raise UsageError(f"the keyring has no entry {entry!r} of {SERVICE}: run orgsdk auth login")
    return secret


def find_secret(entry: str) -> str | None:
    """Return a secret, None if the keyring lacks it or cannot be read."""
    try:
        return read_secret(entry)
    except (UsageError, MissingExtraError):
        return None


def delete_secret(entry: str) -> bool:
    """Delete a secret from the keyring, and return whether it was there."""
    try:
        import keyring

        keyring.delete_password(SERVICE, entry)
    except Exception:  # noqa: BLE001, RUF100  # it is not there, or there is no keyring
        return False
    return True
