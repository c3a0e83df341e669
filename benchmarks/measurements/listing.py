"""List users, compared with the generated clients, plain HTTP libraries, and a raw socket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.measurements.list_competitors import (
    AHEAD,
    COMPETITORS,
    DOMAIN,
    GENERATED_CLIENTS,
    LIMIT,
    OURS,
    PAGE_SIZES,
    WIRE,
    processes_of,
)
from benchmarks.report.section import Section, Series, Table, Verdict
from benchmarks.rounds import interleaved
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from benchmarks.processes import CompetitorProcess, Measurement
    from benchmarks.rounds import Job
    from benchmarks.settings import Settings

HOW = (
    "Each client lists every user of an organization, page after page, over one open connection, and counts them. "
    "Each has a separate process and runs once per round. `flat-api` and `py-logto` come from the package index. With "
    "latency, runs with pages of up to 100 users, which mostly wait, run in parallel, except those with prefetching. "
    "≈ marks values extrapolated from {few:,} users because a run would take more than {patience:g} s. Seconds are "
    "the median of the rounds; ratios are calculated per round."
)


# A page of at most this size takes a client 1 to 6 ms, much less than the latencies.
_WAITING_PAGE = 100


@dataclass(frozen=True, slots=True)
class Cell:
    """One competitor's runs over a number of users. Extrapolated runs had fewer users and are multiplied by `times`."""

    runs: list[Measurement]
    users: int
    times: int = 1

    @property
    def seconds(self) -> list[float]:
        """Return each round's wall time."""
        return [run.seconds * self.times for run in self.runs]

    @property
    def cpu_a_user(self) -> list[float]:
        """Return each round's CPU time per user in microseconds."""
        return [run.cpu * self.times / self.users * 1e6 for run in self.runs]

    @property
    def requests(self) -> int:
        """Return the number of requests."""
        return self.runs[0].requests * self.times


# Each competitor's runs by page size, latency and number of users.
Grid = dict[tuple[int, float, int], dict[str, Cell]]


def measure(settings: Settings) -> Section:
    """List from both providers at every latency, number of users and page size."""
    grids = {provider: _measure(settings, provider) for provider in GENERATED_CLIENTS}
    tables = [table for provider, grid in grids.items() for table in _tables(settings, provider, grid)]
    verdicts = [verdict for provider, grid in grids.items() for verdict in _verdicts(settings, provider, grid)]
    series = [each for provider, grid in grids.items() for each in _series(settings, provider, grid)]
    how = HOW.format(few=settings.users[0], patience=settings.patience)
    return Section("listing", "Listing users", how, tables, verdicts, series)


def _measure(settings: Settings, provider: str) -> Grid:
    grid: Grid = {}
    few, many = settings.users
    with processes_of(provider) as processes:
        for page_size in PAGE_SIZES[provider]:
            for latency in settings.latencies:
                small = _cells(settings, processes, provider, page_size, latency, few, list(processes))
                grid[page_size, latency, few] = small
                times = many // few
                longest = settings.patience / times
                quick = [name for name, cell in small.items() if spread(cell.seconds).median < longest]
                large = _cells(settings, processes, provider, page_size, latency, many, quick)
                rest = {name: Cell(cell.runs, many, times) for name, cell in small.items() if name not in quick}
                grid[page_size, latency, many] = {name: {**large, **rest}[name] for name in small}
    return grid


def _cells(
    settings: Settings,
    processes: dict[str, CompetitorProcess],
    provider: str,
    page_size: int,
    latency: float,
    users: int,
    names: list[str],
) -> dict[str, Cell]:
    jobs: dict[str, Job] = {}
    for number, name in enumerate(names):
        competitor = COMPETITORS[provider][name]
        address = settings.server.address(f"{users}.{number}", latency)
        details = {"address": address, "provider": provider, "page_size": page_size, **competitor.details}
        jobs[name] = processes[name], {"task": "listing", **details}
    rounds = settings.rounds if users == settings.users[0] else max(1, settings.rounds - 1)
    if latency and page_size <= _WAITING_PAGE:
        together = {name: job for name, job in jobs.items() if name != AHEAD}
        alone = {name: job for name, job in jobs.items() if name == AHEAD}
        taken = interleaved(together, rounds=rounds, side_by_side=True) | interleaved(alone, rounds=rounds)
    else:
        taken = interleaved(jobs, rounds=rounds, seconds=settings.seconds)
    for name, runs in taken.items():
        listed = {run.details.get("users", users) for run in runs}
        if listed != {users}:
            raise RuntimeError(f"{name} listed {listed} of {users} users")
    return {name: Cell(runs, users) for name, runs in taken.items()}


def _tables(settings: Settings, provider: str, grid: Grid) -> list[Table]:
    tables = []
    columns = [(users, latency) for users in settings.users for latency in settings.latencies]
    heads = [f"{users:,}, {latency * 1000:.0f} ms" for users, latency in columns]
    for page_size in PAGE_SIZES[provider]:
        title, requests = f"{provider.capitalize()}, {page_size} users a page", f"requests for {settings.users[-1]:,}"
        most = grid[page_size, settings.latencies[0], settings.users[-1]]
        seconds, against = [], []
        for name in COMPETITORS[provider]:
            cells = [grid[page_size, latency, users][name] for users, latency in columns]
            shown = [f"{'≈ ' if cell.times > 1 else ''}{spread(cell.seconds).median:.3g}" for cell in cells]
            cpu = "" if name == LIMIT else f"{spread(most[name].cpu_a_user).median:.1f}"
            seconds.append([name, *shown, cpu, f"{most[name].requests:,}"])
            if name != OURS:
                ours = [grid[page_size, latency, users][OURS] for users, latency in columns]
                shares = [f"{ratios(cell.seconds, own.seconds):.2f}" for cell, own in zip(cells, ours, strict=True)]
                against.append([name, *shares])
        tables.append(Table(f"{title}: seconds", ["client", *heads, "CPU µs a user", requests], seconds))
        tables.append(
            Table(f"{title}: how many times the time of `{OURS}`, in the same round", ["client", *heads], against)
        )
    return tables


def _verdicts(settings: Settings, provider: str, grid: Grid) -> list[Verdict]:
    verdicts = []
    many, none = settings.users[-1], settings.latencies[0]
    for page_size in PAGE_SIZES[provider]:
        cells = grid[page_size, none, many]
        ours, what = cells[OURS], f"{provider.capitalize()}, {page_size} a page"
        for target, name, needed in (("wire", WIRE, 1.2), ("domain", DOMAIN, 0.9)):
            verdicts.append(Verdict(target, what, needed, ratios(cells[name].seconds, ours.seconds), "×"))
        for name in GENERATED_CLIENTS[provider]:
            faster = ratios(cells[name].seconds, ours.seconds)
            cheaper = ratios(cells[name].cpu_a_user, ours.cpu_a_user)
            verdicts.append(Verdict("peers", f"{name}, {page_size} a page, users a second", 2, faster, "×"))
            verdicts.append(Verdict("peers", f"{name}, {page_size} a page, CPU a user", 2, cheaper, "×"))
    default, largest = PAGE_SIZES[provider]
    ours = grid[largest, settings.slow, many][OURS]
    requests = spread([ours.requests])
    verdicts.append(Verdict("requests", provider.capitalize(), -(-many // largest), requests, most=True))
    ahead = grid[largest, settings.slow, many][AHEAD]
    for name in GENERATED_CLIENTS[provider]:
        theirs = grid[default, settings.slow, many][name]
        verdicts.append(Verdict("wall", name, 30, ratios(theirs.seconds, ahead.seconds), "×"))
    return verdicts


def _series(settings: Settings, provider: str, grid: Grid) -> list[Series]:
    many = settings.users[-1]
    largest = PAGE_SIZES[provider][1]
    fast = grid[largest, settings.latencies[0], many]
    default = PAGE_SIZES[provider][0]
    slow = {
        name: grid[default if name in GENERATED_CLIENTS[provider] else largest, settings.slow, many][name]
        for name in fast
    }
    title, latency = provider.capitalize(), f"{settings.slow * 1000:.0f} ms"
    return [
        _bars(f"{title}: {many:,} users, {largest} a page, no latency", fast, OURS),
        _bars(f"{title}: {many:,} users at {latency}, default page sizes", slow, AHEAD),
    ]


def _bars(title: str, cells: dict[str, Cell], one: str) -> Series:
    shares = {name: ratios(cell.seconds, cells[one].seconds) for name, cell in cells.items()}
    notes = {
        name: f"{share.median:.3g} × ({spread(cells[name].seconds).median:.3g} s)" for name, share in shares.items()
    }
    return Series("ratio", f"{title}\ntime as a multiple of `{one}` = 1, logarithmic".replace("`", ""), shares, notes)
