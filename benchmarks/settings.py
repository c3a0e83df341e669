"""Sizes of the measurements: for the page, for a quick run, or for tests."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.server import Server


@dataclass(frozen=True, slots=True)
class Settings:
    """The server, the sizes, and the bounds of the rounds.

    A measurement repeats its rounds until its ratios are steady: at least `rounds`, at most `most_rounds`. It starts no
    further round after `seconds`, or after the moment `ends`.
    """

    server: Server
    latencies: tuple[float, float] = (0, 0.05)
    users: int = 10_000
    distinct: int = 100_000
    waiting_pages: int = 100
    rounds: int = 5
    most_rounds: int = 25
    seconds: float = 60
    ends: float = math.inf
    creates: int = 640
    items: int = 100_000
    streamed: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    pages_per_window: int = 32
    calls: int = 200

    @property
    def slow(self) -> float:
        """Return the longest latency."""
        return self.latencies[-1]


def quick(server: Server) -> Settings:
    """Return sizes for a quick run of two minutes, without significance."""
    return Settings(
        server,
        users=1_000,
        distinct=10_000,
        waiting_pages=20,
        rounds=2,
        most_rounds=2,
        creates=128,
        items=10_000,
        streamed=(1_000, 10_000, 30_000),
        pages_per_window=8,
        calls=50,
    )


def tiny(server: Server) -> Settings:
    """Return sizes for the tests."""
    return Settings(
        server,
        latencies=(0, server.slowest),
        users=60,
        distinct=200,
        waiting_pages=2,
        rounds=1,
        most_rounds=1,
        creates=20,
        items=200,
        streamed=(100, 200, 300),
        pages_per_window=2,
        calls=5,
    )
