"""Outcomes, progress and report of a run, and the error of a run that was stopped."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, get_args

from orgsdk._callables import call_hook
from orgsdk._known_names import HasItems
from orgsdk.bulk.csv_cells import escape_cell
from orgsdk.bulk.input_file import check_path
from orgsdk.bulk.planning.writes import Write
from orgsdk.bulk.private_file import replace_privately
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.writes import Kind
    from orgsdk.bulk.run.forecast import Forecast

Status: TypeAlias = Literal[
    "created",
    "added",
    "invited",
    "updated",
    "removed",
    "adopted",
    "skipped",
    "failed",
    "unknown",
    "in_flight",
    "not_reached",
]
STATUSES: Final[tuple[Status, ...]] = get_args(Status)

DONE_STATUS: Final[dict[Kind, Status]] = {
    "create": "created",
    "add": "added",
    "invite": "invited",
    "activate": "updated",
    "update": "updated",
    "set_roles": "updated",
    "add_roles": "updated",
    "suspend": "updated",
    "remove": "removed",
}
"""The status of a write that was done, by its kind."""

# What the summary calls each number of a report.
_SUMMARY_TEXTS: Final[dict[str, str]] = {
    **{name: name for name in ("created", "updated", "removed", "adopted", "skipped", "failed")},
    "in_flight": "in flight when stopped (may have been done)",
    "not_reached": "not reached (not sent)",
}
_COLUMNS = ("write", "kind", "status", "key", "user_id", "origin", "reason", "request_id", "at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Result of one write of a plan.

    Attributes:
        write: The write.
        status: `"created"`, `"added"` (an existing account became a member), `"invited"`, `"updated"`, `"removed"`,
            `"adopted"` (what should be created already existed: the response to its creation was lost, or another
            caller created the same), `"skipped"`, `"failed"`, `"unknown"` (its response was lost: it may or may not
            have been done), `"in_flight"` (it was sent and had no response when the run stopped: it may or may not have
            been done), or `"not_reached"` (it was not sent when the run stopped). Resuming the run settles the last
            three.
        at: Time of the result, in UTC.
        user_id: Id of the user that was changed or created.
        request_id: The provider's id of the request, for its support.
        reason: Of a skipped write: `"drifted"` (the user was changed after the plan was made), `"gone"` (the user no
            longer exists), `"blocked"` (an earlier write of the same user failed), or the protection that applies
            now: `"own_user"`, `"protected"` or `"last_admin"`. Of an adopted write, `"found"` if
            another caller created it. Of a failed write, the text of the error.
        error: The error of a failed write; None if it failed before the run was resumed.
        has_password: True if the account was created with a generated password.
    """

    write: Write
    status: Status
    at: str
    user_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    error: OrgError | None = field(default=None, compare=False)
    has_password: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a run.

    Attributes:
        planned: Number of writes in the plan.
        started: Number of writes that were sent.
        done: Number of writes that have an outcome.
        counts: Number of outcomes by status.
        waiting: Seconds that the run now waits for the provider's rate limit.
        ends_at: When the run will probably end, in UTC, with the waits for the rate limit. None if it is unknown yet.
    """

    planned: int
    started: int
    done: int
    counts: Mapping[Status, int]
    waiting: float = 0.0
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Report(HasItems):
    """Report of a run.

    `planned == created + updated + removed + adopted + skipped + failed + in_flight + not_reached` always holds. A
    write whose response was lost (`unknown`) counts as failed. While a run works, a write without an outcome counts as
    not reached.

    Attributes:
        planned: Number of writes in the plan.
        outcomes: The outcomes, in the order in which they came. Of a run that was stopped, the writes that were not
            reached are at the end.
        plan_hash: Hash of the plan.
        stopped: Why the run stopped before its end; None if it did not.
    """

    _items = "outcomes"

    planned: int
    outcomes: Sequence[Outcome] = field(repr=False)
    plan_hash: str
    stopped: str | None = None

    @cached_property
    def counts(self) -> Mapping[Status, int]:
        """Number of outcomes of each status, including 0."""
        counted = Counter(outcome.status for outcome in self.outcomes)
        return {status: counted[status] for status in STATUSES}

    @property
    def created(self) -> int:
        """Number of accounts created, accounts added and invitations sent."""
        return self.counts["created"] + self.added + self.invited

    @property
    def added(self) -> int:
        """Number of existing accounts that became members; included in `created`."""
        return self.counts["added"]

    @property
    def invited(self) -> int:
        """Number of invitations sent; included in `created`."""
        return self.counts["invited"]

    @property
    def updated(self) -> int:
        """Number of changes of fields, of roles and of suspensions."""
        return self.counts["updated"]

    @property
    def removed(self) -> int:
        """Number of removals."""
        return self.counts["removed"]

    @property
    def adopted(self) -> int:
        """Number of creations that found an existing account or invitation."""
        return self.counts["adopted"]

    @property
    def skipped(self) -> int:
        """Number of writes that were skipped on purpose."""
        return self.counts["skipped"]

    @property
    def failed(self) -> int:
        """Number of writes that failed, including `unknown`."""
        return self.counts["failed"] + self.unknown

    @property
    def unknown(self) -> int:
        """Number of writes whose response was lost, so that they may have been done; included in `failed`."""
        return self.counts["unknown"]

    @property
    def in_flight(self) -> int:
        """Number of writes that were sent and had no response when the run stopped: they may have been done."""
        return self.counts["in_flight"]

    @property
    def not_reached(self) -> int:
        """Number of writes that were not sent, because the run stopped before, or has not ended yet."""
        return self.planned - len(self.outcomes) + self.counts["not_reached"]

    @property
    def failures(self) -> list[Outcome]:
        """Outcomes of the writes that failed or are unknown."""
        return [outcome for outcome in self.outcomes if outcome.status in {"failed", "unknown"}]

    def summary(self) -> str:
        """Return the counts in one line, and in a second line why the run was stopped.

        Returns:
            One or two lines of text.
        """
        numbers = ((getattr(self, name), text) for name, text in _SUMMARY_TEXTS.items())
        counts = [f"{number:,} {text}" for number, text in numbers if number]
        if self.unknown:
            unknown = "it" if self.failed == 1 else f"{self.unknown:,} of them"
            counts = [one + f" ({unknown} may have been done)" if one.endswith(" failed") else one for one in counts]
        line = f"{self.planned:,} planned: {', '.join(counts) or 'nothing to do'}."
        return f"{line}\n{self.stopped}" if self.stopped else line

    def to_csv(self, path: Path | str) -> None:
        """Write one line for each outcome to a file of mode 0600. Cells are escaped, so no spreadsheet runs a formula.

        Args:
            path: The file; an existing one is replaced.

        Raises:
            FileError: The file cannot be written.
            InvalidArgumentError: `path` is not a path.
        """
        rows = io.StringIO()
        writer = csv.writer(rows, lineterminator="\n")
        writer.writerow(_COLUMNS)
        for outcome in self.outcomes:
            write = outcome.write
            values = (write.kind, outcome.status, write.key, outcome.user_id, write.origin, outcome.reason)
            cells = (escape_cell(cell or "") for cell in (*values, outcome.request_id, outcome.at))
            writer.writerow([write.number, *cells])
        replace_privately(check_path("path", path), rows.getvalue().encode())


class StoppedError(OrgError):
    """A run was stopped before its end: too many failures, a failed sign-in, or a rate limit. It can be resumed.

    Args:
        message: Why it was stopped.
        report: What was done until then.
    """

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


class PausedError(StoppedError):
    """A run was stopped by a rate limit that is longer than its `max_pause`. Resume it when the limit has ended.

    Args:
        message: Why it was stopped.
        report: What was done until then.
        until: When the limit ends, in UTC. If the provider did not state it, in one minute.
    """

    def __init__(self, message: str, report: Report, until: datetime) -> None:
        super().__init__(message, report)
        self.until = until


class RunCounters:
    """Collect the outcomes of a run, count them, and report progress to the caller.

    `started` is the number of writes sent, `stopped` the reason why the run does not reach its end.
    """

    def __init__(self, on_progress: Callable[[Progress], None] | None) -> None:
        self.started: int = 0
        self.stopped: str | None = None
        self._writes: Sequence[Write] = ()
        self._plan_hash = ""
        self._on_progress = on_progress
        self._forecast: Forecast | None = None
        self._counts: Counter[Status] = Counter()
        self._fresh: list[Outcome] = []
        self._outcomes: list[Outcome] = []

    def set_plan(self, plan: Plan) -> None:
        """Set the plan of the run."""
        self._writes, self._plan_hash = plan.writes, plan.hash

    def set_forecast(self, forecast: Forecast) -> None:
        """Set what estimates the end of the run."""
        self._forecast = forecast

    def restore(self, done: Iterable[Outcome]) -> None:
        """Count outcomes from before the run was resumed; `take` does not return them."""
        self._outcomes += done
        self._counts.update(outcome.status for outcome in self._outcomes)
        self.started = len(self._outcomes)

    def add(self, outcome: Outcome) -> None:
        """Count one outcome."""
        self._counts[outcome.status] += 1
        self._fresh.append(outcome)

    def take(self) -> list[Outcome]:
        """Return the outcomes that were added since the previous call."""
        fresh, self._fresh = self._fresh, []
        self._outcomes += fresh
        return fresh

    def emit_progress(self, waiting: float = 0.0) -> None:
        """Call the caller's `on_progress`; `waiting` is the wait for a rate limit, in seconds."""
        if self._on_progress is not None:
            planned, done = len(self._writes), len(self._outcomes) + len(self._fresh)
            ends_at = None if self._forecast is None else self._forecast.ends_at(planned, done, waiting)
            progress = Progress(planned, self.started, done, dict(self._counts), waiting, ends_at)
            call_hook(self._on_progress, "on_progress", progress)

    def end(self, at: str) -> None:
        """Add an outcome for each write that was not reached; `take` does not return them."""
        if len(self._outcomes) + len(self._fresh) < len(self._writes):
            ended = {outcome.write.number for outcome in (*self._outcomes, *self._fresh)}
            self._outcomes += [
                Outcome(write=write, status="not_reached", at=at) for write in self._writes if write.number not in ended
            ]

    @property
    def report(self) -> Report:
        """The report of the run until now."""
        return Report(len(self._writes), (*self._outcomes, *self._fresh), self._plan_hash, self.stopped)
