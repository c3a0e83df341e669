"""Checks of memberships: add and remove members, and the roles of a member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import NotFoundError, UnprocessableError
from orgsdk.testing.conformance.assertions import expect, expect_error
from orgsdk.testing.conformance.check import check

if TYPE_CHECKING:
    from orgsdk.domain import User
    from orgsdk.testing.conformance.context import CheckContext

_GET, _CREATE, _SET = Capability.USERS_GET, Capability.USERS_CREATE, Capability.USERS_SET_ROLES
_SEVERAL = Capability.USERS_SEVERAL_ROLES


async def _roles_of(context: CheckContext, user: User) -> set[str]:
    return set((await context.users.get(user.id)).roles)


@check(_CREATE, Capability.USERS_REMOVE, Capability.ACCOUNTS_GET, users=1)
async def remove_keeps_the_account(context: CheckContext) -> None:
    """`remove(account="keep")` removes the membership and leaves the account unchanged."""
    user = await context.create_user()
    await context.users.remove(user.id, account="keep")
    account = await context.client.accounts.get(user.id)
    expect(context.key_of(account) == context.key_of(user), f"the account's {context.key} differs")
    if context.supports(Capability.USERS_LIST):
        expect(user.id not in [each.id async for each in context.users.list()], "a removed member is still listed")
    again = context.users.remove(user.id, account="keep")
    await expect_error(again, NotFoundError, what="removing a user who is not a member")


@check(Capability.USERS_ADD, Capability.ACCOUNTS_CREATE, _GET, users=2)
async def add_makes_accounts_members(context: CheckContext) -> None:
    """`add` makes accounts members with the given roles; adding a member again is not an error."""
    first, second = await context.create_account(), await context.create_account()
    (role,) = await context.get_role_names(1)
    await context.users.add([first.id], roles=[role])
    await context.users.add([first.id, second.id], roles=[role])
    for user in (first, second):
        expect(await _roles_of(context, user) == {role}, "the roles of a new member differ from the given ones")


@check(Capability.USERS_ADD, Capability.ACCOUNTS_CREATE, Capability.USERS_LIST, users=2)
async def add_with_unknown_account_adds_nobody(context: CheckContext) -> None:
    """`add` with an unknown account among others raises, and adds none of them."""
    account = await context.create_account()
    adding = context.users.add([account.id, await context.unknown_user_id()])
    await expect_error(adding, UnprocessableError, NotFoundError, what="adding an unknown account")
    expect(account.id not in [each.id async for each in context.users.list()], "the other account was added anyway")


@check(_CREATE, _SET, _GET, users=1)
async def set_roles_replaces_roles(context: CheckContext) -> None:
    """`set_roles` replaces the member's roles; a repeated call changes nothing."""
    user, (first, second) = await context.create_user(), await context.get_role_names(2)
    for role in (first, second, second):
        await context.users.set_roles(user.id, [role])
        roles = await _roles_of(context, user)
        expect(roles == {role}, f"after set_roles to {role!r} the member has {sorted(roles)}")


@check(_CREATE, _SET, _GET, _SEVERAL, users=1)
async def set_roles_accepts_several_roles(context: CheckContext) -> None:
    """`set_roles` accepts several roles, and none."""
    user, names = await context.create_user(), await context.get_role_names(2)
    for expected in (names, names[:1], []):
        await context.users.set_roles(user.id, expected)
        roles = await _roles_of(context, user)
        expect(roles == set(expected), f"after set_roles to {len(expected)} roles the member has {sorted(roles)}")


@check(_CREATE, Capability.USERS_ADD_ROLES, _SET, _GET, users=1)
async def add_roles_keeps_other_roles(context: CheckContext) -> None:
    """`add_roles` keeps the member's other roles; adding a role again is not an error."""
    user, (first, second) = await context.create_user(), await context.get_role_names(2)
    await context.users.set_roles(user.id, [first])
    await context.users.add_roles(user.id, [first])
    expect(await _roles_of(context, user) == {first}, "adding an existing role changed the roles")
    if context.supports(_SEVERAL):
        await context.users.add_roles(user.id, [second])
        expect(await _roles_of(context, user) == {first, second}, "adding a role did not keep the other one")


@check(_CREATE, Capability.USERS_REMOVE_ROLES, _SET, _GET, users=1)
async def remove_roles_keeps_other_roles(context: CheckContext) -> None:
    """`remove_roles` keeps the member's other roles; removing a role that the member does not have is not an error."""
    user, (first, second) = await context.create_user(), await context.get_role_names(2)
    await context.users.set_roles(user.id, [first])
    await context.users.remove_roles(user.id, [second])
    expect(await _roles_of(context, user) == {first}, "removing a role that the member does not have changed the roles")
    if context.supports(_SEVERAL):
        await context.users.set_roles(user.id, [first, second])
        await context.users.remove_roles(user.id, [first])
        expect(await _roles_of(context, user) == {second}, "removing a role did not keep the other one")


@check(_CREATE, _SET, Capability.USERS_LIST_ROLES, users=1)
async def list_roles_returns_the_roles(context: CheckContext) -> None:
    """`list_roles` returns the member's roles, with name and id."""
    user, (role,) = await context.create_user(), await context.get_role_names(1)
    await context.users.set_roles(user.id, [role])
    listed = await context.users.list_roles(user.id)
    names = [each.name for each in listed]
    expect(names == [role], f"list_roles returned {names}")
    expect(all(each.id for each in listed), "a role has no id")


@check(_CREATE, Capability.ACCOUNTS_LIST_ORGANIZATIONS, users=1)
async def list_organizations_returns_the_memberships(context: CheckContext) -> None:
    """`list_organizations` returns each organization of a member once, and none of an account without membership."""
    user, accounts = await context.create_user(), context.client.accounts
    wanted = context.organization.id or await context.provider.own_organization_id()
    listed = [found.id for found in await accounts.list_organizations(user.id)]
    expect(listed == [wanted], f"list_organizations returned {listed} for a member of {wanted}")
    if context.supports(Capability.ACCOUNTS_CREATE):
        account = await context.create_account()
        others = await accounts.list_organizations(account.id)
        expect(not others, "list_organizations returned an organization for an account without membership")


@check(_CREATE, _SET, _GET, users=1)
async def unknown_role_changes_nothing(context: CheckContext) -> None:
    """`set_roles` with an unknown role raises `NotFoundError`, and leaves the member's roles unchanged."""
    user = await context.create_user()
    before = await _roles_of(context, user)
    change = context.users.set_roles(user.id, [context.unique_text()])
    await expect_error(change, NotFoundError, what="set_roles with an unknown role")
    expect(await _roles_of(context, user) == before, "the roles were changed anyway")
