"""The command line, and the measurements that need no other package, with tiny sizes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks.measurements import creates, scheduling, windows
from benchmarks.measurements.list_competitors import COMPETITORS, PAGE_SIZES
from benchmarks.measurements.listing import Cell, _headlines
from benchmarks.processes import ROOT, Measurement, run_competitor
from benchmarks.rounds import interleaved, repeat
from benchmarks.server import Server, serving
from benchmarks.settings import Settings, tiny


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


def test_a_cell_counts_for_all_users() -> None:
    cell = Cell([Measurement(2, 1, 40, {})], users=10_000)
    assert (cell.seconds, cell.requests, cell.cpu_a_user) == ([20], 400, [100])


def test_no_jobs_take_no_rounds() -> None:
    assert interleaved({}, SETTINGS) == {}


SETTINGS = Settings(Server({}), rounds=3, most_rounds=8)


@pytest.mark.parametrize(
    ("settings", "values", "rounds"),
    [
        (SETTINGS, [1.0] * 8, 3),
        (SETTINGS, [1, 2, 1, 2, 1, 2, 1, 2], 8),
        (SETTINGS, [1, 2, 1, 1, 1, 1, 1, 1], 5),
        (replace(SETTINGS, seconds=-1), [1, 2] * 4, 3),
        (replace(SETTINGS, ends=0), [1, 2] * 4, 3),
    ],
    ids=["steady", "never steady", "steady later", "time", "plan"],
)
def test_rounds_end_when_ratios_are_steady(settings: Settings, values: list[float], rounds: int) -> None:
    ours: list[float] = []
    others: list[float] = []

    def take(number: int) -> None:
        ours.append(1)
        others.append(values[number])

    repeat(settings, take, [ours, others])
    assert len(ours) == rounds


def test_three_sentences_state_the_medians_against_peers() -> None:
    settings = Settings(Server({}))
    grids = {}
    for provider, (default, largest) in PAGE_SIZES.items():
        seconds = dict.fromkeys(COMPETITORS[provider], 2.0) | {"orgsdk": 1.0, "orgsdk, prefetch": 0.5}
        cells = {name: Cell([Measurement(taken, 1, 1, {})], users=10_000) for name, taken in seconds.items()}
        grids[provider] = {(size, latency): cells for size in (default, largest) for latency in settings.latencies}
    assert _headlines(settings, grids) == [
        "orgsdk lists users in 0.50 (Flat) and 0.50 (Logto) of the time of plain httpx with a full pydantic model.",
        (
            "The providers' own clients take 2.0 (`flat-api, sync`), 2.0 (`flat-api, async`) and 2.0 (`py-logto`) "
            "times as long with pages of the same size."
        ),
        (
            "At 50 ms latency and with defaults, they take 4 (`flat-api, sync`), 4 (`flat-api, async`) and 4 "
            "(`py-logto`) times as long as orgsdk's `prefetch`."
        ),
    ]
