"""Rate limits: all calls wait after one error and resume spread over time; and pacing below a known rate."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.errors import ConfigurationError, NotFoundError, RateLimitError
from orgsdk.events import Event, Waiting
from orgsdk.options import CallOptions
from orgsdk.responses import RateLimit
from orgsdk.transport.throttle import RateLimitGate
from tests.transport.middleware.conftest import CREATE, READ, REMOVE, hang, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport import Request, Response
    from tests.transport.middleware.conftest import Connect, Wire

pytestmark = pytest.mark.anyio

EXHAUSTED = b'{"code": "API_RATE_LIMIT_EXCEEDED", "message": "slow down"}'


def in_seconds(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize("request_", [READ, CREATE, REMOVE])
@pytest.mark.parametrize(
    "rejection",
    [
        lambda: reply(429, retry_after="20"),
        lambda: reply(429, retry_after=format_datetime(in_seconds(20), usegmt=True)),
        lambda: reply(403, EXHAUSTED, x_ratelimit_reset=str(int(in_seconds(20).timestamp()))),
    ],
    ids=["seconds", "date", "Flat's 403"],
)
async def test_a_rate_limited_request_is_sent_again_after_the_stated_wait(
    wire: Connect, request_: Request, rejection: Callable[[], Response]
) -> None:
    to = wire(rejection(), reply())
    assert (await to.send(request_)).status == 200
    # A date has no fractions of a second; the waiting calls are spread over a tenth of the wait.
    assert 18.5 <= to.script.sent[1] <= 22.1
    assert len(to.script.sent) == 2


@pytest.mark.parametrize("ahead", [600, -600])
@pytest.mark.parametrize("header", ["retry-after", "x-ratelimit-reset"])
async def test_a_server_whose_clock_differs_is_waited_for_by_its_clock(wire: Connect, ahead: int, header: str) -> None:
    end = in_seconds(ahead + 20)
    value = format_datetime(end, usegmt=True) if header == "retry-after" else str(int(end.timestamp()))
    limits = {header.replace("-", "_"): value, "date": format_datetime(in_seconds(ahead), usegmt=True)}
    to = wire(reply(429, b"{}", **limits), reply())
    assert (await to.send()).status == 200
    assert 18.5 <= to.script.sent[1] <= 23.1


@pytest.mark.parametrize("ahead", [600, -600])
async def test_the_reported_rate_limit_ends_by_the_local_clock(wire: Connect, ahead: int) -> None:
    end = in_seconds(20).replace(microsecond=0)

    def read(response: Response) -> RateLimit:
        return RateLimit(limit=None, remaining=1, resets_at=end + timedelta(seconds=ahead))

    to = wire(reply(date=format_datetime(in_seconds(ahead), usegmt=True)), read_rate_limit=read)
    await to.send()
    limit = to.transport.rate_limit
    assert limit is not None
    assert limit.resets_at == pytest.approx(end, abs=timedelta(seconds=2))


async def test_without_a_stated_wait_the_waits_double_from_one_second(wire: Connect) -> None:
    to = wire(*[reply(429)] * 8, reply())
    await to.send(max_attempts=9, timeout=1000)
    waits = [after - before for before, after in pairwise(to.script.sent)]
    for wait, least in zip(waits, [1, 2, 4, 8, 16, 32, 32, 32], strict=True):
        assert least <= wait <= least + max(1.0, least / 10)


async def test_a_success_resets_the_waits(wire: Connect) -> None:
    to = wire(reply(429), reply(429), reply(), reply(429), reply())
    await to.send()
    await to.send()
    assert 1 <= to.script.sent[4] - to.script.sent[3] <= 2


@pytest.mark.parametrize(
    "headers",
    [{"retry_after": "0"}, {"x_ratelimit_reset": "1000000000"}, {"retry_after": "Sun, 06 Nov 1994 08:49:37 GMT"}],
)
async def test_a_reset_time_in_the_past_leads_to_the_default_wait(wire: Connect, headers: dict[str, str]) -> None:
    to = wire(*[reply(429, b"{}", **headers)] * 2, reply())
    await to.send()
    waits = [after - before for before, after in pairwise(to.script.sent)]
    assert 1 <= waits[0] <= 2 <= waits[1] <= 3


@pytest.mark.parametrize("value", ["-5", "nan", "inf", "1e9", "1000000000", "٣٠", "²", "", " ", "soon", "0x10", "5,5"])
async def test_an_invalid_wait_is_ignored(wire: Connect, value: str) -> None:
    to = wire(reply(429, retry_after=value), reply())
    await to.send()
    assert 1 <= to.script.sent[1] <= 2, "as without a word"
    with pytest.raises(RateLimitError) as caught:
        await wire(reply(429, retry_after=value)).send(max_attempts=1)
    assert (caught.value.retry_after, caught.value.resets_at) == (None, None)


# One rate-limit gate for all calls


async def ask(to: Wire, times: int, **options: float) -> None:
    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(lambda: to.send(READ, **options))


async def test_after_one_error_all_calls_wait_and_resume_spread(wire: Connect) -> None:
    to = wire(reply(429, retry_after="20"), reply(), latency=0.1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(to.send)
        await anyio.sleep(0.2)
        tasks.start_soon(ask, to, 100)
    first, *later = to.script.sent
    assert (first, len(later)) == (0, 101)
    assert min(later) >= 20.1, "nobody goes before the time"
    assert max(later) <= 22.3, "nor much later: within a tenth of the wait"
    assert len(set(later)) > 50, "and not as a burst"
    assert max(later) - min(later) > 1


async def test_a_call_that_waits_for_a_slot_waits_again_for_the_rate_limit(wire: Connect) -> None:
    to = wire(reply(429, retry_after="20"), reply(), latency=1, max_concurrency=4)
    await ask(to, 100, timeout=100)
    assert to.script.sent[:4] == [0] * 4
    assert min(to.script.sent[4:]) >= 21, "though slots were free after a second"
    assert len(to.script.sent) == 101


async def test_errors_of_one_burst_count_once(wire: Connect) -> None:
    to = wire(*[reply(429)] * 16, reply(), latency=0.1)
    await ask(to, 16)
    assert min(to.script.sent[16:]) == pytest.approx(1.1, abs=1)
    assert max(to.script.sent[16:]) <= 2.2, "not 32 s after 16 doublings"


async def test_a_longer_wait_replaces_a_shorter_one(wire: Connect) -> None:
    to = wire(reply(429, retry_after="20"), reply(429, retry_after="2"), reply())
    await ask(to, 2)
    assert min(to.script.sent[2:]) >= 20


async def test_a_call_cancelled_while_waiting_has_no_effect(wire: Connect) -> None:
    to = wire(reply(429, retry_after="20"), reply())
    with anyio.move_on_after(5):
        await to.send()
    await to.send()
    assert 20 <= to.script.sent[1] <= 22


# Waits that are too long


async def test_max_wait_zero_rejects_any_wait(wire: Connect) -> None:
    to = wire(requests_per_second=10)
    await to.send()
    with pytest.raises(RateLimitError, match="longer than this call may wait"):
        await to.send(max_wait=0)
    await to.send()
    assert len(to.script.sent) == 2


@pytest.mark.parametrize("max_wait", [0, 1, 59])
async def test_a_wait_above_max_wait_raises_at_once(wire: Connect, max_wait: float) -> None:
    to = wire(reply(429, retry_after="60"), reply())
    with pytest.raises(RateLimitError) as first:
        await to.send(max_wait=max_wait, timeout=1000)
    assert (first.value.status_code, first.value.retry_after) == (429, 60.0)
    with pytest.raises(RateLimitError, match=r"the rate limit lasts 6[0-6] s, longer than this call") as second:
        await to.send(max_wait=max_wait, timeout=1000)
    for rejection in (first.value, second.value):
        assert rejection.retry_after is not None
        assert rejection.resets_at is not None
        expected = datetime.now(UTC) + timedelta(seconds=rejection.retry_after)
        assert rejection.resets_at == pytest.approx(expected, abs=timedelta(seconds=2))
    assert second.value.status_code is None
    assert (second.value.provider, second.value.operation) == ("acme", "list_things")
    assert to.script.sent == [0], "nothing was sent for the second, and no time passed"


async def test_a_wait_within_max_wait_is_waited(wire: Connect) -> None:
    to = wire(reply(429, retry_after="50"), reply())
    await to.send(max_wait=60, timeout=1000)
    assert 50 <= to.script.sent[1] <= 55


async def test_a_call_that_does_not_wait_does_not_affect_others(wire: Connect) -> None:
    to = wire(reply(429, retry_after="10"), reply())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(to.send)
        await anyio.sleep(0.1)
        with pytest.raises(RateLimitError):
            await to.send(max_wait=1)
    assert len(to.script.sent) == 2


# Pacing


async def test_fifty_concurrent_calls_are_paced(wire: Connect) -> None:
    to = wire(requests_per_second=10)
    await ask(to, 50)
    assert to.script.sent == pytest.approx([number / 10 for number in range(50)])


async def test_idle_time_does_not_allow_a_burst(wire: Connect) -> None:
    to = wire(requests_per_second=10)
    await to.send()
    await anyio.sleep(100)
    await ask(to, 3)
    assert to.script.sent == pytest.approx([0, 100, 100.1, 100.2])


async def test_a_turn_after_the_deadline_raises_at_once(wire: Connect) -> None:
    to = wire(requests_per_second=1)
    refused: list[float] = []

    async def send() -> None:
        try:
            await to.send(max_wait=5)
        except RateLimitError as error:
            refused.append(error.retry_after or 0)

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(send)
    assert to.script.sent == pytest.approx([0, 1, 2, 3, 4, 5])
    assert refused == pytest.approx([6] * 4)


async def test_calls_cancelled_in_the_queue_free_their_turns(wire: Connect) -> None:
    to = wire(requests_per_second=1)
    with anyio.move_on_after(2.5):
        await ask(to, 20, timeout=100)
    await to.send()
    assert to.script.sent == pytest.approx([0, 1, 2, 3])


async def test_a_rate_limit_also_holds_paced_calls(wire: Connect) -> None:
    to = wire(reply(), reply(429, retry_after="20"), reply(), requests_per_second=1)
    await ask(to, 5)
    assert to.script.sent[:2] == pytest.approx([0, 1])
    assert min(to.script.sent[2:]) >= 21
    assert all(after - before >= 0.999 for before, after in pairwise(to.script.sent))


@pytest.mark.parametrize("rate", [0, -1, float("nan"), float("inf"), 1e6])
def test_an_invalid_rate_is_rejected(rate: float) -> None:
    with pytest.raises(ConfigurationError, match=f"requests_per_second is {rate}"):
        RateLimitGate(provider="acme", requests_per_second=rate)


# Events and the rate limit


async def test_the_rate_limit_is_read_from_every_response(wire: Connect) -> None:
    to = wire(reply(x_ratelimit_remaining="7"), reply(), reply(404, x_ratelimit_remaining="5"), reply(429))
    assert to.transport.rate_limit is None
    for expected in (7, 7, 5):
        with suppress(NotFoundError):
            await to.send()
        assert to.transport.rate_limit == RateLimit(None, expected, None)


async def test_the_rate_limit_is_read_from_an_error_response(wire: Connect) -> None:
    to = wire(reply(403, EXHAUSTED, x_ratelimit_remaining="-3", x_ratelimit_reset="4000000000"))
    with pytest.raises(RateLimitError):
        await to.send(max_attempts=1)
    assert to.transport.rate_limit == RateLimit(None, -3, None)


async def test_each_wait_is_an_event(wire: Connect) -> None:
    seen: list[Event] = []
    to = wire(reply(429, retry_after="20"), reply(), requests_per_second=10)
    await to.transport.with_options(CallOptions(on_event=seen.append)).send(READ)
    waits = [event.delay for event in seen if isinstance(event, Waiting)]
    assert len(waits) == 1
    assert 20 <= waits[0] <= 22
    assert {(event.provider, event.operation) for event in seen} == {("acme", "list_things")}


async def test_a_hanging_call_does_not_delay_others(wire: Connect) -> None:
    responded: list[Response] = []
    to = wire(hang, reply())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(to.send)
        await anyio.sleep(1)
        responded.append(await to.send())
        tasks.cancel_scope.cancel()
    assert [response.status for response in responded] == [200]
