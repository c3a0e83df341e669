"""A night as it was planned, before anything is applied: changes by kind, guards, and what it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgsdk.bulk import GuardResult, LockedError, Plan
from orgsdk.fleet.budget import seconds_of
from orgsdk.fleet.errors import FencedError, NoRunError
from orgsdk.fleet.guards import FleetFigures, judge_fleet
from orgsdk.fleet.phases import iterate_units, sum_plans
from orgsdk.fleet.progress import FleetProgress, read_progress
from orgsdk.fleet.units import KeyRecord

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orgsdk.fleet.options import FleetOptions
    from orgsdk.fleet.store import FleetStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedNight:
    """A night as it was planned.

    Attributes:
        progress: The run and its keys.
        keys: The same keys, with the sums of their plans, in the order of `progress`.
        changes: Number of changes by kind, such as "create". Those of guarded organizations are not in it.
        guards: What each guard of the fleet finds.
    """

    progress: FleetProgress
    keys: tuple[KeyRecord, ...]
    changes: Mapping[str, int]
    guards: tuple[GuardResult, ...]

    @property
    def is_refused(self) -> bool:
        """True if a guard of the fleet refuses to apply the plans."""
        return any(not guard.passed for guard in self.guards)

    def as_json(self) -> dict[str, JsonValue]:
        """Return the night as JSON. It has no secret, and no users.

        Returns:
            Values for `json.dumps`.
        """
        return {
            **self.progress.as_json(),
            "changes": dict(self.changes),
            "guards": [{"name": guard.name, "passed": guard.passed, "detail": guard.detail} for guard in self.guards],
            "plans": [
                {
                    "key": key.key,
                    "changes": key.writes,
                    "removals": key.removals,
                    "new_admins": key.new_admins,
                    "estimated_requests": key.estimate,
                    "estimated_seconds": hours_of(key) * 3600,
                    "allowance": key.allowance,
                }
                for key in self.keys
            ],
        }


def hours_of(key: KeyRecord) -> float:
    """Return how many hours the rate limit makes the open organizations of a key last.

    Args:
        key: The key.

    Returns:
        The hours; 0 if its rate limit is unknown.
    """
    return seconds_of(key.estimate, key.rate) / 3600


def read_night(store: FleetStore, options: FleetOptions, epoch: int) -> PlannedNight:
    """Read a night that was planned. It reads every plan and blocks: call it in a worker thread.

    Args:
        store: The store, open.
        options: The fleet's options, which have its guards.
        epoch: The run.

    Returns:
        The night. Plans of keys that another worker has are not in `changes`.

    Raises:
        NoRunError: There is no such run.
        StoreError: The store cannot be read.
    """
    progress = read_progress(store, epoch)
    if progress is None:
        raise NoRunError(f"There is no run {epoch} in {store.name}.")
    records = {key.key: key for key in store.keys(epoch)}
    changes: Counter[str] = Counter()
    for key in records:
        changes.update(_count_changes(store, epoch, key))
    return PlannedNight(
        progress=progress,
        keys=tuple(records[key.key] for key in progress.keys if key.key in records),
        changes=dict(sorted(changes.items())),
        guards=judge_fleet(FleetFigures.of(records.values(), sum_plans(store, epoch)), options.guards),
    )


def _count_changes(store: FleetStore, epoch: int, key: str) -> Counter[str]:
    found: Counter[str] = Counter()
    units = [unit for unit in iterate_units(store, epoch, {"planned"}, key=key) if unit.writes]
    if not units:
        return found
    try:
        session = store.open_key(epoch, key)
    except (LockedError, FencedError):
        return found
    try:
        for unit in units:
            content = session.plan(unit)
            if content is not None:
                found.update({kind: number for kind, number in Plan.from_json(content).counts.items() if number})
    finally:
        session.close()
    return found
