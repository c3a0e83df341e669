"""Parsing a page, and the memory of a stored user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Table, Verdict
from benchmarks.rounds import interleaved, repeat
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from benchmarks.processes import CompetitorProcess, Measurement
    from benchmarks.settings import Settings

PROVIDERS = ("flat", "logto")
READERS = ("wire", "domain", "orgsdk", "envelope")
HEADER = [
    *("provider", "full wire model", "domain model", "orgsdk", "orgsdk, envelope"),
    *("orgsdk ÷ wire", "envelope ÷ array"),
]
HOW = (
    "Four readers parse a page of 1,000 users in one process, in turns. The first is the full model with "
    "`TypeAdapter.validate_json`. The second is orgsdk's model, read in the same way. The third is orgsdk's own "
    "reader, whose users have `raw`. The fourth is its `EnvelopeReader`, of the same users in an envelope with a "
    "cursor. The memory of a user is measured with `tracemalloc` over {users:,} users from "
    "`collect()`. Their share of the bytes of the pages, which `raw` is read from, is shown separately."
)


def measure(settings: Settings) -> Section:
    """Measure the readers' time and the users' memory for both providers."""
    users = settings.users
    with run_competitors({"within": ("in_process", None)}) as processes:
        process = processes["within"]
        taken = _parse(settings, process)
        weighed: dict[str, list[Measurement]] = {}
        for provider in PROVIDERS:
            details = {"address": settings.server.address(f"{users}.kept"), "provider": provider, "users": users}
            jobs = {provider: (process, {"task": "keeping", **details})}
            weighed |= interleaved(jobs, settings, rounds=min(3, settings.rounds))
    rows, weights, verdicts = [], [], []
    for provider in PROVIDERS:
        times = {name: each[provider] for name, each in taken.items()}
        share = ratios(times["orgsdk"], times["wire"])
        envelope = ratios(times["envelope"], times["orgsdk"])
        rows.append(
            [
                provider.capitalize(),
                *(f"{spread(times[name]):.2f}" for name in READERS),
                f"{share:.2f}",
                f"{envelope:.2f}",
            ]
        )
        kept = spread([run.details["bytes"] for run in weighed[provider]])
        page = spread([run.details["page_bytes"] for run in weighed[provider]])
        weights.append([provider.capitalize(), f"{kept.median:,.0f}", f"{page.median:,.0f}"])
        verdicts.append(Verdict("parsing", provider.capitalize(), 0.75, share, "×", most=True))
        verdicts.append(Verdict("envelope", provider.capitalize(), 1.1, envelope, "×", most=True))
        verdicts.append(Verdict("kept", provider.capitalize(), 2048, kept, "bytes", most=True))
    tables = [
        Table("CPU µs a user", HEADER, rows),
        Table("Bytes per stored user", ["provider", "without its share of the page", "its share of the page"], weights),
    ]
    return Section("parsing", "Parsing, and memory of users", HOW.format(users=users), tables, verdicts)


def _parse(settings: Settings, process: CompetitorProcess) -> dict[str, dict[str, list[float]]]:
    taken: dict[str, dict[str, list[float]]] = {name: {provider: [] for provider in PROVIDERS} for name in READERS}

    def take(_: int) -> None:
        batch = process.run({"task": "parsing", "rounds": 6}).details["taken"]
        for name in READERS:
            for provider in PROVIDERS:
                taken[name][provider].append(spread(batch[name][provider]).median)

    repeat(settings, take, [taken["wire"]["flat"], taken["orgsdk"]["flat"]])
    return taken
