"""WorkOS' error responses: from a status and codes to a typed exception (facts/workos.md, section 3)."""

from __future__ import annotations

from orgsdk.errors import ConflictError
from orgsdk.providers.http import ErrorCodes

REQUEST_ID_HEADER = "x-request-id"
INVALID_ROLE = "invalid_role"
_ADDRESS_TAKEN = "the e-mail address belongs to another user."
_NOT_PENDING = "only a pending invitation can be changed."
# Most conflicts are sent with status 400. These have a text of their own, the others have WorkOS' message.
_TEXTS = {
    "email_not_available": _ADDRESS_TAKEN,
    "user_already_exists": _ADDRESS_TAKEN,
    "external_id_already_used": "the external id is taken.",
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
    "duplicate": "the slug is taken.",
}
_CONFLICTS = {
    *_TEXTS,
    "stripe_customer_id_already_used",
    "cannot_deactivate_pending_organization_membership",
    "cannot_reactivate_pending_organization_membership",
    "domain_already_verified",
    "email_already_verified",
}


def error_codes(environment: str) -> ErrorCodes:
    """Return the reader of errors: `{"message", "code"?, "errors"?: [{"code", "message"?, "field"?}]}`."""
    return ErrorCodes(
        dict.fromkeys(_CONFLICTS, ConflictError),
        texts=_TEXTS,
        known={INVALID_ROLE},
        explanations={401: f"the API key is not valid. A key is valid for {environment} alone."},
        own="message",
        inner="errors",
        request_id_header=REQUEST_ID_HEADER,
    )
