"""One deadline for the whole call: waiting, authentication, sending, reading, retries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
import pytest
from pydantic import SecretStr

from orgsdk.errors import NotSentError, OrgError, RateLimitError, RequestTimeoutError, ServerError, TransportError
from orgsdk.options import CallOptions
from orgsdk.transport import Response, TokenCache
from orgsdk.transport.backends.failures import RequestNotSent, ResponseLost
from orgsdk.transport.token_cache import Token
from tests.transport.middleware.conftest import CREATE, READ, REPLACE, hang, reply

if TYPE_CHECKING:
    from orgsdk.transport import Request
    from orgsdk.transport.backends.base import OutgoingRequest
    from orgsdk.transport.token_cache import SendTokenRequest
    from tests.transport.middleware.conftest import Connect, Step, Wire

pytestmark = pytest.mark.anyio


async def ended(to: Wire, request: Request = READ, **options: float) -> tuple[OrgError, float]:
    """Return how a call ended, and after how many seconds."""
    started = anyio.current_time()
    with pytest.raises(OrgError) as caught:
        await to.send(request, **{"timeout": 30, **options})
    return caught.value, anyio.current_time() - started


@pytest.fixture
def long_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the pause between two attempts longer than any deadline."""
    monkeypatch.setattr("orgsdk.transport.retry.RetryMiddleware._delay", lambda *_: 1e9)


@pytest.mark.parametrize("request_", [READ, CREATE])
async def test_a_missing_response_ends_at_the_deadline(wire: Connect, request_: Request) -> None:
    error, took = await ended(wire(hang), request_)
    assert type(error) is RequestTimeoutError
    assert str(error) == f"acme {request_.operation}: no response within 30 s."
    assert took == pytest.approx(30)


async def test_a_dripping_response_ends_at_the_deadline(wire: Connect) -> None:
    async def drip(outgoing: OutgoingRequest) -> Response:
        for _ in range(1000):
            await anyio.sleep(0.5)
        return reply()

    error, took = await ended(wire(drip), timeout=7.25)
    assert type(error) is RequestTimeoutError
    assert took == pytest.approx(7.25)


async def test_attempts_share_the_deadline(wire: Connect) -> None:
    to = wire(reply(503), reply(503), hang, latency=5)
    error, took = await ended(to)
    assert type(error) is RequestTimeoutError
    assert took == pytest.approx(30)
    assert len(to.script.sent) == 3


@pytest.mark.parametrize(
    ("steps", "kind"),
    [
        ([reply(503)], ServerError),
        ([ResponseLost("reset")], TransportError),
        ([RequestNotSent("refused")], NotSentError),
    ],
)
@pytest.mark.usefixtures("long_pauses")
async def test_a_pause_beyond_the_deadline_ends_in_the_previous_error(
    wire: Connect, steps: list[Step], kind: type[OrgError]
) -> None:
    error, took = await ended(wire(*steps))
    assert type(error) is kind
    assert took == pytest.approx(30)


@pytest.mark.usefixtures("long_pauses")
async def test_a_lost_write_is_not_reported_as_not_sent_at_the_deadline(
    wire: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = wire(ResponseLost("reset"), RequestNotSent("refused"))
    pauses = iter([0.0, 1e9, 1e9])
    monkeypatch.setattr("orgsdk.transport.retry.RetryMiddleware._delay", lambda *_: next(pauses))
    error, took = await ended(to, REPLACE)
    assert type(error) is TransportError
    assert took == pytest.approx(30)


async def test_waiting_for_a_slot_counts_and_ends_as_not_sent(wire: Connect) -> None:
    to = wire(hang, max_concurrency=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(to.transport.with_options(CallOptions(timeout=1000)).send, READ)
        await anyio.sleep(1)
        error, took = await ended(to, CREATE)
        tasks.cancel_scope.cancel()
    assert type(error) is NotSentError
    assert str(error) == "acme create_thing: the request could not be sent within 30 s."
    assert took == pytest.approx(30)
    assert len(to.script.sent) == 1


class SlowTokens:
    """A source that takes a minute."""

    rejection_is_final = False

    async def obtain(self, exchange: SendTokenRequest) -> Token:
        await anyio.sleep(60)
        return Token(SecretStr("Bearer t"), 3600)

    def secrets(self) -> tuple[SecretStr, ...]:
        return ()


@pytest.mark.parametrize("request_", [READ, CREATE])
async def test_waiting_for_a_token_counts_and_ends_as_not_sent(wire: Connect, request_: Request) -> None:
    to = wire(auth=TokenCache(SlowTokens()))
    error, took = await ended(to, request_)
    assert type(error) is NotSentError
    assert took == pytest.approx(30)
    assert to.script.sent == []


async def test_a_rate_limit_beyond_the_deadline_raises_at_once(wire: Connect) -> None:
    error, took = await ended(wire(reply(429, retry_after="40")))
    assert type(error) is RateLimitError
    assert (error.retry_after, took) == (40.0, 0)


@pytest.mark.parametrize("steps", [[hang], [reply(503)], [reply(429, retry_after="20")]])
async def test_the_callers_own_deadline_is_a_cancellation(wire: Connect, steps: list[Step]) -> None:
    # Full jitter makes the pauses before the retries shorter than this in one of 100,000 runs.
    with anyio.move_on_after(0.001) as scope:
        await wire(*steps).send()
    assert scope.cancelled_caught


@pytest.mark.parametrize("timeout", [0.5, 3, 1e6])
async def test_each_call_has_its_own_deadline(wire: Connect, timeout: float) -> None:
    to = wire(hang, max_concurrency=2)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ended, to)
        _, took = await ended(to, timeout=timeout)
    assert took == pytest.approx(timeout)
