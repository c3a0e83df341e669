"""One pass through a list: its pages in order, the guard against endless lists, and the iterators.

Private to orgsdk. The iterators are classes, not async generators: one that is left early has nothing to close (PEP
533).
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.domain import Page
from orgsdk.errors import OrgError, PaginationError
from orgsdk.pagination.cursors import CursorWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from orgsdk.pagination.listing import Listing, Slice

T = TypeVar("T")

# A page may be empty and still have a next one (facts/flat.md, Pagination): a provider that filters a page after
# cutting it returns several such pages in a row. A hundred are 100,000 rows at Flat's largest page, with no match among
# them.
MAX_EMPTY_PAGES = 100


class Walk(Generic[T]):
    """One pass through a list, from `position` on.

    `position` is that of the next page. It stays if the page fails, so that the page can be requested again. `ended` is
    True after the last page.
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
        self._guard = EndlessListGuard(position, page_size)
        self._take = None if listing.walk is None else listing.walk()

    async def step(self) -> Page[T]:
        """Return the next page. An error of its request has the cursor to resume from."""
        try:
            self.check_max_pages()
            return self.take(await self.fetch(self.position))
        except OrgError as error:
            self.add_cursor(error)
            raise

    async def fetch(self, position: str | None) -> Slice[T]:
        """Return the slice at a position, independent of the current one."""
        return await self._listing.fetch(position, self._page_size)

    def take(self, found: Slice[T]) -> Page[T]:
        """Turn the slice at `position` into a page, and move to the next position.

        Raises `PaginationError`, without a cursor, if the list contradicts itself.
        """
        problem = self._guard.problem_of(found)
        if problem is not None:
            raise self._error(problem)
        if self._take is not None:
            found = self._take(found)
        keep = self._listing.keep
        items = found.items if keep is None else [item for item in found.items if keep(item)]
        self._pages += 1
        self._following = found.following
        self.position = found.next
        self.ended = found.next is None
        return Page(items, self._cursor(found.next), self._cursor(found.previous), found.total)

    def upcoming(self, pages: int) -> list[str]:
        """Return the positions of the next pages, as far as they are known, at most `pages`."""
        if self.position is None:
            return []
        if self._max_pages is not None:
            pages = min(pages, self._max_pages - self._pages)
        known = list(islice(self._following, pages))
        return known if known[:1] == [self.position] else [self.position][:pages]

    def check_max_pages(self) -> None:
        """Raise `PaginationError`, without a cursor, if one more page would be too many."""
        if self._pages == self._max_pages:
            raise self._error(
                f"the list has more than max_pages={self._max_pages} pages; resume from the error's cursor."
            )

    def add_cursor(self, error: OrgError) -> None:
        """Set the error's cursor to the page that failed."""
        # A list that is not resumable has to be read from its start.
        error.cursor = self._cursor(self.position) if self._listing.resumable else None

    def _cursor(self, position: str | None) -> str | None:
        return None if position is None else self._cursors.write(position)

    def _error(self, problem: str) -> PaginationError:
        return PaginationError(f"{self._listing.provider} {self._listing.name}: {problem}")


class EndlessListGuard:
    """Check the slices of one pass, in order, against a provider that never ends its list.

    About 100 bytes are kept for each page: the hash of its position. `start` is the position of the first page.
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

    def problem_of(self, found: Slice[T]) -> str | None:
        """Return what is wrong with a slice that has a next one. None if nothing is: then it counts as read."""
        if found.next is None:
            return None
        if hash(found.next) in self._seen:
            return "the next page was read before."
        edges = _edges(found.items)
        repeats = self._repeats + 1 if edges is not None and edges == self._edges else 0
        if repeats > _allowed_repeats(found):
            return "the page equals the previous one, and announces another."
        empty = 0 if found.items else self._empty + 1
        if empty > MAX_EMPTY_PAGES:
            return f"{empty} consecutive pages are empty, and the last one announces another."
        is_new_round = found.round != self._round
        rows = len(found.items) + (0 if is_new_round else self._rows)
        totals = [total for total in (found.total, None if is_new_round else self._largest_total) if total is not None]
        largest = max(totals, default=None)
        # One page more than the largest reported total is allowed: rows are added and removed during the pass.
        if largest is not None and rows > largest + self._page_size:
            return f"{rows} items were read of a list of {largest}, and the last page announces another."
        self._seen.add(hash(found.next))
        self._round, self._rows, self._largest_total = found.round, rows, largest
        self._empty, self._edges, self._repeats = empty, edges or self._edges, repeats
        return None


def _allowed_repeats(found: Slice[T]) -> float:
    # A cursor continues after the rows that were read. A page number does not: if a page's worth of rows is inserted
    # before them, the same page comes again, and rows without a total order may show one of them on every page
    # (facts/logto.md, section 4). Those lists have a total, which limits them.
    if found.total is None:
        return 0
    return 1 if len(found.items) > 1 else float("inf")


def _edges(items: Sequence[object]) -> tuple[int, object, object] | None:
    # The ids of the first and last item identify a page, at a cost that does not grow with it.
    if not items:
        return None
    return len(items), _identity(items[0]), _identity(items[-1])


def _identity(item: object) -> object:
    return getattr(item, "id", item)


class PageSteps(Protocol[T]):
    """Source of pages: a `Walk`, or a `PrefetchWindow`."""

    @property
    def ended(self) -> bool:
        """Return whether there is no further page."""
        ...

    async def step(self) -> Page[T]:
        """Return the next page."""
        ...


class PageIterator(Generic[T]):
    """Iterate over pages."""

    __slots__ = ("_is_busy", "_steps")

    def __init__(self, steps: PageSteps[T]) -> None:
        self._steps = steps
        self._is_busy = False

    def __aiter__(self) -> PageIterator[T]:
        return self

    async def __anext__(self) -> Page[T]:
        if self._is_busy:
            # Both tasks would get the same page, or one of them would lose a part of it.
            raise PaginationError("Another task is waiting for this iterator's next page: use one iterator per task.")
        if self._steps.ended:
            raise StopAsyncIteration
        self._is_busy = True
        try:
            return await self._steps.step()
        finally:
            self._is_busy = False


class ItemIterator(Generic[T]):
    """Iterate over the items of pages."""

    __slots__ = ("_items", "_pages")

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> ItemIterator[T]:
        return self

    async def __anext__(self) -> T:
        # A `for` that returns at once is the fastest way to advance an iterator (measured).
        while True:
            for item in self._items:
                return item
            self._items = iter(await self._pages.__anext__())
