"""Counts, summary and CSV of a report."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, get_args

from orgsdk.bulk import Report
from orgsdk.bulk.run.report import Status
from tests.bulk.samples import outcome

if TYPE_CHECKING:
    from pathlib import Path


def test_summary_has_thousands_separators() -> None:
    report = Report(planned=12345, outcomes=(), plan_hash="0" * 64)
    assert report.summary() == "12,345 planned: 12,345 not reached (not sent)."


def test_counts_add_up_to_planned(tmp_path: Path) -> None:
    statuses = get_args(Status)
    outcomes = [outcome(n, status=status, reason="=cmd|' /C calc'!A0") for n, status in enumerate(statuses)]
    report = Report(len(statuses) + 3, outcomes, "a" * 64, "Too many failures.")
    assert (report.created, report.added, report.invited, report.skipped, report.in_flight) == (3, 1, 1, 1, 1)
    assert report.not_reached == 4
    done = report.created + report.updated + report.removed + report.adopted
    assert report.planned == done + report.skipped + report.failed + report.in_flight + report.not_reached
    assert [one.status for one in report.failures] == ["failed", "unknown"]
    assert report.summary() == (
        f"{report.planned} planned: 3 created, 1 updated, 1 removed, 1 adopted, 1 skipped, "
        "2 failed (1 of them may have been done), 1 in flight when stopped (may have been done), "
        "4 not reached (not sent).\nToo many failures."
    )
    report.to_csv(tmp_path / "report.csv")
    with (tmp_path / "report.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["status"] for row in rows] == list(statuses)
    assert {row["reason"] for row in rows} == {"'=cmd|' /C calc'!A0"}
