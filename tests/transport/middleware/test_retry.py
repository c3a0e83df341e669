"""The retry loop: number of attempts, pauses, and the error that is raised."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import anyio
import anyio.lowlevel
import pytest

from orgsdk.errors import (
    BadRequestError,
    DecodeError,
    NotFoundError,
    NotSentError,
    OrgError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from orgsdk.options import CallOptions
from orgsdk.transport.backends.failures import RequestNotSent, ResponseLost, ResponseTimedOut, ResponseUnreadable
from orgsdk.transport.request import AttemptStage, Call
from orgsdk.transport.retry import RetryBudget, RetryMiddleware
from tests.transport.middleware.conftest import CREATE, READ, REMOVE, REPLACE, reply

if TYPE_CHECKING:
    from orgsdk.events import Event
    from orgsdk.transport import Request, Response
    from tests.transport.middleware.conftest import Connect, Step

pytestmark = pytest.mark.anyio

WRITES = [CREATE, REPLACE, REMOVE]


async def test_a_successful_call_is_one_request(wire: Connect) -> None:
    to = wire(reply())
    assert (await to.send()).status == 200
    assert to.script.sent == [0.0]


@pytest.mark.parametrize(
    "step",
    [
        reply(503),
        reply(500),
        reply(408),
        reply(421),
        reply(425),
        ResponseLost("reset"),
        ResponseTimedOut("slow"),
        RequestNotSent("refused"),
    ],
    ids=repr,
)
async def test_a_temporary_failure_is_retried_until_it_succeeds(wire: Connect, step: Step) -> None:
    to = wire(step, step, reply())
    assert (await to.send()).status == 200
    assert len(to.script.sent) == 3


@pytest.mark.parametrize("max_attempts", [1, 2, 3, 7])
@pytest.mark.parametrize("request_", [READ, REPLACE, REMOVE])
async def test_no_more_than_max_attempts_are_made(wire: Connect, request_: Request, max_attempts: int) -> None:
    to = wire(ResponseLost("reset"))
    with pytest.raises(TransportError):
        await to.send(request_, max_attempts=max_attempts)
    assert len(to.script.sent) == max_attempts


@pytest.mark.parametrize(
    ("step", "attempts"),
    [
        (ResponseLost("reset"), 1),
        (ResponseTimedOut("slow"), 1),
        (reply(500), 1),
        (reply(502), 1),
        (reply(524), 1),
        (reply(408), 1),
        (reply(408, retry_after="1"), 1),
        (reply(421), 3),
        (reply(425), 3),
        (ResponseUnreadable("cut off"), 1),
        (RequestNotSent("refused"), 3),
        (reply(429), 3),
        (reply(503, retry_after="1"), 3),
        (reply(403, b'{"code": "API_RATE_LIMIT_EXCEEDED"}'), 3),
        (reply(403), 1),
    ],
)
async def test_an_unsafe_write_that_was_lost_is_sent_once(wire: Connect, step: Step, attempts: int) -> None:
    to = wire(step)
    with pytest.raises(OrgError):
        await to.send(CREATE)
    assert len(to.script.sent) == attempts


def repeat(jitter: float) -> RetryMiddleware:
    return RetryMiddleware(provider="acme", budget=RetryBudget(), jitter=lambda: jitter)


def call(request: Request = READ, **options: int) -> Call:
    return Call(request, CallOptions(**options), deadline=float("inf"))  # type: ignore[arg-type]


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
async def test_the_pauses_have_full_jitter_and_grow_up_to_eight_seconds(share: float) -> None:
    sent: list[float] = []

    async def down(call: Call) -> Response:
        sent.append(anyio.current_time())
        raise ServerError("down", provider="acme", operation="list", status_code=500)

    with pytest.raises(ServerError):
        await repeat(share).send(call(max_attempts=9), down)
    pauses = [after - before for before, after in pairwise(sent)]
    assert pauses == pytest.approx([share * most for most in (0.25, 0.5, 1, 2, 4, 8, 8, 8)])


async def test_the_retry_after_of_a_server_error_is_respected(wire: Connect) -> None:
    to = wire(reply(503, retry_after="20"), reply())
    assert (await to.send(CREATE)).status == 200
    assert to.script.sent == [0.0, pytest.approx(20, abs=0.25)]
    assert to.script.sent[1] >= 20


@pytest.mark.parametrize("options", [{"max_wait": 19}, {"timeout": 20, "max_wait": 60}], ids=str)
async def test_a_retry_after_beyond_the_limit_ends_the_call(wire: Connect, options: dict[str, float]) -> None:
    to = wire(reply(503, retry_after="20"))
    with pytest.raises(ServerError) as caught:
        await to.send(READ, **options)
    assert (caught.value.retry_after, to.script.sent) == (20, [0.0])


# Gateways send the headers of the rate limit in every response: they do not state when a failing server comes back.
@pytest.mark.parametrize("status", [500, 502, 503, 504, 520, 408])
async def test_the_end_of_a_rate_limit_does_not_make_a_lost_write_a_refused_one(wire: Connect, status: int) -> None:
    to = wire(reply(status, x_ratelimit_reset=str(int(time.time()) + 20)), reply())
    with pytest.raises(ServerError) as caught:
        await to.send(CREATE)
    assert caught.value.may_have_happened
    assert (caught.value.retry_after, caught.value.resets_at, len(to.script.sent)) == (None, None, 1)


@pytest.mark.parametrize("status", [500, 503, 421])
async def test_the_end_of_a_rate_limit_does_not_delay_a_retry(wire: Connect, status: int) -> None:
    to = wire(reply(status, x_ratelimit_reset=str(int(time.time()) + 3600)), reply())
    assert (await to.send(READ)).status == 200
    assert to.script.sent == [0.0, pytest.approx(0, abs=0.25)]


async def test_a_thousand_attempts_do_not_overflow_the_pause() -> None:
    attempts = 0

    async def down(call: Call) -> Response:
        nonlocal attempts
        attempts += 1
        raise NotSentError("down", provider="acme", operation="list")

    endless = RetryMiddleware(provider="acme", budget=RetryBudget(10**6), jitter=lambda: 1e-9)
    with pytest.raises(NotSentError):
        await endless.send(call(max_attempts=1200), down)
    assert attempts == 1200


async def test_the_last_error_is_raised_unchanged(wire: Connect) -> None:
    to = wire(reply(500), reply(502), reply(404))
    with pytest.raises(NotFoundError) as caught:
        await to.send()
    assert caught.value.status_code == 404
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


# A lost write may have been carried out, whatever happens to later attempts.


@pytest.mark.parametrize(
    "after", [RequestNotSent("refused"), reply(429, retry_after="1"), reply(429, retry_after="999")]
)
@pytest.mark.parametrize("lost", [ResponseLost("reset"), ResponseTimedOut("slow"), reply(500)], ids=repr)
async def test_a_lost_write_is_not_reported_as_not_sent_or_rejected(wire: Connect, lost: Step, after: Step) -> None:
    for write in (REPLACE, REMOVE):
        with pytest.raises((TransportError, ServerError)) as caught:
            await wire(lost, after).send(write)
        assert not isinstance(caught.value, NotSentError)


async def test_a_lost_read_ends_in_its_last_error(wire: Connect) -> None:
    with pytest.raises(NotSentError):
        await wire(ResponseLost("reset"), RequestNotSent("refused")).send(READ)


@pytest.mark.parametrize("status", [302, 401, 403])
async def test_an_access_failure_does_not_settle_a_lost_write(wire: Connect, status: int) -> None:
    with pytest.raises(TransportError):
        await wire(ResponseLost("reset"), reply(status)).send(REPLACE)


@pytest.mark.parametrize(
    "without_token",
    [
        DecodeError("the token endpoint returned no token", provider="sign-in", operation="token"),
        BadRequestError("invalid scope", provider="acme", operation="token", status_code=400),
    ],
    ids=repr,
)
async def test_a_token_failure_does_not_settle_a_lost_write(without_token: OrgError) -> None:
    steps = [TransportError("reset", provider="acme", operation="replace"), without_token]

    async def call_next(call: Call) -> Response:
        error = steps.pop(0)
        if error is not without_token:
            call.stage = AttemptStage.SENT
        raise error

    with pytest.raises(TransportError, match="reset"):
        await repeat(0.0).send(call(REPLACE), call_next)
    assert steps == []


@pytest.mark.parametrize("lost", [ResponseLost("reset"), ResponseTimedOut("slow"), reply(500)], ids=repr)
@pytest.mark.parametrize("status", [400, 404, 405, 408, 409, 410, 413, 421, 422, 425, 501])
async def test_no_later_error_settles_a_lost_write(wire: Connect, lost: Step, status: int) -> None:
    with pytest.raises((TransportError, ServerError)) as caught:
        await wire(lost, reply(status)).send(REPLACE)
    assert caught.value.may_have_happened
    assert getattr(caught.value, "status_code", None) in {None, 500, 408}


async def test_a_read_ends_in_the_error_of_its_last_attempt(wire: Connect) -> None:
    with pytest.raises(BadRequestError):
        await wire(ResponseLost("reset"), reply(400)).send(READ)


async def test_a_404_after_a_lost_delete_is_a_success(wire: Connect) -> None:
    to = wire(ResponseLost("reset"), reply(404))
    assert (await to.send(REMOVE)).status == 404
    assert len(to.script.sent) == 2


@pytest.mark.parametrize(
    ("request_", "steps"),
    [
        (REMOVE, [reply(404)]),
        (REMOVE, [RequestNotSent("refused"), reply(404)]),
        (REMOVE, [reply(429), reply(404)]),
        (READ, [ResponseLost("reset"), reply(404)]),
    ],
)
async def test_any_other_404_is_an_error(wire: Connect, request_: Request, steps: list[Step]) -> None:
    with pytest.raises(NotFoundError):
        await wire(*steps).send(request_)


# Rate limits


async def test_a_wait_that_is_too_long_raises_the_providers_error_and_costs_no_budget(wire: Connect) -> None:
    to = wire(reply(429, b'{"message": "slow down"}', retry_after="100", x_request_id="r1"))
    with pytest.raises(RateLimitError, match="slow down") as caught:
        await to.send(timeout=1000)
    assert (caught.value.status_code, caught.value.retry_after, caught.value.request_id) == (429, 100.0, "r1")
    assert to.script.sent == [0.0]


# Exceptions that are not failures of the provider


async def test_a_cancellation_is_not_retried() -> None:
    requested = 0

    async def cancelled(call: Call) -> Response:
        nonlocal requested
        requested += 1
        scope.cancel()
        await anyio.lowlevel.checkpoint()
        raise AssertionError

    with anyio.CancelScope() as scope:
        await repeat(0).send(call(), cancelled)
    assert (requested, scope.cancelled_caught) == (1, True)


@pytest.mark.parametrize("failures_before", [0, 1])
async def test_other_exceptions_are_raised_at_once(failures_before: int) -> None:
    requested = 0

    async def broken(call: Call) -> Response:
        nonlocal requested
        requested += 1
        if requested <= failures_before:
            raise RequestTimeoutError("slow", provider="acme", operation="list")
        raise LookupError

    with pytest.raises(LookupError):
        await repeat(0).send(call(), broken)
    assert requested == failures_before + 1


@pytest.mark.parametrize("write", WRITES)
async def test_a_failing_hook_does_not_hide_the_response(
    wire: Connect, write: Request, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(event: Event) -> None:
        raise LookupError("canary")

    to = wire(reply(201))
    assert (await to.send(write, on_event=broken)).status == 201
    assert len(to.script.sent) == 1
    messages = [record.getMessage() for record in caplog.records if record.name == "orgsdk"]
    assert messages == [f"acme {write.operation}: on_event raised LookupError"] * 2
