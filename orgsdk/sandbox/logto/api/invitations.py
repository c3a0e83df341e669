"""`/api/organization-invitations`: invitations, their status, and their e-mails."""

from dataclasses import replace
from typing import TYPE_CHECKING

from orgsdk.sandbox.logto.body import Fields, columns, read_body
from orgsdk.sandbox.logto.errors import InternalError, RequestError, not_found, refuse_nul
from orgsdk.sandbox.logto.formats import LONG_ID, STRICT_EMAIL
from orgsdk.sandbox.logto.http import NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.postgres import (
    LONGEST_ID,
    check_references,
    refuse_long,
    refuse_nul_within,
    unique_violation,
    violated_constraint,
)
from orgsdk.sandbox.logto.records import JsonObject, SentMessage, StoredInvitation
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.wire import encode, invitation_object
from orgsdk.sandbox.logto.zod import array, either, enumeration, literal, nullable, number, optional, shape, string

if TYPE_CHECKING:
    from orgsdk.sandbox.logto.state import LogtoState

_TEXT = optional(string())

_MESSAGE = shape(code=_TEXT, link=_TEXT, locale=_TEXT, uiLocales=_TEXT)

_CREATION = shape(
    inviterId=optional(nullable(string(most=LONGEST_ID))),
    invitee=string(form=STRICT_EMAIL),
    organizationId=string(least=1, most=LONGEST_ID),
    expiresAt=number,
    organizationRoleIds=optional(array(string()), default=[]),
    messagePayload=optional(either(_MESSAGE, literal(expected=False)), default=False),
)

_STATUS_CHANGE = shape(
    acceptedUserId=optional(nullable(string(most=LONGEST_ID))),
    status=enumeration("Accepted", "Revoked"),
)

_LONGEST_ADDRESS = 256

# The end of PostgreSQL's timestamps, in epoch milliseconds: the year 294276.
_LAST_MOMENT = 9_224_318_016_000_000

# No mail server listens on port 1.
_CONNECTION_REFUSED = {"message": "connect ECONNREFUSED 127.0.0.1:1"}


def list_invitations(request: LogtoRequest) -> LogtoResponse:
    """List all invitations, newest first, without pages. The filter `invitee` ignores case."""
    organization_id, inviter_id, invitee = (
        request.query.text(name) or None for name in ("organizationId", "inviterId", "invitee")
    )
    refuse_nul(organization_id, inviter_id, invitee)
    found = [
        invitation
        for invitation in request.state.store.invitations
        if organization_id in (None, invitation.organization_id)
        and inviter_id in (None, invitation.inviter_id)
        and (invitee is None or invitation.invitee.lower() == invitee.lower())
    ]
    found.sort(key=lambda invitation: invitation.created_at, reverse=True)
    return json_response([invitation_view(request, invitation) for invitation in found])


def invitation_view(request: LogtoRequest, invitation: StoredInvitation) -> dict[str, object]:
    """Return the JSON object of an invitation at the current time."""
    return invitation_object(invitation, request.state.store, now=request.state.now())


def invitation_of(request: LogtoRequest) -> StoredInvitation:
    """Return the invitation in the path, or raise the 404."""
    invitation = request.state.store.invitations.get(request.params["id"])
    if invitation is None:
        raise not_found()
    return invitation


def get_invitation(request: LogtoRequest) -> LogtoResponse:
    """Return one invitation."""
    return json_response(invitation_view(request, invitation_of(request)))


def create_invitation(request: LogtoRequest) -> LogtoResponse:
    """Create an invitation, and send its e-mail if requested. If the e-mail fails, no invitation is created."""
    body = read_body(request, _CREATION)
    state = request.state
    message = body.pop("messagePayload")
    role_ids: list[str] = body.pop("organizationRoleIds")
    if body["expiresAt"] <= state.now():
        reason = "The value of `expiresAt` must be in the future."
        raise RequestError(400, "request.invalid_input", values={"details": reason})
    _check(request, body, role_ids)
    invitation_id = state.new_id(LONG_ID)
    if message is not False:
        send_message(
            state,
            to=body["invitee"],
            invitation_id=invitation_id,
            organization_id=body["organizationId"],
            payload=message,
        )
    moment = state.creation_time()
    invitation = StoredInvitation(
        id=invitation_id,
        created_at=moment,
        updated_at=moment,
        role_ids=tuple(dict.fromkeys(role_ids)),
        **columns(body),
    )
    state.store.invitations.put(invitation)
    return json_response(invitation_view(request, invitation), status=201)


def _check(request: LogtoRequest, body: Fields, role_ids: list[str]) -> None:
    store, invitee, organization_id = request.state.store, body["invitee"], body["organizationId"]
    refuse_nul_within(body.values())
    if _is_member(store, organization_id, invitee):
        reason = "The invitee is already a member of the organization."
        raise RequestError(422, "request.invalid_input", values={"details": reason})
    refuse_long(_LONGEST_ADDRESS, invitee)
    if body["expiresAt"] > _LAST_MOMENT:
        raise InternalError
    now = request.state.now()
    if any(
        (one.invitee, one.organization_id, one.status_at(now)) == (invitee, organization_id, "Pending")
        for one in store.invitations
    ):
        raise unique_violation()
    inviter_id: str | None = body.get("inviterId")
    check_references(
        ((organization_id,), store.organizations), ((inviter_id,) if inviter_id is not None else (), store.users)
    )
    check_references((role_ids, store.roles))


def _is_member(store: Store, organization_id: str, address: str) -> bool:
    """Return whether a member has this address, in the same case (`invitation.create.already_member_other_case`)."""
    members = (store.users.get(user_id) for user_id in store.memberships.members(organization_id))
    return any(user is not None and user.primary_email == address for user in members)


def remove_invitation(request: LogtoRequest) -> LogtoResponse:
    """Delete an invitation in any status. A user who accepted it stays a member."""
    request.state.store.invitations.remove(invitation_of(request).id)
    return NO_CONTENT


def _invalid_status(reason: str) -> RequestError:
    """Return the 422 for an invalid change of status, whose code is a general one (facts/logto.md section 3)."""
    return RequestError(422, "request.invalid_input", values={"details": reason})


def change_status(request: LogtoRequest) -> LogtoResponse:
    """Accept an invitation for a user, or revoke it (`invitation.status.*`)."""
    body = read_body(request, _STATUS_CHANGE)
    refuse_nul_within(body.values())
    accepted_user_id: str | None = body.get("acceptedUserId")
    if body["status"] == "Accepted" and not accepted_user_id:
        raise _invalid_status("The `acceptedUserId` is required when accepting an invitation.")
    before = invitation_of(request)
    if before.status_at(request.state.now()) != "Pending" and not request.state.status_changes_race:
        raise _invalid_status("The status of the invitation cannot be changed anymore.")
    after = replace(before, status=body["status"], updated_at=request.state.now())
    if body["status"] == "Accepted" and accepted_user_id:
        _accept(request, before, accepted_user_id)
        after = replace(after, accepted_user_id=accepted_user_id)
    request.state.store.invitations.put(after)
    return json_response(invitation_view(request, after))


def _accept(request: LogtoRequest, invitation: StoredInvitation, user_id: str) -> None:
    """Make the user a member with the roles of the invitation. Members and suspended users may accept, too."""
    store = request.state.store
    user = store.users.get(user_id)
    if user is None:
        raise not_found()
    if (user.primary_email or "").lower() != invitation.invitee.lower():
        raise _invalid_status("The accepted user must have the same email as the invitee.")
    roles = store.member_roles(invitation.role_ids)
    if any(role.type == "MachineToMachine" for role in roles):
        raise violated_constraint()
    store.memberships.add(invitation.organization_id, user_id, (role.id for role in roles))


def resend_message(request: LogtoRequest) -> LogtoResponse:
    """Send the e-mail of an invitation again, in any status (`invitation.message.revoked`)."""
    message = read_body(request, _MESSAGE)
    invitation = invitation_of(request)
    send_message(
        request.state,
        to=invitation.invitee,
        invitation_id=invitation.id,
        organization_id=invitation.organization_id,
        payload=message,
    )
    return NO_CONTENT


def send_message(
    state: "LogtoState", *, to: str, invitation_id: str, organization_id: str, payload: JsonObject
) -> None:
    """Send the e-mail of an invitation, which adds it to `sent_messages` (facts/logto.md sections 7 and 9).

    Args:
        state: State of the tenant.
        to: Address of the recipient.
        invitation_id: Id of the invitation.
        organization_id: Id of the organization.
        payload: Payload of the request.

    Raises:
        RequestError: 501 without a connector, 429 over the limit, 400 without a template or a mail server.
    """
    if state.email_service == "no_connector":
        raise RequestError(501, "connector.not_found", values={"type": "Email"})
    if _is_over_limit(state, to):
        raise RequestError(429, "request.message_rate_limited")
    if state.email_service == "no_template":
        data = {"message": "Template not found for type: OrganizationInvitation"}
        raise RequestError(400, "connector.template_not_found", data=data)
    if state.email_service == "server_down":
        raise RequestError(
            400, "connector.general", data=_CONNECTION_REFUSED, values={"details": encode(_CONNECTION_REFUSED).decode()}
        )
    state.sent_messages.append(SentMessage(to, invitation_id, organization_id, payload, state.clock()))


def _is_over_limit(state: "LogtoState", recipient: str) -> bool:
    """Return whether the recipient (in any case, from any organization) reached the limit."""
    if state.message_limit is None:
        return False
    most, seconds = state.message_limit
    since = state.clock() - seconds
    address = recipient.lower()
    recent = (one for one in state.sent_messages if one.to.lower() == address and one.sent_at > since)
    return sum(1 for _ in recent) >= most


ROUTES = (
    Route("GET", "/organization-invitations", list_invitations),
    Route("POST", "/organization-invitations", create_invitation),
    Route("GET", "/organization-invitations/{id}", get_invitation),
    Route("DELETE", "/organization-invitations/{id}", remove_invitation),
    Route("POST", "/organization-invitations/{id}/message", resend_message),
    Route("PUT", "/organization-invitations/{id}/status", change_status),
)
