"""Checks of memberships: add and remove members, and the roles that they hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import NotFoundError, OrgError, UnprocessableError
from orgsdk.testing.conformance.check import check, expect, expect_error, fail

if TYPE_CHECKING:
    from orgsdk.domain import User
    from orgsdk.testing.conformance.context import CheckContext

_GET, _CREATE, _SET = Capability.USERS_GET, Capability.USERS_CREATE, Capability.USERS_SET_ROLES
_SEVERAL = Capability.USERS_SEVERAL_ROLES


async def _held(stage: CheckContext, user: User) -> set[str]:
    return set((await stage.users.get(user.id)).roles)


@check(_CREATE, Capability.USERS_REMOVE, Capability.ACCOUNTS_GET, users=1)
async def a_kept_account_is_no_member(stage: CheckContext) -> None:
    """`remove(account="keep")` ends the membership and leaves the account as it is."""
    user = await stage.user()
    await stage.users.remove(user.id, account="keep")
    kept = await stage.client.accounts.get(user.id)
    expect(kept.username == user.username, "the account is another")
    if stage.can(Capability.USERS_LIST):
        expect(user.id not in [one.id async for one in stage.users.list()], "one who was taken out is still listed")
    again = stage.users.remove(user.id, account="keep")
    await expect_error(again, NotFoundError, what="taking out one who is no member")


@check(Capability.USERS_ADD, Capability.ACCOUNTS_CREATE, _GET, users=2)
async def accounts_become_members(stage: CheckContext) -> None:
    """`add` makes members of accounts, with the roles; those who are members already are no error."""
    first, second = await stage.account(), await stage.account()
    (role,) = await stage.role_names(1)
    await stage.users.add([first.id], roles=[role])
    await stage.users.add([first.id, second.id], roles=[role])
    for user in (first, second):
        expect(await _held(stage, user) == {role}, "a new member does not hold just the role that was given")


@check(Capability.USERS_ADD, Capability.ACCOUNTS_CREATE, Capability.USERS_LIST, users=2)
async def an_unknown_account_adds_nobody(stage: CheckContext) -> None:
    """`add` of accounts among which one is unknown ends in an error, and adds none of them."""
    account = await stage.account()
    adding = stage.users.add([account.id, await stage.unknown_user_id()])
    await expect_error(adding, UnprocessableError, NotFoundError, what="adding an account that is not there")
    expect(account.id not in [one.id async for one in stage.users.list()], "the other account was added all the same")


@check(_CREATE, _SET, _GET, users=1)
async def roles_are_set_to_just_these(stage: CheckContext) -> None:
    """`set_roles` has a member hold just this role; once more changes nothing."""
    user, (first, second) = await stage.user(), await stage.role_names(2)
    for role in (first, second, second):
        await stage.users.set_roles(user.id, [role])
        held = await _held(stage, user)
        expect(held == {role}, f"after set_roles to {role!r} the member holds {sorted(held)}")


@check(_CREATE, _SET, _GET, _SEVERAL, users=1)
async def several_roles_are_held(stage: CheckContext) -> None:
    """`set_roles` takes several roles, and none."""
    user, roles = await stage.user(), await stage.role_names(2)
    for wanted in (roles, roles[:1], []):
        await stage.users.set_roles(user.id, wanted)
        held = await _held(stage, user)
        expect(held == set(wanted), f"after set_roles to {len(wanted)} roles the member holds {sorted(held)}")


@check(_CREATE, Capability.USERS_ADD_ROLES, _SET, _GET, users=1)
async def roles_are_added_to_those_that_are_held(stage: CheckContext) -> None:
    """`add_roles` leaves the roles that are held; one that is held already is no error."""
    user, (first, second) = await stage.user(), await stage.role_names(2)
    await stage.users.set_roles(user.id, [first])
    await stage.users.add_roles(user.id, [first])
    expect(await _held(stage, user) == {first}, "adding a role that is held changed the roles")
    if stage.can(_SEVERAL):
        await stage.users.add_roles(user.id, [second])
        expect(await _held(stage, user) == {first, second}, "adding a role did not leave the other one")


@check(_CREATE, Capability.USERS_REMOVE_ROLES, _SET, _GET, users=1)
async def roles_are_taken_from_those_that_are_held(stage: CheckContext) -> None:
    """`remove_roles` leaves the other roles; one that is not held is no error."""
    user, (first, second) = await stage.user(), await stage.role_names(2)
    await stage.users.set_roles(user.id, [first])
    await stage.users.remove_roles(user.id, [second])
    expect(await _held(stage, user) == {first}, "taking a role that is not held changed the roles")
    if stage.can(_SEVERAL):
        await stage.users.set_roles(user.id, [first, second])
        await stage.users.remove_roles(user.id, [first])
        expect(await _held(stage, user) == {second}, "taking a role did not leave just the other one")


@check(_CREATE, _SET, Capability.USERS_LIST_ROLES, users=1)
async def a_members_roles_are_listed(stage: CheckContext) -> None:
    """`list_roles` gives the roles that a member holds, by name and id."""
    user, (role,) = await stage.user(), await stage.role_names(1)
    await stage.users.set_roles(user.id, [role])
    listed = await stage.users.list_roles(user.id)
    expect([one.name for one in listed] == [role], f"list_roles gives {[one.name for one in listed]}")
    expect(all(one.id for one in listed), "a role has no id")


@check(_CREATE, _SET, _GET, users=1)
async def an_unknown_role_changes_nothing(stage: CheckContext) -> None:
    """A role that is not there ends in an error, and leaves those that are held."""
    user = await stage.user()
    before = await _held(stage, user)
    try:
        await stage.users.set_roles(user.id, [stage.text()])
    except OrgError:
        expect(await _held(stage, user) == before, "the roles were changed all the same")
        return
    fail("a role that is not there was set")
