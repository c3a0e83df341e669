"""The competitors that list users of each provider, and their arguments."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import environments
from benchmarks.processes import run_competitors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.processes import CompetitorProcess

OURS, AIOHTTP = "orgsdk", "orgsdk, aiohttp"
AHEAD, AHEAD_AIOHTTP = "orgsdk, prefetch", "orgsdk, aiohttp, prefetch"
WIRE = "httpx + full model"
SOCKET, BYTES = "raw socket + orgsdk's model", "raw socket, bytes alone"
WINDOW = 8


@dataclass(frozen=True, slots=True)
class ListCompetitor:
    """The module that lists, its arguments besides address and sizes, and the package of its environment."""

    module: str
    details: dict[str, Any] = field(default_factory=dict)
    package: str | None = None


_ALL = {
    OURS: ListCompetitor("orgsdk_client"),
    AIOHTTP: ListCompetitor("orgsdk_client", {"library": "aiohttp"}),
    AHEAD: ListCompetitor("orgsdk_client", {"prefetch": WINDOW}),
    AHEAD_AIOHTTP: ListCompetitor("orgsdk_client", {"prefetch": WINDOW, "library": "aiohttp"}),
    WIRE: ListCompetitor("plain_httpx", {"model": "wire"}),
    "page objects over httpx": ListCompetitor("page_objects"),
    "aiohttp + full model": ListCompetitor("plain_aiohttp", {"model": "wire"}),
    "pyreqwest + full model": ListCompetitor("plain_pyreqwest", {"model": "wire"}, environments.PYREQWEST),
    SOCKET: ListCompetitor("raw_socket", {"model": "domain"}),
    BYTES: ListCompetitor("raw_socket"),
}
GENERATED_CLIENTS = {
    "flat": {
        "flat-api, sync": ListCompetitor("flat_api_sync", package=environments.FLAT),
        "flat-api, async": ListCompetitor("flat_api_async", package=environments.FLAT),
    },
    "logto": {"py-logto": ListCompetitor("py_logto", package=environments.LOGTO)},
}
COMPETITORS = {provider: {**_ALL, **GENERATED_CLIENTS[provider]} for provider in GENERATED_CLIENTS}
# The default page size of the server, which the generated clients use, and the largest one: facts/flat.md, Pagination;
# facts/logto.md, section 4.
PAGE_SIZES = {"flat": (25, 1000), "logto": (20, 100)}


@contextmanager
def processes_of(provider: str) -> Iterator[dict[str, CompetitorProcess]]:
    """Run the processes of all competitors for one provider."""
    pythons = {
        competitor.package: environments.interpreter(competitor.package)
        for competitor in COMPETITORS[provider].values()
        if competitor.package
    }
    modules = {
        name: (competitor.module, pythons.get(competitor.package or ""))
        for name, competitor in COMPETITORS[provider].items()
    }
    with run_competitors(modules) as processes:
        yield processes
