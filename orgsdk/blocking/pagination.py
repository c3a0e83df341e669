"""The blocking paginator: lists to iterate with a plain `for`."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk.pagination.prefetch import DEFAULT_PAGES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from contextlib import AbstractContextManager
    from types import TracebackType

    from orgsdk import pagination
    from orgsdk.blocking.portal import Portal
    from orgsdk.domain import Page
    from orgsdk.pagination import prefetch

T = TypeVar("T")


class Paginator(Generic[T]):
    """Walk a list: nothing is requested until it is iterated.

    `for item in paginator` gives every item of every page, one page in memory; `first_page()` gives the first page
    alone, as `await` does of an async list; the rest is as `orgsdk.Paginator` has it.

    Iterating raises what a request raises, and `PaginationError` where the list cannot be what the provider says, or
    has more than `max_pages` pages; the error's `cursor` resumes at the page that could not be had.

    Example: `for user in client.organization("org_id").users.list(): ...`
    """

    def __init__(self, asynchronous: pagination.Paginator[T], portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal

    def __iter__(self) -> Iterator[T]:
        return _ItemIterator(self.pages())

    @property
    def page_size(self) -> int:
        """The number of items requested per page."""
        return self._async.page_size

    def pages(self) -> Iterator[Page[T]]:
        """Iterate page by page, each with the cursors to resume from.

        Each step raises as iterating the list does.
        """
        return _PageIterator(self._async.pages(), self._portal)

    def first_page(self) -> Page[T]:
        """Give the first page alone: `items`, `next_cursor`, `previous_cursor`, `total`.

        Raises what iterating raises.
        """
        return self._portal.call(self._await, "Paginator.first_page")

    def prefetch(self, pages: int = DEFAULT_PAGES) -> Prefetch[T]:
        """Read up to `pages` pages ahead, in order, until the `with` ends; see `orgsdk.Paginator.prefetch`.

        Raises `InvalidArgumentError` where `pages` is less than 1.

        Example: `with users.list().prefetch() as ahead: everybody = list(ahead)`
        """
        return Prefetch(self._async.prefetch(pages), self._portal)

    def collect(self, *, limit: int | None = None) -> list[T]:
        """Gather the items in a list: all, or the first `limit` with no more requests than they take.

        Raises `InvalidArgumentError` where `limit` is negative, and what iterating raises.
        """
        return self._portal.call(partial(self._async.collect, limit=limit), "Paginator.collect")

    def first(self) -> T | None:
        """Give the first item, None where there is none; costs one request, for a page of one.

        Raises what iterating raises.
        """
        return self._portal.call(self._async.first, "Paginator.first")

    def count(self) -> int:
        """Count the whole list by the cheapest request there is; see `orgsdk.Paginator.count`.

        Raises what iterating raises.
        """
        return self._portal.call(self._async.count, "Paginator.count")

    async def _await(self) -> Page[T]:
        return await self._async


class Prefetch(Generic[T]):
    """Own the tasks that read ahead: `with users.prefetch() as ahead`."""

    def __init__(self, asynchronous: prefetch.Prefetch[T], portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal
        self._entered: list[AbstractContextManager[prefetch.PrefetchIterator[T]]] = []

    def __enter__(self) -> Ahead[T]:
        entered = self._portal.entered(self._async, "Paginator.prefetch")
        ahead = entered.__enter__()
        self._entered.append(entered)
        return Ahead(ahead, self._portal)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop().__exit__(kind, error, trace)


class Ahead(Generic[T]):
    """Walk a list while its next pages are on their way: the items by `for`, or the pages by `pages()`."""

    def __init__(self, asynchronous: prefetch.PrefetchIterator[T], portal: Portal) -> None:
        self._pages = _PageIterator(asynchronous.pages(), portal)
        self._items = _ItemIterator(self._pages)

    def __iter__(self) -> Iterator[T]:
        return self._items

    def pages(self) -> Iterator[Page[T]]:
        """Iterate page by page, each with the cursors to resume from.

        A step raises as iterating the list does, and `PaginationError` where the `with` has ended.
        """
        return self._pages


class _PageIterator(Generic[T]):
    def __init__(self, asynchronous: AsyncIterator[Page[T]], portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal

    def __iter__(self) -> _PageIterator[T]:
        return self

    def __next__(self) -> Page[T]:
        page = self._portal.call(self._next, "Paginator.pages")
        if page is None:
            raise StopIteration
        return page

    async def _next(self) -> Page[T] | None:
        return await anext(self._async, None)


class _ItemIterator(Generic[T]):
    # One way through the portal for each page: one for each item would cost more than the item.

    def __init__(self, pages: Iterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __iter__(self) -> _ItemIterator[T]:
        return self

    def __next__(self) -> T:
        while True:
            for item in self._items:
                return item
            self._items = iter(next(self._pages))
