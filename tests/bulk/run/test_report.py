"""Counts, summary and CSV of a report."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from orgsdk.bulk import Report
from tests.bulk.samples import outcome

if TYPE_CHECKING:
    from pathlib import Path


def test_summary_has_thousands_separators() -> None:
    report = Report(planned=12345, outcomes=(), plan_hash="0" * 64)
    assert report.summary() == "12,345 planned: 12,345 skipped."


def test_counts_add_up_to_planned(tmp_path: Path) -> None:
    statuses = ("created", "added", "invited", "updated", "removed", "adopted", "skipped", "failed", "unknown")
    outcomes = [outcome(n, status=status, reason="=cmd|' /C calc'!A0") for n, status in enumerate(statuses)]
    report = Report(12, outcomes, "a" * 64, "Too many failures.")
    assert (report.created, report.added, report.invited, report.skipped) == (3, 1, 1, 4)
    assert report.planned == report.created + report.updated + report.removed + report.adopted + report.skipped + (
        report.failed
    )
    assert [one.status for one in report.failures] == ["failed", "unknown"]
    assert report.summary() == (
        "12 planned: 3 created, 1 updated, 1 removed, 1 adopted, 4 skipped, 2 failed.\nToo many failures."
    )
    report.to_csv(tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == list(statuses)
    assert {row["reason"] for row in rows} == {"'=cmd|' /C calc'!A0"}
