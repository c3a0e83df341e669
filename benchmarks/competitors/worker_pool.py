"""A worker pool: many calls, a fixed number in flight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


async def run_concurrently(call: Callable[[int], Awaitable[object]], count: int, in_flight: int) -> dict[str, Any]:
    """Await `call` with each number below `count`."""
    numbers = iter(range(count))

    async def work() -> None:
        for number in numbers:
            await call(number)

    async with anyio.create_task_group() as group:
        for _ in range(in_flight):
            group.start_soon(work)
    return {"calls": count}
