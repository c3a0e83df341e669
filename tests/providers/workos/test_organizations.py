"""Organizations at WorkOS: list, search, rename, delete."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import UnsupportedError
from tests.providers.workos.conftest import listed, organization

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers.workos import WorkOS
    from tests.providers.workos.conftest import Server

pytestmark = pytest.mark.anyio


async def test_a_search_is_filtered_again(client: OrgClient[WorkOS], server: Server) -> None:
    server.on("GET /organizations", listed(organization(1), organization(2)))  # as an emulator, which ignores it
    assert [each.name for each in await client.organizations.list(query="school 2").collect()] == ["School 2"]
    assert server.query() == {"search": "school 2", "order": "desc", "limit": "100"}


async def test_a_rename_leaves_the_rest(client: OrgClient[WorkOS], server: Server) -> None:
    server.on("PUT /organizations/org_01", organization(1, name="New"))
    assert (await client.organizations.update("org_01", name="New")).name == "New"
    assert server.body() == {"name": "New"}
    server.on("GET /organizations/org_01", organization(1))
    await client.organizations.update("org_01")
    assert server.calls[-1] == "GET /organizations/org_01"


@pytest.mark.parametrize("status", [200, 202, 204])
async def test_every_answer_to_a_deletion_is_success(client: OrgClient[WorkOS], server: Server, status: int) -> None:
    server.on("DELETE /organizations/org_01", (status, None))
    await client.organizations.remove("org_01")


async def test_a_description_is_unsupported(client: OrgClient[WorkOS], server: Server) -> None:
    with pytest.raises(UnsupportedError, match="WorkOS has no descriptions of organizations"):
        await client.organizations.create("School", description="a school")
    assert server.calls == []
