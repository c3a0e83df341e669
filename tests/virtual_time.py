"""Virtual time: if every task sleeps, the clock jumps to the next wake-up.

It is for code that waits only for time and other tasks. A response from a socket would arrive too late.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

from trio.testing import MockClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from selectors import SelectorKey

# If no task will wake up, the test hangs; it fails after this time.
_HANG_SECONDS = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    """Poll, and if nothing is ready, advance the clock by the timeout."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None:
            found = super().select(_HANG_SECONDS)
            if not found:
                raise RuntimeError("deadlock: every task waits for another")
            return found
        found = super().select(0)
        if not found:
            self.ahead += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An asyncio event loop on virtual time, which starts at 1,000."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return 1000.0 + self._jumping.ahead


def backend(name: str) -> tuple[str, Mapping[str, Any]]:
    """Return the value of the fixture `anyio_backend` for a backend on virtual time."""
    if name == "trio":
        return name, {"clock": MockClock(autojump_threshold=0)}
    return name, {"loop_factory": VirtualLoop}
