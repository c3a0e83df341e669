"""`/user_management/invitations` (facts, section 7)."""

from dataclasses import replace
from typing import Any

from orgsdk.sandbox.workos.api.memberships import activate, add_membership
from orgsdk.sandbox.workos.api.organizations import find_organization
from orgsdk.sandbox.workos.api.users import find_by_email, find_user
from orgsdk.sandbox.workos.body import EMAIL, INTEGER, TEXT, choice, read_fields
from orgsdk.sandbox.workos.errors import Emulated, not_found, refused
from orgsdk.sandbox.workos.formats import MAIL_LOCALES, encode
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import SentMail, StoredInvitation
from orgsdk.sandbox.workos.state import DEFAULT_ROLE, WorkOSState
from orgsdk.sandbox.workos.wire import JsonObject, invitation_object, invitation_secrets

_DAY = 24 * 3600 * 1000
_DEFAULT_DAYS, _MAX_DAYS = 7, 30
_LOCALE = choice(*MAIL_LOCALES)


def _shown(state: WorkOSState, invitation: StoredInvitation) -> JsonObject:
    whole = invitation_object(invitation, now=state.now(), emulator=state.variant.is_emulator)
    return whole | invitation_secrets(invitation)


def _emit(state: WorkOSState, event: str, invitation: StoredInvitation) -> None:
    """Emit an event of an invitation; its data has the token on the emulator alone (facts, section 8)."""
    emulator = state.variant.is_emulator
    data = _shown(state, invitation) if emulator else invitation_object(invitation, now=state.now(), emulator=False)
    state.emit(f"invitation.{event}", data, invitation.organization_id)


def _find(request: WorkOSRequest) -> StoredInvitation:
    invitation = request.state.store.invitations.get(request.params["id"])
    if invitation is None:
        raise not_found("Invitation", request.params["id"])
    return invitation


def list_invitations(request: WorkOSRequest) -> WorkOSResponse:
    """List the invitations in every state, of an organization, to an address, or both."""
    state, query, table = request.state, request.query, request.state.store.invitations
    email, organization_id = query.text("email"), query.text("organization_id")
    index = table.order
    if organization_id:
        index = table.index("organization", organization_id)
    elif email:
        index = table.index("email", email.casefold())

    def view(invitation: StoredInvitation) -> bytes:
        return encode(_shown(state, invitation))

    def keep(invitation: StoredInvitation) -> bool:
        # The emulator compares addresses with case.
        return (
            not email
            or invitation.email == email
            or (not state.variant.is_emulator and invitation.email.casefold() == email.casefold())
        )

    return list_response(request, table, view, index=index, keep=keep)


def get_invitation(request: WorkOSRequest) -> WorkOSResponse:
    """Return one invitation."""
    return json_response(_shown(request.state, _find(request)))


def get_invitation_by_token(request: WorkOSRequest) -> WorkOSResponse:
    """Return the invitation with a token."""
    invitation = request.state.store.invitations.first("token", request.params["token"])
    if invitation is None:
        raise not_found("Invitation", request.params["token"])
    return json_response(_shown(request.state, invitation))


def create_invitation(request: WorkOSRequest) -> WorkOSResponse:
    """Invite an address, and send it a mail."""
    state, fields = request.state, read_fields(request)
    values = fields.required(email=EMAIL)
    values |= fields.given(organization_id=TEXT, role_slug=TEXT, inviter_user_id=TEXT)
    more = fields.given(expires_in_days=INTEGER, locale=_LOCALE)
    if state.variant.checks_references:
        _check_references(state, values)
        _check_invitee(state, values["email"], values.get("organization_id"))
    days = state.variant.expiry_days or _days(more.get("expires_in_days"))
    _check_delivery(state, values["email"])
    if not state.variant.is_emulator and "organization_id" in values:
        values.setdefault("role_slug", DEFAULT_ROLE)
    moment = state.creation_time()
    invitation = StoredInvitation(
        id=state.new_id("invitation_", moment),
        created_at=moment,
        updated_at=moment,
        expires_at=moment + days * _DAY,
        token=state.new_token(),
        **values,
    )
    return _sent(state, invitation, "created", 201)


def _days(days: int | None) -> int:
    if days is None:
        return _DEFAULT_DAYS
    if days < 1:
        raise refused("expires_in_days_too_short")
    if days > _MAX_DAYS:
        raise refused("expires_in_days_too_long")
    return days


def _check_references(state: WorkOSState, values: dict[str, Any]) -> None:
    organization_id, role_slug = values.get("organization_id"), values.get("role_slug")
    if organization_id is not None:
        find_organization(state, organization_id)
        if organization_id in state.blocked_organizations:
            raise refused("organization_blocked_from_sending_invites")
    if values.get("inviter_user_id") is not None:
        find_user(state, values["inviter_user_id"])
    if role_slug is not None and state.store.role(role_slug, organization_id) is None:
        raise refused("invalid_role", f"Role '{role_slug}' is not a valid role.")


def _check_invitee(state: WorkOSState, email: str, organization_id: str | None) -> None:
    """Refuse a member, a user without an organization to join, and a second pending invitation (document)."""
    user = find_by_email(state, email)
    if user is not None and organization_id is None:
        raise refused("user_already_exists")
    if user is not None:
        known = state.store.memberships.having("both", (user.id, organization_id))
        if any(membership.status == "active" for membership in known):
            raise refused("user_already_organization_member")
    for other in state.store.invitations.having("email", email.casefold()):
        if other.organization_id == organization_id and other.state_at(state.now()) == "pending":
            code = "email_already_invited" if organization_id is None else "email_already_invited_to_organization"
            raise refused(code)


def _check_delivery(state: WorkOSState, email: str) -> None:
    if email.rpartition("@")[2].lower() in state.undeliverable_domains:
        raise refused("email_domain_not_deliverable")


def _sent(state: WorkOSState, invitation: StoredInvitation, event: str, status: int) -> WorkOSResponse:
    state.mails.append(SentMail(invitation.email, "invitation", invitation.token))
    return _stored(state, invitation, event, status)


def _stored(state: WorkOSState, invitation: StoredInvitation, event: str, status: int = 200) -> WorkOSResponse:
    state.store.invitations.put(invitation)
    _emit(state, event, invitation)
    return json_response(_shown(state, invitation), status)


def resend_invitation(request: WorkOSRequest) -> WorkOSResponse:
    """Send a pending invitation again, with a new token and a new time of expiry. The old token ends."""
    state, invitation = request.state, _find(request)
    read_fields(request).given(locale=_LOCALE)
    found = invitation.state_at(state.now())
    if found != "pending" and not state.variant.resends_any:
        raise refused(f"invite_{found}")
    _check_delivery(state, invitation.email)
    moment, ttl = state.creation_time(), invitation.expires_at - invitation.created_at
    again = replace(
        invitation,
        state="pending",
        token=state.new_token(),
        expires_at=moment + ttl,
        updated_at=moment,
        accepted_at=None,
        revoked_at=None,
    )
    return _sent(state, again, "resent", 200)


def _refuse_ended(state: WorkOSState, invitation: StoredInvitation) -> None:
    if invitation.state_at(state.now()) != "pending":
        emulated = Emulated(400, "invalid_invitation_state")
        raise refused("invite_not_pending", "Invite is not pending.", emulated=emulated)


def revoke_invitation(request: WorkOSRequest) -> WorkOSResponse:
    """Revoke a pending invitation."""
    state, invitation = request.state, _find(request)
    _refuse_ended(state, invitation)
    moment = state.creation_time()
    return _stored(state, replace(invitation, state="revoked", revoked_at=moment, updated_at=moment), "revoked")


def accept_invitation(request: WorkOSRequest) -> WorkOSResponse:
    """Accept a pending invitation; the account with its address becomes a member. Without one there is no member."""
    state, invitation = request.state, _find(request)
    _refuse_ended(state, invitation)
    user = find_by_email(state, invitation.email)
    moment = state.creation_time()
    accepted = replace(
        invitation,
        state="accepted",
        accepted_at=moment,
        accepted_user_id=None if user is None else user.id,
        updated_at=moment,
    )
    response = _stored(state, accepted, "accepted")
    organization = state.store.organizations.get(invitation.organization_id)
    if user is not None and organization is not None:
        _join(state, user.id, organization.id, invitation.role_slug or DEFAULT_ROLE)
    return response


def _join(state: WorkOSState, user_id: str, organization_id: str, role_slug: str) -> None:
    known = state.store.memberships.first("both", (user_id, organization_id))
    if known is None:
        add_membership(state, user_id, organization_id, (role_slug,))
    elif known.status != "active":
        activate(state, known)


def remove_invitation(request: WorkOSRequest) -> WorkOSResponse:
    """Delete an invitation, as the emulator does. The document has no such operation (facts, section 7)."""
    request.state.store.invitations.remove(_find(request).id)
    return WorkOSResponse(204)


_PATH = "/user_management/invitations"

ROUTES = (
    Route("GET", _PATH, list_invitations, "coded"),
    Route("POST", _PATH, create_invitation, "coded"),
    Route("GET", f"{_PATH}/by_token/{{token}}", get_invitation_by_token),
    Route("GET", f"{_PATH}/{{id}}", get_invitation),
    Route("DELETE", f"{_PATH}/{{id}}", remove_invitation, only="emulator"),
    Route("POST", f"{_PATH}/{{id}}/accept", accept_invitation),
    Route("POST", f"{_PATH}/{{id}}/resend", resend_invitation, "coded"),
    Route("POST", f"{_PATH}/{{id}}/revoke", revoke_invitation),
)
