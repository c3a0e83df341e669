"""The provider fails at each exchange of a request: the identity provider repeats it, and map and provider agree."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.errors import OrgError
from orgsdk.sandbox.faults import CloseConnection, Respond
from tests.scim.gateways import GROUP, PATCH, USER, Backend, IdentityProvider, provisioning, running

if TYPE_CHECKING:
    import httpx

    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.faults import Action

__all__ = ["running"]

pytestmark = pytest.mark.anyio

NAME = "kim@acme.example"
BODY = {"schemas": [USER], "userName": NAME, "externalId": "x1", "emails": [{"value": NAME}], "active": True}
ACTIONS: dict[str, Action] = {
    "refused": Respond(503, b"{}"),
    "not sent": CloseConnection(),
    "lost": CloseConnection(after_commit=True),
    "failed after the change": Respond(500, b"{}", after_commit=True),
}
REPEATED = {429, 500, 502, 503}


async def repeat(idp: IdentityProvider, method: str, path: str, body: object = None) -> httpx.Response:
    """Send a request as an identity provider does: again, until it is answered. Return the last response."""
    text = ""
    for _ in range(4):
        response = await idp.http.request(method, path, json=body)
        if response.status_code not in REPEATED:
            return response
        text = response.text
        assert "Retry-After" in response.headers or response.status_code == 502
    raise AssertionError(f"{method} {path} is never answered: {text}")


async def status(idp: IdentityProvider, method: str, path: str, body: object = None) -> int:
    return (await repeat(idp, method, path, body)).status_code


async def find(idp: IdentityProvider, kind: str, filter_: str) -> str:
    """Look a resource up, as often as the provider fails, and return its id."""
    response = await repeat(idp, "GET", f"/{kind}?excludedAttributes=members&filter={filter_}")
    (found,) = response.json()["Resources"]
    return str(found["id"])


async def user_id(idp: IdentityProvider) -> str:
    return await find(idp, "Users", f'userName eq "{NAME}"')


async def create(idp: IdentityProvider) -> None:
    assert await status(idp, "POST", "/Users", BODY) in (201, 409)


async def rename(idp: IdentityProvider) -> None:
    operation = {"op": "replace", "path": "name.givenName", "value": "Kima"}
    path = f"/Users/{await user_id(idp)}"
    assert await status(idp, "PATCH", path, {"schemas": [PATCH], "Operations": [operation]}) == 204


async def deactivate(idp: IdentityProvider) -> None:
    operation = {"op": "replace", "path": "active", "value": "False"}
    path = f"/Users/{await user_id(idp)}"
    # A lost removal may have ended the membership: then the user is no longer there.
    assert await status(idp, "PATCH", path, {"schemas": [PATCH], "Operations": [operation]}) in (204, 404)


async def join_group(idp: IdentityProvider) -> None:
    assert await status(idp, "POST", "/Groups", {"schemas": [GROUP], "displayName": "teacher"}) in (201, 409)
    group = await find(idp, "Groups", 'displayName eq "teacher"')
    operation = {"op": "add", "path": "members", "value": [{"value": await user_id(idp)}]}
    path = f"/Groups/{group}"
    assert await status(idp, "PATCH", path, {"schemas": [PATCH], "Operations": [operation]}) == 204


async def delete(idp: IdentityProvider) -> None:
    assert await status(idp, "DELETE", f"/Users/{await user_id(idp)}") in (204, 404)


async def check_agreement(idp: IdentityProvider, organization: OrganizationHandle) -> dict[str, Any]:
    """Check that map and provider agree about each user, and return the users by userName."""
    while True:
        try:
            return await _check_agreement(idp, organization)
        except OrgError:
            pass  # the fault


async def _check_agreement(idp: IdentityProvider, organization: OrganizationHandle) -> dict[str, Any]:
    members = {user.id: user async for user in organization.users.list()}
    addresses = [user.email for user in members.values() if user.email]
    assert len(addresses) == len(set(addresses)), "an account is doubled"
    entries = [entry async for entry in idp.id_map.entries("default", "user") if "state" not in entry.details]
    assert {entry.provider_id for entry in entries} <= members.keys(), "the map has a user that the provider lacks"
    listed = (await repeat(idp, "GET", "/Users?count=200")).json()["Resources"]
    names = [user["userName"] for user in listed]
    assert len(names) == len(set(names)), "a user is listed twice"
    return {user["userName"]: user for user in listed}


@pytest.mark.parametrize(
    ("provider", "action", "nth"),
    [("flat", "lost", 2), ("flat", "not sent", 5), ("logto", "lost", 4), ("logto", "failed after the change", 3)],
)
async def test_a_fault_of_one_exchange(provider: str, action: str, nth: int, running: Sandbox, tmp_path: Path) -> None:
    assert await live_with_a_fault(Backend(provider, running), ACTIONS[action], nth, tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize("provider", ["flat", "logto"])
@pytest.mark.parametrize("action", ACTIONS)
async def test_a_fault_of_each_exchange(provider: str, action: str, running: Sandbox, tmp_path: Path) -> None:
    nth = 1
    while await live_with_a_fault(Backend(provider, running), ACTIONS[action], nth, new_folder(tmp_path)):
        nth += 1
    assert nth > 15


def new_folder(parent: Path) -> Path:
    """Return a new folder, for an id map."""
    return Path(tempfile.mkdtemp(dir=parent))


async def live_with_a_fault(backend: Backend, action: Action, nth: int, folder: Path) -> bool:
    """Send the life of a user, in which one exchange with the provider fails. Return whether there was one."""
    backend.sandbox.reset()
    # The gateway's own retries would hide most faults.
    client = backend.client(max_attempts=1)
    async with provisioning(backend, folder, client=client, on_delete="keep", snapshot_age=0) as idp:
        organization = client.organization(backend.organization)
        fault = getattr(backend.sandbox, f"{backend.name}_faults").add(action, nth=nth)
        await create(idp)
        await rename(idp)
        await join_group(idp)
        kim = (await check_agreement(idp, organization))[NAME]
        assert (kim["active"], kim["name"]["givenName"], kim["externalId"]) == (True, "Kima", "x1")
        assert "teacher" in {group["display"] for group in kim["groups"]}
        await deactivate(idp)
        users = await check_agreement(idp, organization)
        assert not users.get(NAME, {"active": False})["active"]
        if NAME in users:
            await delete(idp)
        assert NAME not in await check_agreement(idp, organization)
        return bool(fault.applied)
