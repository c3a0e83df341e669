"""Counting a run's outcomes, and telling its caller how far it is."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from orgsdk.bulk.report import Progress, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orgsdk.bulk.outcome import Outcome, Status
    from orgsdk.bulk.plans import Plan


class Tally:
    """Gather outcomes; `begun` is how many writes were sent, `stopped` why the run does not go to its end."""

    def __init__(self, on_progress: Callable[[Progress], None] | None) -> None:
        self.begun: int = 0
        self.stopped: str | None = None
        self._planned = 0
        self._plan_hash = ""
        self._on_progress = on_progress
        self._counts: Counter[Status] = Counter()
        self._fresh: list[Outcome] = []
        self._outcomes: list[Outcome] = []

    def plan(self, plan: Plan) -> None:
        """Know which plan it is about."""
        self._planned, self._plan_hash = len(plan.writes), plan.hash

    def remember(self, done: Iterable[Outcome]) -> None:
        """Count what was done before the run was resumed; it is not told again."""
        self._outcomes += done
        self._counts.update(outcome.status for outcome in self._outcomes)
        self.begun = len(self._outcomes)

    def add(self, outcome: Outcome) -> None:
        """Count one."""
        self._counts[outcome.status] += 1
        self._fresh.append(outcome)

    def take(self) -> list[Outcome]:
        """Give those that came since the last time."""
        fresh, self._fresh = self._fresh, []
        self._outcomes += fresh
        return fresh

    def tell(self, waiting: float = 0.0) -> None:
        """Tell the caller how far the run is."""
        if self._on_progress is not None:
            done = len(self._outcomes) + len(self._fresh)
            self._on_progress(Progress(self._planned, self.begun, done, dict(self._counts), waiting))

    @property
    def report(self) -> Report:
        """Sum up."""
        return Report(self._planned, (*self._outcomes, *self._fresh), self._plan_hash, self.stopped)
