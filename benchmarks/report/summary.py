"""The table of targets with the reached values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.report.section import Table
from benchmarks.targets import ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.report.section import Section, Verdict


def summary(sections: Iterable[Section]) -> Table:
    """Return a table with a row per verdict, in the order of the targets."""
    verdicts = [verdict for section in sections for verdict in section.verdicts]
    order = list(ROWS)
    verdicts.sort(key=lambda verdict: order.index(verdict.target))
    rows, before = [], ""
    for verdict in verdicts:
        title = ROWS[verdict.target] if verdict.target != before else ""
        before = verdict.target
        rows.append([title, verdict.what, *_values(verdict), "reached" if verdict.met else "**missed**"])
    return Table("Targets", ["what", "of", "target", "reached", ""], rows)


def _values(verdict: Verdict) -> tuple[str, str]:
    form = ".2f" if verdict.needed < 10 else ".1f" if verdict.needed < 50 else ",.0f"
    unit = f" {verdict.unit}" if verdict.unit else ""
    bound = "at most" if verdict.most else "at least"
    needed = f"{verdict.needed:,.0f}" if verdict.needed >= 10 else f"{verdict.needed:g}"
    return f"{bound} {needed}{unit}", f"{verdict.reached:{form}}{unit}"
