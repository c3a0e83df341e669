"""The command line, and the measurements that need no other package, with tiny sizes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks.measurements import creates, scheduling, windows
from benchmarks.measurements.listing import Cell
from benchmarks.processes import ROOT, Measurement, run_competitor
from benchmarks.rounds import interleaved
from benchmarks.server import serving
from benchmarks.settings import tiny


def test_small_measurements_run_from_end_to_end() -> None:
    with serving((0, 0.01), distinct=3_200) as server:
        settings = replace(tiny(server), items=100)
        sections = [module.measure(settings) for module in (windows, creates, scheduling)]
    assert [len(section.verdicts) for section in sections] == [3, 3, 2]
    for section in sections:
        for table in section.tables:
            assert {len(row) for row in table.rows} == {len(table.header)}


def test_a_failing_competitor_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with run_competitor("in_process") as process, pytest.raises(RuntimeError, match="process of in_process ended"):
        process.run({"task": "unknown"})
    assert "AttributeError" in capfd.readouterr().err


def test_an_unknown_measurement_is_refused() -> None:
    command = [sys.executable, "-m", "benchmarks", "listings"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 2
    assert "unknown measurement listings. Choose from: listing, overhead" in done.stderr


def test_an_extrapolated_cell_counts_as_a_whole() -> None:
    cell = Cell([Measurement(2, 1, 40, {})], users=10_000, times=10)
    assert (cell.seconds, cell.requests, cell.cpu_a_user) == ([20], 400, [1000])


def test_no_jobs_take_no_rounds() -> None:
    assert interleaved({}, rounds=3) == {}
