"""User fields: their checks, such as that of an e-mail address."""

from __future__ import annotations

import re

from orgsdk.errors import InvalidArgumentError

_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
_MAX_EMAIL_LENGTH = 254  # RFC 5321, section 4.5.3.1.3, less the angle brackets


def check_email(value: object) -> str:
    """Return the e-mail address if it has the form of one. No error repeats it.

    Args:
        value: The address as a caller passed it.

    Returns:
        The same address.

    Raises:
        InvalidArgumentError: It is not a string, not ``name@domain``, or longer than 254 characters.
    """
    if not isinstance(value, str):
        raise InvalidArgumentError(f"The e-mail address is of type {type(value).__name__}: pass one as a string.")
    if len(value) > _MAX_EMAIL_LENGTH or not _EMAIL.fullmatch(value):
        raise InvalidArgumentError("The e-mail address is not one: pass name@domain, without spaces.")
    return value
