"""The progress of a run by key: sums, order, and the time that is left."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orgsdk.fleet.progress import COLUMNS, KeyProgress, duration_text, fleet_progress, key_progress, read_progress
from orgsdk.fleet.units import KeyRecord
from orgsdk.responses import RequestRate
from tests.fleet.samples import ATTENTION, KEYS, NOW, RUN, SampleStore

if TYPE_CHECKING:
    from orgsdk.fleet.units import UnitState


def test_the_total_is_the_sum_of_the_keys_and_takes_as_long_as_the_slowest() -> None:
    progress = fleet_progress(RUN, KEYS, ATTENTION, NOW)
    total = progress.total
    assert dict(total.counts) == {
        "done": 321,
        "unchanged": 540,
        "running": 1,
        "left": 238,
        "guarded": 2,
        "failed": 1,
        "stopped": 0,
    }
    assert (total.units, total.open, total.ended, total.requests) == (1_103, 239, 864, 10_310)
    assert total.seconds_left == 1_800


def test_keys_with_work_come_first_and_those_with_problems_before_the_others() -> None:
    progress = fleet_progress(RUN, KEYS, ATTENTION, NOW)
    assert [key.key for key in progress.keys] == ["tenant-north", "flat-main", "school-17", "workos"]


def key(estimate: int = 0, rate: RequestRate | None = None, **counts: int) -> KeyRecord:
    states: dict[UnitState, int] = {"done": counts.get("done", 0), "waiting": counts.get("waiting", 0)}
    return KeyRecord(key="flat 1", counts=states, estimate=estimate, rate=rate)


@pytest.mark.parametrize(
    ("record", "seconds"),
    [
        (key(done=4), 0),
        (key(waiting=4), None),  # nothing is known yet
        (key(done=4, waiting=2), 1_800),  # an hour for four
        (key(done=4, waiting=2, estimate=400, rate=RequestRate(200, 10)), 20),
        (replace(key(done=4, waiting=2), until=NOW + timedelta(seconds=60)), 1_860),
        (replace(key(done=4, waiting=2), until=NOW - timedelta(seconds=60)), 1_800),
        (replace(key(done=4, waiting=2), stopped="sign-in was refused"), 0),
    ],
)
def test_the_time_that_is_left(record: KeyRecord, seconds: float | None) -> None:
    assert key_progress(record, RUN, NOW).seconds_left == seconds


def test_a_pause_that_is_over_is_not_shown() -> None:
    until = NOW + timedelta(seconds=1)
    record = replace(key(waiting=1), until=until)
    assert key_progress(record, RUN, NOW).until == until
    assert key_progress(record, RUN, until).until is None


@pytest.mark.parametrize(("state", "column"), [("planned", "done"), ("refused", "done"), ("applying", "left")])
def test_a_plan_is_the_end_of_a_run_that_only_plans(state: str, column: str) -> None:
    counts: dict[UnitState, int] = {"planned": 3}
    progress = key_progress(KeyRecord(key="k", counts=counts), replace(RUN, state=state), NOW)  # type: ignore[arg-type]  # a parameter of the test
    assert {name for name in COLUMNS if progress.counts[name]} == {column}


def test_the_progress_as_json_has_every_key_and_no_settings() -> None:
    progress = read_progress(SampleStore())
    assert progress is not None
    found = progress.as_json()
    assert found["run"] == {
        "epoch": 7,
        "night": "2026-12-01",
        "mode": "sync",
        "state": "applying",
        "detail": None,
        "hash": None,
        "started_at": "2026-12-01T22:00:00+00:00",
        "ended_at": None,
    }
    keys = found["keys"]
    assert isinstance(keys, list)
    assert len(keys) == len(KEYS)
    assert found["attention"] == [
        {"name": unit.name, "key": unit.key, "state": unit.state, "reason": unit.reason} for unit in ATTENTION
    ]
    assert "entry" not in str(found)


def test_without_a_run_there_is_no_progress() -> None:
    assert read_progress(SampleStore(run=None)) is None


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "under 1 min"), (59.9, "under 1 min"), (60, "1 min"), (3_599, "60 min"), (12_600, "3.5 h")],
)
def test_durations_are_short(seconds: float, text: str) -> None:
    assert duration_text(seconds) == text


def test_a_key_without_organizations_is_empty() -> None:
    progress = key_progress(KeyRecord(key="k"), RUN, NOW)
    assert isinstance(progress, KeyProgress)
    assert (progress.units, progress.open, progress.seconds_left) == (0, 0, 0)
