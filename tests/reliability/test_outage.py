"""A provider that is down for ten thousand calls, and comes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.errors import OrgError
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.faults import FAULT_KINDS, FaultKind
from tests.reliability.network import nothing
from tests.reliability.servers import SimulatedServers
from tests.reliability.simulation import scenario_of

if TYPE_CHECKING:
    from tests.reliability.network import Befall, Exchange

_PER_SECOND = 10
_DOWN = (
    "connection refused",
    "reset before the commit",
    "500 before the commit",
    "503",
    "502 HTML",
    "connect time-out",
)


def _kind(name: str) -> FaultKind:
    return next(kind for kind in FAULT_KINDS if kind.name == name)


async def _outage(kind: FaultKind, calls: int) -> tuple[float, float]:
    """Give the attempts a call during the outage, and the seconds after it until a lone fault is survived again."""
    async with scenario_of(SimulatedServers.of("flat")) as (scene, network):
        network.plan = lambda _: kind.befall
        gate = anyio.CapacityLimiter(_PER_SECOND)

        async def call() -> bool:
            try:
                await scene.org.users.count()
            except OrgError:
                return False
            return True

        async def count() -> None:
            async with gate:
                await call()

        # The account is asked for once, behind a lock; the calls that are counted are those of one request each.
        network.plan = lambda _: nothing
        assert await call()
        network.plan, before = (lambda _: kind.befall), network.sent
        async with anyio.create_task_group() as tasks:
            for _ in range(calls):
                tasks.start_soon(count)
        attempts = (network.sent - before) / calls
        began = anyio.current_time()
        faults = 0

        def every_tenth(exchange: Exchange) -> Befall:
            nonlocal faults
            faults += 1
            return kind.befall if faults % 10 == 0 else nothing

        network.plan = every_tenth
        since = began
        for _ in range(60 * _PER_SECOND):
            if not await call():
                since = anyio.current_time()
            await anyio.sleep(1 / _PER_SECOND)
        return attempts, since - began


def test_an_outage_costs_few_repeats_and_is_soon_forgotten() -> None:
    _check("connection refused", "asyncio", 2_000)


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("down", _DOWN)
def test_an_outage_of_any_kind_costs_few_repeats_and_is_soon_forgotten(down: str, loop: Loop) -> None:
    _check(down, loop, 10_000)


def _check(down: str, loop: Loop, calls: int) -> None:
    async def main() -> tuple[float, float]:
        return await _outage(_kind(down), calls)

    attempts, seconds = run_virtually(main, loop)
    COUNTS.append(
        f"outage of {calls} calls, {down}, on {loop}: {attempts:.3f} attempts a call, "
        f"faults survived again {seconds:.1f} s after it"
    )
    assert attempts <= 1.2
    assert seconds <= 30
