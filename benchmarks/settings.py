"""Sizes of the measurements: for the page, for a quick run, or for tests."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.server import Server


@dataclass(frozen=True, slots=True)
class Settings:
    """The server and the sizes. A run that would take more than `patience` seconds is extrapolated."""

    server: Server
    latencies: tuple[float, ...] = (0, 0.02, 0.05)
    users: tuple[int, int] = (10_000, 100_000)
    rounds: int = 3
    seconds: float = 10
    patience: float = 10
    creates: int = 2000
    items: int = 100_000
    streamed: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    pages_per_window: int = 40
    calls: int = 200

    @property
    def slow(self) -> float:
        """Return the longest latency."""
        return self.latencies[-1]


def quick(server: Server) -> Settings:
    """Return sizes for a quick run of two minutes, without significance."""
    return Settings(
        server,
        latencies=tuple(server.ports),
        users=(1_000, 10_000),
        rounds=2,
        seconds=0,
        patience=3,
        creates=200,
        items=10_000,
        streamed=(1_000, 10_000, 30_000),
        pages_per_window=8,
        calls=50,
    )


def tiny(server: Server) -> Settings:
    """Return sizes for the tests."""
    return Settings(
        server,
        latencies=tuple(server.ports),
        users=(60, 120),
        rounds=1,
        seconds=0,
        patience=1,
        creates=20,
        items=200,
        streamed=(100, 200, 300),
        pages_per_window=2,
        calls=5,
    )
