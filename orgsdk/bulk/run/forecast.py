"""Forecast of a run's end, from its speed until now and the provider's rate limit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil
from typing import TYPE_CHECKING

import anyio

from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.responses import RateLimit


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many requests the provider accepts: `available` until `seconds` from now, then `rate`."""

    rate: RequestRate
    available: float
    seconds: float

    @classmethod
    def of(cls, rate: RequestRate, limit: RateLimit | None, waiting: float, now: datetime) -> Allowance:
        """Return the allowance by the last reported limit; `waiting` are the seconds until requests are accepted."""
        if waiting:
            return cls(rate, rate.requests, waiting + rate.seconds)
        if limit is not None and limit.limit == rate.requests and limit.remaining is not None:
            seconds = 0.0 if limit.resets_at is None else (limit.resets_at - now).total_seconds()
            if seconds > 0:
                return cls(rate, max(limit.remaining, 0), seconds)
        return cls(rate, rate.requests, rate.seconds)


def seconds_until_end(
    requests: float, speed: float | None, allowance: Allowance | None, waiting: float = 0.0
) -> float | None:
    """Return the seconds that a number of requests takes, with the waits; None if it is unknown.

    `speed` is the number of requests per second while the run does not wait; None before the first one.
    """
    busy = None if speed is None else waiting + requests / speed
    if allowance is None or requests <= allowance.available:
        return busy
    rate, later = allowance.rate, requests - allowance.available
    full_periods = ceil(later / rate.requests) - 1
    in_last_period = 0.0 if speed is None else (later - full_periods * rate.requests) / speed
    limited = allowance.seconds + full_periods * rate.seconds + min(in_last_period, rate.seconds)
    return max(limited, busy or 0.0)


class Forecast:
    """Estimate when a run ends. Call `ends_at` after each request.

    Args:
        requests_per_write: Number of requests that one write takes.
        read_rate: Returns how many requests the provider accepts.
        read_limit: Returns the rate limit as last reported.
    """

    def __init__(
        self,
        requests_per_write: float,
        read_rate: Callable[[], RequestRate | None],
        read_limit: Callable[[], RateLimit | None],
    ) -> None:
        self._requests_per_write = requests_per_write
        self._read_rate = read_rate
        self._read_limit = read_limit
        self._started: tuple[float, int] | None = None
        self._waited = 0.0
        self._waits_since: float | None = None

    def ends_at(self, planned: int, done: int, waiting: float) -> datetime | None:
        """Return when a run ends that has `done` of its writes; `waiting` are the seconds that it now waits."""
        now, clock = datetime.now(UTC), anyio.current_time()
        if self._started is None:
            self._started = clock, done
        if self._waits_since is not None:
            self._waited += clock - self._waits_since
        self._waits_since = clock if waiting else None
        requests, rate = (planned - done) * self._requests_per_write, self._read_rate()
        allowance = None if rate is None else Allowance.of(rate, self._read_limit(), waiting, now)
        seconds = seconds_until_end(requests, self._speed(done, clock), allowance, waiting)
        try:
            return None if seconds is None else now + timedelta(seconds=seconds)
        except OverflowError:  # later than the year 9999
            return None

    def _speed(self, done: int, clock: float) -> float | None:
        started, done_before = self._started or (clock, done)
        seconds, requests = clock - started - self._waited, (done - done_before) * self._requests_per_write
        return requests / seconds if seconds > 0 and requests > 0 else None
