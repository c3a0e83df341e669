"""`apply` with every kind of fault in every exchange, then `resume`: the report matches the state of the server.

`python -m pytest -m proof tests/bulk/run/test_torture.py` is the full run.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.bulk import PlanError, StoppedError, apply, plan, resume
from orgsdk.errors import OrgError
from tests.bulk.scenario import PEOPLE, POLICY, Account, accounts_at, expected, make_plan, roster_of, rows
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.faults import kinds_of
from tests.reliability.servers import NAMES, Name, SimulatedServers
from tests.reliability.simulation import faults_at, random_faults, scenario_of, without_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from orgsdk.bulk import Outcome, Plan, Report, Write
    from orgsdk.resources import OrganizationHandle
    from tests.reliability.faults import FaultKind
    from tests.reliability.simulation import Planned

_SEEDS = range(int(os.environ.get("ORGSDK_SEEDS", "500")))
# Each provider on one loop, and each loop with one provider, in the short run.
_SHORT: list[tuple[Name, Loop]] = [("flat", "trio"), ("logto", "asyncio"), ("workos", "asyncio")]


@dataclass(slots=True)
class Tortured:
    """Apply the plan of the scenario under faults, resume without faults, and collect what went wrong."""

    name: Name
    folder: Path
    runs: int = 0
    faults: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    async def run(self, planned: Planned, where: str) -> int:
        """Run once; return the number of exchanges of `apply`."""
        servers = SimulatedServers.of(self.name)
        self.runs += 1
        async with scenario_of(servers) as (scenario, network):
            servers.seed(PEOPLE)
            made = await make_plan(scenario.direct_client, scenario.direct_org, self.name)
            before = accounts_at(servers, self.name)
            network.plan = planned(network)
            journal = self.folder / str(self.runs)
            report = await self._apply(made, scenario.org, journal, where, before, servers)
            sent, self.faults = network.sent, self.faults + len(network.injected)
            network.plan = without_faults(network)
            await network.settle()
            self._check(report, servers, where)
            await anyio.sleep(4000)  # until every rate limit has ended
            self._check(await self._resume(made, scenario.direct_org, journal), servers, f"{where}, resumed")
            again = await plan(scenario.direct_org, roster_of(rows(self.name)), POLICY)
            await apply(again, scenario.direct_org)
            if accounts_at(servers, self.name) != expected(self.name):
                self.wrong.append(f"{where}: {accounts_at(servers, self.name)}")
        return sent

    async def _apply(
        self,
        made: Plan,
        org: OrganizationHandle,
        journal: Path,
        where: str,
        before: list[Account],
        servers: SimulatedServers,
    ) -> Report | None:
        try:
            report = await apply(made, org, journal=journal)
        except StoppedError as error:
            report = error.report
        except OrgError as error:
            if accounts_at(servers, self.name) != before:
                self.wrong.append(f"{where}: {error!r}, but something was done")
            return None
        self.statuses.update(outcome.status for outcome in report.outcomes)
        return report

    async def _resume(self, made: Plan, org: OrganizationHandle, journal: Path) -> Report:
        try:
            return await resume(journal, org)
        except PlanError:
            return await apply(made, org, journal=journal)

    def _check(self, report: Report | None, servers: SimulatedServers, where: str) -> None:
        accounts = accounts_at(servers, self.name)
        doubled = [username for username, times in Counter(one.username for one in accounts).items() if times > 1]
        if doubled:
            self.wrong.append(f"{where}: doubled {doubled}")
        if report is None:
            return
        total = report.created + report.updated + report.removed + report.adopted + report.skipped + report.failed
        if total + report.in_flight + report.not_reached != report.planned:
            self.wrong.append(f"{where}: {report.summary()}")
        self.wrong += [
            f"{where}: {problem}" for outcome in report.outcomes for problem in _misreported(outcome, accounts)
        ]


def _misreported(outcome: Outcome, accounts: Sequence[Account]) -> Iterator[str]:
    write, done = outcome.write, outcome.status not in {"failed", "skipped", "not_reached"}
    username = _username(write)
    found = next((one for one in accounts if one.username == username), None)
    if outcome.status in {"unknown", "in_flight"}:
        return
    if write.kind in {"create", "add"}:
        is_done = found is not None and found.roles == frozenset(write.roles)
    elif write.kind == "remove":
        is_done = found is None or found.roles is None
    elif write.kind == "set_roles":
        is_done = found is not None and found.roles == frozenset(write.roles)
    else:
        values = {} if found is None else {"email": found.email, "given_name": found.given_name}
        is_done = found is not None and all(values[name] == value for name, value in write.fields.items())
    if done != is_done:
        yield f"{write.kind} of {username} is {outcome.status} ({outcome.reason}), and the server has {found}"


def _username(write: Write) -> str | None:
    if write.kind == "create":
        return write.fields.get("username") or write.fields["external_id"]
    if write.kind == "remove":
        # The key of a removed member may be an external id.
        return write.before.get("username") or write.before["external_id"]
    name = write.key.partition(":")[2].partition("@")[0]
    return _NAMES.get(name, name)


_NAMES = {"daniel": "dan", **{f"new{n}": f"new_{n}" for n in range(6)}, **{f"out{n}": f"out_{n}" for n in range(2)}}


async def _torture(tortured: Tortured, sample: int | None) -> None:
    kinds = kinds_of(tortured.name)
    exchanges = await tortured.run(without_faults, "undisturbed")
    turn = 0
    for number in range(1, exchanges + 1):
        for _ in range(len(kinds) if sample is None else sample):
            kind: FaultKind = kinds[turn % len(kinds)]
            turn += 1
            await tortured.run(faults_at({number: kind}), f"{tortured.name}, exchange {number}, {kind.name}")


async def _simulate(tortured: Tortured, seed: int) -> None:
    rng = random.Random(seed)
    random.seed(seed)
    await tortured.run(random_faults(rng, kinds_of(tortured.name), 0.2), f"{tortured.name}, seed {seed}")


@pytest.mark.parametrize(("name", "loop"), _SHORT)
def test_one_fault_at_each_exchange_of_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(name, tmp_path)
    run_virtually(partial(_torture, tortured, 1), loop)
    assert tortured.wrong == []
    assert tortured.faults >= tortured.runs - 1 > 10


@pytest.mark.parametrize(("name", "loop"), _SHORT)
def test_some_seeds_of_random_faults_in_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(name, tmp_path)
    for seed in range(8):
        run_virtually(partial(_simulate, tortured, seed), loop)
    assert tortured.wrong == []
    assert tortured.faults > tortured.runs


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_every_fault_at_every_exchange_of_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(name, tmp_path)
    run_virtually(partial(_torture, tortured, None), loop)
    COUNTS.append(_counted("torture of apply", tortured, loop))
    assert tortured.wrong == []


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_many_seeds_of_random_faults_in_apply(name: Name, loop: Loop, tmp_path: Path) -> None:
    tortured = Tortured(name, tmp_path)
    for seed in _SEEDS:
        run_virtually(partial(_simulate, tortured, seed), loop)
    COUNTS.append(_counted("simulation of apply", tortured, loop))
    assert tortured.wrong == []


def _counted(what: str, tortured: Tortured, loop: Loop) -> str:
    counts = f"{tortured.runs} runs, {tortured.faults} faults, outcomes {dict(tortured.statuses)}"
    return f"{what}, {tortured.name} on {loop}: {counts}; {len(tortured.wrong)} wrong"
