"""Checks of unknown ids, roles and statuses, and of invalid ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.domain import Capability
from orgsdk.errors import (
    BadRequestError,
    InvalidArgumentError,
    NotFoundError,
    OrgError,
    PermissionDeniedError,
    UnprocessableError,
)
from orgsdk.testing.conformance.check import Check, UserScope, check, check_users, expect, expect_error, register
from orgsdk.testing.conformance.context import unknown_id_like

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.pagination import Paginator
    from orgsdk.testing.conformance.context import CheckContext

ItemT = TypeVar("ItemT")

# Longer than any id, and what leads elsewhere in a path, a query or a statement.
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


@check_users("get")
async def one_who_is_not_there_is_not_found(people: UserScope) -> None:
    """`get` of an id that nobody has ends in NotFoundError."""
    await expect_error(people.verbs.get(await _nobody(people)), NotFoundError, what="reading one who is not there")


@check_users("update")
async def one_who_is_not_there_is_not_changed(people: UserScope) -> None:
    """`update` of an id that nobody has ends in NotFoundError."""
    change = people.verbs.update(await _nobody(people), username=people.stage.text())
    await expect_error(change, NotFoundError, what="changing one who is not there")


@check_users("remove")
async def one_who_is_not_there_is_not_removed(people: UserScope) -> None:
    """`remove` of an id that nobody has ends in NotFoundError."""
    nobody = await _nobody(people)
    await expect_error(
        people.verbs.remove(nobody, account="delete"), NotFoundError, what="removing one who is not there"
    )


@check_users("suspend")
async def one_who_is_not_there_is_not_suspended(people: UserScope) -> None:
    """`suspend` of an id that nobody has ends in NotFoundError."""
    nobody = await _nobody(people)
    await expect_error(people.verbs.suspend(nobody), NotFoundError, what="suspending one who is not there")


def _roles_of_nobody(verb: str, call: Callable[[CheckContext, str, str], Awaitable[object]]) -> None:
    async def run(stage: CheckContext) -> None:
        (role,) = await stage.role_names(1)
        nobody = await stage.unknown_user_id()
        await expect_error(call(stage, nobody, role), NotFoundError, what=f"{verb} of one who is not there")

    claim = f"`{verb}` of an id that nobody has ends in NotFoundError."
    needs = frozenset({Capability(f"users.{verb}")})
    register(Check(f"not_found.one_who_is_not_there_holds_no_role[{verb}]", claim, run, needs, users=1))


_roles_of_nobody("list_roles", lambda stage, user, _: stage.users.list_roles(user))
_roles_of_nobody("set_roles", lambda stage, user, role: stage.users.set_roles(user, [role]))
_roles_of_nobody("add_roles", lambda stage, user, role: stage.users.add_roles(user, [role]))
_roles_of_nobody("remove_roles", lambda stage, user, role: stage.users.remove_roles(user, [role]))


@check_users("get")
async def an_id_that_can_be_none_is_refused(people: UserScope) -> None:
    """What can be no id ends in InvalidArgumentError or NotFoundError, whatever it is made of."""
    for hostile in INVALID_IDS:
        what = f"reading the id {hostile[:12]!r}"
        await expect_error(people.verbs.get(hostile), InvalidArgumentError, NotFoundError, what=what)


@check(Capability.USERS_REMOVE, Capability.USERS_LIST, users=1)
async def an_id_that_can_be_none_removes_nobody(stage: CheckContext) -> None:
    """Removing what can be no id ends in InvalidArgumentError or NotFoundError, and everybody stays."""
    members = await stage.members(1)
    for hostile in INVALID_IDS:
        removing = stage.users.remove(hostile, account="delete")
        await expect_error(removing, InvalidArgumentError, NotFoundError, what=f"removing the id {hostile[:12]!r}")
    left = {user.id async for user in stage.users.list()}
    expect({user.id for user in members} <= left, "a member is gone")


@check(Capability.USERS_LIST, Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_REMOVE)
async def an_organization_that_is_not_there_has_no_list(stage: CheckContext) -> None:
    """The users of an organization that is gone are no empty list but an error."""
    gone = await stage.new_organization()
    await stage.client.organizations.remove(gone.id)
    listing = stage.client.organization(gone.id).users.list()
    await expect_error(_first(listing), NotFoundError, what="listing the users of an organization that is gone")


@check(Capability.USERS_LIST, Capability.USERS_ROLE, users=1)
async def an_unheard_of_role_is_held_by_nobody(stage: CheckContext) -> None:
    """Listing those who hold a role that is not there gives nobody, or ends in a typed error; never everybody."""
    await stage.members(1)
    kinds = (NotFoundError, InvalidArgumentError, BadRequestError, UnprocessableError)
    await _nobody_or(lambda: stage.users.list(role=stage.text()), kinds, "a role that nobody has heard of")


@check(Capability.INVITATIONS_LIST, Capability.INVITATIONS_CREATE)
async def an_unheard_of_status_is_no_invitations(stage: CheckContext) -> None:
    """Listing the invitations of a status that is not there gives none, or ends in a typed error; never all."""
    invitations = stage.organization.invitations
    made = await invitations.create(f"{stage.text()}@example.com")
    if stage.can(Capability.INVITATIONS_REMOVE):
        stage.undo(lambda: invitations.remove(made.id))
    kinds = (InvalidArgumentError, BadRequestError, UnprocessableError)
    await _nobody_or(lambda: invitations.list(status=stage.text()), kinds, "a status that nobody has heard of")


@check(Capability.ORGANIZATIONS_GET)
async def an_organization_that_is_not_there_is_not_found(stage: CheckContext) -> None:
    """`get` of an organization that is not there ends in NotFoundError."""
    known = stage.organization.id or await stage.provider.own_organization_id() or "organization"
    getting = stage.client.organizations.get(unknown_id_like(known))
    await expect_error(getting, NotFoundError, PermissionDeniedError, what="reading an organization that is not there")


async def _nobody(people: UserScope) -> str:
    if people.where == "accounts" and people.has("create") and people.has("remove"):
        gone = await people.make()
        await people.verbs.remove(gone.id, account="delete")
        return gone.id
    return await people.stage.unknown_user_id()


async def _first(listed: Awaitable[object]) -> object:
    return await listed


async def _nobody_or(listed: Callable[[], Paginator[ItemT]], kinds: tuple[type[OrgError], ...], what: str) -> None:
    try:
        found = await listed().collect()
    except kinds:
        return
    expect(not found, f"{len(found)} came for {what}")
