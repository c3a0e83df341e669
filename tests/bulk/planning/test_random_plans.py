"""Random organizations and rosters of several nights: each plan is carried out exactly, and the next one is empty.

`python -m pytest -m proof tests/bulk/planning/test_random_plans.py` is the full run; `ORGSDK_PLANS=5000` makes it
longer.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, note, settings

from orgsdk.bulk import Plan, Roster, apply, plan
from orgsdk.bulk.planning.writes import RosterRecord
from tests.bulk.random_rosters import Case, cases
from tests.bulk.scenario import name_of
from tests.bulk.server_writes import planned_writes, server_writes
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import NAMES, SHORT, Name, SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from tests.reliability.scenario import Scenario

_FEW = 5
_MANY = int(os.environ.get("ORGSDK_PLANS", "1000"))


@dataclass(slots=True)
class Figures:
    """What the random plans were."""

    examples: int = 0
    nights: Counter[str] = field(default_factory=Counter[str])
    writes: Counter[str] = field(default_factory=Counter[str])
    left_out: int = 0
    after_grace: int = 0


async def _check(name: Name, case: Case, figures: Figures) -> None:
    servers = SimulatedServers.of(name)
    async with scenario_of(servers) as (scenario, _network):
        people = case.people
        servers.seed([replace(one, external_id=one.username) for one in people] if name == "workos" else people)
        await _prepare(name, case, scenario)
        previous: Plan | None = None
        for number, night in enumerate(case.nights):
            roster = night.roster(case.policy)
            earlier = None if previous is None else _days_later(previous, roster, night.days)
            made = await plan(scenario.org, roster, case.policy, previous=earlier)
            figures.nights[night.source] += 1
            figures.writes.update({kind: count for kind, count in made.counts.items() if count})
            figures.left_out += len(made.rejected)
            figures.after_grace += _removals_after_grace(made, earlier)
            problem = await _problem(scenario, made, roster, case.concurrency)
            assert problem is None, f"night {number}: {problem}"
            previous = made


async def _prepare(name: Name, case: Case, scenario: Scenario) -> None:
    for row in case.accounts:
        key = {"external_id": name_of(row)} if name == "workos" else {"username": name_of(row)}
        await scenario.direct_client.accounts.create(email=row.email, **key)
    async for user in scenario.direct_org.users.list():
        if (user.external_id if name == "workos" else user.username) in case.suspended:
            await scenario.direct_org.users.suspend(user.id)


def _days_later(previous: Plan, roster: Roster, days: int) -> Plan:
    """Return a plan as if it was made some days earlier, of a source like this one, and no guard had refused it."""
    age = timedelta(days=days)
    source = RosterRecord(roster.name, "", len(roster.users) + len(roster.rejected), roster.columns)
    missing = {user_id: since - age for user_id, since in previous.missing.items()}
    return replace(previous, source=source, missing=missing, created_at=previous.created_at - age, guards=())


def _removals_after_grace(made: Plan, earlier: Plan | None) -> int:
    known = set() if earlier is None else earlier.missing.keys()
    return sum(write.kind in {"remove", "suspend"} and write.user_id in known for write in made.writes)


async def _problem(scenario: Scenario, made: Plan, roster: Roster, concurrency: int) -> str | None:
    servers = scenario.servers
    servers.requests.clear()
    note(made.summary() + "\n" + made.table())
    report = await apply(made, scenario.org, concurrency=concurrency, confirm=made.hash)
    expected, found = planned_writes(made, servers.name), server_writes(servers, made)
    if expected != found:
        return f"planned, not sent: {expected - found}; sent, not planned: {found - expected}"
    done = report.created + report.updated + report.removed + report.adopted
    if not report.planned == len(made.writes) == done or report.skipped or report.failed:
        return report.summary() + str([(one.write.kind, one.status, one.reason) for one in report.outcomes])
    before = servers.digest()
    servers.requests.clear()
    again = await plan(scenario.org, roster, made.policy, previous=made)
    if made.rejected and not again.is_empty:
        # A row may be good when the address of another user, who had it, is free: the next night, it is planned.
        await apply(again, scenario.org, confirm=again.hash)
        made, again = again, await plan(scenario.org, roster, made.policy, previous=again)
        before = servers.digest()
        servers.requests.clear()
    if not again.is_empty:
        return f"does not converge: {again.summary()} {again.table()}"
    await apply(again, scenario.org)
    if server_writes(servers, again) or servers.digest() != before:
        return f"nothing to do, but sent: {server_writes(servers, again)}"
    # A second run of the same plan changes nothing.
    if made.counts["invite"] == 0:
        repeated = await apply(made, scenario.org, confirm=made.hash)
        # An account that is added again stays as it is.
        again_created = any(outcome.status == "created" for outcome in repeated.outcomes)
        if servers.digest() != before or again_created or repeated.removed or repeated.failed:
            return f"applied twice: {repeated.summary()}"
    return None


def _run(name: Name, loop: Loop, examples: int) -> Figures:
    figures = Figures()

    @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(case=cases(name))
    def check(case: Case) -> None:
        figures.examples += 1
        run_virtually(partial(_check, name, case, figures), loop)

    check()
    return figures


@pytest.mark.parametrize(("name", "loop"), SHORT)
def test_server_gets_exactly_the_writes_of_some_random_plans(name: Name, loop: Loop) -> None:
    assert _run(name, loop, _FEW).examples >= _FEW


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_server_gets_exactly_the_writes_of_many_random_plans(name: Name, loop: Loop) -> None:
    figures = _run(name, loop, _MANY)
    COUNTS.append(
        f"random plans, {name} on {loop}: {figures.examples} organizations, nights {dict(figures.nights)}, writes "
        f"{dict(figures.writes)}, {figures.left_out} rows left out, {figures.after_grace} removals after a grace period"
    )
    assert len(figures.nights) == 7
    assert set(figures.writes) >= {"create", "update", "set_roles", "remove", "invite"}
    assert figures.left_out
    assert figures.after_grace
