"""The emulator's answers, for tests where the emulator itself is not installed. The peer test compares all of them."""

from dataclasses import replace
from typing import Any

import httpx
import pytest

from orgsdk.sandbox.workos.state import EMULATOR_RATE_LIMIT, SERVICE_RATE_LIMIT, WorkOSState
from orgsdk.sandbox.workos.variants import DOCUMENT, EMULATOR
from tests.sandbox.workos.calls import (
    INVITATIONS,
    MEMBERSHIPS,
    ROLES,
    USERS,
    codes,
    make_membership,
    make_organization,
    make_user,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def emulator(state: WorkOSState) -> WorkOSState:
    state.variant = EMULATOR
    return state


async def test_values_repeat_and_limits_are_not_checked(api: httpx.AsyncClient, emulator: WorkOSState) -> None:
    made = [await make_organization(api, "A", external_id="same", metadata={"k": "v" * 601}) for _ in range(2)]
    assert made[0]["external_id"] == made[1]["external_id"]
    first, second = [await make_user(api, email, external_id="u") for email in ("x@example.org", "X@example.org")]
    assert codes(await api.post(USERS, json={"email": "x@example.org"})) == (409, "user_already_exists")
    assert (await api.get(f"{USERS}/external_id/u")).json()["id"] == first["id"]
    assert [user["id"] for user in (await api.get(f"{USERS}?email=X@example.org")).json()["data"]] == [second["id"]]
    assert (await make_user(api, "no address", password="x"))["email"] == "no address"


async def test_an_update_ignores_address_and_language(api: httpx.AsyncClient, emulator: WorkOSState) -> None:
    made = await make_user(api, "a@example.org")
    response = await api.put(f"{USERS}/{made['id']}", json={"email": "b@example.org", "locale": "fr"})
    assert (response.status_code, response.json()["email"], response.json()["locale"]) == (200, "a@example.org", None)


async def test_memberships_have_one_role_and_an_inactive_member_gets_a_second(
    api: httpx.AsyncClient, emulator: WorkOSState
) -> None:
    user, organization = await make_user(api, "a@example.org"), await make_organization(api, "A")
    pair = {"user_id": user["id"], "organization_id": organization["id"]}
    made = await make_membership(api, **pair, role_slug="anything", role_slugs=["ignored"])
    assert made["role"] == {"slug": "anything"}
    assert not made.keys() & {"roles", "user", "organization_name"}
    assert codes(await api.post(MEMBERSHIPS, json=pair)) == (409, "conflict")
    path = f"{MEMBERSHIPS}/{made['id']}/deactivate"
    assert (await api.put(path)).json()["status"] == "inactive"
    assert codes(await api.put(path)) == (422, "unprocessable_entity")
    again = await make_membership(api, **pair)
    assert again["id"] != made["id"]

    async def listed(query: str) -> list[str]:
        path = f"{MEMBERSHIPS}?user_id={user['id']}{query}"
        return [one["id"] for one in (await api.get(path)).json()["data"]]

    assert await listed("") == await listed("&statuses=inactive") == [again["id"], made["id"]]
    assert await listed("&statuses[]=inactive") == [made["id"]]
    # One of two memberships is gone: the user is a member still.
    await api.delete(f"{MEMBERSHIPS}/{made['id']}")
    members = (await api.get(f"{USERS}?organization_id={organization['id']}")).json()["data"]
    assert [member["id"] for member in members] == [user["id"]]


async def test_invitations_repeat_and_begin_again(api: httpx.AsyncClient, emulator: WorkOSState) -> None:
    body = {"email": "a@example.org", "organization_id": "org_x", "role_slug": "x", "expires_in_days": 30}
    made, again = [(await api.post(INVITATIONS, json=body)).json() for _ in range(2)]
    assert made["id"] != again["id"]
    assert made["id"].startswith("inv_")
    path = f"{INVITATIONS}/{made['id']}"
    assert (await api.post(f"{path}/revoke")).json()["state"] == "revoked"
    assert codes(await api.post(f"{path}/revoke")) == (400, "invalid_invitation_state")
    assert (await api.post(f"{path}/resend")).json()["state"] == "pending"
    assert (await api.post(f"{path}/accept")).json()["state"] == "accepted"
    assert (await api.delete(path)).status_code == 204
    assert codes(await api.get(path)) == (404, "not_found")


async def test_roles_have_pages_and_other_methods(api: httpx.AsyncClient, emulator: WorkOSState) -> None:
    for number in range(10):
        await api.post(ROLES, json={"slug": f"r{number}", "name": "R"})
    page = (await api.get(ROLES)).json()
    assert [role["slug"] for role in page["data"]] == [f"r{number}" for number in reversed(range(10))]
    rest = (await api.get(ROLES, params={"after": page["list_metadata"]["after"]})).json()
    assert len(rest["data"]) == 4
    path = f"{ROLES}/r1"
    assert codes(await api.patch(path, json={"name": "N"})) == (404, "not_found")
    assert (await api.put(path, json={"name": "N"})).json()["name"] == "N"
    listed = await api.post(f"{path}/permissions", json={"permissions": ["members:read"]})
    assert [one["slug"] for one in listed.json()["data"]] == ["members:read"]
    assert codes(await api.post(ROLES, json={"slug": "r1", "name": "R"})) == (422, "unprocessable_entity")
    assert (await api.delete(path)).status_code == 204
    assert (await api.get("/authorization/organizations/org_x/roles")).json()["data"] == []


async def test_before_is_the_beginning_of_the_list(api: httpx.AsyncClient, emulator: WorkOSState) -> None:
    newest_first = [user.id for user in emulator.store.users][::-1]
    page = (await api.get(USERS, params={"limit": 5, "before": newest_first[20]})).json()
    assert [user["id"] for user in page["data"]] == newest_first[:5]


@pytest.mark.parametrize("path", ["/organizations/{organization}", f"{USERS}/{{user}}", f"{MEMBERSHIPS}/{{member}}"])
async def test_a_deletion_is_204(api: httpx.AsyncClient, emulator: WorkOSState, path: str) -> None:
    store = emulator.store
    ids = {"organization": emulator.organization_id, "user": next(iter(store.users)).id}
    response = await api.delete(path.format(**ids, member=next(iter(store.memberships)).id))
    assert response.status_code == 204


async def test_one_difference_can_be_played_alone(api: httpx.AsyncClient, state: WorkOSState) -> None:
    fields: dict[str, Any] = {"reactivates": False}
    state.variant = replace(DOCUMENT, **fields)
    member = next(iter(state.store.memberships))
    pair = {"user_id": member.user_id, "organization_id": member.organization_id}
    await api.put(f"{MEMBERSHIPS}/{member.id}/deactivate")
    again = await make_membership(api, **pair)
    assert again["id"] != member.id
    assert again["user"]["id"] == member.user_id


def test_each_variant_has_its_rate_limit(state: WorkOSState) -> None:
    assert state.rate_limit == SERVICE_RATE_LIMIT
    state.variant = EMULATOR
    assert state.rate_limit == EMULATOR_RATE_LIMIT
    state.rate_limit = (5, 1.0)
    state.variant = DOCUMENT
    assert state.rate_limit == (5, 1.0)
    state.seed([])
    assert state.rate_limit == SERVICE_RATE_LIMIT
