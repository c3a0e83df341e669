"""Cancel every operation at every await point: nothing leaks, and the client still works."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import trio

from orgsdk.errors import OrgError
from tests.reliability.cancel_points import cancelled_at, natively_cancelled_at
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop, run_virtually
from tests.reliability.servers import ALL_NAMES, ALL_SHORT, NAMES, Name, SimulatedServers, middleware_of, transport_of
from tests.reliability.simulation import capable_steps, scenario_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.reliability.network import Network
    from tests.reliability.scenario import Scenario, Step

    Cancel = Callable[..., Awaitable[tuple[bool, int]]]

_CONCURRENCY = 4
# Of the short run: each operation is cancelled at every seventh await point.
_STRIDE: dict[Name, int] = {"flat": 7, "logto": 7, "workos": 11, "scim": 71}


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return trio.lowlevel.current_statistics().tasks_living


async def _check(scenario: Scenario, network: Network, tasks: int) -> list[str]:
    """Return descriptions of leaked tasks, slots and requests."""
    wrong = []
    for _ in range(3):  # the loop removes an ended task in its next iterations
        await anyio.lowlevel.checkpoint()
    if (left := _tasks()) != tasks:
        wrong.append(f"{left - tasks} tasks left")
    limiter = middleware_of(transport_of(scenario.client))["ConcurrencyLimiter"]
    if limiter.in_flight or network.in_flight:
        wrong.append(f"{limiter.in_flight} slots and {network.in_flight} requests left")
    return wrong


async def _check_client(scenario: Scenario, network: Network) -> list[str]:
    """Make more parallel calls than the client allows, and return descriptions of problems."""
    network.max_in_flight = 0
    calls = 2 * _CONCURRENCY
    got: list[int] = []

    async def call() -> None:
        got.append(len((await scenario.org.users.list()).items))

    with anyio.move_on_after(60):
        async with anyio.create_task_group() as group:
            for _ in range(calls):
                group.start_soon(call)
    wrong = [] if len(got) == calls else [f"{len(got)} of {calls} calls returned"]
    if network.max_in_flight != _CONCURRENCY:
        wrong.append(f"{network.max_in_flight} in flight instead of {_CONCURRENCY}")
    return wrong


async def _cancel_everywhere(
    servers: SimulatedServers, step: Step, cancel: Cancel, times: int, stride: int
) -> tuple[int, list[str]]:
    wrong: list[str] = []
    count = point = 0
    ended = False
    while not ended:
        point += stride
        async with scenario_of(servers, max_concurrency=_CONCURRENCY) as (scenario, network):
            if step.before is not None:
                await step.before(scenario)
            tasks = _tasks()
            points = range(point, point + times)

            async def operation(scenario: Scenario = scenario) -> Any:
                try:
                    return await step.call(scenario)
                except OrgError:
                    return None

            ended, _ = await cancel(operation, *points)
            found = await _check(scenario, network, tasks) + await _check_client(scenario, network)
            wrong += [f"{servers.name} {step.name}, cancelled at {list(points)}: {what}" for what in found]
            count += 1
    return count, wrong


def _cancelled(name: Name, loop: Loop, cancel: Cancel, stride: int) -> tuple[int, list[str]]:
    async def main() -> tuple[int, list[str]]:
        servers, count, wrong = SimulatedServers.of(name), 0, list[str]()
        for step in capable_steps(name):
            for times in (1, 2):
                more, found = await _cancel_everywhere(servers, step, cancel, times, stride)
                count += more
                wrong += found
        return count, wrong

    found: tuple[int, list[str]] = run_virtually(main, loop)
    return found


@pytest.mark.parametrize(("name", "loop"), ALL_SHORT)
def test_an_operation_cancelled_at_some_await_points_leaks_nothing(name: Name, loop: Loop) -> None:
    count, wrong = _cancelled(name, loop, cancelled_at, _STRIDE[name])
    assert wrong == []
    assert count > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_task_cancelled_by_asyncio_leaks_nothing(name: Name) -> None:
    count, wrong = _cancelled(name, "asyncio", natively_cancelled_at, _STRIDE[name])
    assert wrong == []
    assert count > 20


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", ALL_NAMES)
def test_an_operation_cancelled_at_every_await_point_leaks_nothing(name: Name, loop: Loop) -> None:
    count, wrong = _cancelled(name, loop, cancelled_at, 1)
    COUNTS.append(f"cancellation, {name} on {loop}: {count} cancellations, {len(wrong)} wrong")
    assert wrong == []


@pytest.mark.proof
@pytest.mark.parametrize("name", ALL_NAMES)
def test_a_task_cancelled_by_asyncio_at_every_await_point_leaks_nothing(name: Name) -> None:
    count, wrong = _cancelled(name, "asyncio", natively_cancelled_at, 1)
    COUNTS.append(f"cancellation by asyncio, {name}: {count} cancellations, {len(wrong)} wrong")
    assert wrong == []
