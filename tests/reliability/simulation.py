"""Running steps against a server while faults befall their exchanges."""

from __future__ import annotations

import random
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from orgsdk.providers import Flat, Logto
from tests.reliability.faults import kinds_of
from tests.reliability.network import Network, nothing
from tests.reliability.oracle import Report, judge
from tests.reliability.scenario import Scenario
from tests.reliability.workload import steps_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from tests.reliability.faults import FaultKind
    from tests.reliability.network import Befall, Exchange
    from tests.reliability.oracle import Verdict
    from tests.reliability.scenario import Step
    from tests.reliability.servers import Name, SimulatedServers

    Plan = Callable[[Exchange], Befall]
    Planned = Callable[[Network], Plan]


_PAUSES = (0.0, 0.0, 1.0, 30.0, 4000.0)


@dataclass(slots=True)
class Counters:
    """Count runs and reports, and keep what went wrong with what repeats it."""

    runs: int = 0
    exchanges: int = 0
    faults: int = 0
    reports: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, verdict: Verdict, exchanges: int, faults: int, where: str) -> None:
        """Take note of one run."""
        self.runs += 1
        self.exchanges += exchanges
        self.faults += faults
        self.reports[verdict.report.value] += 1
        if verdict.wrong is not None:
            self.wrong.append(f"{where}: {verdict.wrong}")

    def __str__(self) -> str:
        told = ", ".join(f"{count} {report}" for report, count in sorted(self.reports.items()))
        return f"{self.runs} runs, {self.exchanges} exchanges, {self.faults} faults: {told}; {len(self.wrong)} wrong"


def capable_steps(name: Name) -> list[Step]:
    """Give the steps that this provider can do as it is now."""
    return steps_of(name, (Flat if name == "flat" else Logto).capabilities)


@asynccontextmanager
async def scenario_of(world: SimulatedServers, *, max_concurrency: int = 16) -> AsyncIterator[tuple[Scenario, Network]]:
    """Give a fresh scene, and the network of its tortured client; at the end the server has done all it will do."""
    world.seed()
    async with anyio.create_task_group() as tasks:
        network, calm = Network(world, tasks), Network(world, tasks)
        async with world.client(network, max_concurrency) as client, world.client(calm) as hand:
            yield Scenario(world, client, hand), network
        tasks.cancel_scope.cancel()


async def run_step(world: SimulatedServers, step: Step, planned: Planned) -> tuple[Verdict, Network]:
    """Run one step on a fresh server and by a fresh client, under a plan of faults."""
    async with scenario_of(world) as (scene, network):
        verdict = await _judged(scene, network, step, planned(network))
    return verdict, network


async def _judged(scene: Scenario, network: Network, step: Step, plan: Plan) -> Verdict:
    if step.before is not None:
        await step.before(scene)
    network.plan = plan
    befallen = len(network.befallen)
    before = scene.world.digest()
    result: object = None
    error: Exception | None = None
    try:
        result = await step.call(scene)
    except Exception as raised:  # the judge says which may come
        error = raised
    network.plan = undisturbed(network)
    await network.settle()
    return judge(step, scene, before, result, error, befallen=len(network.befallen) > befallen)


def undisturbed(_network: Network) -> Plan:
    """Plan for no fault."""
    return lambda _exchange: nothing


def scripted(kinds: Mapping[int, FaultKind]) -> Planned:
    """Plan for one kind of fault at each of these exchanges."""

    def planned(network: Network) -> Plan:
        def plan(exchange: Exchange) -> Befall:
            if (kind := kinds.get(exchange.number)) is None:
                return nothing
            network.befallen.append(kind.name)
            return kind.befall

        return plan

    return planned


def mixed(dice: random.Random, kinds: Sequence[FaultKind], share: float) -> Planned:
    """Plan for faults on that share of the exchanges, as the dice fall."""

    def planned(network: Network) -> Plan:
        def plan(exchange: Exchange) -> Befall:
            if dice.random() >= share:
                return nothing
            kind = dice.choice(kinds)
            network.befallen.append(kind.name)
            return kind.befall

        return plan

    return planned


async def torture(
    world: SimulatedServers, step: Step, tally: Counters, kinds: Callable[[int], Sequence[FaultKind]] | None = None
) -> None:
    """Run a step once undisturbed, then once for each of its exchanges and each kind of fault.

    `kinds` narrows the kinds for the exchange of a number.
    """
    verdict, network = await run_step(world, step, undisturbed)
    expected = Report.REFUSED if step.is_refused else Report.RETURNED
    if verdict.wrong is not None or verdict.report is not expected:
        tally.wrong.append(f"{world.name} {step.name}, undisturbed: {verdict}")
        return
    for number in range(1, network.sent + 1):
        for kind in kinds_of(world.name) if kinds is None else kinds(number):
            where = f"{world.name} {step.name}, exchange {number}, {kind.name}"
            verdict, tortured = await run_step(world, step, scripted({number: kind}))
            tally.add(verdict, tortured.sent, len(tortured.befallen), where)
            if step.is_read and kind.survives and verdict.report is not Report.RETURNED:
                tally.wrong.append(f"{where}: a read should survive this, and it is {verdict.report.value}")


async def simulate(
    world: SimulatedServers, steps: Sequence[Step], seed: int, tally: Counters, *, share: float = 0.2
) -> None:
    """Run all steps in some order by one client, with faults of every kind on that share of the exchanges.

    The server begins anew with each step; the client's limits, budget and token live on. The same seed does the same.
    """
    dice = random.Random(seed)
    # The client's own jitter falls by the same dice.
    random.seed(seed)
    order = list(steps)
    dice.shuffle(order)
    planned = mixed(dice, kinds_of(world.name), share)
    async with scenario_of(world) as (scene, network):
        for step in order:
            world.seed()
            scene.notes.clear()
            # Else one refusal for an hour would spare all that follows.
            await anyio.sleep(dice.choice(_PAUSES))
            sent, befallen = network.sent, len(network.befallen)
            verdict = await _judged(scene, network, step, planned(network))
            told = ", ".join(network.befallen[befallen:])
            where = f"{world.name} {step.name}, seed {seed} [{told}]"
            tally.add(verdict, network.sent - sent, len(network.befallen) - befallen, where)
