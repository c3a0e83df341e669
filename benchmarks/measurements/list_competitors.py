"""Who lists users of which provider, and what each is told."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import environments
from benchmarks.processes import run_competitors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.processes import CompetitorProcess

OURS, AIOHTTP, AHEAD = "orgsdk", "orgsdk, aiohttp", "orgsdk, prefetch"
WIRE, DOMAIN = "httpx + full wire model", "httpx + same domain model"
LIMIT = "raw socket, bytes alone"
WINDOW = 8


@dataclass(frozen=True, slots=True)
class ListCompetitor:
    """Name the module that lists, what it is told beside address and sizes, and the package of its environment."""

    module: str
    told: dict[str, Any] = field(default_factory=dict)
    package: str | None = None


_ALL = {
    OURS: ListCompetitor("orgsdk_client"),
    AIOHTTP: ListCompetitor("orgsdk_client", {"library": "aiohttp"}),
    AHEAD: ListCompetitor("orgsdk_client", {"prefetch": WINDOW}),
    WIRE: ListCompetitor("plain_httpx", {"model": "wire"}),
    DOMAIN: ListCompetitor("plain_httpx", {"model": "domain"}),
    "aiohttp + same domain model": ListCompetitor("plain_aiohttp", {"model": "domain"}),
    LIMIT: ListCompetitor("raw_socket"),
}
GENERATED_CLIENTS = {
    "flat": {
        "flat-api, sync": ListCompetitor("flat_api_sync", package=environments.FLAT),
        "flat-api, async": ListCompetitor("flat_api_async", package=environments.FLAT),
    },
    "logto": {"py-logto": ListCompetitor("py_logto", package=environments.LOGTO)},
}
COMPETITORS = {provider: {**_ALL, **GENERATED_CLIENTS[provider]} for provider in GENERATED_CLIENTS}
# The page sizes that the generated clients ask for when they are told none are the servers': facts/flat.md, Pagination;
# facts/logto.md, section 4.
PAGE_SIZES = {"flat": (25, 1000), "logto": (20, 100)}


@contextmanager
def processes_of(provider: str) -> Iterator[dict[str, CompetitorProcess]]:
    """Run the processes of all who list users of that provider."""
    pythons = {
        entrant.package: environments.interpreter(entrant.package)
        for entrant in COMPETITORS[provider].values()
        if entrant.package
    }
    modules = {
        name: (entrant.module, pythons.get(entrant.package or "")) for name, entrant in COMPETITORS[provider].items()
    }
    with run_competitors(modules) as processes:
        yield processes
