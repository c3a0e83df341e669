"""Peak memory while a list is streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.measurements.list_competitors import WINDOW
from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.statistics import spread

if TYPE_CHECKING:
    from benchmarks.settings import Settings
    from benchmarks.statistics import Spread

MIB = 1 << 20
HOW = (
    "`async for user in users` reads a number of users and stores none of them, with the default page size and no "
    "latency. Each size runs in a process of its own, which reports its peak of resident memory (`VmHWM` on Linux). "
    "The server has {distinct:,} different users and repeats them."
)
_LISTS = {
    "Flat": ("flat", 0),
    "Flat, prefetch": ("flat", WINDOW),
    "Logto": ("logto", 0),
    "Logto, prefetch": ("logto", WINDOW),
}


def measure(settings: Settings) -> Section:
    """Stream each size from both providers, with and without prefetching."""
    rows, verdicts, series = [], [], []
    for name, (provider, prefetch) in _LISTS.items():
        peaks: dict[int, Spread] = {}
        for users in settings.streamed:
            taken = []
            for _ in range(-(-settings.rounds // 2) if users < settings.streamed[-1] else 1):
                with run_competitors({name: ("in_process", None)}) as processes:
                    details = {"address": settings.server.address(f"{users}.memory"), "provider": provider}
                    run = processes[name].run({"task": "streaming", **details, "prefetch": prefetch})
                    if run.details["users"] != users:
                        raise RuntimeError(f"{name}: {run.details['users']} of {users} users listed")
                    taken.append(run.details["peak"] / MIB)
            peaks[users] = spread(taken)
        growth = spread([peaks[settings.streamed[-1]].median - peaks[settings.streamed[-2]].median])
        rows.append([name, *(f"{peak.median:.1f}" for peak in peaks.values()), f"{growth.median:.1f}"])
        verdicts.append(Verdict("memory", name, 10, growth, "MiB", most=True))
        series.append(Series("memory", f"orgsdk, {name}", {f"{users:,}": peak for users, peak in peaks.items()}))
    heads = ["list", *(f"{users:,} users" for users in settings.streamed), "growth of the last step"]
    how = HOW.format(distinct=min(settings.distinct, settings.streamed[-1]))
    return Section("memory", "Memory of a stream", how, [Table("Peak in MiB", heads, rows)], verdicts, series)
