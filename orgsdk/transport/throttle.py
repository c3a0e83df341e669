"""Throttling: the rate-limit gate, and the limit of concurrent requests.

One a client: when one task is told to wait, all wait, and they come back spread over a while, not as a burst.

An HTTP library's pool works in the square of its connections and can lose slots on cancellation (DESIGN.md,
decision 9); so ours bounds, and the pool never has to.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import anyio
from anyio import CapacityLimiter, WouldBlock
from anyio.lowlevel import checkpoint_if_cancelled

from orgsdk.errors import ConfigurationError, RateLimitError
from orgsdk.events import Waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.responses import RateLimit
    from orgsdk.transport.request import Call, CallNext, Response

# Where a provider refuses without saying for how long: doubled with each round of refusals, up to 32 s.
_DEFAULT_WAIT, _DOUBLINGS = 1.0, 5
# Those who waited come back within a tenth of the wait more, but no sooner than within a second of each other.
_SPREAD_SHARE, _SPREAD_LEAST, _SPREAD_MOST = 0.1, 1.0, 10.0


class _GateClosed(Exception):  # noqa: N818  # a signal between the two policies here, not an error anybody catches
    """Say that the gate was shut after the call had passed it, and before it was sent."""


class RateLimitGate:
    """Let requests through, or make them wait.

    `requests_per_second` paces them below a known rate, None for no pacing. `read_rate_limit` reads what an
    answer tells of the limit. `jitter` gives a number from 0 to 1. `latch` is the gate's second half, which stands
    right before the wire.
    """

    def __init__(
        self,
        *,
        provider: str,
        requests_per_second: float | None = None,
        read_rate_limit: Callable[[Response], RateLimit | None] = lambda _: None,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if requests_per_second is not None and not 0 < requests_per_second < 1e6:
            raise ConfigurationError(f"requests_per_second is {requests_per_second}: pass a number above 0.")
        self._provider = provider
        self._interval = None if requests_per_second is None else 1 / requests_per_second
        self._jitter = jitter
        self.latch: Latch = Latch(read_rate_limit)
        self._spread = 0.0
        self._refusals = 0
        self._turns = anyio.Lock()
        self._next_turn = 0.0

    @property
    def rate_limit(self) -> RateLimit | None:
        """Give the rate limit as the provider last told it."""
        return self.latch.rate_limit

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Wait for the gate, go onward, and shut the gate where the provider says that it is too much.

        Raises `RateLimitError` at once where the wait would be longer than the call's `max_wait`, or end after its
        deadline.
        """
        while True:
            await self._pass(call)
            refusals = self._refusals
            try:
                response = await call_next(call)
            except _GateClosed:
                continue
            except RateLimitError as error:
                self._shut(error, refusals)
                raise
            if refusals == self._refusals:
                self._refusals = 0
            return response

    async def _pass(self, call: Call) -> None:
        while (wait := self.latch.wait) > 0:
            await self._wait(call, wait + self._jitter() * self._spread)
        if self._interval is not None:
            await self._take_turn(call, self._interval)

    async def _take_turn(self, call: Call, interval: float) -> None:
        ahead = self._turns.statistics().tasks_waiting + self._turns.locked()
        delay = max(0.0, self._next_turn - anyio.current_time()) + ahead * interval
        if delay > 0:
            self._tell_wait(call, delay)
        # In a queue, so that one who is cancelled while waiting leaves no turn unused.
        async with self._turns:
            await anyio.sleep(max(0.0, self._next_turn - anyio.current_time()))
            self._next_turn = anyio.current_time() + interval

    async def _wait(self, call: Call, delay: float) -> None:
        self._tell_wait(call, delay)
        await anyio.sleep(delay)

    def _tell_wait(self, call: Call, delay: float) -> None:
        if delay > call.options.max_wait or anyio.current_time() + delay >= call.deadline:
            raise RateLimitError(
                f"the rate limit holds for {delay:.0f} s, longer than this call may wait.",
                provider=self._provider,
                operation=call.request.operation,
                retry_after=delay,
                resets_at=datetime.now(UTC) + timedelta(seconds=delay),
            )
        call.emit(Waiting(provider=self._provider, operation=call.request.operation, delay=delay))

    def _shut(self, error: RateLimitError, refusals: int) -> None:
        # Requests that were in flight together are refused together: that is one refusal, not one for each.
        if refusals == self._refusals:
            self._refusals += 1
        # "Come back in 0 s" is no wait: it is what a reset time in the past amounts to, where the clocks differ.
        wait = error.retry_after or _DEFAULT_WAIT * 2 ** min(self._refusals - 1, _DOUBLINGS)
        self._spread = min(max(wait * _SPREAD_SHARE, _SPREAD_LEAST), _SPREAD_MOST)
        self.latch.shut_for(wait)


class Latch:
    """Send back to the gate who passed it before it was shut, and then had to wait for a turn, a slot or a token.

    It sees every answer, refusals too, and keeps what they tell of the rate limit.
    """

    def __init__(self, read_rate_limit: Callable[[Response], RateLimit | None]) -> None:
        self._read_rate_limit = read_rate_limit
        self._shut_until: float | None = None
        self.rate_limit: RateLimit | None = None

    @property
    def wait(self) -> float:
        """Give the seconds until the gate is open, 0 where it is."""
        if self._shut_until is None:
            return 0.0  # nearly always: not even the clock is asked
        wait = self._shut_until - anyio.current_time()
        if wait > 0:
            return wait
        self._shut_until = None
        return 0.0

    def shut_for(self, seconds: float) -> None:
        """Shut the gate for so long, or for longer where it is shut already."""
        self._shut_until = anyio.current_time() + max(seconds, self.wait)

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Go onward where the gate is open still."""
        if self.wait > 0:
            raise _GateClosed
        response = await call_next(call)
        self.rate_limit = self._read_rate_limit(response) or self.rate_limit
        return response


DEFAULT_CONCURRENCY = 16


class ConcurrencyLimiter:
    """Let at most `concurrency` requests be in flight; the others wait their turn.

    Raises `ConfigurationError` where `concurrency` is less than 1.
    """

    def __init__(self, concurrency: int = DEFAULT_CONCURRENCY) -> None:
        if concurrency < 1:
            raise ConfigurationError(f"max_concurrency is {concurrency}: pass 1 or more.")
        self._slots = CapacityLimiter(concurrency)

    @property
    def in_flight(self) -> int:
        """Count the requests in flight."""
        return self._slots.borrowed_tokens

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Go onward when there is a slot, and give it back whatever happens."""
        # Borrowed for the call, not for the task: a hook may make a call of its own within this one. A slot that is
        # free is taken without a round of the event loop, which takes longer than all the policies together.
        await checkpoint_if_cancelled()
        try:
            # Asked first: on Trio, anyio before 4.14.2 lets Trio's own WouldBlock through.
            if not self._slots.available_tokens:
                raise WouldBlock
            self._slots.acquire_on_behalf_of_nowait(call)
        except WouldBlock:
            await self._slots.acquire_on_behalf_of(call)
        try:
            return await call_next(call)
        finally:
            self._slots.release_on_behalf_of(call)
