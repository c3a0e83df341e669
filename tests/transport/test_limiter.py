"""The bound on requests in flight."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from orgsdk.errors import ConfigurationError
from orgsdk.transport.limiter import DEFAULT_CONCURRENCY, Limiter

pytestmark = pytest.mark.anyio


async def test_no_more_than_the_bound_are_in_flight() -> None:
    limiter, peak, done = Limiter(3), 0, 0

    async def work() -> None:
        nonlocal peak, done
        async with limiter:
            peak = max(peak, limiter.in_flight)
            await anyio.lowlevel.checkpoint()
            done += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(work)
    assert (peak, done, limiter.in_flight) == (3, 20, 0)


async def test_a_slot_is_given_back_after_a_failure_and_a_cancellation() -> None:
    limiter = Limiter(1)
    with pytest.raises(LookupError):
        async with limiter:
            raise LookupError
    with anyio.CancelScope() as scope:
        async with limiter:
            scope.cancel()
            await anyio.lowlevel.checkpoint()
    with anyio.fail_after(5):
        async with limiter:
            assert limiter.in_flight == 1


async def test_who_is_cancelled_while_waiting_takes_no_slot() -> None:
    limiter = Limiter(1)

    async def wait() -> None:
        async with limiter:
            pytest.fail("the slot was taken")

    async with limiter, anyio.create_task_group() as tasks:
        tasks.start_soon(wait)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert limiter.in_flight == 0


@pytest.mark.parametrize("concurrency", [0, -1])
def test_a_bound_below_one_is_refused(concurrency: int) -> None:
    with pytest.raises(ConfigurationError, match=f"max_concurrency is {concurrency}"):
        Limiter(concurrency)


def test_a_limiter_is_made_without_an_event_loop() -> None:
    limiter = Limiter()

    async def use() -> int:
        async with limiter:
            return limiter.in_flight

    assert DEFAULT_CONCURRENCY == 16
    assert anyio.run(use) == 1
