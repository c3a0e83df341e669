"""Statistics of rounds, targets, and the report."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from benchmarks.measurements import MEASUREMENTS
from benchmarks.report.chart import draw
from benchmarks.report.document import page
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.report.summary import summary
from benchmarks.statistics import Spread, ratios, spread
from benchmarks.targets import ROWS

if TYPE_CHECKING:
    from pathlib import Path


def test_a_spread_has_median_lowest_and_highest() -> None:
    assert spread([5, 1, 9, 2]) == Spread(3.5, 1, 9, 4)
    assert f"{spread([5, 1, 9, 2]):.1f}" == "3.5 (1.0 to 9.0)"
    assert f"{spread([5]):.2f}" == "5.00"


def test_ratios_are_calculated_per_round() -> None:
    # The machine was ten times as slow in the second round: the ratio of the medians would be 1.1.
    assert ratios([2, 20, 2.2], [1, 10, 1.1]) == Spread(2, 2, 2, 3)
    assert ratios([2, 4], [1, 1, 1]).rounds == 2


@pytest.mark.parametrize(
    ("reached", "most", "met"), [(1.2, False, True), (1.19, False, False), (1.2, True, True), (1.21, True, False)]
)
def test_a_target_is_met_by_the_median_alone(reached: float, most: bool, met: bool) -> None:
    assert Verdict("wire", "", 1.2, Spread(reached, 0, 9, 3), most=most).met is met


def test_the_summary_keeps_the_order_of_the_targets_and_shows_misses() -> None:
    verdicts = [
        Verdict("imports", "a client", 1.3, spread([1.5]), "×", most=True),
        Verdict("wire", "Flat", 1.2, spread([1.4, 1.5]), "×"),
        Verdict("memory", "Flat", 10, spread([2.5]), "MiB", most=True),
    ]
    rows = summary([Section("x", "X", "", [], verdicts)]).rows
    assert [list(row[1:]) for row in rows] == [
        ["Flat", "at least 1.2 ×", "1.45 (1.40 to 1.50) ×", "reached"],
        ["Flat", "at most 10 MiB", "2.5 MiB", "reached"],
        ["a client", "at most 1.3 ×", "1.50 ×", "**missed**"],
    ]


def test_page_and_picture_show_every_measurement(tmp_path: Path) -> None:
    point = spread([1, 2, 3])
    sections = [
        Section("a", "First", "How.", [Table("T", ["x", "y"], [["1", "2"]])], [Verdict("wire", "", 1, point)]),
        Section("b", "Second", "", [], (), [Series("ratio", "bars", {"orgsdk": point}, {"orgsdk": "note"})]),
        Section("c", "Third", "", [], (), [Series("memory", "lines", {"1": point, "2": point})]),
    ]
    text = page(sections, ["a machine"], "No known limits.")
    assert "| x | y |\n| --- | ---: |\n| 1 | 2 |" in text
    assert all(f"## {title}" in text for title in ("First", "Second", "Third", "Limits"))
    draw(sections, tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_every_target_has_a_measurement() -> None:
    assert len(MEASUREMENTS) == 9
    assert len(ROWS) == 14
