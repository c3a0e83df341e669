"""Throttling: the rate-limit gate, and the limit of concurrent requests. Private to orgsdk."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
from anyio import CapacityLimiter, WouldBlock
from anyio.lowlevel import checkpoint_if_cancelled

from orgsdk.arguments import check_integer, describe_value, is_number
from orgsdk.errors import ConfigurationError, RateLimitError
from orgsdk.events import Waiting
from orgsdk.transport.headers import to_local_clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.responses import RateLimit
    from orgsdk.transport.request import Call, CallNext, Response

# The wait if the provider does not state one: doubled with each consecutive rate-limit error, up to 32 s.
_DEFAULT_WAIT, _DOUBLINGS = 1.0, 5
# Waiting calls resume spread over a tenth of the wait, and over 1 to 10 s, so that they do not resume as a burst.
_SPREAD_SHARE, _SPREAD_LEAST, _SPREAD_MOST = 0.1, 1.0, 10.0

DEFAULT_CONCURRENCY = 16


class _GateClosed(Exception):  # noqa: N818  # a signal between the two checks, not an error for callers
    """The rate-limit gate closed after the call passed it and before it was sent."""


class RateLimitGate:
    """Hold requests back while a rate limit lasts, and pace them below a known rate.

    All calls of a client share one: after one rate-limit error all of them wait. `send` is the first check. `recheck`
    runs right before the request is sent: if the limit was reached while the call waited for a slot or a token, the
    call goes back to the first check.

    Args:
        provider: Name of the provider, for errors and events.
        requests_per_second: Requests per second, or None for no pacing.
        read_rate_limit: Reads the rate limit from a response's headers.
        jitter: Returns a number from 0 to 1.

    Raises:
        ConfigurationError: `requests_per_second` is not above 0.
    """

    def __init__(
        self,
        *,
        provider: str,
        requests_per_second: float | None = None,
        read_rate_limit: Callable[[Response], RateLimit | None] = lambda _: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if requests_per_second is not None and not (is_number(requests_per_second) and 0 < requests_per_second < 1e6):
            raise ConfigurationError(
                f"requests_per_second is {describe_value(requests_per_second)}: pass a number above 0."
            )
        self.rate_limit: RateLimit | None = None
        self._provider = provider
        self._interval = None if requests_per_second is None else 1 / requests_per_second
        self._read_rate_limit = read_rate_limit
        self._jitter = jitter
        self._closed_until: float | None = None
        self._spread = 0.0
        self._rejections = 0
        self._turns = anyio.Lock()
        self._next_turn = 0.0

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Wait until the rate-limit gate is open, continue, and close it if the provider reports a rate limit.

        Raises `RateLimitError` at once if the wait would exceed the call's `max_wait` or its deadline.
        """
        while True:
            await self._pass(call)
            rejections = self._rejections
            try:
                response = await call_next(call)
            except _GateClosed:
                continue
            except RateLimitError as error:
                self._close(error, rejections)
                raise
            if rejections == self._rejections:
                self._rejections = 0
            return response

    async def recheck(self, call: Call, call_next: CallNext) -> Response:
        """Continue if the rate-limit gate is still open, and read the rate limit from every response."""
        if self._wait_left() > 0:
            raise _GateClosed
        response = await call_next(call)
        self.rate_limit = self._rate_limit_of(response) or self.rate_limit
        return response

    def _rate_limit_of(self, response: Response) -> RateLimit | None:
        limit = self._read_rate_limit(response)
        if limit is None or limit.resets_at is None:
            return limit
        return replace(limit, resets_at=to_local_clock(limit.resets_at, response.headers, datetime.now(UTC)))

    async def _pass(self, call: Call) -> None:
        while (wait := self._wait_left()) > 0:
            delay = wait + self._jitter() * self._spread
            self._announce_wait(call, delay)
            await anyio.sleep(delay)
        if self._interval is not None:
            await self._take_turn(call, self._interval)

    async def _take_turn(self, call: Call, interval: float) -> None:
        ahead = self._turns.statistics().tasks_waiting + self._turns.locked()
        delay = max(0.0, self._next_turn - anyio.current_time()) + ahead * interval
        if delay > 0:
            self._announce_wait(call, delay)
        # A queue: a call that is cancelled while it waits leaves no turn unused.
        async with self._turns:
            await anyio.sleep(max(0.0, self._next_turn - anyio.current_time()))
            self._next_turn = anyio.current_time() + interval

    def _announce_wait(self, call: Call, delay: float) -> None:
        if delay > call.options.max_wait or anyio.current_time() + delay >= call.deadline:
            raise RateLimitError(
                f"the rate limit lasts {delay:.0f} s, longer than this call may wait.",
                provider=self._provider,
                operation=call.request.operation,
                retry_after=delay,
                resets_at=datetime.now(UTC) + timedelta(seconds=delay),
            )
        call.emit(Waiting(provider=self._provider, operation=call.request.operation, delay=delay))

    def _close(self, error: RateLimitError, rejections: int) -> None:
        # Concurrent requests are rejected together: that counts as one rejection.
        if rejections == self._rejections:
            self._rejections += 1
        # A reset time in the past may come from a clock that differs; use the default wait instead of 0 s.
        wait = error.retry_after or _DEFAULT_WAIT * 2 ** min(self._rejections - 1, _DOUBLINGS)
        self._spread = min(max(wait * _SPREAD_SHARE, _SPREAD_LEAST), _SPREAD_MOST)
        self._closed_until = anyio.current_time() + max(wait, self._wait_left())

    def _wait_left(self) -> float:
        if self._closed_until is None:
            return 0.0  # the usual case does not read the clock
        wait = self._closed_until - anyio.current_time()
        if wait > 0:
            return wait
        self._closed_until = None
        return 0.0


class ConcurrencyLimiter:
    """Limit the requests in flight. Further calls wait for a slot.

    An HTTP library's pool takes time in the square of its connections and can lose slots on cancellation
    (docs/architecture.md, decision 9). This limiter queues the calls, so that the pool does not have to.

    Args:
        concurrency: Number of slots.

    Raises:
        ConfigurationError: `concurrency` is less than 1.
    """

    def __init__(self, concurrency: int = DEFAULT_CONCURRENCY) -> None:
        check_integer("max_concurrency", concurrency, least=1)
        self._slots = CapacityLimiter(concurrency)

    @property
    def in_flight(self) -> int:
        """Return the number of requests in flight."""
        return self._slots.borrowed_tokens

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Continue when a slot is free, and release it in any case."""
        # Borrowed for the call, not for the task: an event hook may make another call within this one. A free slot is
        # taken without a round of the event loop, which takes longer than all middleware together.
        await checkpoint_if_cancelled()
        try:
            # Checked first: on Trio, anyio before 4.14.2 raises Trio's own WouldBlock.
            if not self._slots.available_tokens:
                raise WouldBlock
            self._slots.acquire_on_behalf_of_nowait(call)
        except WouldBlock:
            await self._slots.acquire_on_behalf_of(call)
        try:
            return await call_next(call)
        finally:
            self._slots.release_on_behalf_of(call)
