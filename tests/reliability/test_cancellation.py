"""Cancelling every operation at every await point: nothing is left behind, and the client works on."""

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
from tests.reliability.servers import NAMES, Name, SimulatedServers, middleware_of, transport_of
from tests.reliability.simulation import capable_steps, scenario_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.reliability.network import Network
    from tests.reliability.scenario import Scenario, Step

    Cancel = Callable[..., Awaitable[tuple[bool, int]]]

_CONCURRENCY = 4


def _tasks() -> int:
    try:
        return len(asyncio.all_tasks())
    except RuntimeError:
        return trio.lowlevel.current_statistics().tasks_living


async def _check(scene: Scenario, network: Network, tasks: int) -> list[str]:
    """Say what is left behind."""
    wrong = []
    for _ in range(3):  # a task that has ended is gone with the loop's next rounds
        await anyio.lowlevel.checkpoint()
    if (left := _tasks()) != tasks:
        wrong.append(f"{left - tasks} tasks left")
    limiter = middleware_of(transport_of(scene.client))["ConcurrencyLimiter"]
    if limiter.in_flight or network.flying:
        wrong.append(f"{limiter.in_flight} slots and {network.flying} requests left")
    return wrong


async def _works_on(scene: Scenario, network: Network) -> list[str]:
    """Say what does not work: one call for as many as may be in flight, and a few more."""
    network.most_flying = 0
    calls = 2 * _CONCURRENCY
    got: list[int] = []

    async def call() -> None:
        got.append(len((await scene.org.users.list()).items))

    with anyio.move_on_after(60):
        async with anyio.create_task_group() as group:
            for _ in range(calls):
                group.start_soon(call)
    wrong = [] if len(got) == calls else [f"{len(got)} of {calls} calls came back"]
    if network.most_flying != _CONCURRENCY:
        wrong.append(f"{network.most_flying} at once instead of {_CONCURRENCY}")
    return wrong


async def _cancel_everywhere(
    world: SimulatedServers, step: Step, cancel: Cancel, times: int, stride: int
) -> tuple[int, list[str]]:
    wrong: list[str] = []
    count = point = 0
    ended = False
    while not ended:
        point += stride
        async with scenario_of(world, max_concurrency=_CONCURRENCY) as (scene, network):
            if step.before is not None:
                await step.before(scene)
            tasks = _tasks()
            points = range(point, point + times)

            async def operation(scene: Scenario = scene) -> Any:
                try:
                    return await step.call(scene)
                except OrgError:
                    return None

            ended, _ = await cancel(operation, *points)
            found = await _check(scene, network, tasks) + await _works_on(scene, network)
            wrong += [f"{world.name} {step.name}, cancelled at {list(points)}: {what}" for what in found]
            count += 1
    return count, wrong


def _cancelled(name: Name, loop: Loop, cancel: Cancel, stride: int) -> tuple[int, list[str]]:
    async def main() -> tuple[int, list[str]]:
        world, count, wrong = SimulatedServers.of(name), 0, list[str]()
        for step in capable_steps(name):
            for times in (1, 2):
                more, found = await _cancel_everywhere(world, step, cancel, times, stride)
                count += more
                wrong += found
        return count, wrong

    found: tuple[int, list[str]] = run_virtually(main, loop)
    return found


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_an_operation_cancelled_at_some_await_points_leaves_nothing_behind(name: Name, loop: Loop) -> None:
    count, wrong = _cancelled(name, loop, cancelled_at, 7)
    assert wrong == []
    assert count > 20


@pytest.mark.parametrize("name", NAMES)
def test_a_task_cancelled_as_asyncio_does_it_leaves_nothing_behind(name: Name) -> None:
    count, wrong = _cancelled(name, "asyncio", natively_cancelled_at, 7)
    assert wrong == []
    assert count > 20


@pytest.mark.proof
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_an_operation_cancelled_at_every_await_point_leaves_nothing_behind(name: Name, loop: Loop) -> None:
    count, wrong = _cancelled(name, loop, cancelled_at, 1)
    COUNTS.append(f"cancellation, {name} on {loop}: {count} cancellations, {len(wrong)} wrong")
    assert wrong == []


@pytest.mark.proof
@pytest.mark.parametrize("name", NAMES)
def test_a_task_cancelled_at_every_await_point_as_asyncio_does_it_leaves_nothing_behind(name: Name) -> None:
    count, wrong = _cancelled(name, "asyncio", natively_cancelled_at, 1)
    COUNTS.append(f"cancellation by asyncio itself, {name}: {count} cancellations, {len(wrong)} wrong")
    assert wrong == []
