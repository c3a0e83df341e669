"""Create users with several calls in flight, compared with the ideal time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.rounds import interleaved
from benchmarks.statistics import Spread, spread

if TYPE_CHECKING:
    from benchmarks.settings import Settings

IN_FLIGHT = (1, 16, 64)
HOW = (
    "Each client creates {creates:,} users at Flat with a latency of {latency:.0f} ms. 1, 16 or 64 tasks share the "
    "work, and the client may send as many requests at a time. Plain httpx and aiohttp send the same JSON over a pool "
    "of the same size and parse the response. The ideal time is latency × creates ÷ requests in flight. All clients "
    "run in parallel with one request in flight, because they mostly wait."
)
OURS, OURS_AIOHTTP = "orgsdk", "orgsdk, aiohttp"
_COMPETITORS: dict[str, tuple[str, dict[str, Any]]] = {
    OURS: ("orgsdk_client", {}),
    OURS_AIOHTTP: ("orgsdk_client", {"library": "aiohttp"}),
    "plain httpx": ("plain_httpx", {}),
    "plain aiohttp": ("plain_aiohttp", {}),
}
_NEEDED = {(OURS, 16): 0.85, (OURS, 64): 0.6, (OURS_AIOHTTP, 64): 0.75}


def measure(settings: Settings) -> Section:
    """Create with 1, 16 and 64 in flight."""
    shares: dict[tuple[str, int], Spread] = {}
    cpu: dict[tuple[str, int], Spread] = {}
    with run_competitors({name: (module, None) for name, (module, _) in _COMPETITORS.items()}) as processes:
        for in_flight in IN_FLIGHT:
            jobs = {}
            for name, (_, details) in _COMPETITORS.items():
                address = settings.server.address(f"1.{name.replace(', ', '-').replace(' ', '-')}", settings.slow)
                sizes = {"count": settings.creates, "in_flight": in_flight}
                jobs[name] = processes[name], {"task": "creating", "address": address, **sizes, **details}
            alone = in_flight == 1
            taken = interleaved(jobs, settings, rounds=1, side_by_side=True) if alone else interleaved(jobs, settings)
            ideal = settings.slow * settings.creates / in_flight
            for name, runs in taken.items():
                shares[name, in_flight] = spread([ideal / run.seconds for run in runs])
                cpu[name, in_flight] = spread([run.cpu / settings.creates * 1e6 for run in runs])
    rows = [
        [name, *(f"{shares[name, each]:.2f}" for each in IN_FLIGHT)]
        + [f"{cpu[name, each].median:.0f}" for each in IN_FLIGHT]
        for name in _COMPETITORS
    ]
    heads = [
        "client",
        *(f"{each} in flight" for each in IN_FLIGHT),
        *(f"CPU µs a create, {each}" for each in IN_FLIGHT),
    ]
    verdicts = [
        Verdict("creates", f"{in_flight} in flight, {name}", needed, shares[name, in_flight])
        for (name, in_flight), needed in _NEEDED.items()
    ]
    series = [Series("creates", name, {str(each): shares[name, each] for each in IN_FLIGHT}) for name in _COMPETITORS]
    how = HOW.format(creates=settings.creates, latency=settings.slow * 1000)
    return Section("creates", "Creating users", how, [Table("Share of the ideal", heads, rows)], verdicts, series)
