"""The iterators over pages and items.

They are classes, not async generators: one that is left early holds nothing that needs closing (PEP 533).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.errors import PaginationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from orgsdk.domain.page import Page

T = TypeVar("T")


class Steps(Protocol[T]):
    """Give one page after the other, until `ended`."""

    @property
    def ended(self) -> bool:
        """Tell whether there is no further page."""
        ...

    async def step(self) -> Page[T]:
        """Give the next page."""
        ...


class Pages(Generic[T]):
    """Give the pages of a walk."""

    __slots__ = ("_is_busy", "_steps")

    def __init__(self, steps: Steps[T]) -> None:
        self._steps = steps
        self._is_busy = False

    def __aiter__(self) -> Pages[T]:
        return self

    async def __anext__(self) -> Page[T]:
        if self._is_busy:
            # Both would be given the same page, or one of them would lose what is left of another.
            raise PaginationError("Another task waits for this iterator's next page: give each task its own.")
        if self._steps.ended:
            raise StopAsyncIteration
        self._is_busy = True
        try:
            return await self._steps.step()
        finally:
            self._is_busy = False


class Items(Generic[T]):
    """Give the items of the pages, one after the other."""

    __slots__ = ("_items", "_pages")

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> Items[T]:
        return self

    async def __anext__(self) -> T:
        # A `for` that returns at once is the cheapest way to ask an iterator for its next (measured).
        while True:
            for item in self._items:
                return item
            self._items = iter(await self._pages.__anext__())
