"""Outcomes, progress and report of a run."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from orgsdk.bulk.private_file import escape_cell, replace_privately

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.writes import Kind, Write
    from orgsdk.errors import OrgError

Status: TypeAlias = Literal[
    "created", "added", "invited", "updated", "removed", "adopted", "skipped", "failed", "unknown"
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

DONE_STATUS: Final[dict[Kind, Status]] = {
    "create": "created",
    "add": "added",
    "invite": "invited",
    "update": "updated",
    "set_roles": "updated",
    "add_roles": "updated",
    "remove": "removed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Say what became of one write of a plan.

    `status` is `"created"`, `"added"` (an account that was there is a member now), `"invited"`, `"updated"`,
    `"removed"`, `"adopted"` (what was to be made was found there: the answer to its making was lost, or somebody else
    made just the same), `"skipped"`, `"failed"`, or `"unknown"` (it may or may not have been done; resuming tells).

    `reason` says why it was skipped: `"drifted"` (the user was changed since the plan), `"gone"` (they are there no
    more), `"blocked"` (an earlier write of the same person failed), `"own_user"`, `"protected"` or `"last_admin"`
    (the guard that holds by now). It is `"found"` where what was adopted is somebody else's making, and for what
    failed the error's text. `error` is that error, None in a run that was resumed after it.
    `user_id` is whom it was done to, `request_id` what the provider's support asks for, `at` the time, in UTC.
    """

    write: Write
    status: Status
    at: str
    user_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    error: OrgError | None = field(default=None, compare=False)
    has_password: bool = False


_COLUMNS = ("write", "kind", "status", "key", "user_id", "origin", "reason", "request_id", "at")


@dataclass(frozen=True, slots=True)
class Progress:
    """Say how far a run is.

    Of the `planned` writes `started` were sent and `done` have an outcome, `counts` of each status. `waiting` is for
    how many seconds the run now waits for the provider's rate limit.
    """

    planned: int
    started: int
    done: int
    counts: Mapping[Status, int]
    waiting: float = 0.0


@dataclass(frozen=True)
class Report:
    """Sum up a run: `planned == created + updated + removed + adopted + skipped + failed`, always and exactly.

    `created` counts who was not there before: accounts that were made, accounts that were added, invitations that
    went out. `updated` counts changes of fields and of roles. What has no outcome yet, because the run was stopped
    or is not at its end, counts as skipped, with the reason `"stopped"`. A write that may or may not have been done
    (`unknown`) counts as failed.

    `outcomes` are in the order in which they came. `stopped` says why the run did not go to its end.
    """

    planned: int
    outcomes: Sequence[Outcome] = field(repr=False)
    plan_hash: str
    stopped: str | None = None

    @cached_property
    def counts(self) -> Mapping[Status, int]:
        """Count the outcomes of each status; a status without any is 0."""
        counted = Counter(outcome.status for outcome in self.outcomes)
        return {status: counted[status] for status in STATUSES}

    @property
    def created(self) -> int:
        """Count the accounts that were made or added, and the invitations that went out."""
        return self.counts["created"] + self.added + self.invited

    @property
    def added(self) -> int:
        """Count those of the created who had an account before."""
        return self.counts["added"]

    @property
    def invited(self) -> int:
        """Count those of the created who were invited."""
        return self.counts["invited"]

    @property
    def updated(self) -> int:
        """Count the changes of fields and of roles."""
        return self.counts["updated"]

    @property
    def removed(self) -> int:
        """Count the removals."""
        return self.counts["removed"]

    @property
    def adopted(self) -> int:
        """Count what was found there when it was to be made."""
        return self.counts["adopted"]

    @property
    def skipped(self) -> int:
        """Count what was not done on purpose, and what the run did not come to."""
        return self.planned - len(self.outcomes) + self.counts["skipped"]

    @property
    def failed(self) -> int:
        """Count what was not done, or may not have been."""
        return self.counts["failed"] + self.unknown

    @property
    def unknown(self) -> int:
        """Count those of the failed that may have been done all the same."""
        return self.counts["unknown"]

    @property
    def failures(self) -> list[Outcome]:
        """Give the outcomes of what failed, with the origin of their rows."""
        return [outcome for outcome in self.outcomes if outcome.status in {"failed", "unknown"}]

    def summary(self) -> str:
        """Say it in a line, and in another why the run was stopped, where it was."""
        words = ("created", "updated", "removed", "adopted", "skipped", "failed")
        told = ", ".join(f"{getattr(self, word):,} {word}" for word in words if getattr(self, word))
        line = f"{self.planned:,} planned: {told or 'nothing to do'}."
        return f"{line}\n{self.stopped}" if self.stopped else line

    def to_csv(self, path: Path | str) -> None:
        """Write a line an outcome to a file of mode 0600; no spreadsheet takes any of its cells for a formula.

        Raises `OSError` where the file cannot be written.
        """
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for outcome in self.outcomes:
            write = outcome.write
            told = (write.kind, outcome.status, write.key, outcome.user_id, write.origin, outcome.reason)
            cells = (escape_cell(cell or "") for cell in (*told, outcome.request_id, outcome.at))
            writer.writerow([write.number, *cells])
        replace_privately(Path(path), rows.getvalue().encode())


class RunCounters:
    """Gather outcomes; `started` is how many writes were sent, `stopped` why the run does not go to its end."""

    def __init__(self, on_progress: Callable[[Progress], None] | None) -> None:
        self.started: int = 0
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
        self.started = len(self._outcomes)

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
            self._on_progress(Progress(self._planned, self.started, done, dict(self._counts), waiting))

    @property
    def report(self) -> Report:
        """Sum up."""
        return Report(self._planned, (*self._outcomes, *self._fresh), self._plan_hash, self.stopped)
