"""The cost of scheduling items on workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Table, Verdict
from benchmarks.rounds import interleaved
from benchmarks.statistics import spread

if TYPE_CHECKING:
    from benchmarks.settings import Settings

CONCURRENCY = 16
HOW = (
    "`orgsdk.bulk.workers.Workers` processes {items:,} items, {concurrency} at a time. The work of an item is one "
    "empty step of the event loop. The CPU time of the same work in a plain loop is subtracted. Memory is the peak of "
    "Python's allocations."
)


def measure(settings: Settings) -> Section:
    """Process the items, with all rounds in one process."""
    with run_competitors({"workers": ("in_process", None)}) as processes:
        job = {"task": "scheduling", "items": settings.items, "concurrency": CONCURRENCY}
        runs = interleaved({"workers": (processes["workers"], job)}, settings)["workers"]
    added = spread([run.details["ours"] - run.details["bare"] for run in runs])
    peak = spread([run.details["peak"] / 1e6 for run in runs])
    whole = spread([run.details["ours"] for run in runs])
    rows = [[f"{added:.2f}", f"{whole:.2f}", f"{peak:.2f}"]]
    heads = ["µs an item for scheduling", "µs an item with its work", "peak, MB"]
    return Section(
        "scheduling",
        "Scheduling",
        HOW.format(items=settings.items, concurrency=CONCURRENCY),
        [Table("Scheduling", heads, rows)],
        [
            Verdict("scheduling", "time an item", 5, added, "µs", most=True),
            Verdict("scheduling", "memory", 10, peak, "MB", most=True),
        ],
    )
