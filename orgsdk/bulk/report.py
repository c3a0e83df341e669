"""What a run did, summed up."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk.bulk.cells import safe_cell
from orgsdk.bulk.outcome import STATUSES
from orgsdk.bulk.private_file import replace_privately

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.bulk.outcome import Outcome, Status

_COLUMNS = ("write", "kind", "status", "key", "user_id", "origin", "reason", "request_id", "at")


@dataclass(frozen=True, slots=True)
class Progress:
    """Say how far a run is.

    Of the `planned` writes `begun` were sent and `done` have an outcome, `counts` of each status. `waiting` is for
    how many seconds the run now waits for the provider's rate limit.
    """

    planned: int
    begun: int
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
            cells = (safe_cell(cell or "") for cell in (*told, outcome.request_id, outcome.at))
            writer.writerow([write.number, *cells])
        replace_privately(Path(path), rows.getvalue().encode())
