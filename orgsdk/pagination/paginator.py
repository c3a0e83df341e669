"""The `Paginator`: iterate over a list, page through it, collect, count or prefetch it."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk._known_names import KnownNames, UnknownNameError
from orgsdk._parameters import MisuseError, name_parameters
from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import describe_value
from orgsdk.domain import Page
from orgsdk.errors import InvalidArgumentError, InvalidCursorError
from orgsdk.pagination.cursors import decode_cursor
from orgsdk.pagination.listing import Listing
from orgsdk.pagination.prefetch import DEFAULT_PAGES, Prefetch
from orgsdk.pagination.walk import ItemIterator, PageIterator, Walk

if TYPE_CHECKING:
    from collections.abc import Generator


T = TypeVar("T")

_PAGE_ATTRIBUTES = frozenset({"items", "next_cursor", "previous_cursor", "total"})


class Paginator(KnownNames, Unpicklable, Generic[T]):
    """A list of a provider. No request is sent until it is iterated or awaited.

    ``async for item in paginator`` yields every item of every page, with one page in memory. ``await paginator``
    returns the first page. Every use starts at `cursor`, or else at the start of the list, and a paginator can be used
    several times. A loop can be left early without cleanup.

    If a page fails, iteration yields every item before it and then raises. The error's `cursor` resumes at that page.

    Args:
        listing: The provider's description of the list.
        page_size: Items per page. Default: the provider's maximum.
        cursor: Where to start. Default: at the start of the list.
        max_pages: Largest number of pages of one pass. More pages raise `PaginationError`. Default: no limit.

    Raises:
        InvalidArgumentError: `page_size` or `max_pages` is out of range.
        InvalidCursorError: The cursor is damaged, belongs to another list, or has another page size.

    Example:
        ``async for user in client.organization("org_id").users.list(): ...``
    """

    def __init__(
        self,
        listing: Listing[T],
        *,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
    ) -> None:
        largest = listing.max_page_size
        if page_size is not None and not _is_integer(page_size, 1, largest):
            raise InvalidArgumentError(
                f"is {describe_value(page_size)}: {listing.provider} accepts 1 to {largest} for {listing.name}.",
                argument="page_size",
            )
        if max_pages is not None and not _is_integer(max_pages, 1):
            raise InvalidArgumentError(
                f"max_pages is {describe_value(max_pages)}: pass 1 or more, or None for no limit."
            )
        self._listing = listing
        self._max_pages = max_pages
        self._position: str | None = None
        # The largest page is the default: requests are limited, bytes are not (docs/architecture.md, decision 10).
        self._page_size = page_size or largest
        if cursor is not None:
            if not listing.resumable:
                raise InvalidCursorError(f"A complete {listing.name} cannot be resumed: start without a cursor.")
            started_with, self._position = decode_cursor(listing, cursor)
            if page_size is not None and page_size != started_with:
                raise InvalidCursorError(
                    f"The cursor was created with page_size={started_with}: pass the same, or omit page_size."
                )
            self._page_size = started_with

    def __repr__(self) -> str:
        uses = "`async for` yields its items, `await` returns its first page, a task takes collect()"
        return f"<Paginator of {self.name}: {uses}>"

    if not TYPE_CHECKING:  # type checkers report that there is no such method

        def __iter__(self) -> None:
            raise MisuseError("The list is not loaded: iterate it with `async for`, or `await` it for its first page.")

        def __getitem__(self, index: object) -> None:
            raise MisuseError(
                "The list is not loaded: use `await ….collect(limit=…)`, which returns a list, and index it."
            )

        def __len__(self) -> int:
            raise MisuseError("The list is not loaded: use `await ….count()`, or `await` it for its first page.")

        def __bool__(self) -> bool:
            return True  # as before `__len__`: an object

        def __getattr__(self, name: str) -> object:
            if name in _PAGE_ATTRIBUTES:
                message = f"Paginator has no {name!r}: a page has it, and `await` returns the first page."
                raise UnknownNameError(message, name=name, obj=self)
            return super().__getattr__(name)

    def __await__(self) -> Generator[object, None, Page[T]]:
        return self._walk().step().__await__()

    def __aiter__(self) -> AsyncIterator[T]:
        return ItemIterator(self.pages())

    @property
    def name(self) -> str:
        """The provider and the list, such as ``flat users.list``."""
        return f"{self._listing.provider} {self._listing.name}"

    @property
    def page_size(self) -> int:
        """The number of items requested per page."""
        return self._page_size

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate page by page, each with the cursors to resume from.

        Returns:
            The iterator.

        Raises:
            PaginationError: While iterating: the list contradicts itself, or has more than `max_pages` pages.
            OrgError: While iterating: what the request of a page raises.
        """
        return PageIterator(self._walk())

    @name_parameters
    def prefetch(self, pages: int = DEFAULT_PAGES) -> Prefetch[T]:
        """Request up to `pages` pages ahead, in tasks that end with the `async with`. Items stay in order.

        If pages are numbered and the list has a total (Logto), up to `pages` requests are in flight at once, after the
        first page has returned the total. If each page contains the cursor of the next one (Flat), one page is
        requested while the previous one is processed. Beside the current page, at most `pages` pages are in memory. The
        first request is sent when the `async with` is entered. While pages arrive without a wait, as from a server on
        the same machine, each is requested when it is needed.

        In an async generator, such as a streamed response or a fixture, pages are requested when they are needed:
        a generator may be closed by another task, which cannot end the tasks (PEP 789).

        Args:
            pages: Largest number of pages ahead.

        Returns:
            The context manager. It returns a `PrefetchIterator`.

        Raises:
            InvalidArgumentError: `pages` is less than 1.
            PaginationError: While iterating, in place of the failed page: the list contradicts itself.
            OrgError: While iterating, in place of the failed page: what its request raises.

        Example:
            ``async with users.list().prefetch() as ahead: everybody = [user async for user in ahead]``
        """
        if not _is_integer(pages, 1):
            raise InvalidArgumentError(f"pages is {describe_value(pages)}: pass 1 or more.")
        return Prefetch(self._walk, pages)

    @name_parameters
    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Return the items as a list.

        Args:
            limit: Largest number of items. No more pages are requested than it takes. Default: all items.

        Returns:
            The items in order.

        Raises:
            InvalidArgumentError: `limit` is negative.
            PaginationError: The list contradicts itself, or has more than `max_pages` pages.
            OrgError: What the request of a page raises.
        """
        if limit is not None and not _is_integer(limit, 0):
            raise InvalidArgumentError(f"limit is {describe_value(limit)}: pass 0 or more, or None for all.")
        collected: list[T] = []
        if limit == 0:
            return collected
        if limit is not None and (few := await self._collect_one_page(limit)) is not None:
            return few
        async for page in self.pages():
            collected += page.items
            if limit is not None and len(collected) >= limit:
                return collected[:limit]
        return collected

    async def first(self) -> T | None:
        """Return the first item.

        This takes one request, for a page of one item. If the provider cannot filter the list itself (the status of
        Flat's invitations), or returns an empty page that has a next one, larger pages are read until there is an item.

        Returns:
            The item, or None if the list is empty.

        Raises:
            PaginationError: The list contradicts itself, or has more than `max_pages` pages.
            OrgError: What the request of a page raises.
        """
        return next(iter(await self.collect(limit=1)), None)

    async def count(self) -> int:
        """Count the whole list with the cheapest request. `cursor` has no effect.

        This is the provider's own count if there is one (users), or the total of a page. If the provider reports
        neither (Flat's invitations), all pages are read, with one request each.

        Returns:
            The number of items.

        Raises:
            PaginationError: The list contradicts itself, or has more than `max_pages` pages.
            OrgError: What the request of a page raises.
        """
        if self._listing.count is not None and (reported := await self._listing.count()) is not None:
            return reported
        counted = 0
        async for page in PageIterator(Walk(self._listing, self._listing.max_page_size, None, self._max_pages)):
            if page.total is not None and self._listing.keep is None:
                return page.total
            counted += len(page)
        return counted

    async def _collect_one_page(self, limit: int) -> list[T] | None:
        """Return the first items from one page of that size, or None if that is not possible."""
        if limit >= self._page_size or self._position is not None or self._listing.keep is not None:
            return None
        page = await self._walk(limit).step()
        # A page may hold fewer items than requested and have a next one (facts/flat.md): do not continue in small
        # pages.
        return page.items[:limit] if len(page) >= limit or page.next_cursor is None else None

    def _walk(self, page_size: int | None = None) -> Walk[T]:
        return Walk(self._listing, page_size or self._page_size, self._position, self._max_pages)


def start_elsewhere(paginator: Paginator[T], *, cursor: str | None, page_size: int | None) -> Paginator[T]:
    """Return the same list with another start and page size. Private to orgsdk.

    Args:
        paginator: The list.
        cursor: Where to start. None for the start of the list.
        page_size: Items per page. None for the cursor's, or the provider's maximum.

    Returns:
        The list.

    Raises:
        InvalidArgumentError: `page_size` is out of range.
        InvalidCursorError: The cursor is not one of this list.
    """
    listing, max_pages = paginator._listing, paginator._max_pages  # pyright: ignore[reportPrivateUsage]  # same module
    return Paginator(listing, cursor=cursor, page_size=page_size, max_pages=max_pages)


def _is_integer(value: object, least: int, most: float = math.inf) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
