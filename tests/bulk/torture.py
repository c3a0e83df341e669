"""Apply the plan of a workload under faults, resume it, and compare the report with the state of the server."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import anyio

from orgsdk.bulk import PlanError, StoppedError, apply, resume
from orgsdk.errors import OrgError
from tests.bulk.scenario import accounts_at, name_of
from tests.reliability.faults import kinds_of
from tests.reliability.servers import SimulatedServers
from tests.reliability.simulation import faults_at, random_faults, scenario_of, without_faults

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from orgsdk.bulk import Outcome, Plan, Report, Write
    from orgsdk.resources import OrganizationHandle
    from tests.bulk.scenario import Account
    from tests.bulk.workloads import Workload
    from tests.reliability.event_loops import Loop
    from tests.reliability.faults import FaultKind
    from tests.reliability.servers import Name
    from tests.reliability.simulation import Planned


_DONE = {"created", "added", "updated", "removed", "adopted"}


@dataclass(slots=True)
class Tortured:
    """Apply the plan of the scenario under faults, resume without faults, and collect what went wrong."""

    workload: Workload
    name: Name
    folder: Path
    reread_after: timedelta = timedelta(0)
    runs: int = 0
    faults: int = 0
    statuses: Counter[str] = field(default_factory=Counter[str])
    wrong: list[str] = field(default_factory=list[str])

    async def run(self, planned: Planned, where: str) -> int:
        """Run once; return the number of exchanges of `apply`."""
        servers = SimulatedServers.of(self.name)
        self.runs += 1
        async with scenario_of(servers) as (scenario, network):
            servers.seed(self.workload.people)
            made = await self.workload.first_plan(scenario.direct_client, scenario.direct_org, self.name)
            before = accounts_at(servers, self.name)
            network.plan = planned(network)
            journal = self.folder / str(self.runs)
            report = await self._apply(made, scenario.org, journal, where, before, servers)
            sent, self.faults = network.sent, self.faults + len(network.injected)
            network.plan = without_faults(network)
            await network.settle()
            self._check(report, servers, where)
            bystanders = self._bystanders(made, before)
            self._check_bystanders(bystanders, servers, where)
            await anyio.sleep(4000)  # until every rate limit has ended
            resumed = await self._resume(made, scenario.direct_org, journal)
            self._check(resumed, servers, f"{where}, resumed")
            self._check_bystanders(bystanders, servers, f"{where}, resumed")
            again = await self.workload.next_plan(scenario.direct_org, self.name, made)
            if not again.is_empty and all(outcome.status in _DONE for outcome in resumed.outcomes):
                self.wrong.append(f"{where}: all is done, but the next plan is not empty: {again.table()}")
            await apply(again, scenario.direct_org)
            if accounts_at(servers, self.name) != self.workload.expected(self.name):
                self.wrong.append(f"{where}: {accounts_at(servers, self.name)}")
            last = await self.workload.next_plan(scenario.direct_org, self.name, again)
            if not last.is_empty:
                self.wrong.append(f"{where}: the last plan is not empty: {last.table()}")
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
            report = await apply(made, org, journal=journal, reread_after=self.reread_after)
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
        names = self._names()
        self.wrong += [
            f"{where}: {problem}" for outcome in report.outcomes for problem in _misreported(outcome, accounts, names)
        ]

    def _bystanders(self, made: Plan, before: Sequence[Account]) -> set[Account]:
        """Return the accounts that the plan does not change."""
        names = self._names()
        changed = {_username(write, names) for write in made.writes}
        return {one for one in before if one.username not in changed}

    def _check_bystanders(self, bystanders: set[Account], servers: SimulatedServers, where: str) -> None:
        if changed := bystanders - set(accounts_at(servers, self.name)):
            self.wrong.append(f"{where}: no write names them, but they are changed: {changed}")

    def _names(self) -> dict[str, str | None]:
        return {_local_part(row.email): name_of(row) for row in self.workload.rows(self.name)}

    def counted(self, what: str, loop: Loop) -> str:
        """Return the figures as one line."""
        counts = f"{self.runs} runs, {self.faults} faults, outcomes {dict(self.statuses)}"
        return f"{what}, {self.name} on {loop}: {counts}; {len(self.wrong)} wrong"


def _misreported(outcome: Outcome, accounts: Sequence[Account], names: Mapping[str, str | None]) -> Iterator[str]:
    write, done = outcome.write, outcome.status not in {"failed", "skipped", "not_reached"}
    username = _username(write, names)
    found = next((one for one in accounts if one.username == username), None)
    if outcome.status in {"unknown", "in_flight"}:
        return
    if write.kind in {"create", "add"}:
        is_done = found is not None and found.roles == frozenset(write.roles)
    elif write.kind == "remove":
        is_done = found is None or found.roles is None
    elif write.kind in {"suspend", "activate"}:
        is_done = found is not None and found.is_suspended is (write.kind == "suspend")
    elif write.kind == "set_roles":
        is_done = found is not None and found.roles == frozenset(write.roles)
    else:
        values = {} if found is None else {"email": found.email, "given_name": found.given_name}
        is_done = found is not None and all(values[name] == value for name, value in write.fields.items())
    if done != is_done:
        yield f"{write.kind} of {username} is {outcome.status} ({outcome.reason}), and the server has {found}"


def _username(write: Write, names: Mapping[str, str | None]) -> str | None:
    if write.kind == "create":
        return write.fields.get("username") or write.fields["external_id"]
    if write.kind in {"suspend", "remove"}:
        # The key of a member who leaves may be an external id.
        return write.before.get("username") or write.before["external_id"]
    name = _local_part(write.key.partition(":")[2])
    return names.get(name, name)


def _local_part(email: str | None) -> str:
    return (email or "").partition("@")[0]


async def torture(tortured: Tortured, sample: int | None, *, step: int = 1) -> None:
    """Inject faults into each exchange, or each `step`-th, one a run: `sample` kinds, or every kind (None)."""
    kinds = kinds_of(tortured.name)
    exchanges = await tortured.run(without_faults, "undisturbed")
    turn = 0
    for number in range(1, exchanges + 1, step):
        for _ in range(len(kinds) if sample is None else sample):
            kind: FaultKind = kinds[turn % len(kinds)]
            turn += 1
            await tortured.run(faults_at({number: kind}), f"{tortured.name}, exchange {number}, {kind.name}")


async def simulate(tortured: Tortured, seed: int) -> None:
    """Inject random faults into a fifth of the exchanges."""
    rng = random.Random(seed)
    random.seed(seed)
    # Every second run trusts what its plan has just read; all others read it again, with faults.
    tortured.reread_after = timedelta(seconds=10 * (seed % 2))
    await tortured.run(random_faults(rng, kinds_of(tortured.name), 0.2), f"{tortured.name}, seed {seed}")
