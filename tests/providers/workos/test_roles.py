"""Roles at WorkOS: those of the environment, by slug and id, with permissions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from tests.providers.workos.conftest import listed, role

if TYPE_CHECKING:
    from orgsdk import OrgClient
    from orgsdk.providers.workos import WorkOS
    from tests.providers.workos.conftest import Server

pytestmark = pytest.mark.anyio

ROLES = "/authorization/roles"
TEACHER = role("teacher", permissions=["classes:write"])


async def test_roles_are_one_page_without_parameters(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {ROLES}", {"object": "list", "data": [role("member"), TEACHER]})
    found = await client.roles.list(query="TEACH").collect()
    assert [(each.id, each.name, each.kind, each.scopes) for each in found] == [
        ("role_teacher", "teacher", "EnvironmentRole", ("classes:write",))
    ]
    assert server.query() == {}
    for key in ("teacher", "role_teacher"):
        assert (await client.roles.get(key)).name == "teacher"
    with pytest.raises(NotFoundError, match=r"unknown role 'Teacher'. Did you mean 'teacher'"):
        await client.roles.get("Teacher")


async def test_a_new_role_has_its_name_as_slug(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"POST {ROLES}", (201, role("teacher", description="teaches")))
    server.on(f"PUT {ROLES}/teacher/permissions", TEACHER)
    created = await client.roles.create("teacher", description="teaches", scopes=["classes:write"])
    assert server.body(0) == {"slug": "teacher", "name": "teacher", "description": "teaches"}
    assert server.body(1) == {"permissions": ["classes:write"]}
    assert created.scopes == ("classes:write",)


async def test_a_server_without_permissions_leaves_the_role_as_partial_result(
    client: OrgClient[WorkOS], server: Server
) -> None:
    server.on(f"POST {ROLES}", (201, role("teacher")))
    server.on(f"PUT {ROLES}/teacher/permissions", (404, {"message": "Not Found", "code": "not_found"}))
    with pytest.raises(NotFoundError) as caught:
        await client.roles.create("teacher", scopes=["classes:write"])
    assert getattr(caught.value.partial_result, "name", None) == "teacher"


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, {"code": "role_slug_conflict", "message": "Taken."}),
        (422, {"code": "unprocessable_entity", "message": "No.", "errors": [{"field": "slug", "code": "duplicate"}]}),
    ],
)
async def test_a_taken_slug_is_a_conflict(
    client: OrgClient[WorkOS], server: Server, status: int, body: dict[str, object]
) -> None:
    server.on(f"POST {ROLES}", (status, body))
    with pytest.raises(ConflictError):
        await client.roles.create("teacher")


async def test_a_role_is_described_and_gets_permissions(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {ROLES}", listed(TEACHER))
    server.on(f"PATCH {ROLES}/teacher", role("teacher", description="new"))
    server.on(f"PUT {ROLES}/teacher/permissions", role("teacher", description="new"))
    changed = await client.roles.update("teacher", description="new", scopes=[])
    assert server.body(1) == {"description": "new"}
    assert server.body(2) == {"permissions": []}
    assert (changed.description, changed.scopes) == ("new", ())


async def test_a_slug_never_changes(client: OrgClient[WorkOS], server: Server) -> None:
    server.on(f"GET {ROLES}", listed(TEACHER))
    with pytest.raises(UnsupportedError, match="The slug never changes"):
        await client.roles.update("teacher", name="tutor")
    assert (await client.roles.update("teacher", name="teacher")).name == "teacher"


async def test_roles_of_the_environment_cannot_be_deleted(client: OrgClient[WorkOS]) -> None:
    with pytest.raises(UnsupportedError, match="delete_organization_role"):
        await client.roles.remove("teacher")
    with pytest.raises(InvalidArgumentError, match="kind is 'OrganizationRole'"):
        await client.roles.create("teacher", kind="OrganizationRole")
