"""One walk through a list: where it stands, and pages made of slices, in order."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk.domain.page import Page
from orgsdk.errors import OrgError, PaginationError
from orgsdk.pagination.cursors import CursorWriter
from orgsdk.pagination.guards import Guards

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination.listing import Listing, Slice

T = TypeVar("T")


class Walk(Generic[T]):
    """Walk from `position` on, `max_pages` at most.

    `position` is that of the page which comes next, and stays where a page fails, so that it can be asked for again;
    `ended` tells that there is none.
    """

    def __init__(
        self, listing: Listing[T], page_size: int, position: str | None = None, max_pages: int | None = None
    ) -> None:
        self.position = position
        self.ended: bool = False
        self._listing = listing
        self._page_size = page_size
        self._max_pages = max_pages
        self._pages = 0
        self._following: Iterable[str] = ()
        self._cursors = CursorWriter(listing, page_size)
        self._guards = Guards(position, page_size)
        self._take = None if listing.walk is None else listing.walk()

    async def step(self) -> Page[T]:
        """Give the next page. Raises what fetching it raises, with the cursor to resume from."""
        try:
            self.check_bound()
            return self.take(await self.fetch(self.position))
        except OrgError as error:
            self.place(error)
            raise

    async def fetch(self, position: str | None) -> Slice[T]:
        """Give the slice at a position, wherever the walk stands."""
        return await self._listing.fetch(position, self._page_size)

    def take(self, found: Slice[T]) -> Page[T]:
        """Make a page of the slice at `position`, and go on to the next.

        Raises `PaginationError` where the list cannot be what it says, without a cursor as yet.
        """
        complaint = self._guards.complaint(found)
        if complaint is not None:
            raise self._error(complaint)
        if self._take is not None:
            found = self._take(found)
        keep = self._listing.keep
        items = found.items if keep is None else [item for item in found.items if keep(item)]
        self._pages += 1
        self._following = found.following
        self.position = found.next
        self.ended = found.next is None
        return Page(items, self._cursor(found.next), self._cursor(found.previous), found.total)

    def ahead(self, pages: int) -> list[str]:
        """Give the positions of at most so many pages that come next, as far as they are known."""
        if self.position is None:
            return []
        if self._max_pages is not None:
            pages = min(pages, self._max_pages - self._pages)
        known = list(islice(self._following, pages))
        return known if known[:1] == [self.position] else [self.position][:pages]

    def check_bound(self) -> None:
        """Raise `PaginationError` where one page more would be too many, without a cursor as yet."""
        if self._pages == self._max_pages:
            raise self._error(f"the list goes on after max_pages={self._max_pages}; resume from the error's cursor.")

    def place(self, error: OrgError) -> None:
        """Note on the error the cursor of the page that could not be had."""
        # Nothing but its memory leads on where a list is not resumable: it begins at its beginning.
        error.cursor = self._cursor(self.position) if self._listing.resumable else None

    def _cursor(self, position: str | None) -> str | None:
        return None if position is None else self._cursors.write(position)

    def _error(self, complaint: str) -> PaginationError:
        return PaginationError(f"{self._listing.provider} {self._listing.name}: {complaint}")
