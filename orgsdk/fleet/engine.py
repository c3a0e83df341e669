"""The engine: a queue that shares the work among the machines, with one ticket for each limit key.

A ticket means "do this key's next organization". One worker gets it. If that worker dies, another one gets it seconds
later. While units remain, a new ticket follows. Only the pace depends on the engine: a ticket may be lost, doubled, or
given to two workers, since the lock of the key and the journal are in the store.

`PgQueuerEngine` is one. With Procrastinate in its stead, `install` applies its schema; `fill` defers a task with
`queueing_lock=key` and skips `AlreadyEnqueued`; `clean` calls `delete_old_jobs`; `run` calls
`app.run_worker_async(concurrency=…)` with a task that awaits `handle` and defers the key with `schedule_in`, and a
periodic task that retries its `get_stalled_jobs`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Protocol

import anyio


class Handler(Protocol):
    """Do the next organization of a ticket's key."""

    async def __call__(self, key: str, /) -> timedelta | None:
        """Return when the key's next ticket is due; None if nothing is left of the key."""
        ...


class Engine(Protocol):
    """A queue of tickets. Any failure is raised as `StoreError`; the worker starts the engine again."""

    async def install(self) -> None:
        """Create what the engine stores, or bring it to its version."""
        ...

    async def fill(self, keys: Collection[str]) -> None:
        """Add a ticket for each of these keys that has none."""
        ...

    async def clean(self) -> None:
        """Delete what the engine has logged of tickets, after a run."""
        ...

    async def run(self, handle: Handler, *, concurrency: int, stop: anyio.Event) -> None:
        """Take tickets until `stop` is set, then return when the last one was handled."""
        ...
