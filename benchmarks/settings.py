"""How large the measurements are: as for the page, or just enough to see that they run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.server import Server


@dataclass(frozen=True, slots=True)
class Settings:
    """Hold the server and the sizes. `patience` is the longest run in seconds that is made and not extrapolated."""

    server: Server
    latencies: tuple[float, ...] = (0, 0.02, 0.05)
    users: tuple[int, int] = (10_000, 100_000)
    rounds: int = 3
    seconds: float = 10
    patience: float = 10
    creates: int = 2000
    items: int = 100_000
    streamed: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    pages_a_window: int = 40
    calls: int = 200

    @property
    def slow(self) -> float:
        """Give the longest latency."""
        return self.latencies[-1]


def quick(server: Server) -> Settings:
    """Give sizes that take a minute or two and prove nothing."""
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
        pages_a_window=8,
        calls=50,
    )


def tiny(server: Server) -> Settings:
    """Give sizes that the tests run."""
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
        pages_a_window=2,
        calls=5,
    )
