"""Initial cycles, retries, and several requests at once: how many requests they take, and that nothing is doubled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.sandbox.faults import CloseConnection
from tests.scim.gateways import USER, Backend, IdentityProvider, provisioning, running

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

__all__ = ["running"]

pytestmark = pytest.mark.anyio

REQUESTS_PER_USER = {"flat": 3, "logto": 4}


@pytest.fixture(params=["flat", "logto"])
def backend(request: pytest.FixtureRequest, running: Sandbox) -> Backend:
    running.reset()
    return Backend(str(request.param), running)


async def provision(idp: IdentityProvider, number: int) -> str:
    """Send what Entra sends for a user in its first cycle, and return the user's id."""
    name = f"Kim{number}@acme.example"
    assert await idp.find(f'userName eq "{name}"') == []
    user = await idp.create_user(
        name,
        externalId=f"a0{number}",
        displayName=f"Kim {number}",
        name={"givenName": "Kim", "familyName": str(number), "formatted": f"Kim {number}"},
        title="Cellist",
        roles=[],
        meta={"resourceType": "User"},
    )
    return str(user["id"])


async def check_cycle(backend: Backend, folder: Path, users: int) -> None:
    async with provisioning(backend, folder) as idp:
        ids = [await provision(idp, number) for number in range(users)]
        assert backend.requests() <= REQUESTS_PER_USER[backend.name] * users
        assert len(set(ids)) == users
        # The next cycle asks for each of them, and changes nothing.
        for number in range(0, users, 10):
            (found,) = await idp.find(f'externalId eq "a0{number}"')
            assert found["id"] == ids[number]
        assert backend.requests() <= len(range(0, users, 10))
        assert (await idp.get("/Users?count=0"))["totalResults"] == users + 5


async def test_a_first_cycle(backend: Backend, tmp_path: Path) -> None:
    await check_cycle(backend, tmp_path, 20)


@pytest.mark.proof
async def test_a_first_cycle_of_500_users(backend: Backend, tmp_path: Path) -> None:
    await check_cycle(backend, tmp_path, 500)


async def test_several_creates_of_one_user_make_one(backend: Backend, tmp_path: Path) -> None:
    async with provisioning(backend, tmp_path) as idp:
        statuses: list[int] = []

        async def create() -> None:
            body = {"schemas": [USER], "userName": "kim@acme.example", "emails": [{"value": "kim@acme.example"}]}
            statuses.append((await idp.http.post("/Users", json=body)).status_code)

        async with anyio.create_task_group() as tasks:
            for _ in range(5):
                tasks.start_soon(create)
        assert sorted(statuses) == [201, 409, 409, 409, 409]
        assert (await idp.get("/Users?count=0"))["totalResults"] == 6


async def test_changes_of_one_user_at_once_are_made_one_after_the_other(backend: Backend, tmp_path: Path) -> None:
    async with provisioning(backend, tmp_path) as idp:
        kim = await idp.create_user("kim@acme.example")
        path = f"/Users/{kim['id']}"

        async def patch(attribute: str, value: str) -> None:
            await idp.patch(path, {"op": "replace", "path": attribute, "value": value})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(patch, "name.givenName", "Kim")
            tasks.start_soon(patch, "name.familyName", "Lee")
            tasks.start_soon(patch, "externalId", "x1")
        changed = await idp.get(path)
        assert (changed["name"], changed["externalId"]) == ({"givenName": "Kim", "familyName": "Lee"}, "x1")


async def test_several_groups_at_once_give_a_user_one_role_that_follows_from_all(
    running: Sandbox, tmp_path: Path
) -> None:
    running.reset()
    backend = Backend("flat", running)
    async with provisioning(backend, tmp_path, role_order=("admin", "teacher", "user")) as idp:
        kim = await idp.create_user("kim@acme.example")
        groups = {one["displayName"]: one["id"] for one in (await idp.get("/Groups"))["Resources"]}
        member = {"path": "members", "value": [{"value": kim["id"]}]}

        async def change(op: str, group: str) -> None:
            await idp.patch(f"/Groups/{groups[group]}", {"op": op, **member})

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(change, "add", "teacher")
            tasks.start_soon(change, "add", "admin")
        user = await idp.client.organization().users.get(kim["id"])
        assert user.roles == ("admin",)
        shown = await idp.get(f"/Users/{kim['id']}")
        assert {one["display"] for one in shown["groups"]} == {"teacher", "admin"}
        # The memberships are kept: the next role in order is the one that is left.
        await change("remove", "admin")
        assert (await idp.client.organization().users.get(kim["id"])).roles == ("teacher",)
        await change("remove", "teacher")
        assert (await idp.client.organization().users.get(kim["id"])).roles == ("user",)


async def test_a_create_whose_answer_was_lost_is_repeated_without_a_second_account(
    backend: Backend, tmp_path: Path
) -> None:
    path = {"flat": "/v2/organizations/users", "logto": "/api/users"}[backend.name]
    faults = {"flat": backend.sandbox.flat_faults, "logto": backend.sandbox.logto_faults}[backend.name]
    async with provisioning(backend, tmp_path, client=backend.client(max_attempts=1)) as idp:
        lost = faults.add(CloseConnection(after_commit=True), method="POST", path=path)
        body = {"schemas": [USER], "userName": "kim@acme.example", "emails": [{"value": "kim@acme.example"}]}
        statuses = [(await idp.http.post("/Users", json=body)).status_code for _ in range(3)]
        assert lost.applied == 1
        assert 201 in statuses
        assert statuses[-1] == 409
        assert (await idp.get("/Users?count=0"))["totalResults"] == 6
        assert len(await idp.find('userName eq "kim@acme.example"')) == 1
