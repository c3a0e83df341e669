"""Roles of a member for one resource."""

from typing import Any

import httpx
import pytest

from orgsdk.sandbox.workos.state import WorkOSState
from tests.sandbox.workos.calls import MEMBERSHIPS, codes

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(state: WorkOSState) -> str:
    """The path of the assignments of the first member."""
    membership = next(iter(state.store.memberships))
    return f"/authorization/organization_memberships/{membership.id}/role_assignments"


async def test_assign_list_and_remove(api: httpx.AsyncClient, path: str) -> None:
    by_id = {"role_slug": "teacher", "resource_id": "r1"}
    by_external_id = {"role_slug": "student", "resource_external_id": "e2", "resource_type_slug": "document"}
    made = [await api.post(path, json=body) for body in (by_id, by_external_id)]
    assert [one.status_code for one in made] == [201, 201]
    first, second = [one.json() for one in made]
    assert (first["role"], first["resource"]["id"]) == ({"slug": "teacher"}, "r1")

    async def listed(**query: str) -> list[str]:
        return [one["id"] for one in (await api.get(path, params=query)).json()["data"]]

    assert await listed() == [second["id"], first["id"]]
    assert await listed(resource_id="r1") == [first["id"]]
    assert await listed(resource_external_id="e2", resource_type_slug="document") == [second["id"]]
    assert (await api.request("DELETE", path, json=by_id)).status_code == 204
    assert codes(await api.request("DELETE", path, json=by_id)) == (404, None)
    assert (await api.delete(f"{path}/{second['id']}")).status_code == 204
    assert codes(await api.delete(f"{path}/{second['id']}")) == (404, None)
    assert await listed() == []


@pytest.mark.parametrize(
    "body",
    [
        {"resource_id": "r"},
        {"role_slug": "teacher"},
        {"role_slug": "teacher", "resource_external_id": "e"},
        {"role_slug": "nobody", "resource_id": "r"},
    ],
)
async def test_a_wrong_assignment_is_refused(api: httpx.AsyncClient, path: str, body: dict[str, Any]) -> None:
    assert codes(await api.post(path, json=body)) == (422, None)


async def test_they_are_no_roles_of_the_membership_and_end_with_it(
    api: httpx.AsyncClient, state: WorkOSState, path: str
) -> None:
    membership_id = path.split("/")[3]
    before = (await api.get(f"{MEMBERSHIPS}/{membership_id}")).json()
    await api.post(path, json={"role_slug": "teacher", "resource_id": "r1"})
    assert (await api.get(f"{MEMBERSHIPS}/{membership_id}")).json() == before
    await api.delete(f"{MEMBERSHIPS}/{membership_id}")
    assert len(state.store.role_assignments) == 0
    assert codes(await api.get(path)) == (404, None)
