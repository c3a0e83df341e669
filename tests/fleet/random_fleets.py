"""Random fleets with failures: whatever happens in a night, the next ones make every organization like its roster."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio
from hypothesis import strategies as st

from orgsdk.bulk import Policy, verify_audit
from orgsdk.errors import AuthenticationError, NotSentError, PermissionDeniedError, RateLimitError, ServerError
from orgsdk.fleet import FleetGuards, FleetOptions, SQLiteStore
from tests.bulk.memories import ERROR_ARGS

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from orgsdk import OrgError
    from orgsdk.fleet import Fleet, FleetReport
    from tests.fleet.fleets import Tenant, World

Fault: TypeAlias = Literal["network", "server", "limit", "denied", "sign_in", "lost"]

_NIGHT = date(2026, 12, 1)
_PUPILS = [f"pupil{number}" for number in range(6)]
_OPERATIONS = ("users.list", "accounts.create", "users.add", "users.update", "users.set_roles", "users.remove")
_ERRORS: dict[Fault, OrgError] = {
    "network": NotSentError("no network", **ERROR_ARGS),
    "server": ServerError("broken", status_code=503, **ERROR_ARGS),
    "limit": RateLimitError("slowly", status_code=429, retry_after=0.001, **ERROR_ARGS),
    "denied": PermissionDeniedError("not yours", status_code=403, **ERROR_ARGS),
    "sign_in": AuthenticationError("token expired", status_code=401, **ERROR_ARGS),
}


@dataclass(frozen=True)
class RandomSchool:
    """An organization: its limit key, its members, and the rows of its roster in two nights."""

    key: str
    members: tuple[str, ...]
    rows: tuple[str, ...]
    later: tuple[str, ...]


@dataclass(frozen=True)
class RandomFleet:
    """Organizations, what fails at the tenants of their keys, and when the process is interrupted."""

    schools: tuple[RandomSchool, ...]
    faults: tuple[tuple[str, str, Fault, int], ...]
    interruptions: tuple[int, ...]
    judge: Literal["whole", "stream"]
    concurrency: int


def random_fleets(*, keys: int = 3, schools: int = 6) -> SearchStrategy[RandomFleet]:
    """Return a strategy of fleets with at most this many limit keys and organizations."""
    names = st.sampled_from([f"key-{number}" for number in range(keys)])
    pupils = st.lists(st.sampled_from(_PUPILS), unique=True, max_size=len(_PUPILS)).map(tuple)
    faults = st.tuples(
        names,
        st.sampled_from(_OPERATIONS),
        st.sampled_from(["network", "server", "limit", "denied", "sign_in", "lost"]),
        st.integers(1, 4),
    )
    return st.builds(
        RandomFleet,
        schools=st.lists(st.builds(RandomSchool, names, pupils, pupils, pupils), min_size=1, max_size=schools).map(
            tuple
        ),
        faults=st.lists(faults, max_size=4).map(tuple),
        interruptions=st.lists(st.integers(0, 30), max_size=2).map(tuple),
        judge=st.sampled_from(["whole", "stream"]),
        concurrency=st.integers(1, 4),
    )


async def run_nights(fleet: RandomFleet, world: World) -> None:
    """Run the nights of a fleet, and check what must hold whatever fails.

    With failures, a run ends and reports which organizations it did not reach. Without them, it is resumed and reaches
    all of them. The same rosters take no request in the next night, and other rosters are reached as well.
    """
    for number, school in enumerate(fleet.schools):
        rows = [f"s{number}{pupil}" for pupil in school.rows]
        await world.add(
            f"school-{number}", key=school.key, members=[f"s{number}{one}" for one in school.members], rows=rows
        )
    options = FleetOptions(
        concurrency=fleet.concurrency,
        verify_share=0,
        retry_pause=timedelta(0),
        max_pause=timedelta(0),
        guards=FleetGuards(judge=fleet.judge, stop_after=1_000, of_latest=1_000),
    )
    policy = Policy(remove="membership", max_removal_share=1, min_matched_share=0, max_update_share=1, max_role_share=1)
    entries = [world.entry(name, policy=policy) for name in world.ids]
    names = list(world.ids)
    async with world.fleet(entries=entries, options=options) as opened:
        await opened.start(night=_NIGHT)
        _break(fleet, world.tenants)
        for calls in fleet.interruptions:
            await _work_until(opened, world, calls)
        report = await opened.work()
        _check_report(report, len(names))
        for tenant in world.tenants.values():
            tenant.clear_faults()
        report = await _resume(opened)
        await _check_equal(world, names, policy, report)
        await _check_nothing_to_do(opened, world, night=1)
        for number, school in enumerate(fleet.schools):
            world.write(f"school-{number}", [f"s{number}{pupil}" for pupil in school.later])
        await opened.start("plan", night=_NIGHT + timedelta(2))
        await opened.work()
        with suppress(Exception):
            await opened.start("apply")
        await _check_equal(world, names, policy, await _resume(opened))
        await _check_nothing_to_do(opened, world, night=3)
    _check_audits(world)


def _break(fleet: RandomFleet, tenants: dict[str, Tenant]) -> None:
    for key, operation, fault, times in fleet.faults:
        tenant = tenants.get(key)
        if tenant is not None and fault == "lost":
            tenant.lose_response(operation, times=times)
        elif tenant is not None:
            tenant.fail(operation, _ERRORS[fault], times=times)


async def _work_until(fleet: Fleet, world: World, calls: int) -> None:
    """Work until the tenants have had a number of calls, then end as a process does that is stopped."""
    async with anyio.create_task_group() as tasks:

        async def watch() -> None:
            while sum(len(tenant.calls) for tenant in world.tenants.values()) < calls:
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()

        for tenant in world.tenants.values():
            tenant.calls.clear()
        tasks.start_soon(watch)
        await fleet.work()
        tasks.cancel_scope.cancel()


async def _resume(fleet: Fleet) -> FleetReport:
    """Resume a run until it reaches everything, confirming what guards refuse."""
    report = await fleet.work()
    for _ in range(8):
        if report.ok:
            break
        hashes = {unit.plan_hash or "" for unit in report.progress.attention if unit.state == "guarded"}
        if report.state == "refused":
            hashes.add(report.progress.run.hash or "")
        report = await fleet.resume(confirm=hashes)
    return report


def _check_report(report: FleetReport, schools: int) -> None:
    assert report.progress.total.units == schools
    assert report.state in {"finished", "refused"}
    assert report.progress.total.counts["running"] == 0


async def _check_equal(world: World, names: list[str], policy: Policy, report: FleetReport) -> None:
    different = [name for name in names if await world.differs(name, policy)]
    # Guards that cannot be overridden refuse a roster without rows, or of other columns: no wrong organization else.
    refused = {unit.name for unit in report.progress.attention if unit.state == "guarded"}
    assert set(different) == refused, report.summary()
    assert report.ok == (not refused), report.summary()
    for name in names:
        found = await world.usernames(name)
        assert len(found) == len(set(found))


async def _check_nothing_to_do(fleet: Fleet, world: World, *, night: int) -> None:
    for tenant in world.tenants.values():
        tenant.calls.clear()
    report = await fleet.sync(night=_NIGHT + timedelta(night))
    attention = {unit.name for unit in report.progress.attention}
    counts = report.progress.total.counts
    assert counts["unchanged"] + len(attention) == report.progress.total.units, report.summary()
    if not attention:
        assert [call for tenant in world.tenants.values() for call in tenant.calls] == []


def _check_audits(world: World) -> None:
    store = SQLiteStore(world.folder / "fleet.db")
    store.open()
    for name in world.ids:
        verify_audit(store.audit_lines(name))
    store.close()
