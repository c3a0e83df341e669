"""What orgsdk adds to the time of one call."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.rounds import repeat
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.processes import CompetitorProcess
    from benchmarks.settings import Settings
    from benchmarks.statistics import Spread

Times: TypeAlias = dict[str, list[float]]
LIBRARIES = ("httpx", "httpx2", "aiohttp")
HOW = (
    "Each library sends a `GET` whose response has 2 bytes, one at a time, over one open connection, in batches of "
    "{calls} calls. The batches run in turns in one process, and all send the same headers. The **client** is what "
    "most code uses (`AsyncClient.get`, `ClientSession.get`). httpx's **connection** "
    "(`AsyncHTTPTransport.handle_async_request`) does not merge headers, follow redirects or log. orgsdk uses the "
    "**engine** below both (`httpcore.AsyncHTTPConnection`). The engine has no pool, deadline, sign-in or errors."
)


def measure(settings: Settings) -> Section:
    """Time one call by each library, alone and with orgsdk."""
    rows: list[list[str]] = []
    verdicts: list[Verdict] = []
    shares: dict[str, Spread] = {}
    notes: dict[str, str] = {}
    for library in LIBRARIES:
        with run_competitors({library: ("in_process", None)}) as processes:
            wall, cpu = _measure(settings, processes[library], library)
        for name in (name for name in wall if name != "orgsdk"):
            added, share = _added(wall["orgsdk"], wall[name]), ratios(wall["orgsdk"], wall[name])
            shares[f"over {library}'s {name}"] = share
            notes[f"over {library}'s {name}"] = f"{share.median:.2f} × ({added.median:+.0f} µs)"
            rows.append(
                [
                    f"{library}, {name}",
                    f"{spread(wall[name]).median:.0f}",
                    f"{spread(wall['orgsdk']).median:.0f}",
                    f"{added:.0f}",
                    f"{share:.2f}",
                    f"{_added(cpu['orgsdk'], cpu[name]):.0f}",
                ]
            )
            if library == "httpx":
                verdicts.append(Verdict("overhead", f"over httpx's {name}", 60, added, "µs", most=True))
                verdicts.append(Verdict("overhead", f"over httpx's {name}", 1.1, share, "×", most=True))
    heads = ["against", "µs a call, alone", "µs with orgsdk", "µs added", "ratio", "CPU µs added"]
    how = HOW.format(calls=settings.calls)
    title = "One call with orgsdk: time as a multiple of the library's own"
    series = [Series("ratio", title, shares, notes)]
    return Section("overhead", "One call", how, [Table("Microseconds a call", heads, rows)], verdicts, series)


def _measure(settings: Settings, process: CompetitorProcess, library: str) -> tuple[Times, Times]:
    names = ["orgsdk", "client"] if library == "aiohttp" else ["orgsdk", "client", "connection", "engine"]
    wall: Times = {name: [] for name in names}
    cpu: Times = {name: [] for name in names}
    details = {"library": library, "calls": settings.calls, "rounds": 4}
    job = {"task": "calling", "address": settings.server.address(f"1.{library}"), **details}

    def take(_: int) -> None:
        taken = process.run(dict(job)).details["taken"]
        for name in names:
            # The median of a few batches: one batch takes less time than a slice of the scheduler.
            wall[name].append(spread([each[0] for each in taken[name]]).median)
            cpu[name].append(spread([each[1] for each in taken[name]]).median)

    repeat(settings, take, list(wall.values()))
    return wall, cpu


def _added(with_us: Sequence[float], alone: Sequence[float]) -> Spread:
    return spread([more - less for more, less in zip(with_us, alone, strict=True)])
