"""One pass through a list: its pages in order, the guard against endless lists, and the iterators.

Private to orgsdk. The iterators are classes, not async generators: one that is left early has nothing to close (PEP
533).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.domain import Page
from orgsdk.errors import OrgError, PaginationError, shorten_traceback
from orgsdk.pagination.cursors import CursorWriter

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Sequence

    from orgsdk.pagination.listing import Listing, Slice

T = TypeVar("T")

# A page may be empty and still have a next one (facts/flat.md, Pagination): a provider that filters a page after
# cutting it returns several such pages in a row. A hundred are 100,000 rows at Flat's largest page, with no match among
# them.
MAX_EMPTY_PAGES = 100

# Of a list of unique items, the ids of so many are kept, and then those of the pages 2, 4, 8 and so on.
_REMEMBERED_ITEMS = 10_000


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
            return self.take(await self._listing.fetch(self.position, self._page_size))
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
        """Set the error's cursor to the page that failed, and shorten its traceback to the iterator's frames."""
        shorten_traceback(error)
        # A list that is not resumable has to be read from its start.
        error.cursor = self._cursor(self.position) if self._listing.resumable else None

    def _cursor(self, position: str | None) -> str | None:
        return None if position is None else self._cursors.write(position)

    def _error(self, problem: str) -> PaginationError:
        return PaginationError(f"{self._listing.provider} {self._listing.name}: {problem}")


class EndlessListGuard:
    """Check the slices of one pass, in order, against a provider that never ends its list, or starts it again.

    About 100 bytes are kept for each page: the hash of its position. The ids of the pages 1, 2, 4, 8 and so on are kept
    too, so that a provider that repeats any number of pages in turn returns one of them again. `start` is the position
    of the first page.
    """

    def __init__(self, start: str | None, page_size: int) -> None:
        self._page_size = page_size
        self._seen = {hash(start)}
        self._round = _RoundSoFar(0)

    def problem_of(self, found: Slice[T]) -> str | None:
        """Return what is wrong with a slice. None if nothing is: then it counts as read.

        Of a slice without a next one, only the promise of unique items is checked.
        """
        before = self._round if found.round == self._round.number else _RoundSoFar(found.round)
        if found.unique and any(_key(item) in before.checkpoints for item in found.items):
            return (
                "the page has an item that was read before. A row may have been removed: read the list from its start."
            )
        if found.next is None:
            return None
        if hash(found.next) in self._seen:
            return "the next page was read before."
        edges = _edges(found.items)
        consecutive = before.consecutive + 1 if edges is not None and edges == before.edges else 0
        if consecutive > _allowed_consecutive_repeats(found):
            return "the page equals the previous one, and announces another."
        # Ends at the first new item: nearly always the first of the page.
        is_repeat = bool(found.items) and all(_key(item) in before.checkpoints for item in found.items)
        repeats = before.repeats + is_repeat
        if repeats > _allowed_repeats(found):
            return f"{repeats} pages have only items that were read before, and the last one announces another."
        empty = 0 if found.items else before.empty + 1
        if empty > MAX_EMPTY_PAGES:
            return f"{empty} consecutive pages are empty, and the last one announces another."
        rows = before.rows + len(found.items) - min(found.overlap, len(found.items))
        totals = [total for total in (found.total, before.largest_total) if total is not None]
        largest = max(totals, default=None)
        # One page more than the largest reported total is allowed: rows are added and removed during the pass.
        if largest is not None and rows > largest + self._page_size:
            return f"{rows} items were read of a list of {largest}, and the last page announces another."
        self._seen.add(hash(found.next))
        pages = before.pages + bool(found.items)
        is_remembered = found.unique and len(before.checkpoints) < _REMEMBERED_ITEMS
        if found.items and (is_remembered or pages & (pages - 1) == 0):  # a power of two
            before.checkpoints.update(map(_key, found.items))
        self._round = _RoundSoFar(
            found.round, pages, rows, largest, empty, edges or before.edges, consecutive, repeats, before.checkpoints
        )
        return None


@dataclass(frozen=True, slots=True)
class _RoundSoFar:
    """State of the guard for the pages of one round."""

    number: int
    pages: int = 0  # without empty ones
    rows: int = 0
    largest_total: int | None = None
    empty: int = 0
    edges: tuple[int, object, object] | None = None
    consecutive: int = 0
    repeats: int = 0
    checkpoints: set[object] = field(default_factory=set[object])


def _allowed_consecutive_repeats(found: Slice[T]) -> float:
    # A cursor continues after the rows that were read. A page number does not: if a page's worth of rows is inserted
    # before them, the same page comes again, and rows without a total order may show one of them on every page
    # (facts/logto.md, section 4). Those lists have a total, which limits them.
    if found.total is None:
        return 0
    return 1 if len(found.items) > 1 else float("inf")


def _allowed_repeats(found: Slice[T]) -> float:
    # With cursors, a page of few rows can repeat because they moved, but hardly three times. With numbers see above.
    if found.total is None:
        return 2
    return MAX_EMPTY_PAGES if len(found.items) > 1 else float("inf")


def _edges(items: Sequence[object]) -> tuple[int, object, object] | None:
    # The ids of the first and last item identify a page, at a cost that does not grow with it.
    if not items:
        return None
    return len(items), _identity(items[0]), _identity(items[-1])


def _identity(item: object) -> object:
    return getattr(item, "id", item)


def _key(item: object) -> int:
    identity = _identity(item)
    # Items without an id can be unhashable, such as a dict.
    return hash(identity) if isinstance(identity, (str, int)) else hash(repr(identity))


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
