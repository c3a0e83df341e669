"""Retry: which attempts may be repeated, the pause between them, the retry budget, and the retry loop.

Private to orgsdk.
"""

from __future__ import annotations

import random
from enum import Enum
from typing import TYPE_CHECKING

import anyio

from orgsdk.errors import (
    APIError,
    NotSentError,
    OrgError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from orgsdk.events import Retrying
from orgsdk.transport.request import AttemptStage, Safety

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.request import Call, CallNext, Response

# The pause before a retry: a random share of 0.25 s, doubled with each retry, up to 8 s.
_FIRST_DELAY, _DOUBLINGS = 0.25, 5

BUDGET_CAPACITY = 500
RETRY_COST = 5
TIMEOUT_RETRY_COST = 10
SUCCESS_REFUND = 1
SECONDS_TO_REFILL = 15.0


class AttemptOutcome(Enum):
    """The outcome of a failed attempt (docs/architecture.md, decision 4)."""

    NOT_SENT = "not sent"  # the provider never received it
    REFUSED = "refused"  # the provider did nothing, and a later attempt may succeed
    LOST = "lost"  # the provider may have carried it out
    FINAL = "final"  # the provider answered, and would answer the same again


def outcome_of(error: OrgError, *, was_sent: bool) -> AttemptOutcome:
    """Return the outcome of an attempt that ended in `error`.

    `was_sent` is False if the attempt failed before its request left, such as without an access token.
    """
    if isinstance(error, NotSentError):
        return AttemptOutcome.NOT_SENT
    if isinstance(error, RateLimitError):
        # Without a status it is the rate-limit gate's own: the wait is longer than the call may take, now as later.
        return AttemptOutcome.FINAL if error.status_code is None else AttemptOutcome.REFUSED
    if isinstance(error, ServerError):
        if error.status_code in ServerError.DEFINITE_STATUSES:
            return AttemptOutcome.FINAL
        if error.was_refused:
            return AttemptOutcome.REFUSED
    if isinstance(error, ServerError | TransportError):
        return AttemptOutcome.LOST if was_sent else AttemptOutcome.NOT_SENT
    return AttemptOutcome.FINAL


def may_retry(outcome: AttemptOutcome, safety: Safety) -> bool:
    """Return whether an attempt with this outcome may be repeated."""
    if outcome in {AttemptOutcome.NOT_SENT, AttemptOutcome.REFUSED}:
        return True
    return outcome is AttemptOutcome.LOST and safety is not Safety.UNSAFE


class RetryBudget:
    """Limit the retries of all calls of a client, so that retries do not overload a failing provider.

    A token bucket as in the AWS SDKs: a retry costs 5 tokens, after a timeout 10. A retry that succeeds refunds its
    cost, a first attempt that succeeds adds 1. With 500 tokens a total outage allows 100 retries in all.

    A client with few calls would have no retries for long after an outage. So the bucket also fills with time, from a
    success until the next retry: never during an outage, and completely within 15 s after it.

    `now` is in seconds on a monotonic clock.
    """

    def __init__(self, capacity: int = BUDGET_CAPACITY) -> None:
        self._capacity = capacity
        self._tokens = float(capacity)
        self._fills_since: float | None = None

    @property
    def left(self) -> float:
        """Return the tokens left at the last use."""
        return self._tokens

    @property
    def full(self) -> bool:
        """Return whether the bucket is full, so that a success need not be recorded."""
        return self._tokens == self._capacity

    def take(self, now: float, *, timed_out: bool) -> int:
        """Pay for a retry. Return its cost, or 0 if too few tokens are left and there must be no retry."""
        self._fill(now)
        self._fills_since = None
        cost = TIMEOUT_RETRY_COST if timed_out else RETRY_COST
        if self._tokens < cost:
            return 0
        self._tokens -= cost
        return cost

    def succeeded(self, now: float, cost: int = 0) -> None:
        """Refund the cost of the retries of a call that got a response, or add a little if there were none."""
        self._fill(now)
        self._fills_since = now
        self._tokens = min(self._capacity, self._tokens + (cost or SUCCESS_REFUND))

    def _fill(self, now: float) -> None:
        if self._fills_since is not None:
            filled = (now - self._fills_since) * self._capacity / SECONDS_TO_REFILL
            self._tokens = min(self._capacity, self._tokens + filled)


class RetryMiddleware:
    """Make up to `max_attempts` attempts, with exponential backoff and full jitter (AWS Architecture Blog, 2015).

    The rate-limit gate waits for rate limits: after such an error there is no pause here. If a failing server states
    when to come back, there is no attempt before (RFC 9110, section 10.2.3), and none if that is too late for the call.
    """

    def __init__(self, *, provider: str, budget: RetryBudget, jitter: Callable[[], float] = random.random) -> None:
        self._provider = provider
        self._budget = budget
        self._jitter = jitter

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Return the response of the first attempt that succeeds, or raise the error of the last one.

        If an attempt at a write was lost, its error is raised, whatever a later attempt returned: the provider may have
        carried it out.
        """
        # A loop of our own: tenacity's takes longer than all other middleware together, and adds its frames to every
        # traceback.
        attempts = paid = 0
        delay = 0.0
        while True:
            attempts += 1
            reported: OrgError | None = None
            try:
                response = await call_next(call)
            except OrgError as error:
                cost = self._pay_for_retry(call, error, attempts=attempts, paid=paid)
                if cost:
                    paid += cost
                    delay = self._delay(call, error, attempts)
                elif (reported := self._error_to_report(call, error)) is error:
                    raise
            else:
                if paid or not self._budget.full:
                    self._budget.succeeded(anyio.current_time(), paid)
                return response
            if reported is not None:
                raise reported  # outside the handler, so that the two errors are not chained
            await anyio.sleep(delay)

    def _pay_for_retry(self, call: Call, error: OrgError, *, attempts: int, paid: int) -> int:
        """Return what a retry costs the budget, or 0 if there must be none."""
        outcome = self._record(call, error)
        now = anyio.current_time()
        if outcome is AttemptOutcome.FINAL and isinstance(error, APIError) and error.status_code is not None:
            self._budget.succeeded(now, paid)  # the provider answers: an error response is not an outage
        # `attempts` counts the rounds of this loop, `call.attempt` the requests sent: a round may send none, or two.
        if max(attempts, call.attempt) >= call.options.max_attempts or not may_retry(outcome, call.request.safety):
            return 0
        if isinstance(error, NotSentError) and not error.retryable:
            return 0
        wait = _server_wait(error)
        if wait > call.options.max_wait or now + wait >= call.deadline:
            return 0
        return self._budget.take(now, timed_out=isinstance(error, RequestTimeoutError))

    def _record(self, call: Call, error: OrgError) -> AttemptOutcome:
        outcome = outcome_of(error, was_sent=call.stage is not AttemptStage.WAITING)
        call.stage = AttemptStage.WAITING
        if not _is_from_gate(error):
            call.last_error = error
        if outcome is AttemptOutcome.LOST and call.request.safety is not Safety.SAFE:
            call.lost = error
        return outcome

    def _error_to_report(self, call: Call, error: OrgError) -> OrgError:
        if call.lost is not None and not error.may_have_happened:
            return call.lost
        if _is_from_gate(error) and isinstance(call.last_error, RateLimitError):
            return call.last_error  # the provider's own error has more details
        return error

    def _delay(self, call: Call, error: OrgError, attempts: int) -> float:
        """Return the seconds before the next attempt."""
        if isinstance(error, RateLimitError):
            return 0.0
        ceiling: float = _FIRST_DELAY * 2 ** min(attempts - 1, _DOUBLINGS)
        delay = self._jitter() * ceiling + _server_wait(error)
        call.emit(
            Retrying(
                provider=self._provider,
                operation=call.request.operation,
                attempt=call.attempt + 1,
                error=type(error).__name__,
                delay=delay,
            )
        )
        return delay


def _server_wait(error: OrgError) -> float:
    return (error.retry_after or 0.0) if isinstance(error, ServerError) else 0.0


def _is_from_gate(error: OrgError) -> bool:
    return isinstance(error, RateLimitError) and error.status_code is None
