"""A fleet from its start to its report: which run follows which, what is skipped, and what is tried again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import ConfigurationError, OrgError, bulk
from orgsdk.errors import AuthenticationError, NotSentError, PermissionDeniedError, RateLimitError
from orgsdk.fleet import (
    BudgetError,
    DuplicateNameError,
    Fleet,
    FleetBudget,
    FleetConfigError,
    FleetEntry,
    FleetGuardError,
    FleetGuards,
    FleetObserver,
    NoRunError,
    OpenRunError,
)
from orgsdk.fleet.sqlite_store import SQLiteStore
from tests.bulk.memories import ERROR_ARGS, create
from tests.fleet.fleets import OPTIONS, World

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

pytestmark = pytest.mark.anyio

TONIGHT = date(2026, 12, 1)
REMOVING = bulk.Policy(remove="membership", max_removal_share=1, min_matched_share=0)


async def add_schools(world: World, number: int, *, keys: int = 1) -> list[str]:
    names = [f"school-{index}" for index in range(number)]
    for index, name in enumerate(names):
        pupils = [f"s{index}_{pupil}" for pupil in range(4)]
        await world.add(name, key=f"key-{index % keys}", members=pupils[:2], rows=pupils)
    return names


def counts(report: Any) -> dict[str, int]:
    return {column: number for column, number in report.progress.total.counts.items() if number}


async def test_a_night_makes_every_organization_like_its_roster(world: World) -> None:
    names = await add_schools(world, 6, keys=3)
    async with world.fleet() as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert (report.ok, report.state, counts(report)) == (True, "finished", {"done": 6})
        assert not any([await world.differs(name) for name in names])
        assert {key.key for key in report.progress.keys} == {"key-0", "key-1", "key-2"}
        # One client for each key, whatever number of organizations it has.
        assert world.opened == dict.fromkeys(world.tenants, 1)
        assert json.loads(json.dumps(report.as_json()))["total"]["done"] == 6
        assert "6 organizations (6 done)" in report.summary()


async def test_a_fleet_is_used_as_if_it_were_not_async(world: World) -> None:
    fleet: Any = world.fleet()
    with pytest.raises(OrgError, match=r"A Fleet is async: use `async with`\."), fleet:
        pass
    with pytest.raises(OrgError, match=r'Fleet has no \'plan\': use await fleet\.start\("plan"\)'):
        fleet.plan()


async def test_a_worker_that_planned_and_applies_at_once_reads_the_members_once(world: World) -> None:
    await add_schools(world, 1)
    async with world.fleet(options=replace(OPTIONS, guards=FleetGuards(judge="stream"))) as fleet:
        await fleet.sync(night=TONIGHT)
        world.calls("key-0")
        world.write("school-0", ["s0_0", "s0_1", "s0_2", "other"])
        await fleet.sync(night=TONIGHT + timedelta(1))
        calls = world.calls("key-0")
    assert (calls.count("users.list"), calls.count("users.get")) == (1, 0)
    assert "other" in await world.usernames("school-0")


async def test_an_unchanged_roster_takes_no_request(world: World) -> None:
    await add_schools(world, 3)
    async with world.fleet() as fleet:
        await fleet.sync(night=TONIGHT)
        world.calls("key-0")
        assert counts(await fleet.sync(night=TONIGHT + timedelta(1))) == {"unchanged": 3}
        assert world.calls("key-0") == []
        world.write("school-1", ["s1_0", "other"])
        assert counts(await fleet.sync(night=TONIGHT + timedelta(2))) == {"done": 1, "unchanged": 2}
        assert "other" in await world.usernames("school-1")
        changed = world.entry("school-2", policy=bulk.Policy(roles="leave"))
    async with world.fleet(entries=[world.entry("school-0"), changed]) as fleet:
        assert counts(await fleet.sync(night=TONIGHT + timedelta(3))) == {"done": 1, "unchanged": 1}


async def test_a_share_of_the_unchanged_is_verified_each_night(world: World) -> None:
    await add_schools(world, 12)
    async with world.fleet(options=replace(OPTIONS, verify_share=0.25)) as fleet:
        await fleet.sync(night=TONIGHT)
        verified = []
        for night in range(1, 5):
            await fleet.sync(night=TONIGHT + timedelta(night))
            verified += [unit.name async for unit in fleet.units(states=["done"])]
        assert sorted(verified) == sorted(world.ids)  # each of them once in four nights


async def test_what_others_changed_is_found_when_an_organization_is_verified(world: World) -> None:
    await add_schools(world, 1)
    async with world.fleet(options=replace(OPTIONS, verify_share=1)) as fleet:
        await fleet.sync(night=TONIGHT)
        org = world.open_client("memory", {"MEMORY_TENANT": "key-0"}, {}).organization(world.ids["school-0"])
        await org.users.update((await org.users.list()).items[0].id, email="other@example.com")
        await fleet.sync(night=TONIGHT + timedelta(1))
        assert not await world.differs("school-0")


async def test_plans_are_made_first_and_applied_later(world: World) -> None:
    names = await add_schools(world, 3)
    async with world.fleet() as fleet:
        await fleet.start("plan", night=TONIGHT)
        planned = await fleet.work()
        assert (planned.state, planned.ok) == ("planned", True)
        assert all([await world.differs(name) for name in names])
        with pytest.raises(OpenRunError, match="Run 1 of the night 2026-12-01 is planned"):
            await fleet.start(night=TONIGHT)
        started = await fleet.start("apply")
        report = await fleet.work()
        assert (started.epoch, report.epoch, report.ok) == (1, 1, True)
        assert not any([await world.differs(name) for name in names])
        with pytest.raises(NoRunError, match="no plans"):
            await fleet.start("apply")


async def test_a_run_of_an_earlier_night_is_replaced(world: World) -> None:
    await add_schools(world, 1)
    async with world.fleet() as fleet:
        await fleet.start(night=TONIGHT)
        await fleet.start(night=TONIGHT + timedelta(1))
        assert (await fleet.status(1)).run.state == "cancelled"
        assert (await fleet.work()).ok
        with pytest.raises(NoRunError, match="no run 9"):
            await fleet.work(9)


async def test_a_cancelled_run_sends_nothing_more(world: World) -> None:
    await add_schools(world, 2)
    async with world.fleet() as fleet:
        await fleet.start(night=TONIGHT)
        assert (await fleet.cancel()).run.state == "cancelled"
        world.calls("key-0")
        report = await fleet.work()
        assert (report.state, report.ok, world.calls("key-0")) == ("cancelled", False, [])
        for call in (fleet.resume, fleet.cancel):
            with pytest.raises(NoRunError):
                await call()


async def test_nothing_is_known_before_the_first_run(world: World) -> None:
    fleet = world.fleet(entries=[FleetEntry(name="a", roster="a.csv", provider="memory")])
    for call in (fleet.status, fleet.work, fleet.resume, fleet.cancel):
        with pytest.raises(NoRunError):
            await call()


async def test_a_failed_organization_stops_no_other(world: World) -> None:
    await add_schools(world, 3)
    world.path("school-1").write_text("username,email\nada,no address\n", "utf-8")
    world.path("school-2").unlink()
    async with world.fleet() as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert (report.ok, counts(report)) == (False, {"done": 1, "failed": 2})
        reasons = {unit.name: unit.reason or "" for unit in report.progress.attention}
        assert "line 2" in reasons["school-1"]
        assert "No such file" in reasons["school-2"]
        for name in ("school-1", "school-2"):
            world.write(name, ["ada"])
        again = await fleet.resume()
        assert (again.epoch, again.ok, counts(again)) == (1, True, {"done": 3})
        assert (await fleet.resume()).ok  # nothing is left


async def test_a_refused_sign_in_stops_its_key_alone(world: World) -> None:
    await add_schools(world, 6, keys=2)
    refused = AuthenticationError("token expired", status_code=401, **ERROR_ARGS)
    world.tenants["key-1"].fail("users.list", refused, times=1000)
    async with world.fleet() as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert (report.state, report.ok, counts(report)) == ("finished", False, {"done": 3, "left": 3})
        (reason,) = [key.refused for key in report.progress.keys if key.refused]
        assert reason.startswith("the sign-in was refused: ")
        assert len(world.calls("key-1")) < 20
        world.tenants["key-1"].clear_faults()
        assert counts(await fleet.resume()) == {"done": 6}


async def test_a_sign_in_that_is_refused_between_writes_is_resumed(world: World) -> None:
    await world.add("school", rows=[f"u{number}" for number in range(9)])
    refused = AuthenticationError("token expired", status_code=401, **ERROR_ARGS)
    world.tenants["main"].fail(create(world.tenants["main"]), refused, times=1000)
    async with world.fleet() as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert counts(report) == {"stopped": 1}
        world.tenants["main"].clear_faults()
        assert counts(await fleet.resume()) == {"done": 1}
        assert not await world.differs("school")


async def test_a_provider_that_cannot_be_reached_is_tried_again(world: World) -> None:
    await add_schools(world, 1)
    lost = NotSentError("no network", **ERROR_ARGS)
    world.tenants["key-0"].fail("users.list", lost, times=2)
    world.tenants["key-0"].fail(create(world.tenants["key-0"]), lost, times=4)
    async with world.fleet(options=replace(OPTIONS, attempts=5)) as fleet:
        assert (await fleet.sync(night=TONIGHT)).ok
        world.write("school-0", ["new"])
        world.tenants["key-0"].fail("users.list", lost, times=1000)
        report = await fleet.sync(night=TONIGHT + timedelta(1))
        assert counts(report) == {"failed": 1}
        assert report.progress.attention[0].attempts == 4


async def test_a_key_sleeps_while_its_rate_limit_lasts(world: World) -> None:
    await add_schools(world, 4, keys=2)
    slow = RateLimitError("slowly", status_code=429, retry_after=0.2, **ERROR_ARGS)
    world.tenants["key-0"].fail("users.list", slow, times=3)
    world.tenants["key-0"].fail(create(world.tenants["key-0"]), slow, times=2)
    pauses: list[str] = []
    order: list[str] = []

    class Observer(FleetObserver):
        def paused(self, key: str, until: datetime) -> None:
            pauses.append(key)

        def unit(self, observation: Any) -> Any:
            order.append(observation.key)
            return super().unit(observation)

    options = replace(OPTIONS, concurrency=1, max_pause=timedelta(milliseconds=1))
    async with world.fleet(options=options, observer=Observer()) as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert report.ok
        assert set(pauses) == {"key-0"}
        assert len(pauses) >= 4
        # The other key was worked on meanwhile, although one key at a time is worked on.
        assert order[:3] == ["key-0", "key-1", "key-1"]
        assert {unit.attempts for unit in [unit async for unit in fleet.units()]} == {0}


async def test_the_guards_of_the_fleet_judge_all_plans_before_anything_is_applied(world: World) -> None:
    await add_schools(world, 3)
    pupils = [f"p{number}" for number in range(30)]
    for name in ("big-1", "big-2"):
        await world.add(
            name,
            key="key-0",
            members=[f"{name}{pupil}" for pupil in pupils],
            rows=[f"{name}{pupil}" for pupil in pupils[:15]],
        )
    entries = [world.entry(name, policy=replace(REMOVING, roles="leave")) for name in world.ids]
    async with world.fleet(entries=entries) as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert (report.state, report.ok) == ("refused", False)
        assert "30 of 66 members would be removed" in report.summary()
        assert len(await world.usernames("school-0")) == 2
        world.calls("key-0")
        with pytest.raises(FleetGuardError, match="confirm the hash"):
            await fleet.resume()
        with pytest.raises(FleetGuardError, match="removals"):
            await fleet.start("apply", confirm="0" * 64)
        assert world.calls("key-0") == []  # judging needs no request
        confirmed = await fleet.resume(confirm=report.progress.run.hash or "")
        assert (confirmed.ok, counts(confirmed)) == (True, {"done": 5})
        assert await world.usernames("big-1") == {f"big-1{pupil}" for pupil in pupils[:15]}


async def test_a_plan_that_its_own_guards_refuse_is_confirmed_by_its_hash(world: World) -> None:
    await add_schools(world, 2)
    await world.add("half", key="key-0", members=[f"h{number}" for number in range(10)], rows=["h1", "h2", "h3"])
    strict = bulk.Policy(remove="membership", min_matched_share=0)
    async with world.fleet(entries=[world.entry(name, policy=strict) for name in world.ids]) as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert counts(report) == {"done": 2, "guarded": 1}
        (unit,) = report.progress.attention
        assert (unit.name, unit.removals) == ("half", 7)
        assert unit.reason is not None
        assert "removals: 7 would be removed" in unit.reason
        assert counts(await fleet.resume()) == {"done": 2, "guarded": 1}
        assert len(await world.usernames("half")) == 10
        assert counts(await fleet.resume(confirm=[unit.plan_hash or ""])) == {"done": 3}
        assert len(await world.usernames("half")) == 3


async def test_a_stream_stops_when_too_many_plans_are_refused(world: World) -> None:
    for number in range(10):
        pupils = [f"s{number}_{pupil}" for pupil in range(10)]
        await world.add(f"school-{number}", members=pupils, rows=pupils if number < 3 else [f"new{number}"])
    guards = FleetGuards(judge="stream", stop_after=2, of_latest=3)
    policy = bulk.Policy(remove="membership", roles="leave")
    options = replace(OPTIONS, guards=guards)
    async with world.fleet(entries=[world.entry(name, policy=policy) for name in world.ids], options=options) as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert (report.state, counts(report)) == ("stopped", {"done": 3, "guarded": 2, "left": 5})
        assert "2 of the latest 3 plans were refused" in report.summary()
        assert counts(await fleet.resume()) == {"done": 3, "guarded": 3, "left": 4}


async def test_a_budget_leaves_out_what_was_verified_last(world: World) -> None:
    await add_schools(world, 4)
    budget = FleetBudget(key_requests=20, new_requests=10)
    async with world.fleet(options=replace(OPTIONS, budget=budget)) as fleet:
        run = await fleet.start(night=TONIGHT)
        assert run.forecast is not None
        assert (run.forecast.requests, run.forecast.unreached) == (40, {"key-0": 20})
        report = await fleet.work()
        # Planning leaves requests for applying. A unit that does not fit is left waiting.
        assert counts(report) == {"done": 3, "left": 1}
        assert "finished: 1 organization left waiting, because the budget" in report.summary()
        assert [unit.name async for unit in fleet.units(states=["waiting"])] == ["school-3"]
        for name in world.ids:
            world.write(name, [f"new-{name}"])
        await fleet.sync(night=TONIGHT + timedelta(1))
        order = sorted([unit async for unit in fleet.units()], key=lambda unit: str(unit.started_at))
        assert order[0].name == "school-3"  # what was never verified comes first
    strict = replace(OPTIONS, budget=replace(budget, excess="refuse", key_requests=1))
    async with world.fleet(options=strict, store=world.folder / "other.db") as fleet:
        with pytest.raises(BudgetError, match="The budget is short by about 39 requests of 40"):
            await fleet.start(night=TONIGHT)
        assert (await fleet.status()).run.state == "cancelled"


async def test_the_hours_of_a_budget_end(world: World) -> None:
    await add_schools(world, 3)
    times = iter([datetime(2026, 12, 1, 20, tzinfo=UTC), datetime(2026, 12, 1, 21, tzinfo=UTC)])
    latest = datetime(2026, 12, 2, 4, 1, tzinfo=UTC)
    options = replace(OPTIONS, budget=FleetBudget(hours=8))
    async with world.fleet(options=options, now=lambda: next(times, latest)) as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert report.progress.total.counts["left"]
        assert report.state == "finished"
        assert "3 organizations left waiting, because the budget" in report.summary()


async def test_organizations_come_from_any_iterable_in_batches(world: World) -> None:
    await add_schools(world, 3)
    store = SQLiteStore(world.folder / "fleet.db")
    most, waiting = 0, 0

    async def entries() -> AsyncIterator[FleetEntry]:
        nonlocal most, waiting
        for number in range(1234):
            waiting += 1
            most = max(most, waiting)
            yield FleetEntry(name=f"n{number}", roster="/nowhere.csv", provider="memory", key="k")

    class Counting(SQLiteStore):
        def add_units(self, epoch: int, units: Any) -> None:
            nonlocal waiting
            waiting -= len(units)
            super().add_units(epoch, units)

    fleet = world.fleet(entries=entries, store=Counting(world.folder / "fleet.db"))
    await fleet.start(night=TONIGHT)
    assert most <= 501
    store.open()
    assert store.keys(1)[0].counts == {"waiting": 1234}
    store.close()

    def with_a_repeated_name() -> Iterator[FleetEntry]:
        for name in ("a", "b", "a"):
            yield FleetEntry(name=name, roster="/nowhere.csv", provider="memory", key="k")

    other = world.fleet(entries=with_a_repeated_name, store=world.folder / "other.db")
    with pytest.raises(DuplicateNameError, match="'a'"):
        await other.start(night=TONIGHT)
    assert (await other.status()).run.state == "cancelled"


async def test_a_roster_is_loaded_from_an_address_by_the_callers_function(world: World) -> None:
    await world.add("school", rows=["ada"])
    asked: list[str | None] = []

    async def load(entry: FleetEntry) -> bulk.Roster:
        asked.append(entry.address)
        if entry.name == "broken":
            raise ValueError("https://user:secret@sis.example/")
        return bulk.read_csv(world.path(entry.name))

    entries = [world.entry("school", roster="https://sis.example/17")]
    entries.append(replace(entries[0], name="broken"))
    async with world.fleet(entries=entries, load_roster=load) as fleet:
        report = await fleet.sync(night=TONIGHT)
        assert counts(report) == {"done": 1, "failed": 1}
        assert report.progress.attention[0].reason == "load_roster raised ValueError."
        assert counts(await fleet.sync(night=TONIGHT)) == {"unchanged": 1, "failed": 1}
        assert asked[0] == "https://sis.example/17"
    async with world.fleet(entries=entries[:1], store=world.folder / "other.db") as fleet:
        assert "no load_roster" in (await fleet.sync()).summary()


async def test_members_who_are_missing_are_removed_when_their_time_ends(world: World) -> None:
    pupils = [f"p{number}" for number in range(8)]
    await world.add("school", members=pupils)
    world.write("school", pupils[:7], roles="")
    entries = [world.entry("school", policy=replace(REMOVING, grace=timedelta(days=2)))]
    fleet = world.fleet(entries=entries)
    today = datetime.now(UTC).date()
    assert counts(await fleet.sync(night=today)) == {"done": 1}
    assert counts(await fleet.sync(night=today + timedelta(1))) == {"unchanged": 1}
    make_older(world.folder / "fleet.db", timedelta(days=2))
    assert len(await world.usernames("school")) == 8
    assert counts(await fleet.sync(night=today + timedelta(2))) == {"done": 1}
    assert await world.usernames("school") == set(pupils[:7])


def make_older(path: Path, by: timedelta) -> None:
    """Make the last plan of the only organization older: its clock is the machine's."""
    with closing(sqlite3.connect(path)) as database, database:
        ((due, previous),) = database.execute("SELECT due, previous FROM organizations").fetchall()
        plan = bulk.Plan.from_json(previous)
        missing = {user: since - by for user, since in plan.missing.items()}
        older = replace(plan, created_at=plan.created_at - by, missing=missing)
        day = date.fromisoformat(due) - by
        database.execute("UPDATE organizations SET due = ?, previous = ?", (day.isoformat(), older.to_json()))


async def test_an_unchanged_roster_is_planned_again_on_the_day_on_which_it_changes(world: World) -> None:
    await world.add("school", members=["ada"], rows=["ada", "bob"])
    today = datetime(2026, 12, 1, 20, tzinfo=UTC)

    def load(entry: FleetEntry) -> bulk.Roster:
        return replace(bulk.read_csv(world.path(entry.name)), changes_on=date(2026, 12, 3))

    entries = [world.entry("school", roster="https://sis.example/17")]
    seen = []
    for day in range(3):
        now = today + timedelta(days=day)
        async with world.fleet(entries=entries, load_roster=load, now=lambda now=now: now) as fleet:
            seen.append(counts(await fleet.sync(night=now.date())))
    assert seen == [{"done": 1}, {"unchanged": 1}, {"done": 1}]


async def test_permission_for_one_organization_is_its_own_failure(world: World) -> None:
    await add_schools(world, 2)
    denied = PermissionDeniedError("not yours", status_code=403, **ERROR_ARGS)
    world.tenants["key-0"].fail("users.list", denied)
    async with world.fleet() as fleet:
        assert counts(await fleet.sync(night=TONIGHT)) == {"done": 1, "failed": 1}


async def test_wrong_arguments_are_named(world: World) -> None:
    entry = FleetEntry(name="a", roster="a.csv", provider="memory")
    make: Any = Fleet  # for a caller without types
    for values, message in (
        ({"entries": 3}, "entries must be"),
        ({"options": {}}, "options is of type dict"),
        ({"observer": print}, "observer is of type"),
        ({"load_roster": lambda: None}, "load_roster cannot be called"),
        ({"open_client": print_nothing}, "open_client is an async function"),
        ({"credentials": {"main": "flat"}}, r"credentials\['main'\] is of type str"),
    ):
        with pytest.raises(ConfigurationError, match=message):
            make(**{"entries": [entry], "store": world.folder / "fleet.db", **values})
    fleet = world.fleet(entries=[entry])
    with pytest.raises(ValueError, match="mode is not one of"):
        await fleet.start("both")  # type: ignore[arg-type]  # a caller without types
    with pytest.raises(ConfigurationError, match="neither a path nor an address"):
        await world.fleet(entries=[entry], store="mysql://localhost/fleet").start()
    with pytest.raises(ValueError, match="an organization of the fleet is of type str"):
        await world.fleet(entries=["school"]).start()
    with pytest.raises(FleetConfigError, match="1 problem"):
        FleetEntry(name="a", roster="a.csv")


async def print_nothing(*_: object) -> None:
    pass
