"""Run a proof on asyncio or trio, on virtual time."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any, Literal

import anyio
import trio

from tests.virtual_time import backend

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

Loop = Literal["asyncio", "trio"]
LOOPS: tuple[Loop, ...] = ("asyncio", "trio")


def run_virtually(main: Callable[[], Awaitable[Any]], loop: Loop) -> Any:
    """Run `main` and return its result."""
    name, options = backend(loop)
    try:
        if name == "trio":
            return trio.run(main, **options)  # `anyio.run` dropped these until 2026 (agronholm/anyio#1162)
        return anyio.run(main, backend=name, backend_options=dict(options))
    finally:
        # Collect lost tasks and generators now, so that their warnings belong to this test.
        gc.collect(0)
