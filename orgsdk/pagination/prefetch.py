"""Prefetch: request the next pages in background tasks that an `async with` owns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from inspect import CO_ASYNC_GENERATOR, currentframe
from time import perf_counter
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
from anyio.lowlevel import checkpoint

from orgsdk.domain import Page
from orgsdk.errors import OrgError, PaginationError
from orgsdk.pagination.walk import ItemIterator, PageIterator, PageSteps, Walk

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence
    from types import FrameType, TracebackType

    from anyio.abc import TaskGroup

    from orgsdk.pagination.listing import Slice

T = TypeVar("T")

# Half of a client's default concurrency: the rest is left for other calls.
DEFAULT_PAGES = 8

# Rounds of the event loop from the start of a task until its request is written to an open connection: up to 5 on
# asyncio and 7 on trio, with httpx, httpx2 or aiohttp, with or without TLS (measured), and a few to spare. A request
# that has to connect first, or waits for a rate limit or a slot, is not waited for.
_LOOP_ROUNDS_UNTIL_SENT = 10
# Seconds that a caller may take for a page before the requests after it are sent first. These rounds take about 0.1 ms
# (measured), so a faster caller would lose more than it gains.
_FAST_CALLER = 0.0005


class PrefetchIterator(Generic[T]):
    """Read a list while its next pages are requested in the background.

    Use ``async for`` for the items and `pages()` for the pages. Both read the same pass and share its position. If a
    page fails, all items before it are yielded first. Continue iterating to request it again.
    """

    def __init__(self, window: PageSteps[T]) -> None:
        """Private to orgsdk: a `Prefetch` creates it."""
        self._pages = PageIterator(window)
        self._items = ItemIterator(self._pages)

    def __aiter__(self) -> AsyncIterator[T]:
        return self._items

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate page by page, each with the cursors to resume from.

        Returns:
            The iterator.

        Raises:
            PaginationError: While iterating: the list contradicts itself, or the `async with` has ended.
            OrgError: While iterating: what the request of a page raises.
        """
        return self._pages


class Prefetch(Generic[T]):
    """Context manager that owns the background tasks: ``async with users.prefetch() as ahead``.

    In an async generator there are no background tasks, and each page is requested when it is needed.
    """

    def __init__(self, start: Callable[[], Walk[T]], pages: int) -> None:
        """Private to orgsdk: `Paginator.prefetch` creates it."""
        self._start = start
        self._pages = pages
        self._open: list[tuple[PrefetchWindow[T], TaskGroup] | None] = []

    async def __aenter__(self) -> PrefetchIterator[T]:
        own_frame = currentframe()
        if own_frame is not None and _is_entered_by_async_generator(own_frame.f_back):
            self._open.append(None)
            return PrefetchIterator(self._start())
        tasks = anyio.create_task_group()
        await tasks.__aenter__()
        window = PrefetchWindow(self._start(), self._pages, tasks)
        self._open.append((window, tasks))
        return PrefetchIterator(window)

    if not TYPE_CHECKING:  # type checkers report that there is no such method

        def __aiter__(self) -> None:
            raise TypeError("Open it first: `async with ….prefetch() as ahead`, and then `async for … in ahead`.")

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        opened = self._open.pop()
        if opened is None:
            return
        window, tasks = opened
        window.close()
        # The group does not get the caller's error, which it would wrap. It is not cancelled as a whole, because then
        # it could swallow the cancellation of an outer scope.
        try:
            await tasks.__aexit__(None, None, None)
        except BaseExceptionGroup as group:
            # A KeyboardInterrupt in one of the tasks, as on trio: errors of pages are kept in the window.
            raised = group.exceptions[0]
        else:
            return
        raise raised


def _is_entered_by_async_generator(frame: FrameType | None) -> bool:
    """Return whether the block that is entered is in an async generator, directly or through an `AsyncExitStack`.

    A generator yields inside the block, and another task may close it: a framework's stream, a fixture, or a generator
    that was left. A task group that is open there cannot be left (PEP 789).
    """
    while frame is not None and frame.f_globals.get("__name__") == "contextlib":
        frame = frame.f_back
    return frame is not None and bool(frame.f_code.co_flags & CO_ASYNC_GENERATOR)


class PrefetchWindow(Generic[T]):
    """Step through a `Walk` in order, with up to `size` further pages requested or received. Private to orgsdk.

    The first request is sent at once. `tasks` must outlive the window.
    """

    def __init__(self, walk: Walk[T], size: int, tasks: TaskGroup) -> None:
        self._walk = walk
        self._size = size
        self._tasks = tasks
        self._fetches: dict[str | None, _PageFetch[T]] = {}
        self._latest: _PageFetch[T] | None = None  # the one started last, until it is sent
        self._page: Page[T] | None = None
        self._is_closed = False
        self._returned_at: float | None = None  # when the last page was returned
        self._start_fetch(walk.position)

    @property
    def ended(self) -> bool:
        """Return whether there is no further page."""
        return self._walk.ended and self._page is None

    async def step(self) -> Page[T]:
        """Return the next page, after the requests for the pages after it were sent.

        If the caller took nearly no time for the last page, the requests are only started: they are sent when it waits
        for the next page.
        """
        is_fast = self._returned_at is not None and perf_counter() - self._returned_at < _FAST_CALLER
        # Kept until it is returned: if the caller is cancelled meanwhile, the next step returns it.
        if self._page is None:
            self._page = await self._next_page()
        if not is_fast:
            await self._wait_until_sent()
        page, self._page = self._page, None
        self._returned_at = perf_counter()
        return page

    def close(self) -> None:
        """Cancel all requests and drop all pages. There is no further step."""
        self._is_closed = True
        self._move_to([])

    async def _next_page(self) -> Page[T]:
        walk = self._walk
        try:
            walk.check_max_pages()
            page = walk.take(await self._fetched(walk.position))
        except OrgError as error:
            walk.add_cursor(error)
            raise
        self._move_to(walk.upcoming(self._size))
        return page

    async def _fetched(self, position: str | None) -> Slice[T]:
        self._check_open()
        if position not in self._fetches:
            self._start_fetch(position)
        fetch = self._fetches[position]
        await fetch.done.wait()
        self._check_open()  # another task may have closed it
        del self._fetches[position]
        if isinstance(fetch.result, Exception):
            raise fetch.result
        return fetch.result

    def _check_open(self) -> None:
        if self._is_closed:
            raise PaginationError("The prefetch ended with its `async with`: iterate inside the block.")

    def _move_to(self, positions: Sequence[str]) -> None:
        """Request the pages at these positions unless they are requested or received, and cancel all others."""
        for position in [known for known in self._fetches if known not in positions]:
            self._fetches.pop(position).scope.cancel()
        for position in positions:
            if position not in self._fetches:
                self._start_fetch(position)

    def _start_fetch(self, position: str | None) -> None:
        fetch = self._fetches[position] = _PageFetch[T]()
        self._tasks.start_soon(fetch.run, self._walk.fetch, position)
        self._latest = fetch

    async def _wait_until_sent(self) -> None:
        """Run the event loop until the started requests are sent.

        If the caller computes or blocks between two pages, the requests would otherwise be sent only afterwards.
        """
        if self._latest is None:
            return
        for _ in range(_LOOP_ROUNDS_UNTIL_SENT):
            if self._latest.done.is_set():
                break
            await checkpoint()
        self._latest = None


class _PageFetch(Generic[T]):
    """Fetch one page in a task, and keep its result or error."""

    def __init__(self) -> None:
        self.scope = anyio.CancelScope()
        self.done = anyio.Event()
        self.result: Slice[T] | Exception  # set before `done`

    async def run(self, fetch: Callable[[str | None], Awaitable[Slice[T]]], position: str | None) -> None:
        """Fetch the page at `position`."""
        with self.scope:
            try:
                self.result = await fetch(position)
            except Exception as error:
                self.result = error
        self.done.set()
