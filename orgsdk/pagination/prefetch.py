"""Reading ahead: pages that are requested before they are asked for, in tasks that an `async with` owns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

import anyio

from orgsdk.pagination.iterators import Items, Pages
from orgsdk.pagination.window import Window

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from types import TracebackType

    from anyio.abc import TaskGroup

    from orgsdk.domain.page import Page
    from orgsdk.pagination.walk import Walk

T = TypeVar("T")

# Half of the requests that a client has in flight at most by default: the rest is for other work.
DEFAULT_PAGES = 8


class Ahead(Generic[T]):
    """Walk a list while its next pages are on their way.

    `async for` gives the items, `pages()` the pages; both are of one walk, and go on where the other stands. A page
    that failed raises at its place, after all before it; the next step asks for it again.
    """

    def __init__(self, window: Window[T]) -> None:
        self._pages = Pages(window)
        self._items = Items(self._pages)

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
        self._open: list[tuple[Window[T], TaskGroup]] = []

    async def __aenter__(self) -> Ahead[T]:
        tasks = anyio.create_task_group()
        await tasks.__aenter__()
        window = Window(self._begin(), self._pages, tasks)
        self._open.append((window, tasks))
        return Ahead(window)

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
