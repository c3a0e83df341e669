"""Parallel pages: each window compared with the ideal time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measurements.list_competitors import PAGE_SIZES
from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.rounds import interleaved
from benchmarks.statistics import Spread, spread

if TYPE_CHECKING:
    from benchmarks.settings import Settings

WINDOWS = (1, 2, 4, 8, 16)
HOW = (
    "orgsdk lists Logto's members, 100 a page, with a latency of {latency:.0f} ms. A window of several pages means "
    "`prefetch(pages=window)`. A window of 1 means no prefetching. The ideal time is latency × pages ÷ window. Each "
    "run reads {pages} pages for each page of its window, so all runs have the same ideal time."
)
_NEEDED = {("httpx", 4): 0.87, ("httpx", 8): 0.80, ("aiohttp", 8): 0.88}


def measure(settings: Settings) -> Section:
    """List with each window, with httpx and with aiohttp."""
    shares: dict[tuple[str, int], Spread] = {}
    cpu: dict[tuple[str, int], Spread] = {}
    page_size, libraries = PAGE_SIZES["logto"][1], ("httpx", "aiohttp")
    with run_competitors(dict.fromkeys(libraries, ("orgsdk_client", None))) as processes:
        for window in WINDOWS:
            pages = settings.pages_per_window * window
            ideal = settings.slow * pages / window
            jobs = {}
            for library in libraries:
                address = settings.server.address(f"{pages * page_size}.{library}", settings.slow)
                details = {"address": address, "provider": "logto", "library": library, "page_size": page_size}
                ahead = window if window > 1 else 0
                jobs[library] = processes[library], {"task": "listing", **details, "prefetch": ahead}
            for library, runs in interleaved(jobs, settings).items():
                shares[library, window] = spread([ideal / run.seconds for run in runs])
                cpu[library, window] = spread([run.cpu / pages * 1000 for run in runs])
    rows = [
        [str(window), *(f"{shares[library, window]:.2f}" for library in libraries)]
        + [f"{cpu[library, window].median:.2f}" for library in libraries]
        for window in WINDOWS
    ]
    heads = ["window", "httpx", "aiohttp", "CPU ms a page, httpx", "CPU ms a page, aiohttp"]
    verdicts = [
        Verdict("windows", f"window {window}, {library}", needed, shares[library, window])
        for (library, window), needed in _NEEDED.items()
    ]
    series = [
        Series("windows", f"orgsdk, {library}", {str(window): shares[library, window] for window in WINDOWS})
        for library in libraries
    ]
    how = HOW.format(latency=settings.slow * 1000, pages=settings.pages_per_window)
    return Section("windows", "Parallel pages", how, [Table("Share of the ideal", heads, rows)], verdicts, series)
