"""The released Logto 1.42.0, which the sandbox plays, against the development state of the recordings."""

import httpx
import pytest

from orgsdk.sandbox.logto.records import LogtoRelease
from orgsdk.sandbox.logto.state import LogtoState

pytestmark = pytest.mark.anyio


async def _accounts(api: httpx.AsyncClient, state: LogtoState) -> list[dict[str, object]]:
    """Return accounts from every operation that returns one."""
    created = (await api.post("/api/users", json={"username": "newcomer"})).json()
    path = f"/api/users/{created['id']}"
    return [
        created,
        (await api.get(path)).json(),
        (await api.patch(path, json={"name": "New"})).json(),
        (await api.patch(f"{path}/password", json={"password": "x"})).json(),
        (await api.patch(f"{path}/is-suspended", json={"isSuspended": True})).json(),
        (await api.get("/api/users")).json()[0],
        (await api.get(f"/api/organizations/{state.organization_id}/users")).json()[0],
    ]


async def test_accounts_have_a_cimd_client_id_in_the_development_state_alone(
    api: httpx.AsyncClient, state: LogtoState
) -> None:
    assert state.release == "1.42.0"
    assert ["cimdClientId" in account for account in await _accounts(api, state)] == [False] * 7
    # The same accounts again: no response comes from before the switch.
    state.release = "development"
    await api.delete(f"/api/users/{(await api.get('/api/users')).json()[0]['id']}")
    assert ["cimdClientId" in account for account in await _accounts(api, state)] == [True] * 7


@pytest.mark.parametrize(("release", "status"), [("1.42.0", 422), ("development", 201)])
@pytest.mark.parametrize("body", [{}, {"organizationRoleIds": []}, {"organizationRoleNames": []}])
async def test_adding_no_roles_to_a_member_is_an_error_in_the_release(
    api: httpx.AsyncClient, state: LogtoState, body: dict[str, object], release: LogtoRelease, status: int
) -> None:
    state.release = release
    user_id = next(iter(state.store.memberships.members(state.organization_id)))
    path = f"/api/organizations/{state.organization_id}/users/{user_id}/roles"
    before = (await api.get(path)).json()
    response = await api.post(path, json=body)
    assert response.status_code == status
    if status == 422:
        assert response.json()["code"] == "entity.invalid_input"
    assert (await api.get(path)).json() == before
    # Roles that the member has are added again without an error, in both.
    again = await api.post(path, json={"organizationRoleIds": [role["id"] for role in before]})
    assert again.status_code == 201


async def test_seeding_returns_to_the_release(state: LogtoState) -> None:
    released = state.release
    state.release = "development"
    state.seed([])
    assert state.release == released
