"""Work on the keys of a run in one process: as many at once as allowed, and none of them blocks while it sleeps."""

from __future__ import annotations

import heapq
import math
from itertools import count
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread

from orgsdk.fleet.key_work import has_work, states_of, work_key
from orgsdk.fleet.phases import advance

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.fleet.context import WorkContext
    from orgsdk.fleet.key_work import KeyResult
    from orgsdk.fleet.units import KeyRecord, RunRecord

# How long a key that another worker has is left alone, and how long a change of the run may go unnoticed.
_LOCKED_SECONDS: Final = 2.0
_LOOK_SECONDS: Final = 15.0


async def work_run(context: WorkContext, epoch: int) -> RunRecord:
    """Work on a run until nothing of it is left to do, here and at other workers.

    Args:
        context: What the work needs.
        epoch: The run.

    Returns:
        The run as it then is.

    Raises:
        NoRunError: There is no such run.
        StoreError: The store cannot be read or written.
    """
    run = await advance(context, epoch)
    while states_of(run):
        keys = await to_thread.run_sync(context.store.keys, epoch)
        queue = KeyQueue(context, run, (key for key in keys if has_work(key, run)))
        async with anyio.create_task_group() as tasks:
            for _ in range(min(context.options.concurrency, len(queue))):
                tasks.start_soon(_work_keys, context, epoch, queue, tasks.cancel_scope)
        if queue.error is not None:
            raise queue.error
        run = await advance(context, epoch)
    return run


async def _work_keys(context: WorkContext, epoch: int, queue: KeyQueue, scope: anyio.CancelScope) -> None:
    # Store the error instead of raising it in the task group, which would raise a group of errors.
    try:
        while (key := await queue.take()) is not None:
            queue.put_back(key, await work_key(context, epoch, key))
    except Exception as error:
        queue.error = queue.error or error
        scope.cancel()


class KeyQueue:
    """The keys of a phase, by the time at which they can be worked on.

    Args:
        context: What the work needs.
        run: The run, in its phase.
        keys: The keys that have work.
    """

    def __init__(self, context: WorkContext, run: RunRecord, keys: Iterable[KeyRecord]) -> None:
        self._context = context
        self._run = run
        self._order = count()
        now = anyio.current_time()
        self._keys = [(now, next(self._order), key.key) for key in keys]
        heapq.heapify(self._keys)
        self._busy = 0
        self._changed = anyio.Event()
        self._looked = now
        self.error: Exception | None = None

    def __len__(self) -> int:
        return len(self._keys) + self._busy

    async def take(self) -> str | None:
        """Return the next key, when its time has come.

        Returns:
            The key; None if there is no work left, or the run was stopped elsewhere.
        """
        while self._keys or self._busy:
            now = anyio.current_time()
            if self._keys and self._keys[0][0] <= now:
                _, _, key = heapq.heappop(self._keys)
                self._busy += 1
                return key
            wait = self._keys[0][0] - now if self._keys else math.inf
            changed = self._changed
            with anyio.move_on_after(min(wait, _LOOK_SECONDS)):
                await changed.wait()
            await self._look()
        self._notify()
        return None

    def put_back(self, key: str, result: KeyResult) -> None:
        """Return a key after work on it. It comes again if it is asleep or locked, or has more units.

        Args:
            key: The key.
            result: How the work ended.
        """
        self._busy -= 1
        now = anyio.current_time()
        if result.state == "asleep" and result.until is not None:
            delay = (result.until - self._context.now()).total_seconds()
            heapq.heappush(self._keys, (now + max(delay, 0.0), next(self._order), key))
        elif result.state in {"locked", "fenced"}:
            heapq.heappush(self._keys, (now + _LOCKED_SECONDS, next(self._order), key))
            if result.state == "fenced":
                self._looked = -math.inf  # the run was cancelled, or the key's connection was lost
        elif result.state == "more":
            heapq.heappush(self._keys, (now, next(self._order), key))
        self._notify()

    async def _look(self) -> None:
        """Notice that the run has left its phase, for example because it was cancelled elsewhere."""
        now = anyio.current_time()
        if now - self._looked >= _LOOK_SECONDS:
            self._looked = now
            run = await to_thread.run_sync(self._context.store.run, self._run.epoch)
            if run is None or run.state != self._run.state:
                self._keys.clear()
                self._notify()

    def _notify(self) -> None:
        changed, self._changed = self._changed, anyio.Event()
        changed.set()
