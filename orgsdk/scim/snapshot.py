"""Lists of the provider that are used again for a while: members, roles, and cursors of pages by their index."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import anyio

T = TypeVar("T")

_MAX_CURSORS: Final = 2000
_CURSOR_AGE: Final = 600.0


class Snapshot(Generic[T]):
    """A list or a number that is read as a whole, and used again until it is too old.

    Several tasks that need it at once read it once.

    Args:
        read: Returns it.
        max_age: Seconds for which it is used again.
        clock: Returns the time in seconds.
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[T]],
        max_age: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._max_age = max_age
        self._clock = clock
        self._items: T | None = None
        self._read_at = 0.0
        self._writes = 0
        self._lock: anyio.Lock | None = None

    def peek(self) -> T | None:
        """Return the list if it is fresh, without a request."""
        return self._items if self._clock() - self._read_at < self._max_age else None

    async def get(self) -> T:
        """Return the list, which is read if it is too old."""
        found = self.peek()
        if found is not None:
            return found
        if self._lock is None:
            self._lock = anyio.Lock()
        async with self._lock:
            found = self.peek()
            return found if found is not None else await self.refresh()

    async def refresh(self) -> T:
        """Read the list now, and return it."""
        started, writes = self._clock(), self._writes
        items = await self._read()
        # A list that was read while something was written may lack it.
        if writes == self._writes:
            self._items, self._read_at = items, started
        return items

    def forget(self) -> None:
        """Read the list again next time, because something was written."""
        self._items = None
        self._writes += 1


@dataclass(frozen=True, slots=True)
class _KeptCursor:
    cursor: str | None
    kept_at: float


class PageCursors:
    """Cursors of a list by the index at which their page starts, so that index paging need not start from the front.

    Args:
        clock: Returns the time in seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[int, int], _KeptCursor] = OrderedDict()

    def keep(self, page_size: int, index: int, cursor: str) -> None:
        """Keep the cursor of the page that starts at an index.

        Args:
            page_size: Size of the page.
            index: Number of items before it.
            cursor: The cursor.
        """
        self._kept[page_size, index] = _KeptCursor(cursor, self._clock())
        self._kept.move_to_end((page_size, index))
        if len(self._kept) > _MAX_CURSORS:
            self._kept.popitem(last=False)

    def nearest(self, page_size: int, index: int) -> tuple[int, str | None]:
        """Return the last page that starts at an index or before it.

        Args:
            page_size: Size of the pages.
            index: Number of items before the one that is wanted.

        Returns:
            Number of items before the page, and its cursor. None for the first page.
        """
        oldest = self._clock() - _CURSOR_AGE
        best: tuple[int, str | None] = (0, None)
        for (size, start), kept in self._kept.items():
            if size == page_size and best[0] < start <= index and kept.kept_at >= oldest:
                best = start, kept.cursor
        return best

    def forget(self) -> None:
        """Forget all cursors: members were added or removed."""
        self._kept.clear()
