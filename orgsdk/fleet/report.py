"""The report of a night's work: what was reached, what needs attention, and whether all went well."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pydantic import JsonValue

from orgsdk._messages import count_noun
from orgsdk.fleet.budget import NightForecast
from orgsdk.fleet.progress import COLUMNS, FleetProgress
from orgsdk.fleet.units import RunMode, RunState

_ENDS = {
    "planned": "All plans are made. Nothing is applied yet",
    "refused": "REFUSED: nothing was applied",
    "stopped": "STOPPED: the rest was not applied",
    "finished": "The run is finished",
    "cancelled": "The run was cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetRun:
    """A run that was started.

    Attributes:
        epoch: Number of the run.
        night: The night that it is for.
        mode: `"plan"`, `"apply"` or `"sync"`.
        forecast: What it is expected to take; None if it applies plans that were made before.
    """

    epoch: int
    night: date
    mode: RunMode
    forecast: NightForecast | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetReport:
    """How the work on a run ended, with the numbers of every key.

    Attributes:
        progress: The run, its keys, and the first organizations that need attention.
    """

    progress: FleetProgress

    @property
    def epoch(self) -> int:
        """Number of the run."""
        return self.progress.run.epoch

    @property
    def state(self) -> RunState:
        """State of the run, such as `"finished"` or `"refused"`."""
        return self.progress.run.state

    @property
    def ok(self) -> bool:
        """True if every organization was planned, and applied if the run applies, without a failure."""
        counts = self.progress.total.counts
        expected = {"finished", "planned"} if self.progress.run.mode == "plan" else {"finished"}
        return self.state in expected and sum(counts.values()) == counts["done"] + counts["unchanged"]

    def summary(self) -> str:
        """Return the report in a few lines, without names of users.

        Returns:
            Text.
        """
        run, total = self.progress.run, self.progress.total
        shown = [f"{total.counts[column]:,} {column}" for column in COLUMNS if total.counts[column]]
        numbers = f"{count_noun(total.units, 'organization')} ({', '.join(shown) or 'none'})"
        why = f": {run.detail.rstrip('.')}" if run.detail else ""
        lines = [
            f"Run {run.epoch} of the night {run.night}: {numbers}, {count_noun(total.requests, 'request')}.",
            f"{_ENDS.get(run.state, 'The run is not finished')}{why}.",
        ]
        if run.state == "refused":
            lines.append(f"If the changes are intended, confirm them with the hash {run.hash}.")
        lines += [f"  {key.key}: {key.refused}" for key in self.progress.keys[:20] if key.refused is not None]
        lines += [f"  {unit.name}: {unit.state}: {unit.reason}" for unit in self.progress.attention[:20]]
        return "\n".join(lines)

    def as_json(self) -> dict[str, JsonValue]:
        """Return the report as JSON. It has no secret, and no rosters.

        Returns:
            Values for `json.dumps`.
        """
        return {"ok": self.ok, **self.progress.as_json()}
