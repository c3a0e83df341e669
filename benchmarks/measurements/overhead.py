"""What orgsdk adds to the time of one call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.settings import Settings
    from benchmarks.statistics import Spread

LIBRARIES = ("httpx", "httpx2", "aiohttp")
HOW = (
    "A `GET` with a response of 2 bytes, without latency, one at a time, over one open connection: batches of {calls} "
    "calls in turns in one process. orgsdk is compared with the library's **client** (`AsyncClient.get`, "
    "`ClientSession.get`), which most code uses; with httpx's **connection** "
    "(`AsyncHTTPTransport.handle_async_request`), which does not merge headers and URLs, follow redirects or log; and "
    "with the **engine** below both (`httpcore.AsyncHTTPConnection`), which orgsdk uses: no pool, no deadline, no "
    "sign-in and no errors, the hardest comparison. All send the same headers."
)


def measure(settings: Settings) -> Section:
    """Time one call by each library, alone and with orgsdk."""
    rows: list[list[str]] = []
    verdicts: list[Verdict] = []
    shares: dict[str, Spread] = {}
    notes: dict[str, str] = {}
    for library in LIBRARIES:
        with run_competitors({library: ("in_process", None)}) as processes:
            details = {"library": library, "calls": settings.calls, "rounds": settings.rounds * 5}
            job = {"task": "calling", "address": settings.server.address(f"1.{library}"), **details}
            taken: dict[str, list[tuple[float, float]]] = processes[library].run(job).details["taken"]
        wall = {name: [each[0] for each in times] for name, times in taken.items()}
        cpu = {name: [each[1] for each in times] for name, times in taken.items()}
        for name in (name for name in taken if name != "orgsdk"):
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
    title = "One call with orgsdk, a response of 2 bytes\ntime as a multiple of the library's own = 1, logarithmic"
    series = [Series("ratio", title, shares, notes)]
    return Section("overhead", "One call", how, [Table("Microseconds a call", heads, rows)], verdicts, series)


def _added(with_us: Sequence[float], alone: Sequence[float]) -> Spread:
    return spread([more - less for more, less in zip(with_us, alone, strict=True)])
