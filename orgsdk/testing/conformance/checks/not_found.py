"""Checks of unknown ids, roles, statuses and organizations, and of invalid ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar, cast

from orgsdk.domain import Capability
from orgsdk.errors import (
    BadRequestError,
    InvalidArgumentError,
    NotFoundError,
    OrgError,
    PermissionDeniedError,
    UnprocessableError,
)
from orgsdk.testing.conformance.assertions import expect, expect_error
from orgsdk.testing.conformance.check import Check, UserScope, check, check_users, register
from orgsdk.testing.conformance.operations import unknown_id_like

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.domain import UnsetType, UserFields
    from orgsdk.pagination import Paginator
    from orgsdk.testing.conformance.context import CheckContext

ItemT = TypeVar("ItemT")

# Texts that change the meaning of a path, a query or an SQL statement, and one that is too long.
INVALID_IDS = (
    "..",
    ".",
    "a/b",
    "a\\b",
    "%2e%2e",
    "a?b",
    "a#b",
    "a b",
    "'; --",
    "*",
    "a\x00b",
    "\N{SNOWMAN}",
    "x" * 5000,
)


# Unknown users


async def _unknown_id(scope: UserScope) -> str:
    if scope.name == "accounts" and scope.supports("create") and scope.supports("remove"):
        account = await scope.create()
        await scope.resource.remove(account.id, account="delete")
        return account.id
    return await scope.context.unknown_user_id()


@check_users("get")
async def get_of_unknown_user_raises(scope: UserScope) -> None:
    """`get` of an unknown id raises NotFoundError."""
    await expect_error(scope.resource.get(await _unknown_id(scope)), NotFoundError, what="reading an unknown user")


@check_users("update")
async def update_of_unknown_user_raises(scope: UserScope) -> None:
    """`update` of an unknown id raises NotFoundError."""
    field = scope.context.changed_field()
    changes = cast("UserFields[str | UnsetType | None]", {field: scope.context.unique_text()})
    updating = scope.resource.update(await _unknown_id(scope), **changes)
    await expect_error(updating, NotFoundError, what="updating an unknown user")


@check_users("remove")
async def remove_of_unknown_user_raises(scope: UserScope) -> None:
    """`remove` of an unknown id raises NotFoundError."""
    removing = scope.resource.remove(await _unknown_id(scope), account="delete")
    await expect_error(removing, NotFoundError, what="removing an unknown user")


@check_users("suspend")
async def suspend_of_unknown_user_raises(scope: UserScope) -> None:
    """`suspend` of an unknown id raises NotFoundError."""
    suspending = scope.resource.suspend(await _unknown_id(scope), suspended=True)
    await expect_error(suspending, NotFoundError, what="suspending an unknown user")


def _register_roles_check(method: str, call: Callable[[CheckContext, str, str], Awaitable[object]]) -> None:
    async def run(context: CheckContext) -> None:
        (role,) = await context.get_role_names(1)
        unknown = await context.unknown_user_id()
        await expect_error(call(context, unknown, role), NotFoundError, what=f"{method} of an unknown user")

    claim = f"`{method}` of an unknown id raises NotFoundError."
    needs = frozenset({Capability(f"users.{method}")})
    register(Check(f"not_found.roles_of_unknown_user_raise[{method}]", claim, run, needs, users=1))


_register_roles_check("list_roles", lambda context, user, _: context.users.list_roles(user))
_register_roles_check("set_roles", lambda context, user, role: context.users.set_roles(user, [role]))
_register_roles_check("add_roles", lambda context, user, role: context.users.add_roles(user, [role]))
_register_roles_check("remove_roles", lambda context, user, role: context.users.remove_roles(user, [role]))


# Invalid ids


@check_users("get")
async def invalid_id_is_refused(scope: UserScope) -> None:
    """`get` of an invalid id raises InvalidArgumentError or NotFoundError."""
    for invalid in INVALID_IDS:
        what = f"reading the invalid id {invalid[:12]!r}"
        await expect_error(scope.resource.get(invalid), InvalidArgumentError, NotFoundError, what=what)


@check(Capability.USERS_REMOVE, Capability.USERS_LIST, users=1)
async def invalid_id_removes_nobody(context: CheckContext) -> None:
    """`remove` of an invalid id raises InvalidArgumentError or NotFoundError, and removes nobody."""
    members = await context.get_members(1)
    for invalid in INVALID_IDS:
        removing = context.users.remove(invalid, account="delete")
        what = f"removing the invalid id {invalid[:12]!r}"
        await expect_error(removing, InvalidArgumentError, NotFoundError, what=what)
    left = {user.id async for user in context.users.list()}
    expect({user.id for user in members} <= left, "a member was removed")


# Unknown organizations and filters


@check(Capability.ORGANIZATIONS_GET)
async def unknown_organization_is_not_found(context: CheckContext) -> None:
    """`get` of an unknown organization raises NotFoundError or PermissionDeniedError."""
    known = context.organization.id or await context.provider.own_organization_id() or "organization"
    reading = context.client.organizations.get(unknown_id_like(known))
    await expect_error(reading, NotFoundError, PermissionDeniedError, what="reading an unknown organization")


@check(Capability.USERS_LIST, Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_REMOVE)
async def users_of_removed_organization_raise(context: CheckContext) -> None:
    """Listing the users of a removed organization raises NotFoundError; it does not return an empty list."""
    removed = await context.create_organization()
    await context.client.organizations.remove(removed.id)
    listing = _first_page(context.client.organization(removed.id).users.list())
    await expect_error(listing, NotFoundError, what="listing the users of a removed organization")


@check(Capability.USERS_LIST, Capability.USERS_ROLE, users=1)
async def unknown_role_matches_nobody(context: CheckContext) -> None:
    """Listing the users with an unknown role returns no users, or raises; it does not return all users."""
    await context.get_members(1)
    kinds = (NotFoundError, InvalidArgumentError, BadRequestError, UnprocessableError)
    await _expect_no_items(lambda: context.users.list(role=context.unique_text()), kinds, "an unknown role")


@check(Capability.INVITATIONS_LIST, Capability.INVITATIONS_CREATE)
async def unknown_status_matches_nothing(context: CheckContext) -> None:
    """Listing the invitations with an unknown status returns none, or raises; it does not return all."""
    invitations = context.organization.invitations
    await context.invite()
    kinds = (InvalidArgumentError, BadRequestError, UnprocessableError)
    await _expect_no_items(lambda: invitations.list(status=context.unique_text()), kinds, "an unknown status")


async def _first_page(paginator: Awaitable[object]) -> object:
    return await paginator


async def _expect_no_items(
    create_list: Callable[[], Paginator[ItemT]], kinds: tuple[type[OrgError], ...], what: str
) -> None:
    try:
        found = await create_list().collect()
    except kinds:
        return
    expect(not found, f"{len(found)} items are listed for {what}")
