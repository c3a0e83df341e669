"""Concurrency of a run: a fixed number of workers over one iterator, and the pause for a rate limit."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from orgsdk.errors import InvalidArgumentError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Self

T = TypeVar("T")

# Where a provider refuses without saying for how long, after its client has waited and come back twice.
_DEFAULT_SECONDS = 1.0


class RateLimitPause:
    """Hold a run where its provider refuses more, however long that is; `tell` is called with the seconds to go."""

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._until: float | None = None

    @property
    def is_on(self) -> bool:
        """Tell whether there is something to wait for."""
        return self._until is not None

    def note(self, refusal: RateLimitError) -> None:
        """Take note of how long the limit holds, or longer where that is known already."""
        again = anyio.current_time() + (refusal.retry_after or _DEFAULT_SECONDS)
        self._until = max(again, self._until or again)

    async def over(self) -> None:
        """Wait until the provider may be asked again."""
        while self._until is not None and (left := self._until - anyio.current_time()) > 0:
            self._tell(left)
            await anyio.sleep(left)
        self._until = None

    async def ask(self, call: Callable[[], Awaitable[T]]) -> T:
        """Give what a call that reads gives, as soon as the limit lets it."""
        while True:
            await self.over()
            try:
                return await call()
            except RateLimitError as refusal:
                self.note(refusal)


ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

DEFAULT_CONCURRENCY = 16
# A turn ends with workers that wait for the last one: with 32 items for each of them that costs some 3 % at most.
_ITEMS_PER_WORKER, _TURN_SECONDS = 32, 2.0


class Workers(Generic[ItemT, ResultT]):
    """Give what `work` makes of each item, in the order of completion, `concurrency` of them in flight at most.

    Items are taken from their iterator one by one, when a worker is free. The work is done in turns: a turn takes
    items for at most 2 seconds and at most 32 for each worker, and ends when all of them are done, so that nothing
    runs between two results and a loop may be left at any of them (PEP 789).

    Cancelled within a turn, what was done is kept and given by the next one; the items that were being worked on are
    in `interrupted`, and are not taken again. Where `work` or the iterator raises, no further item is taken, those
    in flight are finished, and the first error is raised after their results.

    Raises `InvalidArgumentError` where `concurrency` is less than 1.

    Example: `async for user in Workers(ids, org.users.get, concurrency=8): ...`
    """

    def __init__(
        self,
        items: Iterable[ItemT],
        work: Callable[[ItemT], Awaitable[ResultT]],
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> None:
        if concurrency < 1:
            raise InvalidArgumentError(f"concurrency is {concurrency}: pass 1 or more.")
        self.interrupted: list[ItemT] = []
        self._items = iter(items)
        self._work = work
        self._concurrency = concurrency
        self._results: deque[ResultT] = deque()
        self._error: Exception | None = None
        self._left = 0
        self._working = 0

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> ResultT:
        while not self._results:
            if not await self._turn():
                raise StopAsyncIteration
        return self._results.popleft()

    async def turn(self) -> list[ResultT]:
        """Give the results of one turn; none at the end of the items. Raises what `__anext__` raises."""
        while not self._results and await self._turn():
            pass
        results = list(self._results)
        self._results.clear()
        return results

    async def _turn(self) -> bool:
        if self._error is not None:
            error, self._error = self._error, None
            self._items = iter(())
            raise error
        self._left = self._concurrency * _ITEMS_PER_WORKER
        self._working = self._concurrency
        async with anyio.create_task_group() as tasks:
            # A clock that every worker asked for every item would cost as much as all the rest.
            tasks.start_soon(self._end_in_time)
            for _ in range(self._concurrency):
                tasks.start_soon(self._take_items, tasks.cancel_scope)
        return bool(self._results) or self._error is not None

    async def _end_in_time(self) -> None:
        await anyio.sleep(_TURN_SECONDS)
        self._left = 0

    async def _take_items(self, turn: anyio.CancelScope) -> None:
        # An error is kept, not raised through the group: that would cancel what is in flight.
        while self._left > 0 and self._error is None:
            self._left -= 1
            try:
                item = next(self._items)
            except StopIteration:
                self._left = 0
                break
            except Exception as error:
                self._error = error
                break
            try:
                self._results.append(await self._work(item))
            except Exception as error:
                self._error = error
            except BaseException:
                self.interrupted.append(item)
                raise
        self._working -= 1
        if not self._working:
            turn.cancel()  # the clock alone is left
