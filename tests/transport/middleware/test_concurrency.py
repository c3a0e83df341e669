"""The limit of concurrent requests."""

from __future__ import annotations

import anyio
import anyio.lowlevel
import pytest

from orgsdk.errors import ConfigurationError
from orgsdk.options import CallOptions
from orgsdk.transport import Headers, Request, Response
from orgsdk.transport.request import Call
from orgsdk.transport.throttle import DEFAULT_CONCURRENCY, ConcurrencyLimiter

pytestmark = pytest.mark.anyio

RESPONSE = Response(200, Headers(), b"{}")


def call() -> Call:
    return Call(Request("list", "GET", "/"), CallOptions(), deadline=float("inf"))


async def responded(call: Call) -> Response:
    await anyio.lowlevel.checkpoint()
    return RESPONSE


async def test_no_more_requests_than_the_limit_are_in_flight() -> None:
    limiter, peak, done = ConcurrencyLimiter(3), 0, 0

    async def call_next(call: Call) -> Response:
        nonlocal peak, done
        peak = max(peak, limiter.in_flight)
        await anyio.lowlevel.checkpoint()
        done += 1
        return RESPONSE

    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(limiter.send, call(), call_next)
    assert (peak, done, limiter.in_flight) == (3, 20, 0)


async def test_a_slot_is_released_after_a_failure_and_a_cancellation() -> None:
    async def fail(call: Call) -> Response:
        raise LookupError

    async def cancel(call: Call) -> Response:
        scope.cancel()
        return await responded(call)

    limiter = ConcurrencyLimiter(1)
    with pytest.raises(LookupError):
        await limiter.send(call(), fail)
    with anyio.CancelScope() as scope:
        await limiter.send(call(), cancel)
    with anyio.fail_after(5):
        assert await limiter.send(call(), responded) is RESPONSE
    assert limiter.in_flight == 0


async def test_a_call_cancelled_while_waiting_takes_no_slot() -> None:
    limiter = ConcurrencyLimiter(1)

    async def never(call: Call) -> Response:
        pytest.fail("the slot was taken")

    async def hold(holder: Call) -> Response:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(limiter.send, call(), never)
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        return RESPONSE

    await limiter.send(call(), hold)
    assert limiter.in_flight == 0


async def test_one_task_may_hold_several_slots() -> None:
    limiter = ConcurrencyLimiter(2)

    async def call_again(outer: Call) -> Response:
        return await limiter.send(call(), responded)

    with anyio.fail_after(5):
        assert await limiter.send(call(), call_again) is RESPONSE


@pytest.mark.parametrize("concurrency", [0, -1])
def test_a_limit_below_one_is_rejected(concurrency: int) -> None:
    with pytest.raises(ConfigurationError, match=f"max_concurrency is {concurrency}"):
        ConcurrencyLimiter(concurrency)


def test_a_limiter_needs_no_event_loop() -> None:
    limiter = ConcurrencyLimiter()

    async def use() -> int:
        await limiter.send(call(), responded)
        return limiter.in_flight

    assert DEFAULT_CONCURRENCY == 16
    assert anyio.run(use) == 0
