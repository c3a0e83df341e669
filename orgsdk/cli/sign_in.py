"""Sign-in: the settings of a login, and the one request that verifies them."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk._secret_settings import is_secret
from orgsdk.cli.errors import UsageError
from orgsdk.cli.profile_writer import write_profile
from orgsdk.cli.secret_store import delete_secret, entry_name, find_secret, store_secret
from orgsdk.cli.settings import ORGANIZATION_VARIABLE, read_secret_file
from orgsdk.cli.user_input import ask, ask_secret, has_terminal
from orgsdk.domain import Capability
from orgsdk.errors import AuthenticationError, OrgError, PermissionDeniedError, UnsupportedError
from orgsdk.providers.discovery import VARIABLE, load_provider, provider_names

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from pydantic import JsonValue

    from orgsdk.client import OrgClient
    from orgsdk.domain import Organization
    from orgsdk.providers.base import Provider

# The end of the origin of a setting that was neither passed nor typed.
FROM_ENVIRONMENT = " of the environment"
_MASK = "********"
_TIMEOUT = 15


def mask(setting: str, value: str) -> str:
    """Return the value of a setting as it may be shown: a secret is replaced, its length included."""
    return _MASK if is_secret(setting) and value else value


def choose_provider(given: str | None, profile: Mapping[str, str], environ: Mapping[str, str]) -> type[Provider]:
    """Return the provider to sign in to: `--provider`, the profile's, the environment's, or the one that is typed.

    Raise `UsageError` if it cannot be asked for, is not the profile's, or needs no sign-in.
    """
    signable = [name for name in provider_names() if load_provider(name).environment]
    name = (given or profile.get(VARIABLE) or environ.get(VARIABLE) or "").strip().lower()
    if not name:
        if not has_terminal():
            raise UsageError(f"no provider is named: pass --provider {' or --provider '.join(signable)}")
        name = ask(f"Provider ({', '.join(signable)})").lower()
    if profile.get(VARIABLE, name).strip().lower() != name:
        raise UsageError(
            f"the profile is for provider {profile[VARIABLE]}, not {name}: pass --profile NAME for another profile"
        )
    found = load_provider(name)
    if not found.environment:
        raise UsageError(f"the provider {name} needs no sign-in: pass --provider {' or --provider '.join(signable)}")
    return found


def collect_settings(
    provider: type[Provider],
    *,
    given: Mapping[str, str],
    profile: Mapping[str, str],
    environ: Mapping[str, str],
    secret_file: Path | None,
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the settings of a login, and where each comes from, for a message.

    They are those given, those of the profile, those of the environment, those typed. A new secret is asked for, or
    read, even if the profile has one. Raise `UsageError` if one is missing.
    """
    prefix = f"{provider.name.upper().replace('-', '_')}_"
    secrets = [name for name in provider.environment if is_secret(name)]
    # The environment completes an existing profile only with what is required: it may be of another tenant.
    usable = {
        key: value
        for key, value in environ.items()
        if value and key.startswith(prefix) and (not profile or key.removesuffix("_FILE") in provider.environment)
    }
    if not profile and environ.get(VARIABLE, "").strip().lower() == provider.name:
        usable |= {key: environ[key] for key in (ORGANIZATION_VARIABLE,) if environ.get(key)}
    for key in [key for key in usable if key.endswith("_FILE")]:
        usable[key] = str(Path(usable[key]).expanduser().absolute())  # in a profile, it is relative to the profile
    kept = {key: value for key, value in profile.items() if not is_secret(key) and not key.endswith("_KEYRING")}
    settings = {**usable, **kept, **given, VARIABLE: provider.name}
    origins = {
        **{key.removesuffix("_FILE"): f"{key}{FROM_ENVIRONMENT}" for key in usable},
        **{key.removesuffix("_FILE"): f"{key} of the profile" for key in kept},
        **{key.removesuffix("_FILE"): f"{key} of --set" for key in given},
    }
    if secret_file is not None:
        if len(secrets) != 1:
            raise UsageError(f"--secret-file is for one secret, and {provider.name} has {len(secrets)}")
        settings[secrets[0]] = read_secret_file("--secret-file", str(secret_file))
        settings.pop(f"{secrets[0]}_FILE", None)
        origins[secrets[0]] = f"the {_noun(secrets[0])} that --secret-file names"
    for name in provider.environment:
        if not settings.get(name) and not settings.get(f"{name}_FILE"):
            settings[name] = _ask(name)
            origins[name] = f"the {_noun(name)} that was entered"
    return settings, origins


def _noun(setting: str) -> str:
    # FLAT_ACCESS_TOKEN is the access token.
    return setting.partition("_")[2].replace("_", " ").lower()


@contextmanager
def report_refusal(origins: Mapping[str, str]) -> Generator[None]:
    """Add to an error which settings the provider refused, by where they come from, and that nothing was written."""
    try:
        yield
    except AuthenticationError as error:
        names = [name for name in error.settings if name in origins]
        error.settings = ()  # the variables, which need not be set
        error.add_note(f"refused: {' or '.join(origins[name] for name in names)}; nothing was written")
        if taken := [name for name in names if origins[name].endswith(FROM_ENVIRONMENT)]:
            error.add_note(f"to enter others, unset {' and '.join(taken)}")
        raise
    except OrgError as error:
        error.add_note("nothing was written")
        raise


def _ask(name: str) -> str:
    if has_terminal():
        return ask_secret(name) if is_secret(name) else ask(name)
    if is_secret(name):
        raise UsageError(f"{name} is missing: pass --secret-file PATH, - for standard input")
    raise UsageError(f"{name} is missing: pass --set {name}=VALUE")


async def verify_sign_in(client: OrgClient[Provider]) -> str:
    """Send one request, and return what the credentials may not do, empty if they may.

    Raise `AuthenticationError` if the provider refuses the credentials, and other errors if it cannot be reached.
    """
    try:
        await read_organization(client)
    except PermissionDeniedError as error:
        # A refused permission proves that the credentials were accepted.
        return str(error).rstrip(" .")
    return ""


async def read_organization(client: OrgClient[Provider], organization_id: str | None = None) -> Organization | None:
    """Send one request, and return the organization that commands use; None if none is selected, or it has no record.

    Raise `AuthenticationError` if the provider refuses the credentials.
    """
    probe = client.with_options(timeout=_TIMEOUT)
    selected = _selected_organization(client, organization_id)
    if selected is not None and Capability.ORGANIZATIONS_GET in client.capabilities:
        return await probe.organizations.get(selected)
    if Capability.ORGANIZATIONS_LIST in client.capabilities:
        page = await probe.organizations.list(page_size=1)
        own = Capability.DEFAULT_ORGANIZATION in client.capabilities
        return page.items[0] if own and page.items else None
    await probe.organization(selected).users.list(page_size=1)
    return None


def _selected_organization(client: OrgClient[Provider], organization_id: str | None) -> str | None:
    try:
        return client.organization(organization_id).id
    except UnsupportedError:  # the provider has no default organization
        return None


def save_login(
    path: Path, name: str, settings: Mapping[str, str], *, previous: Mapping[str, str], use_keyring: bool
) -> str:
    """Write a profile, its secrets to the keyring if there is one, and return where they are.

    If the profile cannot be written, it raises `UsageError` or `FileError`, and the keyring has what it had before.

    Args:
        path: The profiles file.
        name: The profile.
        settings: Its settings, with the secrets.
        previous: The settings that the profile had.
        use_keyring: Whether secrets go to the keyring.

    Returns:
        A sentence for the user.
    """
    secrets = {key: value for key, value in settings.items() if is_secret(key) and value}
    written = dict(settings)
    before: dict[str, str | None] = {}
    for key, value in secrets.items() if use_keyring else ():
        entry = entry_name(name, key)
        before[entry] = find_secret(entry) if previous.get(f"{key}_KEYRING") == entry else None
        if store_secret(entry, value):
            del written[key]
            written[f"{key}_KEYRING"] = entry
        else:
            del before[entry]
    try:
        write_profile(path, name, written)
    except BaseException:
        for entry, secret in before.items():
            if secret is None:
                delete_secret(entry)
            else:
                store_secret(entry, secret)
        raise
    for key, entry in previous.items():
        if key.endswith("_KEYRING") and key not in written:
            delete_secret(entry)
    if not secrets:
        return f"the settings are in {path}"
    if before:
        return f"the settings are in {path}, the secret is in the keyring"
    return f"the settings and the secret are in {path}, which only you can read"


def delete_login(path: Path, name: str, settings: Mapping[str, str]) -> None:
    """Remove a profile, and its secrets from the keyring."""
    write_profile(path, name, None)
    for key, entry in settings.items():
        if key.endswith("_KEYRING"):
            delete_secret(entry)


def secret_location(provider: type[Provider], settings: Mapping[str, str]) -> str:
    """Return where the secret of a profile is: "keyring", "profile", a file, "missing", or "" if it needs none."""
    locations: list[str] = []
    for name in filter(is_secret, provider.environment):
        if settings.get(f"{name}_KEYRING"):
            locations.append("keyring")
        elif settings.get(name):
            locations.append("profile")
        else:
            locations.append(settings.get(f"{name}_FILE") or "missing")
    return ", ".join(locations)


def profile_status(name: str, settings: Mapping[str, str], *, in_use: bool) -> dict[str, JsonValue]:
    """Return the row of a profile for `orgsdk auth status`."""
    provider = settings.get(VARIABLE, "").strip().lower()
    known = provider in provider_names()
    return {
        "profile": name,
        "provider": provider or None,
        "organization": settings.get(ORGANIZATION_VARIABLE) or None,
        "secret": secret_location(load_provider(provider), settings) if known else None,
        "in_use": in_use,
    }
