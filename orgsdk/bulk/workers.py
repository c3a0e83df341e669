"""Concurrency of a run: a fixed number of workers over one iterator, and the pause for a rate limit."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
from tenacity import AsyncRetrying, retry_if_exception_type

from orgsdk.arguments import check_integer
from orgsdk.errors import InvalidArgumentError, OrgError, RateLimitError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable
    from typing import Self

    from tenacity import RetryCallState

T = TypeVar("T")

# For a rate limit without `Retry-After`, after the client has waited and retried twice.
_DEFAULT_SECONDS = 1.0
# When to continue a run that was paused for such a limit.
_SECONDS_TO_TRY_AGAIN = 60.0
_MOST_SECONDS = 366 * 86_400.0


class LongPauseError(OrgError):
    """The rate limit applies for longer than the run may pause.

    Args:
        until: When to continue.
    """

    def __init__(self, until: datetime) -> None:
        super().__init__(f"The provider's rate limit applies until {until:%Y-%m-%d %H:%M:%S} UTC.")
        self.until = until


class RateLimitPause:
    """Pause a run while the provider's rate limit applies.

    `on_wait` is called with the number of seconds to wait. With `longest`, no pause is longer than that: a wait that
    would be, alone or with the waits since the last request that was accepted, raises `LongPauseError` instead.
    """

    def __init__(self, on_wait: Callable[[float], None], longest: timedelta | None = None) -> None:
        self._on_wait = on_wait
        self._longest = None if longest is None else longest.total_seconds()
        self._until: float | None = None
        self._since: float | None = None
        self._error: RateLimitError | None = None

    @property
    def is_active(self) -> bool:
        """True if the run must wait."""
        return self._until is not None

    def extend(self, error: RateLimitError) -> None:
        """Pause until the rate limit of this error ends, or longer if a later end is known."""
        now = anyio.current_time()
        end = now + (error.retry_after or _DEFAULT_SECONDS)
        if self._since is None:
            self._since = now
        if self._until is None or end > self._until:
            self._until, self._error = end, error

    def note_accepted(self) -> None:
        """Note that a request was accepted: the next pause is a new one."""
        self._since = None

    async def wait(self) -> None:
        """Wait until the pause ends. Raises `LongPauseError` if it is too long."""
        while self._until is not None and (left := self._until - anyio.current_time()) > 0:
            self._check_length(self._until)
            self._on_wait(left)
            await anyio.sleep(left)
        self._until = None

    async def call(self, call: Callable[[], Awaitable[T]]) -> T:
        """Return the result of a call that reads; wait and retry while it raises `RateLimitError`."""
        await self.wait()
        retrying = AsyncRetrying(
            retry=retry_if_exception_type(RateLimitError),
            before_sleep=self._extend_after,
            sleep=lambda _: self.wait(),
        )

        async def attempt() -> T:  # tenacity awaits coroutine functions only, and `call` may be a lambda
            return await call()

        result: T = await retrying(attempt)
        self.note_accepted()
        return result

    def _extend_after(self, state: RetryCallState) -> None:
        if state.outcome is not None and isinstance(error := state.outcome.exception(), RateLimitError):
            self.extend(error)

    def _check_length(self, until: float) -> None:
        now = anyio.current_time()
        since = now if self._since is None else self._since
        if self._longest is not None and until - since > self._longest:
            is_stated = self._error is not None and self._error.retry_after
            seconds = min(until - now, _MOST_SECONDS) if is_stated else _SECONDS_TO_TRY_AGAIN
            raise LongPauseError(datetime.now(UTC) + timedelta(seconds=seconds)) from self._error


ItemT = TypeVar("ItemT")
ResultT = TypeVar("ResultT")

DEFAULT_CONCURRENCY = 16
# At the end of a turn, workers wait for the slowest one: with 32 items for each worker that costs at most about 3 %.
_ITEMS_PER_WORKER, _TURN_SECONDS = 32, 2.0


class Workers(Generic[ItemT, ResultT]):
    """Apply `work` to each item, with at most `concurrency` in flight, and yield results in the order of completion.

    A worker takes the next item from the iterator when it is free. Work is done in turns: a turn takes items for at
    most 2 seconds and at most 32 for each worker, and ends when all of them are done. So nothing runs between two
    results, and a loop may end at any of them (PEP 789).

    If a turn is cancelled, the results so far are returned by the next turn; the items in flight are in
    `interrupted`, and are not tried again. If `work` or the iterator raises, no further item is taken, the items in
    flight are finished, and the first error is raised after their results.

    Args:
        items: The items.
        work: Called with each item.
        concurrency: Largest number of items in flight, 1 or more.

    Raises:
        InvalidArgumentError: `concurrency` is less than 1.

    Example:
        ``async for user in Workers(ids, org.users.get, concurrency=8): ...``
    """

    def __init__(
        self,
        items: Iterable[ItemT],
        work: Callable[[ItemT], Awaitable[ResultT]],
        *,
        concurrency: int = DEFAULT_CONCURRENCY,
    ) -> None:
        check_integer("concurrency", concurrency, least=1, error=InvalidArgumentError)
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
        """Return the results of one turn; none at the end of the items. Raises what `work` or the iterator raised."""
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
            # One timer for all workers: reading the clock for every item would cost as much as everything else.
            tasks.start_soon(self._end_in_time)
            for _ in range(self._concurrency):
                tasks.start_soon(self._take_items, tasks.cancel_scope)
        return bool(self._results) or self._error is not None

    async def _end_in_time(self) -> None:
        await anyio.sleep(_TURN_SECONDS)
        self._left = 0

    async def _take_items(self, turn: anyio.CancelScope) -> None:
        # Store the error instead of raising it in the task group, which would cancel the items in flight.
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
            turn.cancel()  # only the timer is left
