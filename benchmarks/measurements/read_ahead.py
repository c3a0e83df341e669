"""Prefetching with a consumer that blocks the event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Table, Verdict
from benchmarks.rounds import interleaved
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from benchmarks.settings import Settings

BLOCKS = 0.04
HOW = (
    "orgsdk lists Flat's users, 1,000 a page, with a latency of {latency:.0f} ms. Its caller blocks the event loop "
    "for {blocks:.0f} ms after each page. Prefetching can save at most the shorter of these times."
)


def measure(settings: Settings) -> Section:
    """Read the pages with and without `prefetch`."""
    users = settings.pages_per_window * 1000
    names = {"no prefetching": 0, "prefetch(pages=1)": 1}
    with run_competitors(dict.fromkeys(names, ("orgsdk_client", None))) as processes:
        jobs = {}
        for name, pages in names.items():
            address = settings.server.address(f"{users}.{pages}", settings.slow)
            details = {"address": address, "provider": "flat", "page_size": 1000, "prefetch": pages, "consumer": BLOCKS}
            jobs[name] = processes[name], {"task": "listing", **details}
        taken = interleaved(jobs, settings)
    seconds = {name: [run.seconds for run in runs] for name, runs in taken.items()}
    gained = ratios(*seconds.values())
    pages_read = users // 1000
    rows = [[name, f"{spread(took).median / pages_read * 1000:.1f}"] for name, took in seconds.items()]
    rows.append(["gain", f"{gained:.2f}"])
    return Section(
        "read-ahead",
        "Prefetching with a consumer that blocks",
        HOW.format(latency=settings.slow * 1000, blocks=BLOCKS * 1000),
        [Table("Milliseconds a page", ["", "ms a page"], rows)],
        [Verdict("ahead", "Flat, 1,000 a page", 1.6, gained, "×")],
    )
