"""Time that jumps: where every task sleeps, the clock goes on to the next that wakes.

For code that waits for nothing but time and other tasks: an answer from a socket would come too late.
"""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any

from trio.testing import MockClock

if TYPE_CHECKING:
    from collections.abc import Mapping
    from selectors import SelectorKey

# Where nothing is left to wake up there is no time to jump to: a test that hangs ends so.
_LONGEST_SECONDS = 5.0


class _JumpingSelector(selectors.DefaultSelector):
    """Poll, and where there is nothing take the time for gone that should have been waited."""

    def __init__(self) -> None:
        super().__init__()
        self.ahead = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is None:
            found = super().select(_LONGEST_SECONDS)
            if not found:
                raise RuntimeError("every task waits for another")
            return found
        found = super().select(0)
        if not found:
            self.ahead += timeout
        return found


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop of asyncio on virtual time, which begins at 1,000."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return 1000.0 + self._jumping.ahead


def backend(name: str) -> tuple[str, Mapping[str, Any]]:
    """Give what the fixture `anyio_backend` returns for that backend on virtual time."""
    if name == "trio":
        return name, {"clock": MockClock(autojump_threshold=0)}
    return name, {"loop_factory": VirtualLoop}
