"""Who lists users of which provider, and what each is told."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from benchmarks import peers
from benchmarks.processes import contenders

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.processes import Contender

OURS, AIOHTTP, AHEAD = "orgsdk", "orgsdk, aiohttp", "orgsdk, prefetch"
WIRE, DOMAIN = "httpx + full wire model", "httpx + same domain model"
LIMIT = "raw socket, bytes alone"
WINDOW = 8


@dataclass(frozen=True, slots=True)
class Entrant:
    """Name the module that lists, what it is told beside address and sizes, and the package of its environment."""

    module: str
    told: dict[str, Any] = field(default_factory=dict)
    package: str | None = None


_ALL = {
    OURS: Entrant("ours"),
    AIOHTTP: Entrant("ours", {"library": "aiohttp"}),
    AHEAD: Entrant("ours", {"prefetch": WINDOW}),
    WIRE: Entrant("plain_httpx", {"model": "wire"}),
    DOMAIN: Entrant("plain_httpx", {"model": "domain"}),
    "aiohttp + same domain model": Entrant("plain_aiohttp", {"model": "domain"}),
    LIMIT: Entrant("raw_socket"),
}
PEERS = {
    "flat": {
        "flat-api, sync": Entrant("flat_api_sync", package=peers.FLAT),
        "flat-api, async": Entrant("flat_api_async", package=peers.FLAT),
    },
    "logto": {"py-logto": Entrant("py_logto", package=peers.LOGTO)},
}
ENTRANTS = {provider: {**_ALL, **PEERS[provider]} for provider in PEERS}
# The page sizes that the generated clients ask for when they are told none are the servers': facts/flat.md, Pagination;
# facts/logto.md, section 4.
PAGE_SIZES = {"flat": (25, 1000), "logto": (20, 100)}


@contextmanager
def processes_of(provider: str) -> Iterator[dict[str, Contender]]:
    """Run the processes of all who list users of that provider."""
    pythons = {
        entrant.package: peers.interpreter(entrant.package)
        for entrant in ENTRANTS[provider].values()
        if entrant.package
    }
    modules = {
        name: (entrant.module, pythons.get(entrant.package or "")) for name, entrant in ENTRANTS[provider].items()
    }
    with contenders(modules) as processes:
        yield processes
