"""Run the steps of the workload against a server, with faults injected into their exchanges."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from tests.reliability.faults import kinds_of
from tests.reliability.network import Network, no_fault
from tests.reliability.oracle import Report, Verdict, judge, report_of, shows_secret
from tests.reliability.scenario import Scenario
from tests.reliability.servers import PROVIDERS
from tests.reliability.workload import steps_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from tests.reliability.faults import FaultKind
    from tests.reliability.network import Exchange, Injection
    from tests.reliability.scenario import Step
    from tests.reliability.servers import Name, SimulatedServers

    Plan = Callable[[Exchange], Injection]
    Planned = Callable[[Network], Plan]


_PAUSES = (0.0, 0.0, 1.0, 30.0, 4000.0)


@dataclass(slots=True)
class Counters:
    """Counters of runs and reports, and a description of each failure that allows to repeat it."""

    runs: int = 0
    exchanges: int = 0
    faults: int = 0
    reports: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, verdict: Verdict, exchanges: int, faults: int, where: str) -> None:
        """Count one run."""
        self.runs += 1
        self.exchanges += exchanges
        self.faults += faults
        self.reports[verdict.report.value] += 1
        if verdict.wrong is not None:
            self.wrong.append(f"{where}: {verdict.wrong}")

    def __str__(self) -> str:
        reports = ", ".join(f"{count} {report}" for report, count in sorted(self.reports.items()))
        return f"{self.runs} runs, {self.exchanges} exchanges, {self.faults} faults: {reports}; {len(self.wrong)} wrong"


def capable_steps(name: Name) -> list[Step]:
    """Return the steps that this provider supports."""
    return steps_of(name, PROVIDERS[name].capabilities)


@asynccontextmanager
async def scenario_of(
    servers: SimulatedServers, *, max_concurrency: int = 16
) -> AsyncIterator[tuple[Scenario, Network]]:
    """Yield a fresh scenario, and the network of its client with faults."""
    servers.seed()
    async with anyio.create_task_group() as tasks:
        network, direct = Network(servers, tasks), Network(servers, tasks)
        async with servers.client(network, max_concurrency) as client, servers.client(direct) as direct_client:
            yield Scenario(servers, client, direct_client), network
        tasks.cancel_scope.cancel()


async def run_step(servers: SimulatedServers, step: Step, planned: Planned) -> tuple[Verdict, Network]:
    """Run one step with a fresh server and a fresh client, with a plan of faults."""
    async with scenario_of(servers) as (scenario, network):
        verdict = await run_and_judge(scenario, network, step, planned(network))
    return verdict, network


async def run_and_judge(scenario: Scenario, network: Network, step: Step, plan: Plan) -> Verdict:
    """Run one step with a plan of faults, and judge it."""
    if step.before is not None:
        await step.before(scenario)
    network.plan = plan
    injected = len(network.injected)
    before = scenario.servers.digest()
    result: object = None
    error: Exception | None = None
    try:
        result = await step.call(scenario)
    except Exception as raised:  # the judge decides which are allowed
        error = raised
    network.plan = without_faults(network)
    await network.settle()
    if error is not None and shows_secret(error, network.secrets()):
        return Verdict(report_of(result, error), f"{type(error).__name__} shows a secret")
    return judge(step, scenario, before, result, error, injected=len(network.injected) > injected)


def without_faults(_network: Network) -> Plan:
    """Plan no faults."""
    return lambda _exchange: no_fault


def faults_at(kinds: Mapping[int, FaultKind]) -> Planned:
    """Plan one kind of fault for each of these exchanges."""

    def planned(network: Network) -> Plan:
        def plan(exchange: Exchange) -> Injection:
            if (kind := kinds.get(exchange.number)) is None:
                return no_fault
            network.injected.append(kind.name)
            return kind.inject

        return plan

    return planned


def random_faults(rng: random.Random, kinds: Sequence[FaultKind], share: float) -> Planned:
    """Plan random faults for a share of the exchanges."""

    def planned(network: Network) -> Plan:
        def plan(exchange: Exchange) -> Injection:
            if rng.random() >= share:
                return no_fault
            kind = rng.choice(kinds)
            network.injected.append(kind.name)
            return kind.inject

        return plan

    return planned


async def inject_each_fault(
    servers: SimulatedServers, step: Step, counters: Counters, kinds: Callable[[int], Sequence[FaultKind]] | None = None
) -> None:
    """Run a step once without faults, then once for each of its exchanges and each kind of fault.

    `kinds` limits the kinds for an exchange.
    """
    verdict, network = await run_step(servers, step, without_faults)
    expected = Report.REFUSED if step.is_refused else Report.RETURNED
    if verdict.wrong is not None or verdict.report is not expected:
        counters.wrong.append(f"{servers.name} {step.name}, without faults: {verdict}")
        return
    for number in range(1, network.sent + 1):
        for kind in kinds_of(servers.name) if kinds is None else kinds(number):
            where = f"{servers.name} {step.name}, exchange {number}, {kind.name}"
            verdict, faulty = await run_step(servers, step, faults_at({number: kind}))
            counters.add(verdict, faulty.sent, len(faulty.injected), where)
            if step.is_read and kind.survives and verdict.report is not Report.RETURNED:
                counters.wrong.append(f"{where}: a read must survive this, but is {verdict.report.value}")


async def run_with_random_faults(
    servers: SimulatedServers, steps: Sequence[Step], seed: int, counters: Counters, *, share: float = 0.2
) -> None:
    """Run all steps in random order with one client, with random faults in a share of the exchanges.

    The server is reset before each step; the client keeps its limits, budget and token. A seed is reproducible.
    """
    rng = random.Random(seed)
    # The client's jitter uses the same seed.
    random.seed(seed)
    order = list(steps)
    rng.shuffle(order)
    planned = random_faults(rng, kinds_of(servers.name), share)
    async with scenario_of(servers) as (scenario, network):
        for step in order:
            servers.seed()
            scenario.notes.clear()
            # Otherwise, a rate limit of one hour would affect all following steps.
            await anyio.sleep(rng.choice(_PAUSES))
            sent, injected = network.sent, len(network.injected)
            verdict = await run_and_judge(scenario, network, step, planned(network))
            kinds = ", ".join(network.injected[injected:])
            where = f"{servers.name} {step.name}, seed {seed} [{kinds}]"
            counters.add(verdict, network.sent - sent, len(network.injected) - injected, where)
