"""`/api/organization-invitations`: invitations, read, created and deleted."""

from orgsdk.sandbox.logto.answer import NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.body import Fields, columns, read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.database import (
    LONGEST_ID,
    check_references,
    refuse_long,
    refuse_nul_within,
    unique_violation,
)
from orgsdk.sandbox.logto.errors import InternalError, RequestError, not_found, refuse_nul
from orgsdk.sandbox.logto.formats import STRICT_EMAIL
from orgsdk.sandbox.logto.ids import LONG
from orgsdk.sandbox.logto.mail import send_message
from orgsdk.sandbox.logto.records import Invitation
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.wire import invitation_object
from orgsdk.sandbox.logto.zod import array, either, literal, nullable, number, optional, shape, string

_TEXT = optional(string())
MESSAGE = shape(code=_TEXT, link=_TEXT, locale=_TEXT, uiLocales=_TEXT)
_CREATION = shape(
    inviterId=optional(nullable(string(most=LONGEST_ID))),
    invitee=string(form=STRICT_EMAIL),
    organizationId=string(least=1, most=LONGEST_ID),
    expiresAt=number,
    organizationRoleIds=optional(array(string()), default=[]),
    messagePayload=optional(either(MESSAGE, literal(wanted=False)), default=False),
)

_LONGEST_ADDRESS = 256
# The end of PostgreSQL's timestamps, in epoch milliseconds: the year 294276.
_LAST_MOMENT = 9_224_318_016_000_000


def list_invitations(call: Call) -> Answer:
    """Answer all invitations, newest first, never in pages; the invitee is looked for in any case."""
    organization_id, inviter_id, invitee = (
        call.query.text(name) or None for name in ("organizationId", "inviterId", "invitee")
    )
    refuse_nul(organization_id, inviter_id, invitee)
    found = [
        invitation
        for invitation in call.state.store.invitations
        if organization_id in (None, invitation.organization_id)
        and inviter_id in (None, invitation.inviter_id)
        and (invitee is None or invitation.invitee.lower() == invitee.lower())
    ]
    found.sort(key=lambda invitation: invitation.created_at, reverse=True)
    return json_answer([shown(call, invitation) for invitation in found])


def shown(call: Call, invitation: Invitation) -> dict[str, object]:
    """Return an invitation as it looks now."""
    return invitation_object(invitation, call.state.store, now=call.state.now())


def invitation_of(call: Call) -> Invitation:
    """Return the invitation the path names."""
    invitation = call.state.store.invitations.get(call.params["id"])
    if invitation is None:
        raise not_found()
    return invitation


def get_invitation(call: Call) -> Answer:
    """Answer one invitation."""
    return json_answer(shown(call, invitation_of(call)))


def create_invitation(call: Call) -> Answer:
    """Invite an address, and mail it if a message is asked for; without the mail, no invitation."""
    body = read_body(call, _CREATION)
    state = call.state
    message = body.pop("messagePayload")
    role_ids: list[str] = body.pop("organizationRoleIds")
    if body["expiresAt"] <= state.now():
        reason = "The value of `expiresAt` must be in the future."
        raise RequestError(400, "request.invalid_input", values={"details": reason})
    _check(call, body, role_ids)
    invitation_id = state.new_id(LONG)
    if message is not False:
        send_message(
            state,
            to=body["invitee"],
            invitation_id=invitation_id,
            organization_id=body["organizationId"],
            payload=message,
        )
    moment = state.creation_time()
    invitation = Invitation(
        id=invitation_id,
        created_at=moment,
        updated_at=moment,
        role_ids=tuple(dict.fromkeys(role_ids)),
        **columns(body),
    )
    state.store.invitations.put(invitation)
    return json_answer(shown(call, invitation), status=201)


def _check(call: Call, body: Fields, role_ids: list[str]) -> None:
    store, invitee, organization_id = call.state.store, body["invitee"], body["organizationId"]
    refuse_nul_within(body.values())
    if _is_member(store, organization_id, invitee):
        reason = "The invitee is already a member of the organization."
        raise RequestError(422, "request.invalid_input", values={"details": reason})
    refuse_long(_LONGEST_ADDRESS, invitee)
    if body["expiresAt"] > _LAST_MOMENT:
        raise InternalError
    now = call.state.now()
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
    """Tell whether a member has exactly this address (`invitation.create.already_member_other_case`)."""
    members = (store.users.get(user_id) for user_id in store.memberships.members(organization_id))
    return any(user is not None and user.primary_email == address for user in members)


def remove_invitation(call: Call) -> Answer:
    """Delete an invitation, whatever became of it; who accepted it stays a member."""
    call.state.store.invitations.remove(invitation_of(call).id)
    return NO_CONTENT


ROUTES = (
    Route("GET", "/organization-invitations", list_invitations),
    Route("POST", "/organization-invitations", create_invitation),
    Route("GET", "/organization-invitations/{id}", get_invitation),
    Route("DELETE", "/organization-invitations/{id}", remove_invitation),
)
