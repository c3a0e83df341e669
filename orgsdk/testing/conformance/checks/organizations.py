"""Checks of organizations: list, get, create, update, remove."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import NotFoundError
from orgsdk.testing.conformance.assertions import expect, expect_error
from orgsdk.testing.conformance.check import check

if TYPE_CHECKING:
    from orgsdk.testing.conformance.context import CheckContext


@check(Capability.ORGANIZATIONS_LIST, Capability.ORGANIZATIONS_GET)
async def listed_organizations_can_be_read(context: CheckContext) -> None:
    """`get` returns each listed organization."""
    listed = await context.client.organizations.list().collect(limit=3)
    expect(listed, "no organization is listed, although one exists")
    for organization in listed:
        read = await context.client.organizations.get(organization.id)
        expect((read.id, read.name) == (organization.id, organization.name), "get returned another organization")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_GET)
async def create_stores_the_values(context: CheckContext) -> None:
    """A new organization has the requested name and description, and `get` returns the same."""
    name = context.unique_text()
    description = "a school" if context.supports(Capability.ORGANIZATIONS_DESCRIPTION) else None
    created = await context.client.organizations.create(name, description=description)
    if context.supports(Capability.ORGANIZATIONS_REMOVE):
        context.add_cleanup(lambda: context.client.organizations.remove(created.id))
    expect((created.name, created.description) == (name, description), "the name or the description differs")
    read = await context.client.organizations.get(created.id)
    expect((read.name, read.description) == (name, description), "get: the name or the description differs")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_REMOVE, Capability.ORGANIZATIONS_GET)
async def removed_organization_is_gone(context: CheckContext) -> None:
    """A removed organization cannot be read, updated or removed again."""
    resource = context.client.organizations
    removed = await context.create_organization()
    await resource.remove(removed.id)
    await expect_error(resource.get(removed.id), NotFoundError, what="reading a removed organization")
    await expect_error(resource.remove(removed.id), NotFoundError, what="removing a removed organization")
    if context.supports(Capability.ORGANIZATIONS_UPDATE):
        changing = resource.update(removed.id, name=context.unique_text())
        await expect_error(changing, NotFoundError, what="updating a removed organization")


@check(Capability.ORGANIZATIONS_CREATE, Capability.USERS_CREATE, Capability.USERS_LIST, users=1)
async def members_belong_to_one_organization(context: CheckContext) -> None:
    """A user who was created in one organization is not a member of another."""
    user = await context.create_user()
    other = context.client.organization((await context.create_organization()).id)
    expect(user.id not in [each.id async for each in other.users.list()], "another organization lists the member too")
    if context.supports(Capability.USERS_GET):
        await expect_error(other.users.get(user.id), NotFoundError, what="reading a member of another organization")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_LIST, Capability.ORGANIZATIONS_QUERY)
async def query_filters_the_organizations(context: CheckContext) -> None:
    """`query` returns only the organizations whose name contains the text."""
    organization = await context.create_organization()
    found = [each.id for each in await context.client.organizations.list(query=organization.name).collect()]
    expect(found == [organization.id], f"{len(found)} organizations are listed, one matches")
    nothing = await context.client.organizations.list(query=context.unique_text()).collect()
    expect(not nothing, "an unknown text matched an organization")
