"""Retry: which attempts may be repeated, the retry budget, and the retry loop.

A token bucket as in the AWS SDKs: a repeat costs 5 tokens, one that followed a time-out 10; a repeat that succeeds
gives its cost back, a first attempt that succeeds gives 1. With 500 tokens a total outage allows 100 repeats in all.

That alone would leave a client of few calls without repeats for long after an outage. So the bucket also fills up with
time, from a success until the next repeat: never during an outage, and wholly within 15 s of its end.
"""

from __future__ import annotations

import random
from enum import Enum
from typing import TYPE_CHECKING

import anyio
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    NotSentError,
    OrgError,
    PermissionDeniedError,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from orgsdk.events import Retrying
from orgsdk.transport.request import TOKEN_OPERATION, AttemptStage, Safety

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.request import Call, CallNext, Response

# "Not implemented", "HTTP version not supported" and "sign in to this network first" are answers to what was asked.
# Every other 5xx may come from a proxy or a dying server (Cloudflare's 520 to 527 among them): whether the request
# was carried out cannot be told from it.
_FINAL_SERVER_ERRORS = frozenset({501, 505, 511})


class AttemptOutcome(Enum):
    """Say what became of an attempt that failed."""

    NOT_SENT = "not sent"  # the provider never saw it
    REFUSED = "refused"  # the provider saw it, did nothing, and asks to come back
    LOST = "lost"  # it may or may not have been carried out
    FINAL = "final"  # the provider answered, and will answer the same again


def outcome_of(error: OrgError, *, left: bool) -> AttemptOutcome:
    """Tell what became of the attempt that ended in `error`; `left` says whether the request was sent at all.

    It was not where an access token could not be had: that failure is another request's.
    """
    outcome = _outcome_if_sent(error)
    return AttemptOutcome.NOT_SENT if outcome is AttemptOutcome.LOST and not left else outcome


def _outcome_if_sent(error: OrgError) -> AttemptOutcome:
    if isinstance(error, NotSentError):
        return AttemptOutcome.NOT_SENT
    if isinstance(error, RateLimitError):
        # Without a status it is our own gate's: the wait is longer than the call may take, now as later.
        return AttemptOutcome.FINAL if error.status_code is None else AttemptOutcome.REFUSED
    if isinstance(error, ServerError) and error.status_code not in _FINAL_SERVER_ERRORS:
        # A 503 that says when to come back was refused before it was begun (RFC 9110, section 15.6.4).
        return (
            AttemptOutcome.REFUSED
            if error.status_code == 503 and error.retry_after is not None
            else AttemptOutcome.LOST
        )
    if isinstance(error, TransportError):
        return AttemptOutcome.LOST
    return AttemptOutcome.FINAL


def is_token_failure(error: OrgError) -> bool:
    """Tell whether it was an access token that could not be had: what it was for was not sent."""
    return getattr(error, "operation", None) == TOKEN_OPERATION


def is_access_failure(error: OrgError) -> bool:
    """Tell whether the request was turned away at the door: nothing is learned of an earlier one that was lost."""
    if isinstance(error, AuthenticationError | PermissionDeniedError) or is_token_failure(error):
        return True
    # A redirect is that of a network's sign-in page, or of a wrong address.
    return isinstance(error, APIError) and error.status_code is not None and 300 <= error.status_code < 400


def may_retry(outcome: AttemptOutcome, safety: Safety) -> bool:
    """Tell whether an attempt of that outcome may be made again, given what a repeat could do."""
    if outcome in {AttemptOutcome.NOT_SENT, AttemptOutcome.REFUSED}:
        return True
    return outcome is AttemptOutcome.LOST and safety is not Safety.UNSAFE


BUDGET_CAPACITY = 500
RETRY_COST = 5
TIMEOUT_RETRY_COST = 10
SUCCESS_REFUND = 1
SECONDS_TO_REFILL = 15.0


class RetryBudget:
    """Count what repeats may still be made. One a client. `now` is seconds on a clock that never goes back."""

    def __init__(self, capacity: int = BUDGET_CAPACITY) -> None:
        self._capacity = capacity
        self._left = float(capacity)
        self._fills_since: float | None = None

    @property
    def left(self) -> float:
        """Give the tokens left, as they were when it was last used."""
        return self._left

    @property
    def full(self) -> bool:
        """Tell that no success can add anything, so that none need be told."""
        return self._left == self._capacity

    def take(self, now: float, *, timed_out: bool) -> int:
        """Pay for a repeat and give its cost, 0 where there is not enough left and it must not be made."""
        self._fill(now)
        self._fills_since = None
        cost = TIMEOUT_RETRY_COST if timed_out else RETRY_COST
        if self._left < cost:
            return 0
        self._left -= cost
        return cost

    def succeeded(self, now: float, cost: int = 0) -> None:
        """Give back what the repeats of a call that was answered cost, or a little where there were none."""
        self._fill(now)
        self._fills_since = now
        self._left = min(self._capacity, self._left + (cost or SUCCESS_REFUND))

    def _fill(self, now: float) -> None:
        if self._fills_since is not None:
            filled = (now - self._fills_since) * self._capacity / SECONDS_TO_REFILL
            self._left = min(self._capacity, self._left + filled)


_FIRST_DELAY, _DOUBLINGS = 0.25, 5  # up to 8 s


class RetryMiddleware:
    """Make up to `max_attempts` attempts, with full jitter between (AWS Architecture Blog, 2015).

    A rate limit's wait is the gate's: after a refusal there is no delay of this loop's own. Where a server that fails
    says when to come back, no attempt is made before (RFC 9110, section 10.2.3), and none where that is too late.
    """

    def __init__(self, *, provider: str, budget: RetryBudget, jitter: Callable[[], float] = random.random) -> None:
        self._provider = provider
        self._budget = budget
        self._jitter = jitter

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Give the first attempt's answer, or a later one's; raises what the last attempt raised.

        A write of which an attempt was lost ends in that error, though a later attempt was not sent, or refused
        without a look: it may have been carried out all the same.
        """
        try:
            response = await call_next(call)
        except OrgError as error:
            # tenacity's loop costs more than all the rest of a call, and half of an error's traceback: it is entered
            # when there is something to repeat.
            cost = self._pay(call, error, paid=0)
            if not cost:
                raise
            first = error
        else:
            if not self._budget.full:
                self._budget.succeeded(anyio.current_time())
            return response
        try:
            return await self._again(call, call_next, first, cost)
        except OrgError as error:
            told = self._told(call, error)
            if told is error:
                raise
        raise told

    def _pay(self, call: Call, error: OrgError, *, paid: int) -> int:
        """Give what another attempt was paid from the budget, 0 where none is to be made."""
        outcome = self._note(call, error)
        now = anyio.current_time()
        if outcome is AttemptOutcome.FINAL and isinstance(error, APIError) and error.status_code is not None:
            self._budget.succeeded(now, paid)  # it answers: that it says no is no outage
        if call.attempt >= call.options.max_attempts or not may_retry(outcome, call.request.safety):
            return 0
        back = _server_wait(error)
        if back > call.options.max_wait or now + back >= call.deadline:
            return 0
        return self._budget.take(now, timed_out=isinstance(error, RequestTimeoutError))

    async def _again(self, call: Call, call_next: CallNext, first: OrgError, paid: int) -> Response:
        failed: OrgError | None = first

        async def attempt() -> Response:
            nonlocal failed
            if failed is not None:
                error, failed = failed, None
                raise error
            return await call_next(call)

        def worth_it(error: BaseException) -> bool:
            nonlocal paid
            if error is first:
                return True
            if not isinstance(error, OrgError):
                return False
            cost = self._pay(call, error, paid=paid)
            paid += cost
            return cost > 0

        loop = AsyncRetrying(
            sleep=anyio.sleep,
            stop=stop_after_attempt(call.options.max_attempts),
            wait=lambda state: self._delay(call, state),
            retry=retry_if_exception(worth_it),
            reraise=True,
        )
        response: Response = await loop(attempt)
        self._budget.succeeded(anyio.current_time(), paid)
        return response

    def _note(self, call: Call, error: OrgError) -> AttemptOutcome:
        outcome = outcome_of(error, left=call.stage is not AttemptStage.WAITING)
        call.stage = AttemptStage.WAITING  # for another attempt, or for nothing
        if not _is_from_gate(error):
            call.last_error = error
        if outcome is AttemptOutcome.LOST and call.request.safety is not Safety.SAFE:
            call.lost = error
        return outcome

    def _told(self, call: Call, error: OrgError) -> OrgError:
        undecided = _is_from_gate(error) or outcome_of(error, left=True) in {
            AttemptOutcome.NOT_SENT,
            AttemptOutcome.REFUSED,
        }
        if call.lost is not None and (undecided or is_access_failure(error)):
            return call.lost
        if _is_from_gate(error) and isinstance(call.last_error, RateLimitError):
            return call.last_error  # the provider's own says more
        return error

    def _delay(self, call: Call, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, RateLimitError):
            return 0.0
        ceiling = _FIRST_DELAY * 2 ** min(state.attempt_number - 1, _DOUBLINGS)
        delay: float = self._jitter() * ceiling + _server_wait(error)
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


def _server_wait(error: BaseException | None) -> float:
    return (error.retry_after or 0.0) if isinstance(error, ServerError) else 0.0


def _is_from_gate(error: OrgError) -> bool:
    return isinstance(error, RateLimitError) and error.status_code is None
