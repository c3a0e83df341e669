"""The comparison of the id map with the provider, and its repair."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.scim import IdMap, MapEntry
from orgsdk.scim.map_check import check_map, repair_map
from tests.scim.gateways import serving

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.scim import Database
    from orgsdk.scim.map_check import Difference

pytestmark = pytest.mark.anyio


@pytest.fixture
def id_map(database: Database) -> IdMap:
    return IdMap(database)


async def compare(client: OrgClient, id_map: IdMap) -> set[tuple[str, str, str]]:
    found = [one async for one in check_map(client, id_map, "default")]
    return {(one.kind, one.id, one.problem) for one in found}


async def repair(client: OrgClient, id_map: IdMap) -> list[Difference]:
    return [one async for one in repair_map(client, id_map, "default")]


async def test_each_difference_is_found_and_repaired(id_map: IdMap) -> None:
    async with OrgClient.memory() as client:
        users = client.organization().users
        kim, tom, ann, eve = [
            await users.create(username=name, email=f"{name}@acme.example") for name in ("kim", "tom", "ann", "eve")
        ]
        role = await client.roles.create("Choir")
        await id_map.put(MapEntry("default", "user", "first-id", kim.id, name="Kim@Acme.example", external_id="e1"))
        ended = {"state": "ended"}
        await id_map.put(MapEntry("default", "user", ann.id, ann.id, name="ann", active=False, details=ended))
        await id_map.put(MapEntry("default", "user", eve.id, eve.id, name="eve"))
        await id_map.put(MapEntry("default", "user", "lost", "lost", name="lost"))
        await id_map.put(MapEntry("default", "group", role.id, role.id, name="Choir"))
        await id_map.put(MapEntry("default", "group", "lost", "lost", name="Lost"))
        await users.suspend(eve.id)
        differences = {
            ("user", tom.id, "unmapped"),
            ("user", ann.id, "active"),
            ("user", "lost", "gone"),
            ("group", "lost", "gone"),
        }
        assert await compare(client, id_map) == differences
        repaired = await repair(client, id_map)
        assert {(one.kind, one.id, one.problem) for one in repaired if one.is_repaired} == differences
        assert await compare(client, id_map) == set()
        found = await id_map.get("default", "user", "first-id")
        assert found is not None
        assert (found.name, found.external_id) == ("Kim@Acme.example", "e1")


async def test_a_lost_map_is_rebuilt_and_the_identity_provider_finds_its_users(tmp_path: Path) -> None:
    async with OrgClient.memory() as client:
        async with serving(client, tmp_path) as provider:
            made = [await provider.create_user(f"{name}@acme.example") for name in ("kim", "tom")]
        for file in tmp_path.iterdir():  # noqa: ASYNC240  # it is lost
            file.unlink()
        async with serving(client, tmp_path) as provider:
            assert all(one.is_repaired for one in await repair(client, provider.id_map))
            for user in made:
                (found,) = await provider.find(f'userName eq "{user["userName"].upper()}"')
                assert found["id"] == user["id"]
                await provider.create_user(user["userName"], status=409)


async def test_users_who_were_deleted_deactivated_or_not_yet_created_are_no_difference(tmp_path: Path) -> None:
    async with OrgClient.memory() as client, serving(client, tmp_path) as provider:
        deleted, inactive = [await provider.create_user(f"{name}@acme.example") for name in ("kim", "tom")]
        await provider.send("DELETE", f"/Users/{deleted['id']}", status=204)
        await provider.patch(f"/Users/{inactive['id']}", {"op": "replace", "value": {"active": False}})
        started = MapEntry("default", "user", "creating:1", "creating:1", name="x", details={"state": "creating"})
        await provider.id_map.put(replace(started, active=False))
        assert await compare(client, provider.id_map) <= {("user", deleted["id"], "unmapped")}


async def test_an_entry_that_a_gateway_changes_meanwhile_is_not_repaired(id_map: IdMap) -> None:
    async with OrgClient.memory() as client:
        await id_map.put(MapEntry("default", "user", "lost", "lost", name="lost"))
        repairing = repair_map(client, id_map, "default")
        comparing = check_map(client, id_map, "default")
        assert [one.id async for one in comparing] == ["lost"]
        kim = await client.organization().users.create(username="kim", email="kim@acme.example")
        async for one in repairing:
            if one.problem == "unmapped":  # before the entries are compared
                await id_map.put(MapEntry("default", "user", "lost", "lost", name="changed"))
            assert one.is_repaired is (one.id == kim.id)
        assert await id_map.get("default", "user", "lost") is not None


async def test_a_name_of_another_entry_is_not_added(id_map: IdMap) -> None:
    async with OrgClient.memory() as client:
        kim = await client.organization().users.create(username="kim", email="kim@acme.example")
        tom = await client.organization().users.create(username="tom", email="tom@acme.example")
        await id_map.put(MapEntry("default", "user", tom.id, tom.id, name="KIM"))
        (one,) = await repair(client, id_map)
        assert (one.id, one.problem, one.is_repaired) == (kim.id, "unmapped", False)
