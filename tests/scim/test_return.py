"""Users who return at Flat, where a membership that has ended cannot be given back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.sandbox.faults import CloseConnection, Respond
from tests.scim.gateways import PATCH, Backend, IdentityProvider, provisioning, running

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

pytestmark = pytest.mark.anyio

RETURN = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "True"}]}
USERS = "/v2/organizations/users"


async def deactivated(idp: IdentityProvider) -> str:
    """Return the path of a user whose membership has ended."""
    kim = await idp.create_user("kim@acme.example", externalId="x1", name={"givenName": "Kim"})
    (teacher,) = await idp.find('displayName eq "teacher"', "Groups", excludedAttributes="members")
    member: dict[str, object] = {"op": "add", "path": "members", "value": [{"value": kim["id"]}]}
    await idp.patch(f"/Groups/{teacher['id']}", member)
    await idp.patch(f"/Users/{kim['id']}", {"op": "replace", "path": "active", "value": False})
    return f"/Users/{kim['id']}"


@pytest.mark.parametrize("is_lost", [False, True])
async def test_a_returning_user_gets_one_new_account_with_the_former_id(
    is_lost: bool, running: Sandbox, tmp_path: Path
) -> None:
    running.reset()
    backend = Backend("flat", running)
    async with provisioning(backend, tmp_path, client=backend.client(max_attempts=1)) as idp:
        path = await deactivated(idp)
        if is_lost:
            running.flat_faults.add(CloseConnection(after_commit=True), method="POST", path=USERS)
            await idp.send("PATCH", path, RETURN)
        await idp.send("PATCH", path, RETURN, 204)
        user = await idp.get(path)
        assert (user["active"], user["externalId"], user["name"]) == (True, "x1", {"givenName": "Kim"})
        assert [one["display"] for one in user["groups"]] == ["teacher"]
        found = [one async for one in idp.client.organization().users.list() if one.email == "kim@acme.example"]
        assert [(one.roles, one.id == path.rpartition("/")[2]) for one in found] == [(("teacher",), False)]


async def test_a_username_of_the_former_account_is_a_clear_error(running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    async with provisioning(Backend("flat", running), tmp_path) as idp:
        path = await deactivated(idp)
        running.flat_faults.add(Respond(409, b"{}"), method="POST", path=USERS)
        answer = await idp.send("PATCH", path, RETURN, 400)
        assert answer["scimType"] == "mutability"
        assert "invite the user" in answer["detail"]
        assert (await idp.get(path))["active"] is False


async def test_an_invited_account_that_is_a_member_again_is_active(running: Sandbox, tmp_path: Path) -> None:
    running.reset()
    async with provisioning(Backend("flat", running), tmp_path) as idp:
        path = await deactivated(idp)
        user_id = path.rpartition("/")[2]
        account = running.flat.individuals.pop(user_id)
        running.flat.users[user_id] = account  # the invitation is accepted
        listed = await idp.get("/Users?count=100")
        assert [one["active"] for one in listed["Resources"] if one["id"] == user_id] == [True]
        assert listed["totalResults"] == len(listed["Resources"])
        found = await idp.get(path)
        assert (found["active"], found["externalId"]) == (True, "x1")
