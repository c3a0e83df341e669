"""Invitations: sent, read, ended, accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.testing.conformance.check import check, expect, expect_error

if TYPE_CHECKING:
    from orgsdk.domain import Invitation
    from orgsdk.resources import Invitations
    from orgsdk.testing.conformance.context import CheckContext

_CREATE, _GET, _LIST = Capability.INVITATIONS_CREATE, Capability.INVITATIONS_GET, Capability.INVITATIONS_LIST
_SECONDS = 2.0  # a provider may keep times in whole seconds


def _verbs(stage: CheckContext) -> Invitations:
    return stage.organization.invitations


def _keep_track(stage: CheckContext, made: Invitation) -> Invitation:
    if stage.can(Capability.INVITATIONS_REMOVE):
        stage.undo(lambda: _verbs(stage).remove(made.id))
    return made


async def _invited(stage: CheckContext, email: str | None = None) -> Invitation:
    return _keep_track(stage, await _verbs(stage).create(email or f"{stage.text()}@example.com"))


@check(_LIST, _CREATE, _GET)
async def one_is_kept_as_made(stage: CheckContext) -> None:
    """A new invitation is pending, of the address and the role that were asked for, and is read as it was given."""
    email = f"{stage.text()}@example.com"
    roles = await stage.role_names(1) if stage.can(Capability.ROLES_CREATE) else []
    made = _keep_track(stage, await _verbs(stage).create(email, roles=roles))
    read = await _verbs(stage).get(made.id)
    for seen in (made, read):
        expect((seen.id, seen.status) == (made.id, "pending"), f"the new invitation is {seen.status!r}")
        expect((seen.email or "").casefold() == email, "the address is another than asked")
        expect(not roles or seen.roles == tuple(roles), f"the roles are {seen.roles}")


@check(_LIST, _CREATE)
async def address_and_status_narrow_the_list(stage: CheckContext) -> None:
    """`email` leaves the invitations of the address, in whatever case, and `status` those that have it."""
    made, other = await _invited(stage), await _invited(stage)
    found = [one.id for one in await _verbs(stage).list(email=(made.email or "").upper()).collect()]
    expect(found == [made.id], f"{len(found)} came for the address of one")
    pending = {one.id for one in await _verbs(stage).list(status="pending").collect()}
    expect({made.id, other.id} <= pending, "a new invitation is not among those that are pending")
    ended = {one.id for one in await _verbs(stage).list(status="revoked").collect()}
    expect(not ended & {made.id, other.id}, "a pending invitation is among those that were revoked")


@check(_LIST, _CREATE, Capability.INVITATIONS_REVOKE)
async def a_revoked_one_is_pending_no_more(stage: CheckContext) -> None:
    """`revoke` gives the invitation as revoked; it is pending no more, and cannot be revoked again."""
    made = await _invited(stage)
    ended = await _verbs(stage).revoke(made.id)
    expect((ended.id, ended.status) == (made.id, "revoked"), f"after revoke the invitation is {ended.status!r}")
    pending = [one.id for one in await _verbs(stage).list(status="pending").collect()]
    expect(made.id not in pending, "a revoked invitation is still pending")
    again = _verbs(stage).revoke(made.id)
    await expect_error(again, ConflictError, NotFoundError, what="revoking an invitation that was revoked")


@check(_LIST, _CREATE, _GET, Capability.INVITATIONS_REMOVE)
async def a_removed_one_is_gone(stage: CheckContext) -> None:
    """A removed invitation is neither read, listed nor removed again."""
    made, other = await _invited(stage), await _invited(stage)
    await _verbs(stage).remove(made.id)
    left = [one.id async for one in _verbs(stage).list()]
    expect(made.id not in left and other.id in left, "the list has a removed one, or lacks another")
    await expect_error(_verbs(stage).get(made.id), NotFoundError, what="reading an invitation that was removed")
    await expect_error(_verbs(stage).remove(made.id), NotFoundError, what="removing an invitation that was removed")


@check(_LIST, _CREATE, Capability.INVITATIONS_RESEND, _GET)
async def sending_again_leaves_it_pending(stage: CheckContext) -> None:
    """`resend` leaves an invitation pending, the same and the only one of its address."""
    made = await _invited(stage)
    await _verbs(stage).resend(made.id)
    found = await _verbs(stage).list(email=made.email).collect()
    expect([(one.id, one.status) for one in found] == [(made.id, "pending")], "resend left another invitation")


@check(_LIST, _CREATE, Capability.INVITATIONS_ACCEPT, Capability.ACCOUNTS_CREATE, Capability.USERS_GET, users=2)
async def an_accepted_one_makes_a_member(stage: CheckContext) -> None:
    """`accept` makes a member of the account that has the address, with the roles; and that once."""
    account, other = await stage.account(), await stage.account()
    roles = await stage.role_names(1)
    made = _keep_track(stage, await _verbs(stage).create(account.email or "", roles=roles))
    wrong = _verbs(stage).accept(made.id, user_id=other.id)
    await expect_error(wrong, ConflictError, what="accepting for an account of another address")
    accepted = await _verbs(stage).accept(made.id, user_id=account.id)
    expect(accepted.status == "accepted", f"after accept the invitation is {accepted.status!r}")
    expect(accepted.accepted_user_id in {None, account.id}, "it was accepted by somebody else")
    held = (await stage.users.get(account.id)).roles
    expect(held == tuple(roles), f"the new member holds {held}")
    again = _verbs(stage).accept(made.id, user_id=account.id)
    await expect_error(again, ConflictError, what="accepting an invitation that was accepted")


@check(_LIST, _CREATE, Capability.INVITATIONS_EXPIRY)
async def it_expires_when_it_was_asked_to(stage: CheckContext) -> None:
    """`expires_in` sets when the invitation ends."""
    made = _keep_track(stage, await _verbs(stage).create(f"{stage.text()}@example.com", expires_in=timedelta(days=2)))
    near = await _invited(stage)
    expect(made.expires_at is not None, "it does not say when it ends")
    if made.expires_at is not None and made.created_at is not None:
        off = abs((made.expires_at - made.created_at - timedelta(days=2)).total_seconds())
        expect(off < 60 + _SECONDS, f"it ends {off:.0f} s from when it was asked to")
    expect(near.expires_at is None or near.expires_at != made.expires_at, "every invitation ends at one time")


@check(_LIST, _CREATE, Capability.INVITATIONS_INVITER, Capability.USERS_CREATE, users=1)
async def it_goes_out_in_a_name(stage: CheckContext) -> None:
    """`inviter_id` is in whose name the invitation goes out."""
    inviter = await stage.user()
    made = _keep_track(stage, await _verbs(stage).create(f"{stage.text()}@example.com", inviter_id=inviter.id))
    expect(made.inviter_id == inviter.id, "it goes out in another name")


@check(_LIST, _CREATE, Capability.INVITATIONS_UNSENT)
async def it_may_go_unsent(stage: CheckContext) -> None:
    """`send=False` makes a pending invitation all the same."""
    made = _keep_track(stage, await _verbs(stage).create(f"{stage.text()}@example.com", send=False))
    expect(made.status == "pending", f"the invitation is {made.status!r}")


@check(_GET)
async def one_that_is_not_there_is_not_found(stage: CheckContext) -> None:
    """`get` of an invitation that is not there ends in NotFoundError."""
    if not stage.can(_CREATE, Capability.INVITATIONS_REMOVE):
        unknown = stage.text()
    else:
        made = await _invited(stage)
        await _verbs(stage).remove(made.id)
        unknown = made.id
    await expect_error(_verbs(stage).get(unknown), NotFoundError, what="reading an invitation that is not there")
