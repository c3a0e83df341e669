"""Statistics of rounds, targets, and the report."""

from __future__ import annotations

import re
from runpy import run_path
from typing import TYPE_CHECKING

import pytest

from benchmarks.__main__ import LIMITS
from benchmarks.measurements import (
    MEASUREMENTS,
    creates,
    imports,
    listing,
    memory,
    overhead,
    parsing,
    read_ahead,
    scheduling,
    windows,
)
from benchmarks.plan import PLANNED
from benchmarks.processes import ROOT
from benchmarks.report.chart import draw
from benchmarks.report.document import page
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.report.summary import summary
from benchmarks.statistics import Spread, ratios, spread
from benchmarks.targets import ROWS

if TYPE_CHECKING:
    from pathlib import Path

MODULES = (listing, overhead, windows, creates, scheduling, read_ahead, memory, parsing, imports)


def test_a_spread_has_median_and_quartiles() -> None:
    assert spread([5, 1, 9, 2]) == Spread(3.5, 1.75, 6, 4)
    assert f"{spread([1, 2, 3, 4, 5]):.1f}" == "3.0 (2.0 to 4.0)"
    assert f"{spread([5]):.2f}" == "5.00"


@pytest.mark.parametrize(("values", "steady"), [([1, 1.04, 1.02], True), ([1, 1.2, 1.1], True), ([1, 1.3, 1.1], False)])
def test_a_ratio_is_steady_if_its_middle_half_is_narrow(values: list[float], steady: bool) -> None:
    assert spread(values).is_steady is steady


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
        ["Flat", "at least 1.2 ×", "1.45 (1.42 to 1.48) ×", "reached"],
        ["Flat", "at most 10 MiB", "2.5 MiB", "reached"],
        ["a client", "at most 1.3 ×", "1.50 ×", "**missed**"],
    ]


def test_page_and_pictures_show_every_measurement(tmp_path: Path) -> None:
    point = spread([1, 2, 3])
    verdict = Verdict("wire", "", 1, point)
    sections = [
        Section("a", "First", "How.", [Table("T", ["x", "y"], [["1", "2"]])], [verdict], headlines=["Fast.", "Small."]),
        Section("b", "Second", "", [], (), [Series("seconds", "bars", {"orgsdk": point, "httpx": point})]),
        Section("c", "Third", "", [], (), [Series("memory", "orgsdk", {"1": point, "2": point})]),
        Section("d", "Fourth", "", [], (), [Series("ratio", "one", {"httpx": point}, {"httpx": "note"})]),
    ]
    text = page(sections, ["a machine"], "No known limits.")
    assert "| x | y |\n| --- | ---: |\n| 1 | 2 |" in text
    # A reader sees the result first, and how far it is from the targets last.
    expected = ["Performance", "Method", "First", "Second", "Third", "Fourth", "Targets", "Limits"]
    assert re.findall(r"^##? (.*)", text, re.MULTILINE) == expected
    assert text.index("performance.png") < text.index("Fast. Small.") < text.index("## Method")
    draw(sections, tmp_path / "first.png", tmp_path / "details.png")
    for name in ("first", "details"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")


def test_the_method_of_the_page_is_plain() -> None:
    for name in ("proselint",):
        pytest.importorskip(name)
    prose = run_path(str(ROOT / ".ci" / "prose.py"))
    sections = [Section("a", "A", module.HOW, []) for module in MODULES]
    text = page(sections, ["a machine"], LIMITS.read_text("utf-8"))
    assert prose["problems_of"]("docs/performance.md", text) == []


def test_every_target_and_every_plan_has_a_measurement() -> None:
    assert PLANNED.keys() == MEASUREMENTS.keys()
    assert sum(PLANNED.values()) < 20 * 60
    assert len(ROWS) == 16
