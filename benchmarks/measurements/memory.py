"""The peak of memory while a list is streamed."""

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
    "`async for user in users` over so many users, none of them kept, without latency and at the default page "
    "size; each size in a process of its own, whose peak of resident memory is read at the end (`VmHWM` on "
    "Linux). The server has {distinct:,} users that are all different and begins anew after them."
)
_WAYS = {
    "Flat": ("flat", 0),
    "Flat, prefetch": ("flat", WINDOW),
    "Logto": ("logto", 0),
    "Logto, prefetch": ("logto", WINDOW),
}


def measure(setting: Settings) -> Section:
    """Stream each size from both providers, with reading ahead and without."""
    rows, verdicts, series = [], [], []
    for name, (provider, prefetch) in _WAYS.items():
        peaks: dict[int, Spread] = {}
        for users in setting.streamed:
            taken = []
            for _ in range(setting.rounds if users < setting.streamed[-1] else 1):
                with run_competitors({name: ("in_process", None)}) as processes:
                    told = {"address": setting.server.address(f"{users}.memory"), "provider": provider}
                    run = processes[name].do({"task": "streaming", **told, "prefetch": prefetch})
                    if run.told["users"] != users:
                        raise RuntimeError(f"{name}: {run.told['users']} of {users} users came")
                    taken.append(run.told["peak"] / MIB)
            peaks[users] = spread(taken)
        growth = spread([peaks[setting.streamed[-1]].median - peaks[setting.streamed[-2]].median])
        rows.append([name, *(f"{peak.median:.1f}" for peak in peaks.values()), f"{growth.median:.1f}"])
        verdicts.append(Verdict("memory", name, 10, growth, "MiB", most=True))
        series.append(Series("memory", name, {f"{users:,}": peak for users, peak in peaks.items()}))
    heads = ["list", *(f"{users:,} users" for users in setting.streamed), "growth of the last step"]
    how = HOW.format(distinct=min(setting.users[-1], setting.streamed[-1]))
    return Section("memory", "Memory of a stream", how, [Table("Peak in MiB", heads, rows)], verdicts, series)
