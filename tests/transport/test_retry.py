"""Which failures are worth another attempt, and how many are made."""

from __future__ import annotations

from dataclasses import dataclass, field

import anyio
import anyio.lowlevel
import pytest

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    DecodeError,
    NotSentError,
    OrgError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from orgsdk.transport import Headers, Request, Response, Safety
from orgsdk.transport.retry import attempt, may_repeat

pytestmark = pytest.mark.anyio

SAFE, IDEMPOTENT, UNSAFE = Safety.SAFE, Safety.IDEMPOTENT, Safety.UNSAFE
ANSWER = Response(200, Headers(), b"{}")


def failed(kind: type[TransportError | DecodeError]) -> OrgError:
    return kind("failed", provider="acme", operation="list")


def answered(status: int, kind: type[APIError] = ServerError) -> APIError:
    return kind("failed", provider="acme", operation="list", status_code=status)


@pytest.mark.parametrize(
    ("error", "repeated"),
    [
        (failed(NotSentError), {SAFE, IDEMPOTENT, UNSAFE}),
        (failed(TransportError), {SAFE, IDEMPOTENT}),
        (failed(RequestTimeoutError), {SAFE, IDEMPOTENT}),
        (answered(500), {SAFE, IDEMPOTENT}),
        (answered(502), {SAFE, IDEMPOTENT}),
        (answered(503), {SAFE, IDEMPOTENT}),
        (answered(504), {SAFE, IDEMPOTENT}),
        (answered(501), set()),
        (answered(505), set()),
        (answered(400, BadRequestError), set()),
        (answered(401, AuthenticationError), set()),
        (answered(403, PermissionDeniedError), set()),
        (answered(429, RateLimitError), set()),
        (failed(DecodeError), set()),
        (ConfigurationError("wrong"), set()),
        (LookupError(), set()),
        (KeyboardInterrupt(), set()),
    ],
)
def test_what_may_be_repeated(error: BaseException, repeated: set[Safety]) -> None:
    assert {safety for safety in Safety if may_repeat(error, safety)} == repeated


@dataclass
class Sender:
    """Give one outcome after the other, and note how often it was asked."""

    outcomes: list[Response | BaseException]
    asked: int = 0
    naps: list[float] = field(default_factory=list)

    async def __call__(self, request: Request) -> Response:
        outcome = self.outcomes[self.asked]
        self.asked += 1
        if isinstance(outcome, BaseException):
            raise outcome
        return outcome

    async def nap(self, seconds: float) -> None:
        self.naps.append(seconds)

    async def attempt(self, *, attempts: int = 3, safety: Safety = SAFE) -> Response:
        return await attempt(self, Request("list", "GET", "/", safety=safety), attempts=attempts, sleep=self.nap)


async def test_an_answer_is_asked_for_once() -> None:
    sender = Sender([ANSWER])
    assert await sender.attempt() is ANSWER
    assert (sender.asked, sender.naps) == (1, [])


async def test_a_passing_failure_is_tried_again_until_it_has_passed() -> None:
    sender = Sender([answered(503), failed(TransportError), ANSWER])
    assert await sender.attempt() is ANSWER
    assert (sender.asked, len(sender.naps)) == (3, 2)


@pytest.mark.parametrize("attempts", [1, 2, 5])
async def test_the_last_failure_is_raised_as_it_is(attempts: int) -> None:
    failures = [answered(500 + n % 2 * 3) for n in range(attempts)]
    sender = Sender([*failures, ANSWER])
    with pytest.raises(ServerError) as caught:
        await sender.attempt(attempts=attempts)
    assert caught.value is failures[-1]
    assert (sender.asked, len(sender.naps)) == (attempts, attempts - 1)


async def test_an_unsafe_request_that_may_have_arrived_is_sent_once() -> None:
    sender = Sender([failed(TransportError), ANSWER])
    with pytest.raises(TransportError):
        await sender.attempt(safety=UNSAFE)
    assert sender.asked == 1


async def test_an_unsafe_request_is_sent_again_while_it_has_not_left() -> None:
    sender = Sender([failed(NotSentError), failed(NotSentError), ANSWER])
    assert await sender.attempt(safety=UNSAFE) is ANSWER


async def test_the_pauses_grow_with_jitter_up_to_eight_seconds() -> None:
    sender = Sender([answered(503)] * 12)
    with pytest.raises(ServerError):
        await sender.attempt(attempts=12)
    bounds = [min(8, 0.25 * 2**n) for n in range(11)]
    assert all(0 <= nap <= bound for nap, bound in zip(sender.naps, bounds, strict=True))
    assert len(set(sender.naps)) == 11


async def test_a_cancellation_is_no_failure_to_try_again() -> None:
    asked = 0

    async def send(request: Request) -> Response:
        nonlocal asked
        asked += 1
        scope.cancel()
        await anyio.lowlevel.checkpoint()
        return ANSWER

    with anyio.CancelScope() as scope:
        await attempt(send, Request("list", "GET", "/"), attempts=3)
    assert (asked, scope.cancelled_caught) == (1, True)
