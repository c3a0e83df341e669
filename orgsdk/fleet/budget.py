"""The budget of a night: expected requests, how many each key may take, and what will not be reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from orgsdk._messages import count_noun
from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.fleet.options import FleetBudget
    from orgsdk.fleet.units import KeyRecord, OrganizationRecord, RunRecord

OVER_BUDGET: Final = "the night's budget is too small"
"""How the reason starts for which a key was stopped, or an organization left waiting, by the budget."""

_HOUR: Final = 3600.0


def expected_requests(known: OrganizationRecord | None, *, verify: bool, budget: FleetBudget) -> int:
    """Return how many requests an organization is expected to take tonight.

    Args:
        known: What is kept of it; None if it is new.
        verify: Whether it is planned even if its roster is unchanged.
        budget: The budget.

    Returns:
        The requests of the last night in which it was planned if it is new or verified tonight, else of last night.
    """
    if known is None or known.requests is None:
        return budget.new_requests
    if verify or known.fingerprint is None or known.latest_requests is None:
        return known.requests
    return known.latest_requests


def seconds_of(requests: float, rate: RequestRate | None) -> float:
    """Return how long a provider's rate limit makes a number of requests last.

    Args:
        requests: The number of requests.
        rate: How many the provider accepts. None if that is unknown.

    Returns:
        The seconds; 0 if the rate is unknown.
    """
    return 0.0 if rate is None or rate.requests <= 0 else requests / rate.requests * rate.seconds


@dataclass(slots=True)
class KeyForecast:
    """What is expected of one key: collected while the units of a run are added.

    Attributes:
        requests: Sum of the expected requests.
        units: Number of units that need requests.
        rate: How many requests the provider accepts; None if that is unknown.
    """

    requests: int = 0
    units: int = 0
    rate: RequestRate | None = None

    def add(self, requests: int, rate: RequestRate | None) -> None:
        """Add a unit.

        Args:
            requests: Its expected requests.
            rate: The rate of its provider, as last known.
        """
        self.requests += requests
        self.units += requests > 0
        self.rate = rate or self.rate


@dataclass(frozen=True, slots=True, kw_only=True)
class NightForecast:
    """What a night is expected to take, before it starts.

    Attributes:
        requests: Expected requests of all keys.
        hours: Expected hours of the slowest key, by its provider's rate limit.
        slowest: The slowest key; None if no key has a known rate.
        allowances: How many requests each key may take; keys without a limit are missing.
        unreached: Expected requests that do not fit, by key.
        statement: What will not be reached, in one sentence; None if all fits.
    """

    requests: int
    hours: float
    slowest: str | None = None
    allowances: Mapping[str, int] = field(default_factory=dict[str, int])
    unreached: Mapping[str, int] = field(default_factory=dict[str, int])
    statement: str | None = None


def make_forecast(keys: Mapping[str, KeyForecast], budget: FleetBudget) -> NightForecast:
    """Return what a night is expected to take, and how the budget is shared by the keys.

    The requests of the whole fleet are shared in proportion to what the keys are expected to take.

    Args:
        keys: What is expected of each key.
        budget: The budget.

    Returns:
        The forecast.
    """
    total = sum(key.requests for key in keys.values())
    allowances: dict[str, int] = {}
    unreached: dict[str, int] = {}
    slowest, longest = None, 0.0
    for name, key in keys.items():
        limits = [
            budget.key_requests,
            None if budget.requests is None else _share_of(key.requests, total, len(keys), budget.requests),
            None if budget.hours is None or key.rate is None else int(budget.hours * _HOUR / seconds_of(1, key.rate)),
        ]
        known = [limit for limit in limits if limit is not None]
        if known:
            allowances[name] = min(known)
            if key.requests > allowances[name]:
                unreached[name] = key.requests - allowances[name]
        hours = seconds_of(min(key.requests, allowances.get(name, key.requests)), key.rate) / _HOUR
        if hours > longest:
            slowest, longest = name, hours
    return NightForecast(
        requests=total,
        hours=longest,
        slowest=slowest,
        allowances=allowances,
        unreached=unreached,
        statement=_state(unreached, total),
    )


def _share_of(expected: int, total: int, keys: int, requests: int) -> int:
    """Return the part of the fleet's requests for a key. What nobody is expected to take is shared equally."""
    if total > requests:
        return int(requests * expected / total)
    return expected + (requests - total) // keys


def largest_unit(key: KeyRecord, run: RunRecord, now: datetime) -> int | None:
    """Return how many requests the next unit of a key may be expected to take.

    Args:
        key: The key.
        run: The run.
        now: The time.

    Returns:
        The number, which is negative if nothing fits, even an unchanged organization; None without a budget.
    """
    limits: list[int] = []
    if key.allowance is not None:
        # While planning, what the plans will take is left for them.
        reserved = key.reserved if run.state == "planning" else 0
        limits.append(max(key.allowance - key.requests - reserved, 0))
    if run.deadline is not None:
        left = (run.deadline - now).total_seconds()
        if left <= 0:
            return -1
        if key.rate is not None:
            limits.append(int(left / seconds_of(1, key.rate)))
    return min(limits) if limits else None


def deadline_of(budget: FleetBudget, started_at: datetime) -> datetime | None:
    """Return when the hours of a budget end.

    Args:
        budget: The budget.
        started_at: When the night starts.

    Returns:
        The time; None if the budget has no hours.
    """
    return None if budget.hours is None else started_at + timedelta(hours=budget.hours)


def plan_excess(keys: Iterable[KeyRecord]) -> str | None:
    """Return what of the plans will not be reached, once all are made.

    Args:
        keys: The keys, with the estimates of their plans.

    Returns:
        One sentence; None if all fits.
    """
    unreached: dict[str, int] = {}
    total = 0
    for key in keys:
        needed = key.requests + key.reserved
        total += needed
        if key.allowance is not None and needed > key.allowance:
            unreached[key.key] = needed - key.allowance
    return _state(unreached, total)


def _state(unreached: Mapping[str, int], total: int) -> str | None:
    if not unreached:
        return None
    worst = sorted(unreached, key=lambda name: -unreached[name])[:3]
    named = ", ".join(f"{name} ({unreached[name]:,})" for name in worst)
    more = f" and {count_noun(len(unreached) - len(worst), 'other key')}" if len(unreached) > len(worst) else ""
    return (
        f"The budget is short by about {count_noun(sum(unreached.values()), 'request')} of {total:,}, at the keys "
        f"{named}{more}. The organizations that were verified last are left waiting."
    )
