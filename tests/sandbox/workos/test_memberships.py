"""Memberships: users in organizations, with their roles."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from orgsdk.sandbox.workos.records import StoredMembership
from orgsdk.sandbox.workos.state import WorkOSState
from tests.sandbox.workos.calls import MEMBERSHIPS, ROLES, codes, make_membership, make_organization, make_user

pytestmark = pytest.mark.anyio


@pytest.fixture
async def pair(api: httpx.AsyncClient) -> dict[str, str]:
    """A new user and a new organization."""
    user, organization = await make_user(api, "new@example.org"), await make_organization(api, "New")
    return {"user_id": user["id"], "organization_id": organization["id"]}


def add_pending(state: WorkOSState, pair: dict[str, str]) -> StoredMembership:
    moment = state.creation_time()
    membership = StoredMembership(
        id="om_pending",
        created_at=moment,
        updated_at=moment,
        user_id=pair["user_id"],
        organization_id=pair["organization_id"],
        role_slugs=("member",),
        status="pending",
    )
    state.store.put_membership(membership)
    return membership


async def test_create_get_and_list(api: httpx.AsyncClient, pair: dict[str, str]) -> None:
    made = await make_membership(api, **pair, role_slug="teacher")
    assert {name: made[name] for name in ("status", "role", "roles", "organization_name")} == {
        "status": "active",
        "role": {"slug": "teacher"},
        "roles": [{"slug": "teacher"}],
        "organization_name": "New",
    }
    assert made["user"]["email"] == "new@example.org"
    assert (await api.get(f"{MEMBERSHIPS}/{made['id']}")).json() == made
    for query in (pair, {"user_id": pair["user_id"]}, {"organization_id": pair["organization_id"]}):
        assert (await api.get(MEMBERSHIPS, params=query)).json()["data"] == [made]


async def test_without_a_role_it_is_the_default_role(api: httpx.AsyncClient, pair: dict[str, str]) -> None:
    assert (await make_membership(api, **pair))["roles"] == [{"slug": "member"}]


async def test_a_list_needs_a_user_or_an_organization(api: httpx.AsyncClient) -> None:
    assert codes(await api.get(MEMBERSHIPS)) == (400, "missing_user_id_or_organization_id")


@pytest.mark.parametrize("query", [{"user_id": "user_x"}, {"organization_id": "org_x"}])
async def test_a_list_of_an_unknown_user_or_organization_is_404(api: httpx.AsyncClient, query: dict[str, str]) -> None:
    assert codes(await api.get(MEMBERSHIPS, params=query)) == (404, None)


async def test_a_list_has_the_active_ones_unless_statuses_are_given(
    api: httpx.AsyncClient, state: WorkOSState, pair: dict[str, str]
) -> None:
    user_ids = [pair["user_id"], *[user.id for user in list(state.store.users)[:2]]]
    made = [await make_membership(api, user_id, pair["organization_id"]) for user_id in user_ids]
    await api.put(f"{MEMBERSHIPS}/{made[0]['id']}/deactivate")

    async def listed(statuses: str | None) -> set[str]:
        query = {"organization_id": pair["organization_id"]} | ({} if statuses is None else {"statuses": statuses})
        return {one["id"] for one in (await api.get(MEMBERSHIPS, params=query)).json()["data"]}

    active = {made[1]["id"], made[2]["id"]}
    assert await listed(None) == await listed("active") == active
    assert await listed("inactive") == {made[0]["id"]}
    assert await listed("active,inactive,pending") == active | {made[0]["id"]}
    query = {"organization_id": pair["organization_id"], "statuses": "active,gone"}
    assert codes(await api.get(MEMBERSHIPS, params=query)) == (400, "invalid_request_parameters")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"user_id": "user_x"}, (404, None)),
        ({"organization_id": "org_x"}, (404, None)),
        ({"user_id": None}, (422, "invalid_request_parameters")),
        ({"role_slug": 5}, (422, "invalid_request_parameters")),
        ({"role_slugs": "teacher"}, (422, "invalid_request_parameters")),
        ({"role_slugs": []}, (422, "invalid_request_parameters")),
        ({"role_slugs": ["teacher"], "role_slug": "teacher"}, (422, "invalid_request_parameters")),
        ({"role_slug": "nobody"}, (422, "invalid_role")),
        ({"role_slugs": ["teacher", "student"]}, (422, "multiple_roles_not_enabled")),
        ({"role_slug": "document-editor"}, (422, "sub_resource_scoped_role_not_allowed")),
    ],
)
async def test_a_wrong_body_is_refused(
    api: httpx.AsyncClient, pair: dict[str, str], fields: dict[str, Any], expected: tuple[int, str | None]
) -> None:
    scoped = {"slug": "document-editor", "name": "Editor", "resource_type_slug": "document"}
    assert (await api.post(ROLES, json=scoped)).status_code == 201
    assert codes(await api.post(MEMBERSHIPS, json={**pair, **fields})) == expected
    if "role_slug" in fields or "role_slugs" in fields:
        made = await make_membership(api, **pair, role_slug="student")
        refused = await api.put(f"{MEMBERSHIPS}/{made['id']}", json=fields)
        assert codes(refused) == expected
        assert (await api.get(f"{MEMBERSHIPS}/{made['id']}")).json() == made


async def test_a_role_of_another_organization_is_unknown(
    api: httpx.AsyncClient, state: WorkOSState, pair: dict[str, str]
) -> None:
    path = f"/authorization/organizations/{state.organization_id}/roles"
    await api.post(path, json={"slug": "org-own", "name": "Own"})
    refused = await api.post(MEMBERSHIPS, json={**pair, "role_slug": "org-own"})
    assert codes(refused) == (422, "invalid_role")


async def test_several_roles_need_a_switch_of_the_environment(
    api: httpx.AsyncClient, state: WorkOSState, pair: dict[str, str]
) -> None:
    state.multiple_roles = True
    made = await make_membership(api, **pair, role_slugs=["teacher", "admin", "teacher"])
    assert made["role"] == {"slug": "teacher"}
    assert made["roles"] == [{"slug": "teacher"}, {"slug": "admin"}]


async def test_an_update_replaces_the_roles(api: httpx.AsyncClient, pair: dict[str, str]) -> None:
    made = await make_membership(api, **pair, role_slug="teacher")
    path = f"{MEMBERSHIPS}/{made['id']}"
    assert (await api.put(path, json={})).json()["roles"] == [{"slug": "teacher"}]
    assert (await api.put(path, json={"role_slugs": ["student"]})).json()["roles"] == [{"slug": "student"}]
    assert (await api.put(path, json={"role_slug": "admin"})).json()["role"] == {"slug": "admin"}


async def test_a_member_cannot_be_added_again(api: httpx.AsyncClient, pair: dict[str, str]) -> None:
    made = await make_membership(api, **pair, role_slug="teacher")
    assert codes(await api.post(MEMBERSHIPS, json={**pair, "role_slug": "admin"})) == (409, None)
    assert (await api.get(MEMBERSHIPS, params=pair)).json()["data"] == [made]


async def test_an_inactive_member_is_activated_with_the_new_role(api: httpx.AsyncClient, pair: dict[str, str]) -> None:
    made = await make_membership(api, **pair, role_slug="teacher")
    path = f"{MEMBERSHIPS}/{made['id']}"
    for _ in range(2):  # the second changes nothing
        response = await api.put(f"{path}/deactivate")
        assert (response.status_code, response.json()["status"]) == (200, "inactive")
        assert response.json()["roles"] == [{"slug": "teacher"}]
    again = await make_membership(api, **pair, role_slug="admin")
    assert (again["id"], again["status"], again["role"]) == (made["id"], "active", {"slug": "admin"})


async def test_reactivation_keeps_the_roles(api: httpx.AsyncClient, pair: dict[str, str]) -> None:
    made = await make_membership(api, **pair, role_slug="teacher")
    path = f"{MEMBERSHIPS}/{made['id']}"
    await api.put(f"{path}/deactivate")
    for _ in range(2):
        active = (await api.put(f"{path}/reactivate")).json()
        assert (active["status"], active["role"]) == ("active", {"slug": "teacher"})


async def test_a_pending_membership_is_neither_activated_nor_deactivated(
    api: httpx.AsyncClient, state: WorkOSState, pair: dict[str, str]
) -> None:
    membership = add_pending(state, pair)
    path = f"{MEMBERSHIPS}/{membership.id}"
    cannot = "cannot_{}_pending_organization_membership"
    for verb in ("reactivate", "deactivate"):
        assert codes(await api.put(f"{path}/{verb}")) == (400, cannot.format(verb))
    assert codes(await api.post(MEMBERSHIPS, json=pair)) == (400, cannot.format("reactivate"))
    query = {**pair, "statuses": "pending"}
    assert len((await api.get(MEMBERSHIPS, params=query)).json()["data"]) == 1


async def test_a_deleted_membership_is_gone_and_the_account_stays(api: httpx.AsyncClient, pair: dict[str, str]) -> None:
    made = await make_membership(api, **pair)
    path = f"{MEMBERSHIPS}/{made['id']}"
    response = await api.delete(path)
    assert (response.status_code, response.content) == (200, b"")
    for method, suffix in (("GET", ""), ("DELETE", ""), ("PUT", ""), ("PUT", "/deactivate"), ("PUT", "/reactivate")):
        response = await api.request(method, f"{path}{suffix}", json={})
        assert codes(response) == (404, None)
    assert (await api.get(f"/user_management/users/{pair['user_id']}")).status_code == 200
    query = {"organization_id": pair["organization_id"]}
    assert (await api.get("/user_management/users", params=query)).json()["data"] == []


async def test_a_listed_membership_shows_the_present_names(
    api: httpx.AsyncClient, state: WorkOSState, pair: dict[str, str]
) -> None:
    await make_membership(api, **pair)
    organization = state.store.organizations[pair["organization_id"]]
    state.store.organizations.put(replace(organization, name="Renamed"))
    await api.put(f"/user_management/users/{pair['user_id']}", json={"first_name": "Later"})
    (listed,) = (await api.get(MEMBERSHIPS, params=pair)).json()["data"]
    assert (listed["organization_name"], listed["user"]["first_name"]) == ("Renamed", "Later")
