"""Roles: listed, read by id and by name, made, changed, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.testing.conformance.check import NotApplicableError, check, expect, expect_error

if TYPE_CHECKING:
    from orgsdk.testing.conformance.context import CheckContext


@check(Capability.ROLES_LIST, Capability.ROLES_GET)
async def a_role_is_read_by_id_and_by_name(stage: CheckContext) -> None:
    """`get` takes a role's id and its name, and gives the same."""
    roles = await stage.client.roles.list().collect(limit=2)
    if not roles:
        raise NotApplicableError("it has no roles")
    for role in roles:
        for known_by in (role.id, role.name):
            found = await stage.client.roles.get(known_by)
            expect((found.id, found.name) == (role.id, role.name), f"another role came for {known_by!r}")


@check(Capability.ROLES_GET)
async def a_role_that_is_not_there_is_not_found(stage: CheckContext) -> None:
    """`get` of a role that is not there ends in NotFoundError."""
    await expect_error(stage.client.roles.get(stage.text()), NotFoundError, what="reading a role that is not there")


@check(Capability.ROLES_CREATE, Capability.ROLES_GET)
async def a_role_is_kept_as_made(stage: CheckContext) -> None:
    """A new role has its name and its description, and is read as it was given."""
    name = stage.text()
    made = await stage.client.roles.create(name, description="who teaches")
    if stage.can(Capability.ROLES_REMOVE):
        stage.undo(lambda: stage.client.roles.remove(made.id))
    expect((made.name, made.description) == (name, "who teaches"), "name or description are others than asked")
    read = await stage.client.roles.get(made.id)
    expect((read.name, read.description) == (name, "who teaches"), "read anew, name or description are others")


@check(Capability.ROLES_CREATE)
async def a_roles_name_is_its_own(stage: CheckContext) -> None:
    """A second role of one name ends in ConflictError."""
    made = await stage.role()
    again = stage.client.roles.create(made.name)
    await expect_error(again, ConflictError, what="a role's name that is taken")


@check(Capability.ROLES_CREATE, Capability.ROLES_REMOVE, Capability.ROLES_GET)
async def a_removed_role_is_gone(stage: CheckContext) -> None:
    """A removed role is neither read nor removed again, and held by nobody."""
    made = await stage.role()
    held = stage.can(Capability.USERS_CREATE, Capability.USERS_SET_ROLES, Capability.USERS_GET)
    user = await stage.user() if held else None
    if user is not None:
        await stage.users.set_roles(user.id, [made.name])
    await stage.client.roles.remove(made.name)
    await expect_error(stage.client.roles.get(made.id), NotFoundError, what="reading a role that was removed")
    await expect_error(stage.client.roles.remove(made.id), NotFoundError, what="removing a role that was removed")
    if user is not None:
        left = (await stage.users.get(user.id)).roles
        expect(made.name not in left, "a member still holds a role that was removed")


@check(Capability.ROLES_LIST, Capability.ROLES_QUERY)
async def a_query_narrows_the_roles(stage: CheckContext) -> None:
    """`query` leaves the roles whose name has the text, and a text that none has leaves none."""
    roles = await stage.client.roles.list().collect()
    if roles:
        found = [role.id for role in await stage.client.roles.list(query=roles[0].name).collect()]
        expect(roles[0].id in found, "a role was not found by its name")
    expect(not await stage.client.roles.list(query=stage.text()).collect(), "a role came for a text that none has")
