"""Passwords and password hashes in the body of a user (document, create and update of users)."""

import re
from typing import Any

from orgsdk.sandbox.workos.body import TEXT, Fields, choice, nullable
from orgsdk.sandbox.workos.errors import WorkOSError, invalid, refused
from orgsdk.sandbox.workos.state import WorkOSState

_HASH_TYPES = ("bcrypt", "firebase-scrypt", "ssha", "ssha256", "scrypt", "pbkdf2", "argon2")
# The document has the error, not the rules. These are the forms that the two algorithms themselves prescribe.
_HASH_FORMS = {
    "bcrypt": re.compile(r"\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}"),
    "argon2": re.compile(r"\$argon2(id|i|d)\$\S+"),
}


def read_password(state: WorkOSState, fields: Fields) -> dict[str, Any]:
    """Return the password or the hash of a request, or nothing.

    Args:
        state: State of the server.
        fields: The members of the body.

    Returns:
        The changed properties of the user.

    Raises:
        WorkOSError: Both are there, or one is invalid.
    """
    values = fields.given(password=nullable(TEXT), password_hash=nullable(TEXT))
    if not fields.strict:
        return values
    kinds = fields.given(password_hash_type=choice(*_HASH_TYPES), password_salt_position=choice("prefix", "suffix"))
    password, digest = values.get("password"), values.get("password_hash")
    if password is not None and digest is not None:
        raise refused("password_and_password_hash_provided")
    if password is not None and "password_hash_type" in kinds:
        raise refused("password_and_password_hash_type_provided")
    if digest is None and "password_salt_position" in kinds:
        raise refused("password_salt_position_requires_password_hash")
    if digest is not None:
        _check_hash(digest, kinds.get("password_hash_type"))
    if password is not None and len(password) < state.password_length:
        errors = [{"code": "password_too_short", "message": f"Use at least {state.password_length} characters."}]
        raise WorkOSError(400, "Password is too weak.", code="password_strength_error", errors=errors)
    return {name: value for name, value in values.items() if value is not None}


def _check_hash(digest: str, kind: str | None) -> None:
    if kind is None:
        raise invalid("password_hash_type", "required")
    form = _HASH_FORMS.get(kind)
    if not digest or (form is not None and not form.fullmatch(digest)):
        raise refused("invalid_password_hash")
