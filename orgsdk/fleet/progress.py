"""Progress of a run by limit key: what is done, what is left, and how long it takes. For terminals and pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, get_args

from pydantic import JsonValue

from orgsdk.fleet.budget import seconds_of
from orgsdk.fleet.units import RunRecord, UnitRecord, UnitState

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from orgsdk.fleet.units import KeyRecord

Column: TypeAlias = Literal["done", "unchanged", "running", "left", "guarded", "failed", "stopped"]
COLUMNS: Final[tuple[Column, ...]] = get_args(Column)
"""The numbers of organizations that a status shows, in this order."""

_COLUMN_OF: Final[dict[UnitState, Column]] = {
    "waiting": "left",
    "planning": "running",
    "planned": "left",
    "applying": "running",
    "done": "done",
    "unchanged": "unchanged",
    "guarded": "guarded",
    "failed": "failed",
    "stopped": "stopped",
    "cancelled": "stopped",
}
MAX_ATTENTION: Final = 100
"""The largest number of organizations that are named because they need attention."""
ATTENTION_STATES: Final[tuple[Literal["failed", "guarded", "stopped"], ...]] = ("failed", "guarded", "stopped")
"""The states of an organization that needs attention."""
_HOUR: Final = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyProgress:
    """Progress of one limit key, or of all of them together.

    Attributes:
        key: The limit key; "total" for all of them.
        counts: Number of organizations by column. The plans of a run that only plans are done when they are made.
        requests: Number of requests that were sent.
        until: The key sleeps until then, in UTC; None if it does not.
        refused: Why nothing more is done for the key in this run, such as a refused sign-in; None if it works.
        seconds_left: Estimated time until the key has nothing left; None if that is unknown.
    """

    key: str
    counts: Mapping[Column, int]
    requests: int = 0
    until: datetime | None = None
    refused: str | None = None
    seconds_left: float | None = None

    @property
    def units(self) -> int:
        """Number of organizations."""
        return sum(self.counts.values())

    @property
    def open(self) -> int:
        """Number of organizations that are not finished."""
        return self.counts["running"] + self.counts["left"]

    @property
    def ended(self) -> int:
        """Number of organizations that are finished, in whatever state."""
        return self.units - self.open


@dataclass(frozen=True, slots=True, kw_only=True)
class FleetProgress:
    """Progress of a run: by key, in total, and the organizations that need attention.

    Attributes:
        run: The run.
        at: The time of these numbers, in UTC.
        keys: The keys. Those with work to do come first, then those with a problem, then the others.
        total: The sums of all keys.
        attention: Organizations that failed, are guarded or were stopped, the first of them.
    """

    run: RunRecord
    at: datetime
    keys: tuple[KeyProgress, ...]
    total: KeyProgress
    attention: tuple[UnitRecord, ...]

    def as_json(self) -> dict[str, JsonValue]:
        """Return the numbers as JSON. It has no secret, and no rosters.

        Returns:
            Values for `json.dumps`.
        """
        run = self.run
        return {
            "run": {
                "epoch": run.epoch,
                "night": run.night.isoformat(),
                "mode": run.mode,
                "state": run.state,
                "detail": run.detail,
                "hash": run.hash,
                "started_at": run.started_at.isoformat(),
                "ended_at": None if run.ended_at is None else run.ended_at.isoformat(),
            },
            "at": self.at.isoformat(),
            "total": _key_as_json(self.total),
            "keys": [_key_as_json(key) for key in self.keys],
            "attention": [
                {"name": unit.name, "key": unit.key, "state": unit.state, "reason": unit.reason}
                for unit in self.attention
            ],
        }


class ProgressStore(Protocol):
    """What the progress reads of a `FleetStore`."""

    def run(self, epoch: int | None = None) -> RunRecord | None:
        """Return a run, by default the latest one; None if there is none."""
        ...

    def keys(self, epoch: int) -> list[KeyRecord]:
        """Return the keys of a run with the sums of their units."""
        ...

    def units(self, epoch: int, *, states: Collection[UnitState] | None = None, limit: int = 500) -> list[UnitRecord]:
        """Return the first units of a run that have one of some states."""
        ...


def column_title(column: Column, run: RunRecord) -> str:
    """Return what a column is called: organizations are "planned", and not "done", in a run that has only plans.

    Args:
        column: The column.
        run: The run.

    Returns:
        The title.
    """
    return "planned" if column == "done" and _has_only_plans(run) else column


def read_progress(store: ProgressStore, epoch: int | None = None) -> FleetProgress | None:
    """Read the progress of a run from its store. It blocks: call it in a worker thread.

    Args:
        store: The store, open.
        epoch: The run. Default: the latest one.

    Returns:
        The progress; None if there is no such run.

    Raises:
        StoreError: The store cannot be read.
    """
    run = store.run(epoch)
    if run is None:
        return None
    attention = store.units(run.epoch, states=ATTENTION_STATES, limit=MAX_ATTENTION)
    return fleet_progress(run, store.keys(run.epoch), attention, datetime.now(UTC))


def fleet_progress(
    run: RunRecord, keys: Iterable[KeyRecord], attention: Iterable[UnitRecord], now: datetime
) -> FleetProgress:
    """Return the progress of a run.

    Args:
        run: The run.
        keys: Its keys.
        attention: Organizations that need attention.
        now: The time, in UTC.

    Returns:
        The progress.
    """
    found = sorted((key_progress(key, run, now) for key in keys), key=_urgency)
    return FleetProgress(run=run, at=now, keys=tuple(found), total=total_progress(found), attention=tuple(attention))


def key_progress(record: KeyRecord, run: RunRecord, now: datetime) -> KeyProgress:
    """Return the progress of a key.

    Args:
        record: The key.
        run: Its run.
        now: The time, in UTC.

    Returns:
        The progress.
    """
    has_only_plans = _has_only_plans(run)
    counts: Counter[Column] = Counter()
    for state, number in record.counts.items():
        counts["done" if state == "planned" and has_only_plans else _COLUMN_OF[state]] += number
    until = record.until if record.until is not None and record.until > now else None
    return KeyProgress(
        key=record.key,
        counts={column: counts[column] for column in COLUMNS},
        requests=record.requests,
        until=until,
        refused=record.stopped,
        seconds_left=_seconds_left(record, counts, run, until=until, now=now),
    )


def total_progress(keys: Sequence[KeyProgress]) -> KeyProgress:
    """Return the sums of all keys.

    Args:
        keys: The progress of each key.

    Returns:
        The sums. The time left is that of the slowest key, because keys do not wait for each other.
    """
    counts: Counter[Column] = Counter()
    for key in keys:
        counts.update(key.counts)
    known = [key.seconds_left for key in keys if key.seconds_left is not None]
    return KeyProgress(
        key="total",
        counts={column: counts[column] for column in COLUMNS},
        requests=sum(key.requests for key in keys),
        seconds_left=max(known, default=None),
    )


def _has_only_plans(run: RunRecord) -> bool:
    return run.state in {"planned", "refused"}


def _seconds_left(
    record: KeyRecord, counts: Counter[Column], run: RunRecord, *, until: datetime | None, now: datetime
) -> float | None:
    """Return how long a key will take: by its rate limit, or where it has none, by the time it took until now."""
    is_open = counts["running"] + counts["left"]
    if not is_open or record.stopped is not None:
        return 0.0
    asleep = 0.0 if until is None else (until - now).total_seconds()
    if record.rate is not None and record.estimate:
        return asleep + seconds_of(record.estimate, record.rate)
    ended = record.units - is_open
    return asleep + is_open * (now - run.started_at).total_seconds() / ended if ended else None


def duration_text(seconds: float) -> str:
    """Return a duration for a reader: "under 1 min", "25 min", "3.5 h".

    Args:
        seconds: The duration.

    Returns:
        The text.
    """
    if seconds < _HOUR:
        return "under 1 min" if seconds < 60 else f"{seconds / 60:.0f} min"
    return f"{seconds / _HOUR:.1f} h"


def _urgency(key: KeyProgress) -> tuple[bool, bool, int, str]:
    has_problem = key.refused is not None or any(key.counts[column] for column in ATTENTION_STATES)
    return (not key.open or key.refused is not None, not has_problem, -key.units, key.key)


def _key_as_json(key: KeyProgress) -> dict[str, JsonValue]:
    return {
        "key": key.key,
        "units": key.units,
        **{str(column): number for column, number in key.counts.items()},
        "requests": key.requests,
        "until": None if key.until is None else key.until.isoformat(),
        "refused": key.refused,
        "seconds_left": None if key.seconds_left is None else round(key.seconds_left),
    }
