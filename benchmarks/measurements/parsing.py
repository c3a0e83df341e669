"""Parsing a page, and what a user weighs who is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.processes import run_competitors
from benchmarks.report.section import Section, Table, Verdict
from benchmarks.rounds import interleaved
from benchmarks.statistics import ratios, spread

if TYPE_CHECKING:
    from benchmarks.settings import Settings

PROVIDERS = ("flat", "logto")
HOW = (
    "CPU time of turning the bytes of a page of 1,000 users into objects, in one process, in turns: the full wire "
    "model by `TypeAdapter.validate_json`, this package's domain model by the same, and its records, which have "
    "their `raw` at hand. A user kept is weighed by `tracemalloc` over {users:,} of them, gathered by "
    "`collect()`; their share of the pages' bytes, which `raw` is read from, is taken off and shown apart."
)


def measure(setting: Settings) -> Section:
    """Time the readers and weigh the users of both providers."""
    users = setting.users[0]
    with run_competitors({"within": ("in_process", None)}) as processes:
        process = processes["within"]
        taken: dict[str, dict[str, list[float]]] = process.do({"task": "parsing", "rounds": setting.rounds * 5}).told[
            "taken"
        ]
        weighed = {}
        for provider in PROVIDERS:
            told = {"address": setting.server.address(f"{users}.kept"), "provider": provider, "users": users}
            weighed[provider] = interleaved({provider: (process, {"task": "keeping", **told})}, rounds=setting.rounds)[
                provider
            ]
    rows, weights, verdicts = [], [], []
    for provider in PROVIDERS:
        times = {name: each[provider] for name, each in taken.items()}
        share = ratios(times["orgsdk"], times["wire"])
        rows.append(
            [
                provider.capitalize(),
                *(f"{spread(times[name]):.2f}" for name in ("wire", "domain", "orgsdk")),
                f"{share:.2f}",
            ]
        )
        kept = spread([run.told["bytes"] for run in weighed[provider]])
        page = spread([run.told["page_bytes"] for run in weighed[provider]])
        weights.append([provider.capitalize(), f"{kept.median:,.0f}", f"{page.median:,.0f}"])
        verdicts.append(Verdict("parsing", provider.capitalize(), 0.75, share, "×", most=True))
        verdicts.append(Verdict("kept", provider.capitalize(), 2048, kept, "bytes", most=True))
    tables = [
        Table("CPU µs a user", ["provider", "full wire model", "domain model", "orgsdk", "orgsdk ÷ wire"], rows),
        Table("Bytes a user kept", ["provider", "without its share of the page", "its share of the page"], weights),
    ]
    return Section("parsing", "Parsing, and users kept", HOW.format(users=users), tables, verdicts)
