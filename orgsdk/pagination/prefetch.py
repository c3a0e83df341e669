"""Prefetch: request the next pages in background tasks that an `async with` owns."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Callable
from inspect import CO_ASYNC_GENERATOR, currentframe
from time import perf_counter, thread_time
from typing import TYPE_CHECKING, Generic, TypeVar

import anyio
from anyio.lowlevel import checkpoint

from orgsdk._known_names import AsyncOnly
from orgsdk._parameters import MisuseError
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

# Seconds that a task of its own takes for a page: to start it, and to pass the page on (measured).
_COST_OF_A_TASK = 0.0004
# Seconds that a pass may lose before tasks request its pages. Longer than a pause by the operating system.
_MOST_LOST = 0.005


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


class Prefetch(AsyncOnly, Generic[T]):
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
            raise MisuseError("Open it first: `async with ….prefetch() as ahead`, and then `async for … in ahead`.")

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

    A pass starts without requests ahead, and has them from the moment they would have saved more than `_MOST_LOST`:
    after the first page, unless its server is as near as another process of the machine. There, a task for each page
    takes longer than the wait that it saves.
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
        self._runs_ahead = False
        self._lost = 0.0  # seconds that running ahead would have saved so far
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
        spent = math.inf if self._returned_at is None else perf_counter() - self._returned_at
        is_fast = spent < _FAST_CALLER
        # Kept until it is returned: if the caller is cancelled meanwhile, the next step returns it.
        if self._page is None:
            is_ahead = self._runs_ahead or self._walk.position in self._fetches
            self._page = await (self._next_page() if is_ahead else self._page_of_this_task(spent))
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
        self._run_ahead()
        return page

    async def _page_of_this_task(self, spent: float) -> Page[T]:
        """Return the next page, requested by the caller's own task. `spent` is what the caller took for the last one.

        If this is cancelled or fails, tasks request the pages from then on, because they outlive a cancelled step.
        """
        stopwatch = _Stopwatch()
        try:
            self._check_open()
            self._runs_ahead = True
            page = await self._walk.step()
            self._runs_ahead = False
            self._check_open()
        except OrgError as error:
            self._walk.add_cursor(error)
            raise
        self._note_loss(stopwatch.waited() + min(spent, stopwatch.elapsed()))
        self._run_ahead()
        return page

    def _note_loss(self, seconds: float) -> None:
        """Decide whether to run ahead, after a page for which that would have saved these seconds."""
        self._lost = max(0.0, self._lost + seconds - _COST_OF_A_TASK)
        self._runs_ahead = self._runs_ahead or self._lost > _MOST_LOST

    def _run_ahead(self) -> None:
        if self._runs_ahead:
            self._move_to(self._walk.upcoming(self._size))

    async def _fetched(self, position: str | None) -> Slice[T]:
        self._check_open()
        if position not in self._fetches:
            self._start_fetch(position)
        fetch = self._fetches[position]
        await fetch.done.wait()
        self._check_open()  # another task may have closed it
        del self._fetches[position]
        self._note_loss(fetch.waited)
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
        self.waited = 0.0  # seconds

    async def run(self, fetch: Callable[[str | None], Awaitable[Slice[T]]], position: str | None) -> None:
        """Fetch the page at `position`."""
        stopwatch = _Stopwatch()
        with self.scope:
            try:
                self.result = await fetch(position)
            except Exception as error:
                self.result = error
        self.waited = stopwatch.waited()
        self.done.set()


class _Stopwatch:
    """Measure the seconds since its start, and how many of them the thread waited."""

    __slots__ = ("_started", "_used")

    def __init__(self) -> None:
        self._started, self._used = anyio.current_time(), thread_time()

    def elapsed(self) -> float:
        """Return the seconds since the start."""
        return anyio.current_time() - self._started

    def waited(self) -> float:
        """Return the seconds in which this thread did not compute, in any of its tasks."""
        return self.elapsed() - (thread_time() - self._used)
