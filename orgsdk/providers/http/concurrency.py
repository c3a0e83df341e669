"""`run_concurrently`: the requests of one method that a provider has no batch for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import anyio

T = TypeVar("T")

# As many as a bulk run has in flight. The transport limits all requests of a client.
MAX_IN_FLIGHT = 16


async def run_concurrently(
    items: Sequence[T], work: Callable[[T], Awaitable[object]], *, limit: int = MAX_IN_FLIGHT
) -> list[Exception]:
    """Do the work for each item, several at once. After an error, no further work is started.

    Work that has started is finished and not cancelled: the outcome of a cancelled write would be unknown.

    Args:
        items: The items.
        work: Sends the requests for one item.
        limit: How many are in flight at most.

    Returns:
        The errors, in the order of their items.

    Example:
        ``errors = await run_concurrently(user_ids, join)``
    """
    remaining = iter(enumerate(items))
    errors: dict[int, Exception] = {}

    async def work_off() -> None:
        for number, item in remaining:
            try:
                await work(item)
            except Exception as error:  # the caller raises it
                errors[number] = error
            if errors:
                return

    async with anyio.create_task_group() as workers:
        for _ in range(min(limit, len(items))):
            workers.start_soon(work_off)
    return [errors[number] for number in sorted(errors)]
