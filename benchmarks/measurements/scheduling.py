"""What it costs to hand items to workers."""

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
    "{items:,} items through `orgsdk.bulk.workers.Workers`, {concurrency} at a time, with work that takes one "
    "step of the event loop and does nothing; CPU time, less that of awaiting the same work in a plain loop. "
    "Memory is the peak of what Python allocates meanwhile."
)


def measure(setting: Settings) -> Section:
    """Put the items through, each round in a process that is the same."""
    with run_competitors({"workers": ("in_process", None)}) as processes:
        job = {"task": "scheduling", "items": setting.items, "concurrency": CONCURRENCY}
        runs = interleaved({"workers": (processes["workers"], job)}, rounds=setting.rounds)["workers"]
    added = spread([run.told["ours"] - run.told["bare"] for run in runs])
    peak = spread([run.told["peak"] / 1e6 for run in runs])
    whole = spread([run.told["ours"] for run in runs])
    rows = [[f"{added:.2f}", f"{whole:.2f}", f"{peak:.2f}"]]
    heads = ["µs an item for scheduling", "µs an item with its work", "peak, MB"]
    return Section(
        "scheduling",
        "Scheduling",
        HOW.format(items=setting.items, concurrency=CONCURRENCY),
        [Table("Scheduling", heads, rows)],
        [
            Verdict("scheduling", "time an item", 5, added, "µs", most=True),
            Verdict("scheduling", "memory", 10, peak, "MB", most=True),
        ],
    )
