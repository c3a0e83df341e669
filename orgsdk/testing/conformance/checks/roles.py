"""Checks of roles: list, get by id and by name, create, update, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.testing.conformance.assertions import NotApplicableError, expect, expect_error
from orgsdk.testing.conformance.check import check

if TYPE_CHECKING:
    from orgsdk.testing.conformance.context import CheckContext


@check(Capability.ROLES_LIST, Capability.ROLES_GET)
async def get_by_id_and_by_name(context: CheckContext) -> None:
    """`get` accepts a role's id and its name, and returns the same role."""
    roles = await context.client.roles.list().collect(limit=2)
    if not roles:
        raise NotApplicableError("it has no roles")
    for role in roles:
        for key in (role.id, role.name):
            found = await context.client.roles.get(key)
            expect((found.id, found.name) == (role.id, role.name), f"get returned another role for {key!r}")


@check(Capability.ROLES_GET)
async def unknown_role_is_not_found(context: CheckContext) -> None:
    """`get` of an unknown role raises NotFoundError."""
    await expect_error(context.client.roles.get(context.unique_text()), NotFoundError, what="reading an unknown role")


@check(Capability.ROLES_CREATE, Capability.ROLES_GET)
async def create_stores_the_values(context: CheckContext) -> None:
    """A new role has the requested name and description, and `get` returns the same."""
    name = context.unique_text()
    description = "teaches classes" if context.supports(Capability.ROLES_DESCRIPTION) else None
    role = await context.client.roles.create(name, description=description)
    if context.supports(Capability.ROLES_REMOVE):
        context.add_cleanup(lambda: context.client.roles.remove(role.id))
    expect((role.name, role.description) == (name, description), "the name or the description differs")
    read = await context.client.roles.get(role.id)
    expect((read.name, read.description) == (name, description), "get: the name or the description differs")


@check(Capability.ROLES_CREATE)
async def duplicate_name_is_refused(context: CheckContext) -> None:
    """Creating a role with a name that is taken raises ConflictError."""
    role = await context.create_role()
    duplicate = context.client.roles.create(role.name)
    await expect_error(duplicate, ConflictError, what="creating a role with a name that is taken")


@check(Capability.ROLES_CREATE, Capability.ROLES_REMOVE, Capability.ROLES_GET)
async def removed_role_is_gone(context: CheckContext) -> None:
    """A removed role cannot be read or removed again, and no member has it."""
    role = await context.create_role()
    with_member = context.supports(Capability.USERS_CREATE, Capability.USERS_SET_ROLES, Capability.USERS_GET)
    user = await context.create_user() if with_member else None
    if user is not None:
        await context.users.set_roles(user.id, [role.name])
    await context.client.roles.remove(role.name)
    await expect_error(context.client.roles.get(role.id), NotFoundError, what="reading a removed role")
    await expect_error(context.client.roles.remove(role.id), NotFoundError, what="removing a removed role")
    if user is not None:
        left = (await context.users.get(user.id)).roles
        expect(role.name not in left, "a member still has the removed role")


@check(Capability.ROLES_LIST, Capability.ROLES_QUERY)
async def query_filters_the_roles(context: CheckContext) -> None:
    """`query` returns the roles whose name contains the text; an unknown text matches none."""
    roles = await context.client.roles.list().collect()
    if roles:
        found = [role.id for role in await context.client.roles.list(query=roles[0].name).collect()]
        expect(roles[0].id in found, "a role was not found by its name")
    expect(not await context.client.roles.list(query=context.unique_text()).collect(), "an unknown text matched a role")
