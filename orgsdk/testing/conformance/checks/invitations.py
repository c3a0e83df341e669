"""Checks of invitations: create, get, list, resend, accept, revoke, remove."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.testing.conformance.assertions import expect, expect_error
from orgsdk.testing.conformance.check import check
from orgsdk.testing.conformance.operations import skip_without_email

if TYPE_CHECKING:
    from orgsdk.resources import Invitations
    from orgsdk.testing.conformance.context import CheckContext

_CREATE, _GET, _LIST = Capability.INVITATIONS_CREATE, Capability.INVITATIONS_GET, Capability.INVITATIONS_LIST
_LIFETIME = timedelta(days=2)
_TOLERANCE_SECONDS = 62  # a provider can round times, and its clock can differ


def _resource(context: CheckContext) -> Invitations:
    return context.organization.invitations


@check(_LIST, _CREATE, _GET)
async def create_stores_the_values(context: CheckContext) -> None:
    """A new invitation is pending, with the requested email address and role, and `get` returns the same."""
    email = f"{context.unique_text()}@example.com"
    roles = await context.get_role_names(1) if context.supports(Capability.ROLES_CREATE) else []
    created = await context.invite(email, roles=roles)
    read = await _resource(context).get(created.id)
    for seen in (created, read):
        expect((seen.id, seen.status) == (created.id, "pending"), f"the new invitation is {seen.status!r}")
        expect((seen.email or "").casefold() == email, "the email address differs")
        expect(not roles or seen.roles == tuple(roles), f"the roles are {seen.roles}")


@check(_LIST, _CREATE)
async def email_and_status_filter_the_list(context: CheckContext) -> None:
    """`email` returns the invitations of an address, case-insensitive, and `status` those with the status."""
    first, second = await context.invite(), await context.invite()
    found = [each.id for each in await _resource(context).list(email=(first.email or "").upper()).collect()]
    expect(found == [first.id], f"{len(found)} invitations are listed, one matches")
    pending = {each.id for each in await _resource(context).list(status="pending").collect()}
    expect({first.id, second.id} <= pending, "a new invitation is not listed as pending")
    revoked = {each.id for each in await _resource(context).list(status="revoked").collect()}
    expect(not revoked & {first.id, second.id}, "a pending invitation is listed as revoked")


@check(_LIST, _CREATE, Capability.INVITATIONS_REVOKE)
async def revoked_invitation_is_not_pending(context: CheckContext) -> None:
    """`revoke` returns the invitation as revoked; it is no longer pending and cannot be revoked again."""
    invitation = await context.invite()
    revoked = await _resource(context).revoke(invitation.id)
    expect((revoked.id, revoked.status) == (invitation.id, "revoked"), f"after revoke the status is {revoked.status!r}")
    pending = [each.id for each in await _resource(context).list(status="pending").collect()]
    expect(invitation.id not in pending, "a revoked invitation is still pending")
    again = _resource(context).revoke(invitation.id)
    await expect_error(again, ConflictError, NotFoundError, what="revoking a revoked invitation")


@check(_LIST, _CREATE, _GET, Capability.INVITATIONS_REMOVE)
async def removed_invitation_is_gone(context: CheckContext) -> None:
    """A removed invitation cannot be read, listed or removed again."""
    removed, other = await context.invite(), await context.invite()
    await _resource(context).remove(removed.id)
    left = [each.id async for each in _resource(context).list()]
    expect(removed.id not in left, "a removed invitation is listed")
    expect(other.id in left, "an invitation that was not removed is not listed")
    await expect_error(_resource(context).get(removed.id), NotFoundError, what="reading a removed invitation")
    await expect_error(_resource(context).remove(removed.id), NotFoundError, what="removing a removed invitation")


@check(_LIST, _CREATE, Capability.INVITATIONS_RESEND, _GET)
async def resend_keeps_it_pending(context: CheckContext) -> None:
    """`resend` leaves the invitation pending, and creates no second one."""
    invitation = await context.invite()
    with skip_without_email():
        await _resource(context).resend(invitation.id)
    found = await _resource(context).list(email=invitation.email).collect()
    expect([(each.id, each.status) for each in found] == [(invitation.id, "pending")], "resend changed the invitations")


@check(_LIST, _CREATE, Capability.INVITATIONS_ACCEPT, Capability.ACCOUNTS_CREATE, Capability.USERS_GET, users=2)
async def accept_creates_a_member(context: CheckContext) -> None:
    """`accept` makes the account with the invited address a member with the roles; it works once."""
    account, other = await context.create_account(), await context.create_account()
    roles = await context.get_role_names(1)
    invitation = await context.invite(account.email, roles=roles)
    wrong = _resource(context).accept(invitation.id, user_id=other.id)
    await expect_error(wrong, ConflictError, what="accepting with an account of another address")
    accepted = await _resource(context).accept(invitation.id, user_id=account.id)
    expect(accepted.status == "accepted", f"after accept the status is {accepted.status!r}")
    expect(accepted.accepted_user_id in {None, account.id}, "accepted_user_id is another account")
    member_roles = (await context.users.get(account.id)).roles
    expect(member_roles == tuple(roles), f"the new member has the roles {member_roles}")
    again = _resource(context).accept(invitation.id, user_id=account.id)
    await expect_error(again, ConflictError, what="accepting an accepted invitation")


@check(_LIST, _CREATE, Capability.INVITATIONS_EXPIRY)
async def expiry_is_respected(context: CheckContext) -> None:
    """`expires_in` sets when the invitation expires."""
    invitation = await context.invite(expires_in=_LIFETIME)
    default = await context.invite()
    expect(invitation.expires_at is not None, "expires_at is None")
    if invitation.expires_at is not None and invitation.created_at is not None:
        difference = abs((invitation.expires_at - invitation.created_at - _LIFETIME).total_seconds())
        expect(difference < _TOLERANCE_SECONDS, f"it expires {difference:.0f} s before or after the requested time")
    expect(default.expires_at != invitation.expires_at, "every invitation expires at the same time")


@check(_LIST, _CREATE, Capability.INVITATIONS_INVITER, Capability.USERS_CREATE, users=1)
async def inviter_is_stored(context: CheckContext) -> None:
    """`inviter_id` sets the user who invites."""
    inviter = await context.create_user()
    invitation = await context.invite(inviter_id=inviter.id)
    expect(invitation.inviter_id == inviter.id, "the inviter is another user")


@check(_LIST, _CREATE, Capability.INVITATIONS_UNSENT)
async def unsent_invitation_is_pending(context: CheckContext) -> None:
    """`send=False` creates a pending invitation."""
    invitation = await context.invite(send=False)
    expect(invitation.status == "pending", f"the invitation is {invitation.status!r}")


@check(_LIST, _CREATE)
async def sent_invitation_is_pending(context: CheckContext) -> None:
    """Without `send=False`, an invitation is sent and pending."""
    invitation = await context.invite(send=True)
    expect(invitation.status == "pending", f"the invitation is {invitation.status!r}")


@check(_GET)
async def unknown_invitation_is_not_found(context: CheckContext) -> None:
    """`get` of an unknown invitation raises NotFoundError."""
    unknown = context.unique_text()
    if context.supports(_CREATE, Capability.INVITATIONS_REMOVE):
        invitation = await context.invite()
        await _resource(context).remove(invitation.id)
        unknown = invitation.id
    await expect_error(_resource(context).get(unknown), NotFoundError, what="reading an unknown invitation")
