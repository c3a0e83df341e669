"""The blocking paginator: lists to iterate with a plain `for`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk import pagination
from orgsdk._known_names import KnownNames
from orgsdk._parameters import MisuseError, name_parameters
from orgsdk._unpicklable import Unpicklable
from orgsdk.blocking.portal import Portal
from orgsdk.domain import Page
from orgsdk.pagination import prefetch
from orgsdk.pagination.prefetch import DEFAULT_PAGES

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractContextManager
    from types import TracebackType


T = TypeVar("T")


class Paginator(KnownNames, Unpicklable, Generic[T]):
    """A list of a blocking client. No request is sent until it is iterated.

    ``for item in paginator`` yields every item of every page, with one page in memory. `first_page()` returns only the
    first page, as ``await`` does with an async list. Everything else is as `orgsdk.Paginator`.

    Iterating raises what a request raises, and `PaginationError` if pages contradict each other or there are more than
    `max_pages`. The error's ``cursor`` continues at the page that failed.

    Args:
        asynchronous: The async paginator.
        portal: The portal of the client.

    Example: ``for user in client.organization("org_id").users.list(): ...``
    """

    def __init__(self, asynchronous: pagination.Paginator[T], portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal

    def __iter__(self) -> Iterator[T]:
        return _ItemIterator(self.pages())

    if not TYPE_CHECKING:  # type checkers report that there is no such method

        def __aiter__(self) -> None:
            raise MisuseError("This list blocks: iterate it with `for`, without `async`.")

        def __getitem__(self, index: object) -> None:
            raise MisuseError("The list is not loaded: use `….collect(limit=…)`, which returns a list, and index it.")

        def __len__(self) -> int:
            raise MisuseError("The list is not loaded: use `….count()`, or `len(….collect())`.")

        def __bool__(self) -> bool:
            return True  # as before `__len__`: an object

    def __repr__(self) -> str:
        name = self._async.name
        return f"<Paginator of {name}: `for` yields its items, first_page() and collect() return them>"

    @property
    def name(self) -> str:
        """The provider and the list, such as ``flat users.list``."""
        return self._async.name

    @property
    def page_size(self) -> int:
        """The number of items requested per page."""
        return self._async.page_size

    def pages(self) -> Iterator[Page[T]]:
        """Iterate page by page. Each page has the cursors to continue from.

        Returns:
            An iterator. Each step raises what iterating the list raises.
        """
        return _PageIterator(self._async.pages(), self._portal)

    def first_page(self) -> Page[T]:
        """Return only the first page.

        Returns:
            The page: ``items``, ``next_cursor``, ``previous_cursor`` and ``total``.

        Raises:
            OrgError: The request failed.
        """
        return self._portal.call_provider(self._await, "Paginator.first_page")

    @name_parameters
    def prefetch(self, pages: int = DEFAULT_PAGES) -> Prefetch[T]:
        """Request pages ahead, in order, until the ``with`` block ends. See `orgsdk.Paginator.prefetch`.

        Args:
            pages: The maximum number of pages ahead.

        Returns:
            A context manager.

        Raises:
            InvalidArgumentError: `pages` is less than 1.

        Example: ``with users.list().prefetch() as ahead: everybody = list(ahead)``
        """
        return Prefetch(self._async.prefetch(pages), self._portal)

    @name_parameters
    def collect(self, *, limit: int | None = None) -> list[T]:
        """Return the items as a list.

        Args:
            limit: Only this many items, with no more requests than they need. Default: all.

        Returns:
            The items.

        Raises:
            InvalidArgumentError: `limit` is negative.
            OrgError: A request failed.
        """
        return self._portal.call_provider(partial(self._async.collect, limit=limit), "Paginator.collect")

    def first(self) -> T | None:
        """Return the first item with one request, for a page of one item.

        Returns:
            The item, or None if the list is empty.

        Raises:
            OrgError: The request failed.
        """
        return self._portal.call_provider(self._async.first, "Paginator.first")

    def count(self) -> int:
        """Count the whole list with the cheapest request. See `orgsdk.Paginator.count`.

        Returns:
            The number of items.

        Raises:
            OrgError: The request failed.
        """
        return self._portal.call_provider(self._async.count, "Paginator.count")

    async def _await(self) -> Page[T]:
        return await self._async


class Prefetch(Generic[T]):
    """A context manager that owns the tasks that request pages ahead: ``with users.prefetch() as ahead``.

    Args:
        asynchronous: The async context manager.
        portal: The portal of the client.
    """

    def __init__(self, asynchronous: prefetch.Prefetch[T], portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal
        self._entered: list[AbstractContextManager[prefetch.PrefetchIterator[T]]] = []

    def __enter__(self) -> PrefetchIterator[T]:
        entered = self._portal.entered(self._async, "Paginator.prefetch")
        ahead = entered.__enter__()
        self._entered.append(entered)
        return PrefetchIterator(ahead, self._portal)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._entered.pop().__exit__(kind, error, trace)


class PrefetchIterator(Generic[T]):
    """A list whose next pages are requested ahead: iterate the items with `for`, or the pages with `pages()`.

    Args:
        asynchronous: The async iterator.
        portal: The portal of the client.
    """

    def __init__(self, asynchronous: prefetch.PrefetchIterator[T], portal: Portal) -> None:
        self._pages = _PageIterator(asynchronous.pages(), portal)
        self._items = _ItemIterator(self._pages)

    def __iter__(self) -> Iterator[T]:
        return self._items

    def pages(self) -> Iterator[Page[T]]:
        """Iterate page by page. Each page has the cursors to continue from.

        Returns:
            An iterator. A step raises what iterating the list raises, and `PaginationError` after the ``with`` block.
        """
        return self._pages


class _PageIterator(Generic[T]):
    def __init__(self, asynchronous: AsyncIterator[Page[T]], portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal

    def __iter__(self) -> _PageIterator[T]:
        return self

    def __next__(self) -> Page[T]:
        page = self._portal.call_provider(self._next, "Paginator.pages")
        if page is None:
            raise StopIteration
        return page

    async def _next(self) -> Page[T] | None:
        return await anext(self._async, None)


class _ItemIterator(Generic[T]):
    # Each page is one call through the portal. A call for each item would cost more than the item.

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
