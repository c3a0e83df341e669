"""Roles of the environment and of organizations, and their permissions."""

from typing import Any

import httpx
import pytest

from orgsdk.sandbox.workos.state import WorkOSState
from tests.sandbox.workos.calls import MEMBERSHIPS, ROLES, codes

pytestmark = pytest.mark.anyio


@pytest.fixture
def own(state: WorkOSState) -> str:
    """The path of the roles of one organization."""
    return f"/authorization/organizations/{state.organization_id}/roles"


async def slugs(api: httpx.AsyncClient, path: str) -> list[str]:
    envelope = (await api.get(path)).json()
    assert list(envelope) == ["object", "data"]
    return [role["slug"] for role in envelope["data"]]


async def test_environment_roles_are_made_renamed_and_listed(api: httpx.AsyncClient) -> None:
    made = await api.post(ROLES, json={"slug": "Edi tor", "name": "Editor", "description": "Edits"})
    assert made.status_code == 201
    role = made.json()
    assert (role["type"], role["permissions"], role["resource_type_slug"]) == ("EnvironmentRole", [], "organization")
    assert (await api.get(f"{ROLES}/Edi%20tor")).json() == role
    changed = (await api.patch(f"{ROLES}/Edi%20tor", json={"name": "New", "slug": "ignored"})).json()
    assert (changed["name"], changed["description"], changed["slug"]) == ("New", "Edits", "Edi tor")
    assert (await api.patch(f"{ROLES}/Edi%20tor", json={"description": None})).json()["description"] is None
    assert await slugs(api, ROLES) == ["admin", "teacher", "student", "member", "Edi tor"]


async def test_an_organization_has_the_environments_roles_and_its_own(api: httpx.AsyncClient, own: str) -> None:
    made = await api.post(own, json={"slug": "org-own", "name": "Own"})
    assert (made.status_code, made.json()["type"]) == (201, "OrganizationRole")
    assert await slugs(api, own) == ["admin", "teacher", "student", "member", "org-own"]
    assert await slugs(api, ROLES) == ["admin", "teacher", "student", "member"]
    for slug in ("org-own", "admin"):
        assert (await api.get(f"{own}/{slug}")).json()["slug"] == slug
    assert codes(await api.get(f"{ROLES}/org-own")) == (404, None)
    # The roles of the environment are not the organization's to change.
    for method in ("PATCH", "DELETE"):
        response = await api.request(method, f"{own}/admin", json={"name": "X"})
        assert codes(response) == (404, None)
    assert (await api.patch(f"{own}/org-own", json={"name": "New"})).json()["name"] == "New"
    assert (await api.delete(f"{own}/org-own")).status_code == 204
    assert codes(await api.delete(f"{own}/org-own")) == (404, None)


async def test_without_a_slug_each_role_gets_its_own(api: httpx.AsyncClient, own: str) -> None:
    made = [(await api.post(own, json={"name": "Billing & Co " * 3})).json()["slug"] for _ in range(2)]
    assert made[0] != made[1]
    assert all(slug.startswith("org-billing-co-") and len(slug) <= 48 for slug in made)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"slug": "a"}, (422, None)),
        ({"name": "A"}, (422, None)),
        ({"slug": "a", "name": "A" * 49}, (422, None)),
        ({"slug": "a" * 49, "name": "A"}, (422, None)),
        ({"slug": "a", "name": "A", "description": "A" * 151}, (422, None)),
        ({"slug": "admin", "name": "A"}, (409, "role_slug_conflict")),
    ],
)
async def test_a_wrong_environment_role_is_refused(
    api: httpx.AsyncClient, body: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    assert codes(await api.post(ROLES, json=body)) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"slug": "org-a"}, (422, None)),
        ({"slug": "own", "name": "A"}, (400, "bad_request")),
        ({"slug": "org-Upper", "name": "A"}, (400, "bad_request")),
        ({"slug": "org-taken", "name": "A"}, (409, "organization_role_slug_conflict")),
    ],
)
async def test_a_wrong_organization_role_is_refused(
    api: httpx.AsyncClient, own: str, body: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    await api.post(own, json={"slug": "org-taken", "name": "Taken"})
    assert codes(await api.post(own, json=body)) == expected


@pytest.mark.parametrize(
    ("method", "suffix"),
    [
        ("GET", ""),
        ("POST", ""),
        ("GET", "/admin"),
        ("PATCH", "/admin"),
        ("DELETE", "/admin"),
        ("PUT", "/admin/permissions"),
        ("POST", "/admin/permissions"),
        ("DELETE", "/admin/permissions/x"),
    ],
)
async def test_roles_of_an_unknown_organization_are_404(api: httpx.AsyncClient, method: str, suffix: str) -> None:
    path = f"/authorization/organizations/org_x/roles{suffix}"
    response = await api.request(method, path, json={"name": "A", "permissions": [], "slug": "a"})
    assert codes(response) == (404, None)
    assert "org_x" in response.json()["message"]


async def test_a_role_that_a_member_has_cannot_be_deleted(api: httpx.AsyncClient, state: WorkOSState, own: str) -> None:
    await api.post(own, json={"slug": "org-own", "name": "Own"})
    member = state.store.memberships.having("organization", state.organization_id)[0]
    await api.put(f"{MEMBERSHIPS}/{member.id}", json={"role_slug": "org-own"})
    assert codes(await api.delete(f"{own}/org-own")) == (409, "role_has_assignments")
    await api.put(f"{MEMBERSHIPS}/{member.id}", json={"role_slug": "admin"})
    assert (await api.delete(f"{own}/org-own")).status_code == 204


async def test_permissions_are_replaced_added_and_removed(api: httpx.AsyncClient, own: str) -> None:
    await api.post(own, json={"slug": "org-own", "name": "Own"})
    for path in (f"{ROLES}/student", f"{own}/org-own"):
        put = await api.put(f"{path}/permissions", json={"permissions": ["members:read", "members:read"]})
        assert (put.status_code, put.json()["permissions"]) == (200, ["members:read"])
        for _ in range(2):  # the second changes nothing
            added = await api.post(f"{path}/permissions", json={"slug": "members:invite"})
            assert added.json()["permissions"] == ["members:read", "members:invite"]
        for method, body in (("PUT", {"permissions": ["nothing"]}), ("POST", {"slug": "nothing"})):
            response = await api.request(method, f"{path}/permissions", json=body)
            assert codes(response) == (404, None)
        for method in ("PUT", "POST"):
            response = await api.request(method, f"{path}/permissions", json={})
            assert codes(response) == (422, None)
    removed = await api.delete(f"{own}/org-own/permissions/members%3Aread")
    assert removed.json()["permissions"] == ["members:invite"]
    assert codes(await api.delete(f"{own}/org-own/permissions/members%3Aread")) == (404, None)
