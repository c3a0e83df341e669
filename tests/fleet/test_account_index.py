"""The accounts of a tenant are read once a night, whatever number of its organizations has new rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, bulk
from orgsdk.fleet import FleetGuards
from orgsdk.fleet.credentials import ClientPool
from tests.fleet.fleets import OPTIONS, NewestFirst, Tenant, World

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.fleet import FleetEntry
    from orgsdk.fleet.units import Judge

pytestmark = pytest.mark.anyio

TONIGHT = date(2026, 12, 1)
_ACCOUNTS, _PAGES, _SCHOOLS = 500, 5, 6
JUDGES = pytest.mark.parametrize("judge", ["whole", "stream"])


async def add_schools(world: World, number: int = _SCHOOLS) -> OrgClient[Any]:
    """Add organizations to a tenant with many accounts. Return a client of the tenant."""
    for index in range(number):
        await world.add(f"school-{index}", members=[f"s{index}"])
    client = OrgClient(world.tenants["main"])
    for index in range(_ACCOUNTS):
        await client.accounts.create(username=f"u{index}", email=f"u{index}@example.com", external_id=f"x{index}")
    world.calls()
    return client


def roster(name: str, *rows: tuple[str, str]) -> bulk.Roster:
    """Return the roster of an organization: external ids and usernames, and the member that it has."""
    member = f"s{name.removeprefix('school-')}"
    users = [bulk.UserSpec(external_id=one, username=username, origin=one) for one, username in rows]
    return bulk.Roster(
        users=[bulk.UserSpec(username=member, email=f"{member}@example.com"), *users], name=name, fingerprint=repr(rows)
    )


def at_an_address(world: World, load: Callable[[str], Any]) -> dict[str, Any]:
    """Return the settings of a fleet whose rosters come from a function of their organizations' names."""

    async def load_roster(entry: FleetEntry) -> bulk.Roster:
        found: bulk.Roster = await load(entry.name)
        return found

    entries = [world.entry(name, roster=f"https://sis.example/{name}") for name in world.ids]
    return {"entries": entries, "load_roster": load_roster}


@JUDGES
async def test_the_accounts_are_read_once_a_night(world: World, judge: Judge) -> None:
    world.tenant = NewestFirst
    await add_schools(world)

    async def load(name: str) -> bulk.Roster:
        number = name.removeprefix("school-")
        return roster(name, (f"x{number}", f"u{number}"))

    options = replace(OPTIONS, guards=FleetGuards(judge=judge))
    async with world.fleet(options=options, **at_an_address(world, load)) as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert report.ok
        lists = world.calls().count("accounts.list")
        # The first plan reads all pages; each plan reads the newest page, and so does a run that adds an account later.
        assert _PAGES < lists <= _PAGES + 2 * _SCHOOLS + 1
        for number in range(_SCHOOLS):
            assert f"u{number}" in await world.usernames(f"school-{number}")
        # They count in the budget, at the organization that read them.
        requests = sorted([unit.requests async for unit in fleet.units()])
        assert requests[-1] == 0 or requests[-1] >= _PAGES


@JUDGES
@pytest.mark.parametrize("tenant", [NewestFirst, Tenant])
async def test_what_others_change_during_the_night_is_seen(world: World, judge: Judge, tenant: type[Tenant]) -> None:
    world.tenant = tenant
    client = await add_schools(world)
    rows = {
        "school-0": ("x0", "u0"),
        "school-1": ("x9001", "another"),  # created by others, with another username
        "school-2": ("x2", "u2"),  # renamed
        "school-3": ("x3", "u3"),  # deleted, so that it is created again
        "school-4": ("x4", "u4"),
        "school-5": ("x5", "u5"),
    }

    async def load(name: str) -> bulk.Roster:
        if name == "school-1":
            assert "u0" in await world.usernames("school-0") or judge == "whole"
            await client.accounts.create(username="created", external_id="x9001")
            await client.accounts.update(await id_of(client, "u2"), username="renamed")
            await client.accounts.remove(await id_of(client, "u3"), account="delete")
        return roster(name, rows[name])

    options = replace(OPTIONS, guards=FleetGuards(judge=judge))
    async with world.fleet(options=options, **at_an_address(world, load)) as fleet:
        assert (await fleet.sync(night=TONIGHT)).ok
    by_id: dict[str, list[str]] = {}
    async for user in client.accounts.list():
        by_id.setdefault(user.external_id or "", []).append(user.username or "")
    for name, (external_id, username) in rows.items():
        assert by_id[external_id] == [username]
        assert username in await world.usernames(name)


async def id_of(client: OrgClient[Any], username: str) -> str:
    found = await client.accounts.find(username=username)
    assert found is not None
    return found.id


async def test_each_run_reads_the_accounts_anew(world: World) -> None:
    await add_schools(world, 1)
    pool = ClientPool({}, {}, idle=1, max_wait=1, open_client=world.open_client)
    async with pool.borrow(world.entry("school-0")) as client:
        first = client.accounts_of(1)
        assert client.accounts_of(1) is first
        assert client.accounts_of(2) is not first
    await pool.aclose()


async def test_idle_clients_keep_a_bounded_number_of_accounts(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orgsdk.fleet.credentials._MAX_INDEXED", 2)
    pool = ClientPool({}, {}, idle=9, max_wait=1, open_client=world.open_client)
    kept: list[int] = []
    for key in ("a", "b"):
        await world.add(f"school-{key}", key=key, members=["ada"])
        async with pool.borrow(world.entry(f"school-{key}")) as client:
            org = client.client.organization(world.ids[f"school-{key}"])
            await org.users.remove((await org.users.list()).items[0].id, account="keep")
            for username in ("bob", "cleo"):
                await client.client.accounts.create(username=username)
            row = bulk.UserSpec(external_id="x1", username="new", origin="row")
            await bulk.plan(org, [row], accounts=client.accounts_of(1))
            kept.append(client.indexed)
    async with pool.borrow(world.entry("school-a")) as client:
        kept.append(client.indexed)
    async with pool.borrow(world.entry("school-b")) as client:
        kept.append(client.indexed)
    assert kept[0] == kept[1] == kept[2] + 3
    await pool.aclose()
