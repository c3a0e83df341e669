"""Validate arguments before a request is sent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, TypeVar

from pydantic import SecretStr

from orgsdk.domain import UNSET, USER_FIELDS, Unset
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from orgsdk.domain import UnsetType

T = TypeVar("T")

_HALF_CHARACTER: Final = re.compile(r"[\ud800-\udfff]")


def check_id(value: str, name: str) -> str:
    """Return a non-empty id. The provider checks its characters. `name` is the argument in the error."""
    advice = "pass its id." if hasattr(value, "id") else "pass the id as a string."
    check_string(value, name, advice)
    if not value:
        raise InvalidArgumentError(f"The {name} is empty: pass an id of the provider.")
    return value


def check_text(value: str, name: str) -> str:
    """Return a text that is not blank. `name` is the argument in the error."""
    check_string(value, name, "pass a string.")
    if not value.strip():
        raise InvalidArgumentError(f"The {name} is empty.")
    return value


def check_optional_text(value: T, name: str) -> T:
    """Return None, UNSET, or a text that is not blank. `name` is the field in the error.

    A blank text has no meaning of its own: one provider would clear the field, another would store the blank.
    """
    if value is not None and not isinstance(value, Unset):
        check_string(value, name, "pass a string.")
        if isinstance(value, str) and not value.strip():
            raise InvalidArgumentError(f"The {name} is empty: pass a text. None is for no {name}.")
    return value


def check_unicode(value: T, name: str) -> T:
    """Return the value unless it is a text with half of a surrogate pair, which no provider could be sent."""
    if isinstance(value, str) and _HALF_CHARACTER.search(value):
        raise InvalidArgumentError(f"The {name} is not valid Unicode: it has half a character (a lone surrogate).")
    return value


def check_names(values: str | Iterable[str], name: str) -> tuple[str, ...]:
    """Return names or ids without duplicates, in order. One string is rejected: it would be read letter by letter."""
    if isinstance(values, str):
        # Do not echo the value: it may be an e-mail address.
        raise InvalidArgumentError(f'The {name} are one string: pass a list, such as {name.replace(" ", "_")}=["…"].')
    try:
        listed = iter(values)
    except TypeError:  # such as a paginator
        raise InvalidArgumentError(f"The {name} are of type {type(values).__name__}: pass a list of strings.") from None
    return tuple(dict.fromkeys(check_text(value, f"text in {name}") for value in listed))


def check_password(password: str | SecretStr | None) -> SecretStr | None:
    """Return the password as a secret. An empty one is rejected."""
    secret = SecretStr(password) if isinstance(password, str) else password
    if not isinstance(secret, SecretStr | None):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
        raise InvalidArgumentError(f"The password is of type {type(secret).__name__}: pass a string or a SecretStr.")
    if secret is not None:
        if not secret.get_secret_value():
            raise InvalidArgumentError("The password is empty: pass one, or leave it out.")
        check_unicode(secret.get_secret_value(), "password")
    return secret


def check_password_change(password: str | SecretStr | UnsetType) -> SecretStr | UnsetType:
    """Return the new password as a secret, or UNSET. None and an empty one are rejected: no provider clears it."""
    if password is None:  # pyright: ignore[reportUnnecessaryComparison]  # callers without types
        raise InvalidArgumentError("The password is None: pass one, or leave it out. It cannot be cleared.")
    return UNSET if isinstance(password, Unset) else check_password(password) or UNSET


def check_expiry(expires_in: timedelta | None, expires_at: datetime | None) -> datetime | None:
    """Return the time that one of the arguments defines, in UTC, or None without both.

    Args:
        expires_in: Time from now.
        expires_at: Time with a time zone.

    Returns:
        The time.

    Raises:
        InvalidArgumentError: Both are given, or the time is not in the future or has no time zone.
    """
    if expires_in is not None and expires_at is not None:
        raise InvalidArgumentError("Pass expires_in or expires_at, not both.")
    _check_type(expires_in, timedelta, "expires_in is a duration: pass a timedelta, such as timedelta(days=7).")
    _check_type(expires_at, datetime, "expires_at is a point in time: pass datetime(…, tzinfo=UTC).")
    now = datetime.now(UTC)
    try:
        if expires_in is not None:
            expires_at = now + expires_in
        if expires_at is None:
            return None
        if expires_at.utcoffset() is None:
            raise InvalidArgumentError("expires_at has no time zone: pass datetime(…, tzinfo=UTC).")
        if expires_at <= now:
            given = "expires_at" if expires_in is None else "expires_in"
            raise InvalidArgumentError(f"The expiry is not in the future: pass a later {given}.")
        return expires_at.astimezone(UTC)
    except OverflowError:
        raise InvalidArgumentError("The expiry is past the year 9999.") from None


# Callers without a type checker may pass anything, hence `object`.


def check_string(value: object, name: str, advice: str) -> None:
    """Check that a value is a text that a provider can be sent. `name` and `advice` are in the error."""
    # State only the type: the value may be personal.
    if not isinstance(value, str):
        raise InvalidArgumentError(f"The {name} is of type {type(value).__name__}: {advice}")
    check_unicode(value, name)


def _check_type(value: object, kind: type, message: str) -> None:
    if value is not None and not isinstance(value, kind):
        raise InvalidArgumentError(message)


def check_values(fields: Mapping[str, object]) -> None:
    """Check the values of user fields by their declarations. None and `UNSET` are no values."""
    for name, value in fields.items():
        check = USER_FIELDS[name].check
        if check is not None and value is not None and value is not UNSET:
            check(value)
            check_unicode(value, name)
        elif check is None:
            check_optional_text(value, name.replace("_", " "))
