"""One pass through a list: its pages in order, the guard against endless lists, and the iterators.

They are classes, not async generators: one that is left early holds nothing that needs closing (PEP 533).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.domain.models import Page
from orgsdk.errors import OrgError, PaginationError
from orgsdk.pagination.cursors import CursorWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from orgsdk.pagination.listing import Listing, Slice

T = TypeVar("T")

# A page may hold no row and still have a next one (facts/flat.md, Pagination): a provider that narrows a page after
# it cut it shows such pages in a row. A hundred are 100,000 rows at Flat's largest page, of which not one is asked for.
MAX_EMPTY_PAGES = 100


class EndlessListGuard:
    """Look at the slices of one walk, in order, as they came.

    What is remembered of each page is the hash of its position, about 100 bytes. `start` is the position of the first.
    """

    def __init__(self, start: str | None, page_size: int) -> None:
        self._page_size = page_size
        self._seen = {hash(start)}
        self._round = 0
        self._rows = 0
        self._largest_total: int | None = None
        self._empty = 0
        self._edges: tuple[int, object, object] | None = None
        self._repeats = 0

    def complaint(self, found: Slice[T]) -> str | None:
        """Tell what is wrong with a slice that promises more; None where nothing is, and it counts as read."""
        if found.next is None:
            return None
        if hash(found.next) in self._seen:
            return "the page after this one was there before."
        edges = _edges(found.items)
        repeats = self._repeats + 1 if edges is not None and edges == self._edges else 0
        if repeats > _allowed_repeats(found):
            return "the page is the one before it again, and promises more."
        empty = 0 if found.items else self._empty + 1
        if empty > MAX_EMPTY_PAGES:
            return f"{empty} pages in a row are empty, and the last one promises more."
        again = found.round != self._round
        rows = len(found.items) + (0 if again else self._rows)
        totals = [total for total in (found.total, None if again else self._largest_total) if total is not None]
        largest = max(totals, default=None)
        # The largest total told, and a page more: rows come and go while they are read.
        if largest is not None and rows > largest + self._page_size:
            return f"{rows} items came of a list of {largest}, and the last page promises more."
        self._seen.add(hash(found.next))
        self._round, self._rows, self._largest_total = found.round, rows, largest
        self._empty, self._edges, self._repeats = empty, edges or self._edges, repeats
        return None


def _allowed_repeats(found: Slice[T]) -> float:
    # A cursor leads past the rows that came. A number does not: as many rows as a page holds, inserted before them,
    # bring the whole page again, and rows without a full order may show one of them on every page (facts/logto.md,
    # section 4); those lists have a total that bounds them.
    if found.total is None:
        return 0
    return 1 if len(found.items) > 1 else float("inf")


def _edges(items: Sequence[object]) -> tuple[int, object, object] | None:
    # The ids of the first and the last tell pages apart, at no cost that grows with the page.
    if not items:
        return None
    return len(items), _identity(items[0]), _identity(items[-1])


def _identity(item: object) -> object:
    return getattr(item, "id", item)


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
        self._guards = EndlessListGuard(position, page_size)
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


class PageSteps(Protocol[T]):
    """Give one page after the other, until `ended`."""

    @property
    def ended(self) -> bool:
        """Tell whether there is no further page."""
        ...

    async def step(self) -> Page[T]:
        """Give the next page."""
        ...


class PageIterator(Generic[T]):
    """Give the pages of a walk."""

    __slots__ = ("_is_busy", "_steps")

    def __init__(self, steps: PageSteps[T]) -> None:
        self._steps = steps
        self._is_busy = False

    def __aiter__(self) -> PageIterator[T]:
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


class ItemIterator(Generic[T]):
    """Give the items of the pages, one after the other."""

    __slots__ = ("_items", "_pages")

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> ItemIterator[T]:
        return self

    async def __anext__(self) -> T:
        # A `for` that returns at once is the cheapest way to ask an iterator for its next (measured).
        while True:
            for item in self._items:
                return item
            self._items = iter(await self._pages.__anext__())
