"""The retry budget: an outage causes few retries, and retries are available soon after it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.errors import OrgError
from orgsdk.transport.backends.failures import RequestNotSent, ResponseTimedOut
from orgsdk.transport.retry import BUDGET_CAPACITY, RETRY_COST, RetryBudget
from tests.transport.middleware.conftest import reply
from tests.virtual_time import backend

if TYPE_CHECKING:
    from tests.transport.middleware.conftest import Connect, Step, Wire

CALLS = 10_000


async def fail(wire: Wire) -> None:
    with suppress(OrgError):
        await wire.send()
        pytest.fail("it was to fail")


# Ten thousand calls take seconds, and the budget depends on the clock alone.
@pytest.mark.anyio
@pytest.mark.parametrize("virtual_time", [backend("asyncio")], ids=["asyncio"])
@pytest.mark.parametrize(
    ("step", "every"),
    [(reply(503), 0.001), (RequestNotSent("refused"), 10.0)],
    ids=["503, many calls", "refused, few calls"],
)
async def test_a_total_outage_adds_at_most_a_fifth_of_the_attempts(wire: Connect, step: Step, every: float) -> None:
    outage = wire(step)
    async with anyio.create_task_group() as tasks:
        for _ in range(CALLS):
            tasks.start_soon(fail, outage)
            await anyio.sleep(every)
    assert len(outage.script.sent) <= 1.02 * CALLS
    assert len(outage.script.sent) >= CALLS + 50, "some are repeated: it could have passed"


@pytest.mark.anyio
@pytest.mark.parametrize("every", [0.01, 1.0, 10.0], ids="a call every {} s".format)
async def test_retries_are_available_within_half_a_minute_of_recovery(wire: Connect, every: float) -> None:
    provider = wire(reply(503))
    for _ in range(200):
        await fail(provider)
    before = len(provider.script.sent)
    await fail(provider)
    assert len(provider.script.sent) == before + 1, "nothing is left for a repeat"

    provider.script.steps = (reply(),)
    recovered_at = anyio.current_time()
    while anyio.current_time() < recovered_at + 30:
        await provider.send()
        await anyio.sleep(every)
    # Fifty calls in a row, each with two failures before its response.
    failures = [reply(503), reply(503), reply()]
    for _ in range(50):
        provider.script.steps = (*[reply()] * len(provider.script.sent), *failures)
        before = len(provider.script.sent)
        await provider.send()
        assert len(provider.script.sent) == before + 3


@pytest.mark.anyio
async def test_retries_that_succeed_never_use_up_the_budget(wire: Connect) -> None:
    provider = wire(*[reply(503), reply()] * 500)
    for _ in range(500):
        await provider.send()
    assert len(provider.script.sent) == 1000


@pytest.mark.anyio
async def test_retries_that_end_in_a_final_error_never_use_up_the_budget(wire: Connect) -> None:
    provider = wire(*[reply(503), reply(503), reply(404)] * 300)
    for _ in range(300):
        await fail(provider)
    assert len(provider.script.sent) == 900


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("step", "repeats"), [(reply(503), 100), (RequestNotSent("refused"), 100), (ResponseTimedOut("slow"), 50)]
)
async def test_an_outage_has_a_limited_number_of_retries(wire: Connect, step: Step, repeats: int) -> None:
    outage = wire(step)
    for _ in range(200):
        await fail(outage)
    assert len(outage.script.sent) == 200 + repeats


@pytest.mark.anyio
async def test_error_responses_are_not_an_outage(wire: Connect) -> None:
    provider = wire(reply(503))
    for _ in range(200):
        await fail(provider)
    provider.script.steps = (reply(404),)
    for _ in range(2):
        await fail(provider)
        await anyio.sleep(15)
    provider.script.steps = (reply(503),)
    before = len(provider.script.sent)
    await fail(provider)
    assert len(provider.script.sent) == before + 3


def test_a_retry_costs_five_and_after_a_timeout_ten() -> None:
    budget = RetryBudget(20)
    assert budget.take(0, timed_out=False) == 5
    assert budget.take(0, timed_out=True) == 10
    assert budget.take(0, timed_out=True) == 0
    assert budget.take(0, timed_out=False) == 5
    assert budget.take(0, timed_out=False) == 0
    assert budget.left == 0


def test_a_successful_retry_is_refunded_and_a_first_success_adds_one() -> None:
    budget = RetryBudget(20)
    cost = budget.take(0, timed_out=False)
    budget.succeeded(0, cost)
    assert budget.left == 20
    budget.succeeded(0, 0)
    assert budget.left == 20, "no more than it holds"
    budget.take(0, timed_out=True)
    budget.succeeded(0)
    assert budget.left == 11


def test_it_fills_with_time_only_after_a_success() -> None:
    budget = RetryBudget()
    while budget.take(0, timed_out=False):
        pass
    assert budget.take(1e6, timed_out=False) == 0, "time alone proves nothing"
    budget.succeeded(1e6)
    assert budget.take(1e6, timed_out=False) == 0
    budget.succeeded(1e6)
    assert budget.take(1e6 + 3, timed_out=False) == RETRY_COST
    assert budget.left == pytest.approx(2 + BUDGET_CAPACITY * 3 / 15 - RETRY_COST)
    assert budget.take(1e6 + 9, timed_out=False) == RETRY_COST
    assert budget.left == pytest.approx(2 + BUDGET_CAPACITY * 3 / 15 - 2 * RETRY_COST), "not on from the failure"
    budget.succeeded(1e6 + 10)
    budget.succeeded(1e6 + 30)
    assert budget.left == BUDGET_CAPACITY
