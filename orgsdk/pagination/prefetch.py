"""Prefetch: request the next pages in background tasks that an `async with` owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
from anyio.lowlevel import checkpoint

from orgsdk.errors import OrgError, PaginationError
from orgsdk.pagination.walk import ItemIterator, PageIterator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from types import TracebackType

    from anyio.abc import TaskGroup

    from orgsdk.domain.models import Page
    from orgsdk.pagination.listing import Slice
    from orgsdk.pagination.walk import Walk

T = TypeVar("T")

# How many rounds of the event loop a request takes from the start of its task to the wire, over a connection that is
# open: up to 5 on asyncio and 7 on trio, by httpx, httpx2 or aiohttp, with TLS or without (measured); a few to spare.
# One that has to connect first, or waits for a rate limit or for its turn, is not waited for.
_LOOP_ROUNDS_UNTIL_SENT = 10


class _PageFetch(Generic[T]):
    """Fetch one page in a task of its own, and keep what came of it."""

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.landed = anyio.Event()
        self.outcome: Slice[T] | Exception  # once it landed

    async def run(self, fetch: Callable[[str | None], Awaitable[Slice[T]]], position: str | None) -> None:
        with self.scope:
            try:
                self.outcome = await fetch(position)
            except Exception as error:
                self.outcome = error
        self.landed.set()


class PrefetchWindow(Generic[T]):
    """Step through a walk in order, and have `size` pages in flight or at hand ahead of the one given out.

    The first leaves at once; `tasks` has to outlive the window.
    """

    def __init__(self, walk: Walk[T], size: int, tasks: TaskGroup) -> None:
        self._walk = walk
        self._size = size
        self._tasks = tasks
        self._flights: dict[str | None, _PageFetch[T]] = {}
        self._leaving: _PageFetch[T] | None = None  # the last of those that were launched
        self._page: Page[T] | None = None
        self._is_closed = False
        self._launch(walk.position)

    @property
    def ended(self) -> bool:
        """Tell whether there is no further page."""
        return self._walk.ended and self._page is None

    async def step(self) -> Page[T]:
        """Give the next page, when the requests for those after it have left."""
        # It is kept until it is given out: who is cancelled meanwhile finds it there when they come back.
        if self._page is None:
            self._page = await self._next()
        await self._see_off()
        page, self._page = self._page, None
        return page

    def close(self) -> None:
        """Let go of all pages; there is no further step."""
        self._is_closed = True
        self._aim([])

    async def _next(self) -> Page[T]:
        walk = self._walk
        try:
            walk.check_bound()
            page = walk.take(await self._landed(walk.position))
        except OrgError as error:
            walk.place(error)
            raise
        self._aim(walk.ahead(self._size))
        return page

    async def _landed(self, position: str | None) -> Slice[T]:
        self._check_open()
        if position not in self._flights:
            self._launch(position)
        flight = self._flights[position]
        await flight.landed.wait()
        self._check_open()  # the one who closes it may be another task
        del self._flights[position]
        if isinstance(flight.outcome, Exception):
            raise flight.outcome
        return flight.outcome

    def _check_open(self) -> None:
        if self._is_closed:
            raise PaginationError("Reading ahead ended with its `async with`: iterate within it.")

    def _aim(self, positions: Sequence[str]) -> None:
        """Have the pages at these positions in flight or at hand, and no others."""
        for position in [known for known in self._flights if known not in positions]:
            self._flights.pop(position).scope.cancel()
        for position in positions:
            if position not in self._flights:
                self._launch(position)

    def _launch(self, position: str | None) -> None:
        flight = self._flights[position] = _PageFetch[T]()
        self._tasks.start_soon(flight.run, self._walk.fetch, position)
        self._leaving = flight

    async def _see_off(self) -> None:
        """Let the loop go round until what was launched is on the wire.

        A consumer that holds up the loop, by computing or by blocking, would have it leave only afterwards.
        """
        if self._leaving is None:
            return
        for _ in range(_LOOP_ROUNDS_UNTIL_SENT):
            if self._leaving.landed.is_set():
                break
            await checkpoint()
        self._leaving = None


# Half of the requests that a client has in flight at most by default: the rest is for other work.
DEFAULT_PAGES = 8


class PrefetchIterator(Generic[T]):
    """Walk a list while its next pages are on their way.

    `async for` gives the items, `pages()` the pages; both are of one walk, and go on where the other stands. A page
    that failed raises at its place, after all before it; the next step asks for it again.
    """

    def __init__(self, window: PrefetchWindow[T]) -> None:
        self._pages = PageIterator(window)
        self._items = ItemIterator(self._pages)

    def __aiter__(self) -> AsyncIterator[T]:
        return self._items

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate page by page, each with the cursors to resume from.

        A step raises as iterating the list does, and `PaginationError` where the `async with` has ended.
        """
        return self._pages


class Prefetch(Generic[T]):
    """Own the tasks that read ahead: `async with users.prefetch() as ahead`."""

    def __init__(self, begin: Callable[[], Walk[T]], pages: int) -> None:
        self._begin = begin
        self._pages = pages
        self._open: list[tuple[PrefetchWindow[T], TaskGroup]] = []

    async def __aenter__(self) -> PrefetchIterator[T]:
        tasks = anyio.create_task_group()
        await tasks.__aenter__()
        window = PrefetchWindow(self._begin(), self._pages, tasks)
        self._open.append((window, tasks))
        return PrefetchIterator(window)

    if not TYPE_CHECKING:  # who checks types is told by there being no such method

        def __aiter__(self) -> None:
            raise TypeError("Open it first: `async with ….prefetch() as ahead`, and then `async for … in ahead`.")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        window, tasks = self._open.pop()
        window.close()
        # The group is not told of the caller's error, which it would wrap; nor is it cancelled as a whole, for then it
        # could swallow a cancellation that is not its own.
        try:
            await tasks.__aexit__(None, None, None)
        except BaseExceptionGroup as group:
            # A KeyboardInterrupt that met one of the tasks, as it can on trio: pages' own errors never get here.
            raised = group.exceptions[0]
        else:
            return
        raise raised
