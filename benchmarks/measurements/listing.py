"""List users, compared with the generated clients, plain HTTP libraries, and a raw socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measurements.list_competitors import (
    AHEAD,
    AHEAD_AIOHTTP,
    AIOHTTP,
    BYTES,
    COMPETITORS,
    GENERATED_CLIENTS,
    OURS,
    PAGE_SIZES,
    SOCKET,
    WIRE,
    processes_of,
)
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.rounds import interleaved
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.processes import CompetitorProcess, Measurement
    from benchmarks.rounds import Job
    from benchmarks.settings import Settings
    from benchmarks.statistics import Spread

ALL_USERS = 100_000
HOW = (
    "Each client lists the users of an organization, page after page, over one open connection, and counts them. A "
    "run lists {users:,} users, or {pages} pages if there is a latency. The tables show the time for {all:,} users, "
    "which is proportional. The full model has every field of the provider's response and is written with plain "
    "pydantic. The raw socket has no HTTP library, and reads orgsdk's model in the same way: it is the limit of any "
    "client. The bytes alone show that the server is not the limit. The page objects are a small client in the style "
    "of openai-python. With a latency, clients that mostly wait run in parallel. Those that prefetch run alone."
)
# A page of at most this size takes a client 1 to 6 ms, much less than the latency.
_WAITING_PAGE = 100
_SOCKET_GOALS = {1000: 1.15, 100: 1.3}
_WIRE_GOALS = {25: 0.45}


@dataclass(frozen=True, slots=True)
class Cell:
    """One competitor's runs over a number of users."""

    runs: Sequence[Measurement]
    users: int

    @property
    def seconds(self) -> list[float]:
        """Return each round's wall time for all users."""
        return [run.seconds / self.users * ALL_USERS for run in self.runs]

    @property
    def cpu_a_user(self) -> list[float]:
        """Return each round's CPU time per user in microseconds."""
        return [run.cpu / self.users * 1e6 for run in self.runs]

    @property
    def requests(self) -> int:
        """Return the number of requests for all users."""
        return self.runs[0].requests * ALL_USERS // self.users


# Each competitor's runs by page size and latency.
Grid = dict[tuple[int, float], dict[str, Cell]]


def measure(settings: Settings) -> Section:
    """List from both providers, with both page sizes, with and without latency."""
    grids = {provider: _measure(settings, provider) for provider in GENERATED_CLIENTS}
    tables = [table for provider, grid in grids.items() for table in _tables(settings, provider, grid)]
    verdicts = [verdict for provider, grid in grids.items() for verdict in _verdicts(settings, provider, grid)]
    how = HOW.format(users=settings.users, pages=settings.waiting_pages, all=ALL_USERS)
    series, headlines = _series(settings, grids), _headlines(settings, grids)
    return Section("listing", "Listing users", how, tables, verdicts, series, headlines)


def _measure(settings: Settings, provider: str) -> Grid:
    with processes_of(provider) as processes:
        return {
            (page_size, latency): _cells(settings, processes, provider, page_size, latency)
            for page_size in PAGE_SIZES[provider]
            for latency in settings.latencies
        }


def _cells(
    settings: Settings, processes: dict[str, CompetitorProcess], provider: str, page_size: int, latency: float
) -> dict[str, Cell]:
    users = min(settings.users, page_size * settings.waiting_pages) if latency else settings.users
    jobs: dict[str, Job] = {}
    for number, name in enumerate(processes):
        address = settings.server.address(f"{users}.{number}", latency)
        details = {"address": address, "provider": provider, "page_size": page_size}
        jobs[name] = processes[name], {"task": "listing", **details, **COMPETITORS[provider][name].details}
    if latency and page_size <= _WAITING_PAGE:
        alone = {name: jobs.pop(name) for name in (AHEAD, AHEAD_AIOHTTP)}
        taken = interleaved(jobs, settings, side_by_side=True) | interleaved(alone, settings)
    else:
        taken = interleaved(jobs, settings)
    for name, runs in taken.items():
        listed = {run.details.get("users", users) for run in runs}
        if listed != {users}:
            raise RuntimeError(f"{name} listed {listed} of {users} users")
    return {name: Cell(taken[name], users) for name in processes}


def _tables(settings: Settings, provider: str, grid: Grid) -> list[Table]:
    none, slow = settings.latencies
    heads = ["client", "seconds", f"× {OURS}", "CPU µs a user"]
    heads += [f"seconds at {slow * 1000:.0f} ms", f"× {OURS}, at {slow * 1000:.0f} ms", "requests"]
    tables = []
    for page_size in PAGE_SIZES[provider]:
        rows = []
        for name, cell in grid[page_size, none].items():
            row = [name, f"{spread(cell.seconds).median:.3g}", f"{_against_ours(grid, page_size, none, name):.2f}"]
            row.append("" if name == BYTES else f"{spread(cell.cpu_a_user).median:.1f}")
            row.append(f"{spread(grid[page_size, slow][name].seconds).median:.3g}")
            row += [f"{_against_ours(grid, page_size, slow, name):.2f}", f"{cell.requests:,}"]
            rows.append(row)
        tables.append(Table(f"{provider.capitalize()}, {page_size:,} users a page", heads, rows))
    return tables


def _against_ours(grid: Grid, page_size: int, latency: float, name: str) -> Spread:
    return ratios(grid[page_size, latency][name].seconds, grid[page_size, latency][OURS].seconds)


def _verdicts(settings: Settings, provider: str, grid: Grid) -> list[Verdict]:
    none, slow = settings.latencies
    default, largest = PAGE_SIZES[provider]
    verdicts = []
    for page_size in PAGE_SIZES[provider]:
        cells, what = grid[page_size, none], f"{provider.capitalize()}, {page_size:,} a page"
        goal = _WIRE_GOALS.get(page_size, 0.8)
        verdicts.append(Verdict("wire", what, goal, _share(cells, OURS, WIRE), "×", most=True))
        if page_size in _SOCKET_GOALS:
            share = _share(cells, AIOHTTP, SOCKET)
            verdicts.append(Verdict("socket", what, _SOCKET_GOALS[page_size], share, "×", most=True))
        verdicts.append(Verdict("prefetch", what, 1, _share(cells, AHEAD, OURS), "×", most=True))
        verdicts += [
            Verdict("peers", f"{name}, {page_size:,} a page", 0.5, _share(cells, OURS, name), "×", most=True)
            for name in GENERATED_CLIENTS[provider]
        ]
    ours = grid[largest, slow]
    requests = spread([ours[OURS].requests])
    verdicts.append(Verdict("requests", provider.capitalize(), ALL_USERS // largest, requests, most=True))
    for name in GENERATED_CLIENTS[provider]:
        share = ratios(grid[default, slow][name].seconds, ours[AHEAD].seconds)
        verdicts.append(Verdict("wall", name, 30, share, "×"))
    return verdicts


def _share(cells: dict[str, Cell], name: str, of: str) -> Spread:
    return ratios(cells[name].seconds, cells[of].seconds)


def _series(settings: Settings, grids: dict[str, Grid]) -> list[Series]:
    none, slow = settings.latencies
    series = []
    for provider, grid in grids.items():
        default, largest = PAGE_SIZES[provider]
        title = f"{provider.capitalize()}, {largest:,} users a page"
        fast = {name: spread(cell.seconds) for name, cell in grid[largest, none].items() if name != BYTES}
        series.append(Series("seconds", title, fast))
        waiting = {
            f"{name}, {page_size:,} a page": spread(grid[page_size, slow][name].seconds)
            for page_size, names in ((largest, (AHEAD, OURS, WIRE)), (default, GENERATED_CLIENTS[provider]))
            for name in names
        }
        series.append(Series("waiting", f"{provider.capitalize()}, {slow * 1000:.0f} ms latency", waiting))
    return series


def _headlines(settings: Settings, grids: dict[str, Grid]) -> list[str]:
    none, slow = settings.latencies
    plain, own, waiting = [], [], []
    for provider, grid in grids.items():
        default, largest = PAGE_SIZES[provider]
        cells, title = grid[largest, none], provider.capitalize()
        plain.append(f"{_share(cells, OURS, WIRE).median:.2f} ({title})")
        for name in GENERATED_CLIENTS[provider]:
            own.append(f"{_share(cells, name, OURS).median:.1f} (`{name}`)")
            share = ratios(grid[default, slow][name].seconds, grid[largest, slow][AHEAD].seconds)
            waiting.append(f"{share.median:.0f} (`{name}`)")
    latency = f"{slow * 1000:.0f} ms"
    return [
        f"orgsdk lists users in {_joined(plain)} of the time of plain httpx with a full pydantic model.",
        f"The providers' own clients take {_joined(own)} times as long with pages of the same size.",
        f"At {latency} latency and with defaults, they take {_joined(waiting)} times as long as orgsdk's `prefetch`.",
    ]


def _joined(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + f" and {parts[-1]}" if parts[1:] else parts[0]
