"""A run with keys in every condition, and a store that holds it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from orgsdk.fleet.units import KeyRecord, RunRecord, UnitRecord
from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from collections.abc import Collection

    from orgsdk.fleet.units import UnitState

NOW = datetime(2026, 12, 1, 23, 0, tzinfo=UTC)
RUN = RunRecord(epoch=7, night=date(2026, 12, 1), mode="sync", state="applying", started_at=NOW - timedelta(hours=1))
KEYS = (
    KeyRecord(
        key="flat-main",
        counts={"done": 300, "unchanged": 500, "applying": 1, "waiting": 199},
        requests=9_000,
        estimate=3_600,
        rate=RequestRate(7200, 3600),
    ),
    KeyRecord(
        key="tenant-north",
        counts={"done": 20, "planned": 30, "failed": 1, "guarded": 2},
        requests=1_200,
        estimate=1_800,
        until=NOW + timedelta(minutes=7),
        rate=RequestRate(200, 10),
    ),
    KeyRecord(key="workos", counts={"unchanged": 40}, requests=80),
    KeyRecord(
        key="school-17",
        counts={"done": 1, "waiting": 9},
        requests=30,
        stopped="sign-in was refused: FLAT_ACCESS_TOKEN",
    ),
)


def _unit(number: int, name: str, state: UnitState, reason: str | None) -> UnitRecord:
    return UnitRecord(number=number, name=name, key=KEYS[1].key, entry="{}", state=state, reason=reason)


ATTENTION = (
    _unit(17, "school-17", "failed", "3 of 12 changes failed"),
    _unit(21, "<b>school</b>", "guarded", "removals: 40 of 200 members would be removed, 5 % may"),
    _unit(23, "school-23", "guarded", None),
)


class SampleStore:
    """What the status reads of a store."""

    name = "a sample"

    def __init__(self, run: RunRecord | None = RUN, error: Exception | None = None) -> None:
        self.latest, self.error, self.reads = run, error, 0

    def run(self, epoch: int | None = None) -> RunRecord | None:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return self.latest if self.latest is None or epoch in {None, self.latest.epoch} else None

    def keys(self, epoch: int) -> list[KeyRecord]:
        return list(KEYS)

    def units(
        self,
        epoch: int,
        *,
        states: Collection[UnitState] | None = None,
        limit: int = 500,
    ) -> list[UnitRecord]:
        return [unit for unit in ATTENTION if states is None or unit.state in states][:limit]


def many_keys(number: int) -> list[KeyRecord]:
    """Return this many keys with one finished organization each."""
    return [
        replace(KEYS[2], key=f"flat https://api.flat.io/v2 {index:06}", counts={"done": 1}) for index in range(number)
    ]
