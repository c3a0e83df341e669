"""A bound on repeats over all calls, so that a provider that is down is not also beaten.

A token bucket as in the AWS SDKs: a repeat costs 5 tokens, one that followed a time-out 10; a repeat that succeeds
gives its cost back, a first attempt that succeeds gives 1. With 500 tokens a total outage allows 100 repeats in all.

That alone would leave a client of few calls without repeats for long after an outage. So the bucket also fills up with
time, from a success until the next repeat: never during an outage, and wholly within 15 s of its end.
"""

from __future__ import annotations

CAPACITY = 500
COST = 5
TIMEOUT_COST = 10
REFUND = 1
SECONDS_TO_FILL = 15.0


class RetryBudget:
    """Count what repeats may still be made. One a client. `now` is seconds on a clock that never goes back."""

    def __init__(self, capacity: int = CAPACITY) -> None:
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
        cost = TIMEOUT_COST if timed_out else COST
        if self._left < cost:
            return 0
        self._left -= cost
        return cost

    def succeeded(self, now: float, cost: int = 0) -> None:
        """Give back what the repeats of a call that was answered cost, or a little where there were none."""
        self._fill(now)
        self._fills_since = now
        self._left = min(self._capacity, self._left + (cost or REFUND))

    def _fill(self, now: float) -> None:
        if self._fills_since is not None:
            filled = (now - self._fills_since) * self._capacity / SECONDS_TO_FILL
            self._left = min(self._capacity, self._left + filled)
