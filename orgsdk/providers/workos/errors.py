"""WorkOS' error responses: from a status and codes to a typed exception (facts/workos.md, section 3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import APIError, ConflictError
from orgsdk.transport import ProviderProblem

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orgsdk.transport import Response

INVALID_ROLE = "invalid_role"
_ADDRESS_TAKEN = "the e-mail address belongs to another user."
_NOT_PENDING = "only a pending invitation can be changed."
# Most of them are sent with status 400. Without a text of its own, a code has WorkOS' message.
_CONFLICTS: dict[str, str | None] = {
    "email_not_available": _ADDRESS_TAKEN,
    "user_already_exists": _ADDRESS_TAKEN,
    "external_id_already_used": "the external id is taken.",
    "stripe_customer_id_already_used": None,
    "email_already_invited": "the address has a pending invitation. Resend or revoke that one.",
    "email_already_invited_to_organization": (
        "the address has a pending invitation to this organization. Resend or revoke that one."
    ),
    "user_already_organization_member": "the address belongs to a member of the organization.",
    "invite_not_pending": _NOT_PENDING,
    "invite_expired": _NOT_PENDING,
    "invite_revoked": _NOT_PENDING,
    "invite_accepted": _NOT_PENDING,
    "invite_has_accepted_user_id": _NOT_PENDING,
    "invalid_invitation_state": _NOT_PENDING,
    "cannot_deactivate_pending_organization_membership": None,
    "cannot_reactivate_pending_organization_membership": None,
    "domain_already_verified": None,
    "email_already_verified": None,
    "duplicate": "the slug is taken.",
}


def read_problem(response: Response, *, is_test_key: bool = False) -> ProviderProblem:
    """Read an error response: `{"message", "code"?, "errors"?: [{"code", "message"?, "field"?}]}`."""
    body = response.json_object()
    errors = body.get("errors")
    inner = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    message, code = _text(body.get("message")), _text(body.get("code"))
    codes = [found for found in (code, *(_text(each.get("code")) for each in inner)) if found]
    conflict = next((found for found in codes if found in _CONFLICTS), None)
    kind: type[APIError] | None = ConflictError if conflict else None
    if response.status == 401:
        environment = "its test environment" if is_test_key else "one environment"
        message = f"{message or 'refused'}: the API key is not valid. A key is valid for {environment} alone."
    return ProviderProblem(
        message=(_CONFLICTS[conflict] if conflict else None) or message or f"answered {response.status}.",
        code=conflict or (INVALID_ROLE if INVALID_ROLE in codes else code),
        details="; ".join(filter(None, map(_describe, inner))) or None,
        request_id=response.headers.get(REQUEST_ID_HEADER),
        kind=kind,
        is_own=message is not None and response.media_type == "application/json",
        has_known_code=conflict is not None or INVALID_ROLE in codes,
    )


REQUEST_ID_HEADER = "x-request-id"


def _describe(error: dict[str, JsonValue]) -> str | None:
    parts = [_text(error.get(name)) for name in ("field", "code", "message")]
    return ": ".join(part for part in parts if part) or None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
