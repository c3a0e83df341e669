"""`/api/organization-invitations/{id}/status` and `/message`: accept, revoke, send again."""

from dataclasses import replace

from orgsdk.sandbox.logto.answer import NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.api.invitations import MESSAGE, invitation_of, shown
from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.database import LONGEST_ID, refuse_nul_within, violated_constraint
from orgsdk.sandbox.logto.errors import RequestError, not_found
from orgsdk.sandbox.logto.mail import send_message
from orgsdk.sandbox.logto.records import Invitation
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.zod import enumeration, nullable, optional, shape, string

_STATUS = shape(
    acceptedUserId=optional(nullable(string(most=LONGEST_ID))),
    status=enumeration("Accepted", "Revoked"),
)


def _refused(reason: str) -> RequestError:
    """Return the 422 of an invitation, whose code tells nothing (facts/logto.md section 3)."""
    return RequestError(422, "request.invalid_input", values={"details": reason})


def change_status(call: Call) -> Answer:
    """Accept an invitation for a user, or revoke it (`invitation.status.*`)."""
    body = read_body(call, _STATUS)
    refuse_nul_within(body.values())
    accepted_user_id: str | None = body.get("acceptedUserId")
    if body["status"] == "Accepted" and not accepted_user_id:
        raise _refused("The `acceptedUserId` is required when accepting an invitation.")
    before = invitation_of(call)
    if before.status_at(call.state.now()) != "Pending" and not call.state.status_changes_race:
        raise _refused("The status of the invitation cannot be changed anymore.")
    after = replace(before, status=body["status"], updated_at=call.state.now())
    if body["status"] == "Accepted" and accepted_user_id:
        _accept(call, before, accepted_user_id)
        after = replace(after, accepted_user_id=accepted_user_id)
    call.state.store.invitations.put(after)
    return json_answer(shown(call, after))


def _accept(call: Call, invitation: Invitation, user_id: str) -> None:
    """Make the user a member with the invitation's roles; who is one or is suspended may accept as well."""
    store = call.state.store
    user = store.users.get(user_id)
    if user is None:
        raise not_found()
    if (user.primary_email or "").lower() != invitation.invitee.lower():
        raise _refused("The accepted user must have the same email as the invitee.")
    roles = store.member_roles(invitation.role_ids)
    if any(role.type == "MachineToMachine" for role in roles):
        raise violated_constraint()
    store.memberships.add(invitation.organization_id, user_id, (role.id for role in roles))


def resend_message(call: Call) -> Answer:
    """Send the invitation's e-mail again, whatever became of the invitation (`invitation.message.revoked`)."""
    message = read_body(call, MESSAGE)
    invitation = invitation_of(call)
    send_message(
        call.state,
        to=invitation.invitee,
        invitation_id=invitation.id,
        organization_id=invitation.organization_id,
        payload=message,
    )
    return NO_CONTENT


ROUTES = (
    Route("POST", "/organization-invitations/{id}/message", resend_message),
    Route("PUT", "/organization-invitations/{id}/status", change_status),
)
