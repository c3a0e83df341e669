"""The `Paginator`: what every list gives its caller."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk.errors import InvalidArgumentError, InvalidCursorError
from orgsdk.pagination.cursors import decode_cursor
from orgsdk.pagination.prefetch import DEFAULT_PAGES, Prefetch
from orgsdk.pagination.walk import ItemIterator, PageIterator, Walk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from orgsdk.domain.models import Page
    from orgsdk.pagination.listing import Listing

T = TypeVar("T")

_PAGE_ATTRIBUTES = frozenset({"items", "next_cursor", "previous_cursor", "total"})


class Paginator(Generic[T]):
    """Walk a list: nothing is requested until it is iterated or awaited.

    `async for item in paginator` gives every item of every page, one page in memory; `await paginator` gives the
    first page alone; `pages()` gives page by page; `prefetch()` reads ahead; `collect()`, `first()` and `count()` give
    a list, an item, a number. Each of them starts at `cursor`, or at the beginning, and may be used again. Leaving a
    loop early leaves nothing behind.

    Iterating raises what a request raises, and `PaginationError` where the list cannot be what the provider says, or
    has more than `max_pages` pages; the error's `cursor` resumes at the page that could not be had.

    Example: `async for user in client.organization("org_id").users.list(): ...`
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
        if page_size is not None and page_size not in range(1, largest + 1):
            raise InvalidArgumentError(
                f"page_size is {page_size!r}: {listing.provider} takes 1 to {largest} for {listing.name}."
            )
        if max_pages is not None and max_pages < 1:
            raise InvalidArgumentError(f"max_pages is {max_pages}: pass 1 or more, or None for no bound.")
        self._listing = listing
        self._max_pages = max_pages
        self._position: str | None = None
        # The largest page is the default: requests are what is scarce (DESIGN.md, decision 10).
        self._page_size = page_size or largest
        if cursor is not None:
            if not listing.resumable:
                raise InvalidCursorError(f"A complete {listing.name} cannot be resumed: walk it from its beginning.")
            began_with, self._position = decode_cursor(listing, cursor)
            if page_size is not None and page_size != began_with:
                raise InvalidCursorError(
                    f"The cursor began with page_size={began_with}: resume with it, or leave page_size out."
                )
            self._page_size = began_with

    def __repr__(self) -> str:
        listing = self._listing
        return f"<Paginator of {listing.provider} {listing.name}: `async for` gives its items, `await` its first page>"

    if not TYPE_CHECKING:  # who checks types is told by there being no such method

        def __iter__(self) -> None:
            raise TypeError("The list is not read yet: walk it with `async for`, or `await` it for its first page.")

        def __getattr__(self, name: str) -> None:
            why = f"'Paginator' object has no attribute '{name}'"
            if name in _PAGE_ATTRIBUTES:
                why += ": a page has it, and `await` gives the first"
            raise AttributeError(why, name=name, obj=self)

    def __await__(self) -> Generator[object, None, Page[T]]:
        return self._walk().step().__await__()

    def __aiter__(self) -> AsyncIterator[T]:
        return ItemIterator(self.pages())

    @property
    def page_size(self) -> int:
        """The number of items requested per page."""
        return self._page_size

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate page by page, each with the cursors to resume from.

        Each step raises as iterating the list does.
        """
        return PageIterator(self._walk())

    def prefetch(self, pages: int = DEFAULT_PAGES) -> Prefetch[T]:
        """Read up to `pages` pages ahead, in order, in tasks that end with the `async with`.

        Where pages have numbers and the list a total (Logto), so many requests are in flight at once, or their pages
        at hand; the first page alone tells the total. Where a page's cursor leads to the next (Flat), one page is
        requested while the one before it is worked on. Beside the page that was given out, no more than `pages` are
        in memory. The first request leaves as the `async with` is entered.

        Raises `InvalidArgumentError` where `pages` is less than 1. Iterating raises as iterating the list does, at
        the place of the page that failed.

        Example: `async with users.list().prefetch() as ahead: everybody = [user async for user in ahead]`
        """
        if pages < 1:
            raise InvalidArgumentError(f"pages is {pages}: pass 1 or more.")
        return Prefetch(self._walk, pages)

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Gather the items in a list: all, or the first `limit` with no more requests than they take.

        Raises `InvalidArgumentError` where `limit` is negative, and what iterating raises.
        """
        if limit is not None and limit < 0:
            raise InvalidArgumentError(f"limit is {limit}: pass 0 or more, or None for all.")
        gathered: list[T] = []
        if limit == 0:
            return gathered
        if limit is not None and (few := await self._few(limit)) is not None:
            return few
        async for page in self.pages():
            gathered += page.items
            if limit is not None and len(gathered) >= limit:
                return gathered[:limit]
        return gathered

    async def first(self) -> T | None:
        """Give the first item, None where there is none; costs one request, for a page of one.

        Where the provider cannot narrow the list itself (the status of Flat's invitations), or shows an empty page
        and promises more, larger pages are read until there is one.

        Raises what iterating raises.
        """
        return next(iter(await self.collect(limit=1)), None)

    async def count(self) -> int:
        """Count the whole list, wherever `cursor` stands, by the cheapest request there is.

        That is the provider's own count where it has one (users), or the total that comes with a page; where it
        tells none (Flat's invitations), all pages are read, one request for each.

        Raises what iterating raises.
        """
        if self._listing.count is not None and (told := await self._listing.count()) is not None:
            return told
        counted = 0
        async for page in PageIterator(Walk(self._listing, self._listing.max_page_size, None, self._max_pages)):
            if page.total is not None and self._listing.keep is None:
                return page.total
            counted += len(page)
        return counted

    async def _few(self, limit: int) -> list[T] | None:
        """Give the first items by one page of just so many; None where that is not the way, or does not give them."""
        if limit >= self._page_size or self._position is not None or self._listing.keep is not None:
            return None
        page = await self._walk(limit).step()
        # A page may hold fewer than were asked for and have a next one (facts/flat.md): small pages could go on so.
        return page.items[:limit] if len(page) >= limit or page.next_cursor is None else None

    def _walk(self, page_size: int | None = None) -> Walk[T]:
        return Walk(self._listing, page_size or self._page_size, self._position, self._max_pages)
