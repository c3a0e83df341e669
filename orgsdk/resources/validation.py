"""Validate arguments before a request is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from pydantic import SecretStr

from orgsdk.domain import UNSET, Unset
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.domain import UnsetType


def check_id(value: str, name: str) -> str:
    """Give the id back where it is one at all; its alphabet is the provider's to check. `name` says whose it is."""
    _check_string(value, name, "pass the id as a string.")
    if not value:
        raise InvalidArgumentError(f"The {name} is empty: pass the id that the provider gave.")
    return value


def check_text(value: str, name: str) -> str:
    """Give the text back where it says something; `name` names the argument in the error."""
    _check_string(value, name, "pass a string.")
    if not value.strip():
        raise InvalidArgumentError(f"The {name} is empty.")
    return value


def check_filter(value: str | None, name: str) -> str | None:
    """Give back what narrows a list, which is one text or nothing; `name` names the argument in the error."""
    if value is not None:
        _check_string(value, name, "pass one string, or leave it out.")
    return value


def check_names(values: str | Iterable[str], name: str) -> tuple[str, ...]:
    """Give names or ids without repeats, in order. One string is refused: its letters would be taken for names."""
    if isinstance(values, str):
        # Not repeated here: it may be a person's address.
        raise InvalidArgumentError(f"The {name} are one string: pass a list of them.")
    try:
        listed = iter(values)
    except TypeError:  # such as a list that is not read yet
        raise InvalidArgumentError(f"The {name} are of type {type(values).__name__}: pass a list of strings.") from None
    return tuple(dict.fromkeys(check_text(value, f"text in {name}") for value in listed))


def check_password(password: str | SecretStr | None) -> SecretStr | None:
    """Give the password wrapped; refuse an empty one."""
    secret = SecretStr(password) if isinstance(password, str) else password
    if secret is not None and not secret.get_secret_value():
        raise InvalidArgumentError("The password is empty: pass one, or leave it out.")
    return secret


def check_password_change(password: str | SecretStr | UnsetType) -> SecretStr | UnsetType:
    """Give the new password wrapped, or UNSET; refuse an empty one."""
    return UNSET if isinstance(password, Unset) else check_password(password) or UNSET


def check_expiry(expires_in: timedelta | None, expires_at: datetime | None) -> datetime | None:
    """Give the moment that either argument means, in UTC; None where neither is given.

    Raises `InvalidArgumentError` where both are, or where it is not in the future or has no time zone.
    """
    if expires_in is not None and expires_at is not None:
        raise InvalidArgumentError("Pass expires_in or expires_at, not both.")
    _check_type(expires_in, timedelta, "expires_in is a span of time: pass a timedelta, such as timedelta(days=7).")
    _check_type(expires_at, datetime, "expires_at is a moment: pass datetime(…, tzinfo=UTC).")
    now = datetime.now(UTC)
    try:
        if expires_in is not None:
            expires_at = now + expires_in
        if expires_at is None:
            return None
        if expires_at.utcoffset() is None:
            raise InvalidArgumentError("expires_at has no time zone: pass datetime(…, tzinfo=UTC).")
        if expires_at <= now:
            raise InvalidArgumentError("The expiry is not in the future.")
        return expires_at.astimezone(UTC)
    except OverflowError:
        raise InvalidArgumentError("The expiry is past the year 9999.") from None


# What callers without types pass: `object`, for a type checker knows that it cannot be.


def _check_string(value: object, name: str, advice: str) -> None:
    # Named by its type alone: it may be a person's record.
    if not isinstance(value, str):
        raise InvalidArgumentError(f"The {name} is of type {type(value).__name__}: {advice}")


def _check_type(value: object, kind: type, complaint: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise InvalidArgumentError(complaint)
