"""The loop of attempts: what may be repeated is, within the deadline and the budget."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import anyio
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from orgsdk.errors import APIError, OrgError, RateLimitError, RequestTimeoutError, ServerError
from orgsdk.events import Retrying
from orgsdk.transport.call import Stage
from orgsdk.transport.outcome import Outcome, is_turned_away, may_repeat, outcome_of
from orgsdk.transport.request import Safety

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.budget import RetryBudget
    from orgsdk.transport.call import Call, Onward
    from orgsdk.transport.request import Response

_FIRST_DELAY, _DOUBLINGS = 0.25, 5  # up to 8 s


class Repeat:
    """Make up to `max_attempts` attempts, with full jitter between (AWS Architecture Blog, 2015).

    A rate limit's wait is the gate's: after a refusal there is no delay of this loop's own. Where a server that fails
    says when to come back, no attempt is made before (RFC 9110, section 10.2.3), and none where that is too late.
    """

    def __init__(self, *, provider: str, budget: RetryBudget, jitter: Callable[[], float] = random.random) -> None:
        self._provider = provider
        self._budget = budget
        self._jitter = jitter

    async def send(self, call: Call, onward: Onward) -> Response:
        """Give the first attempt's answer, or a later one's; raises what the last attempt raised.

        A write of which an attempt was lost ends in that error, though a later attempt was not sent, or refused
        without a look: it may have been carried out all the same.
        """
        try:
            response = await onward(call)
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
            return await self._again(call, onward, first, cost)
        except OrgError as error:
            told = self._told(call, error)
            if told is error:
                raise
        raise told

    def _pay(self, call: Call, error: OrgError, *, paid: int) -> int:
        """Give what another attempt was paid from the budget, 0 where none is to be made."""
        outcome = self._note(call, error)
        now = anyio.current_time()
        if outcome is Outcome.FINAL and isinstance(error, APIError) and error.status_code is not None:
            self._budget.succeeded(now, paid)  # it answers: that it says no is no outage
        if call.attempt >= call.options.max_attempts or not may_repeat(outcome, call.request.safety):
            return 0
        back = _back_in(error)
        if back > call.options.max_wait or now + back >= call.deadline:
            return 0
        return self._budget.take(now, timed_out=isinstance(error, RequestTimeoutError))

    async def _again(self, call: Call, onward: Onward, first: OrgError, paid: int) -> Response:
        failed: OrgError | None = first

        async def attempt() -> Response:
            nonlocal failed
            if failed is not None:
                error, failed = failed, None
                raise error
            return await onward(call)

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

    def _note(self, call: Call, error: OrgError) -> Outcome:
        outcome = outcome_of(error, left=call.stage is not Stage.WAITING)
        call.stage = Stage.WAITING  # for another attempt, or for nothing
        if not _is_of_the_gate(error):
            call.last_error = error
        if outcome is Outcome.LOST and call.request.safety is not Safety.SAFE:
            call.lost = error
        return outcome

    def _told(self, call: Call, error: OrgError) -> OrgError:
        undecided = _is_of_the_gate(error) or outcome_of(error, left=True) in {Outcome.NOT_SENT, Outcome.REFUSED}
        if call.lost is not None and (undecided or is_turned_away(error)):
            return call.lost
        if _is_of_the_gate(error) and isinstance(call.last_error, RateLimitError):
            return call.last_error  # the provider's own says more
        return error

    def _delay(self, call: Call, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome is not None else None
        if isinstance(error, RateLimitError):
            return 0.0
        ceiling = _FIRST_DELAY * 2 ** min(state.attempt_number - 1, _DOUBLINGS)
        delay: float = self._jitter() * ceiling + _back_in(error)
        call.tell(
            Retrying(
                provider=self._provider,
                operation=call.request.operation,
                attempt=call.attempt + 1,
                error=type(error).__name__,
                delay=delay,
            )
        )
        return delay


def _back_in(error: BaseException | None) -> float:
    return (error.retry_after or 0.0) if isinstance(error, ServerError) else 0.0


def _is_of_the_gate(error: OrgError) -> bool:
    return isinstance(error, RateLimitError) and error.status_code is None
