"""Organizations: listed, read, made, removed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability
from orgsdk.errors import NotFoundError
from orgsdk.testing.conformance.check import check, expect, expect_error

if TYPE_CHECKING:
    from orgsdk.testing.conformance.context import CheckContext


@check(Capability.ORGANIZATIONS_LIST, Capability.ORGANIZATIONS_GET)
async def each_that_is_listed_is_read(stage: CheckContext) -> None:
    """Whatever organization is listed can be read by its id."""
    listed = await stage.client.organizations.list().collect(limit=3)
    expect(listed, "no organization is listed, though there is one")
    for organization in listed:
        read = await stage.client.organizations.get(organization.id)
        expect((read.id, read.name) == (organization.id, organization.name), "another came than was listed")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_GET)
async def one_is_kept_as_made(stage: CheckContext) -> None:
    """A new organization has its name and its description, and is read as it was given."""
    name = stage.text()
    made = await stage.client.organizations.create(name, description="a org")
    if stage.can(Capability.ORGANIZATIONS_REMOVE):
        stage.undo(lambda: stage.client.organizations.remove(made.id))
    expect((made.name, made.description) == (name, "a org"), "name or description are others than asked")
    read = await stage.client.organizations.get(made.id)
    expect((read.name, read.description) == (name, "a org"), "read anew, name or description are others")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_REMOVE, Capability.ORGANIZATIONS_GET)
async def one_that_was_removed_is_gone(stage: CheckContext) -> None:
    """A removed organization is neither read, changed nor removed again."""
    verbs = stage.client.organizations
    gone = await stage.new_organization()
    await verbs.remove(gone.id)
    await expect_error(verbs.get(gone.id), NotFoundError, what="reading an organization that was removed")
    await expect_error(verbs.remove(gone.id), NotFoundError, what="removing an organization that was removed")
    if stage.can(Capability.ORGANIZATIONS_UPDATE):
        changing = verbs.update(gone.id, name=stage.text())
        await expect_error(changing, NotFoundError, what="changing an organization that was removed")


@check(Capability.ORGANIZATIONS_CREATE, Capability.USERS_CREATE, Capability.USERS_LIST, users=1)
async def a_member_is_of_one_organization(stage: CheckContext) -> None:
    """Whoever was made in one organization is no member of another."""
    user = await stage.user()
    other = stage.client.organization((await stage.new_organization()).id)
    expect(user.id not in [one.id async for one in other.users.list()], "another organization has the member too")
    if stage.can(Capability.USERS_GET):
        await expect_error(other.users.get(user.id), NotFoundError, what="reading another organization's member")


@check(Capability.ORGANIZATIONS_CREATE, Capability.ORGANIZATIONS_LIST, Capability.ORGANIZATIONS_QUERY)
async def a_query_narrows_the_organizations(stage: CheckContext) -> None:
    """`query` leaves the organizations whose name has the text."""
    made = await stage.new_organization()
    found = [one.id for one in await stage.client.organizations.list(query=made.name).collect()]
    expect(found == [made.id], f"{len(found)} came where one has the text")
    nothing = await stage.client.organizations.list(query=stage.text()).collect()
    expect(not nothing, "one came for a text that none has")
