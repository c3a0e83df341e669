"""A provider that is down for ten thousand calls, and recovers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.errors import OrgError
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.faults import FAULT_KINDS, FaultKind
from tests.reliability.network import no_fault
from tests.reliability.servers import SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from tests.reliability.network import Exchange, Injection

_PER_SECOND = 10
_OUTAGES = (
    "connection refused",
    "reset before the commit",
    "500 before the commit",
    "503",
    "502 HTML",
    "connect time-out",
)


def _kind(name: str) -> FaultKind:
    return next(kind for kind in FAULT_KINDS if kind.name == name)


async def _measure(kind: FaultKind, calls: int) -> tuple[float, float]:
    """Return the attempts per call during the outage, and the seconds until a single fault is survived again."""
    async with scenario_of(SimulatedServers.of("flat")) as (scenario, network):
        network.plan = lambda _: kind.inject
        limiter = anyio.CapacityLimiter(_PER_SECOND)

        async def call() -> bool:
            try:
                await scenario.org.users.count()
            except OrgError:
                return False
            return True

        async def count() -> None:
            async with limiter:
                await call()

        # The first call also reads the account. The counted calls take one request each.
        network.plan = lambda _: no_fault
        assert await call()
        network.plan, before = (lambda _: kind.inject), network.sent
        async with anyio.create_task_group() as tasks:
            for _ in range(calls):
                tasks.start_soon(count)
        attempts = (network.sent - before) / calls
        start = anyio.current_time()
        faults = 0

        def every_tenth(exchange: Exchange) -> Injection:
            nonlocal faults
            faults += 1
            return kind.inject if faults % 10 == 0 else no_fault

        network.plan = every_tenth
        since = start
        for _ in range(60 * _PER_SECOND):
            if not await call():
                since = anyio.current_time()
            await anyio.sleep(1 / _PER_SECOND)
        return attempts, since - start


def test_an_outage_costs_few_retries() -> None:
    _check("connection refused", "asyncio", 2_000)


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("outage", _OUTAGES)
def test_an_outage_of_any_kind_costs_few_retries(outage: str, loop: Loop) -> None:
    _check(outage, loop, 10_000)


def _check(outage: str, loop: Loop, calls: int) -> None:
    async def main() -> tuple[float, float]:
        return await _measure(_kind(outage), calls)

    attempts, seconds = run_virtually(main, loop)
    COUNTS.append(
        f"outage of {calls} calls, {outage}, on {loop}: {attempts:.3f} attempts per call, "
        f"faults survived again {seconds:.1f} s after it"
    )
    assert attempts <= 1.2
    assert seconds <= 30
