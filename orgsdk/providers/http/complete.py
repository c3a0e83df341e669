"""Complete lists: prove that a list has every item, each once, or raise `PaginationError`.

"Every item" means those that exist from the first request to the last.

A list can change between two of its pages, so that an item moves from an unread page to one that was read before. The
total does not show it: one item that leaves and one that joins keep it unchanged. There are two proofs that nothing was
missed:

- **Overlap**, for numbered pages in a stable order. Each page starts before the end of the previous one. If it has an
  item that was read before, no unread item can be between the two pages.
- **Rounds**, for every other list. It is read again until two rounds prove each other.

A list of one page needs no proof: one response shows one moment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic

from orgsdk.errors import PaginationError
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.http.duplicates import RowT, new_rows

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from orgsdk.pagination import Take

    Fetch = Callable[[str | None, int], Awaitable["Slice[RowT]"]]

MAX_ROUNDS = 13
MAX_STEPS_BACK = 10
# Items that the first step back reads again. Each further step reads twice as many.
_FIRST_STEP_BACK = 50


def complete_in_rounds(listing: Listing[RowT], page_sizes: Sequence[int] = ()) -> Listing[RowT]:
    """Return a list that is read in rounds until it is proved complete.

    Args:
        listing: The list, in any order and with any kind of pages.
        page_sizes: Page sizes of the later rounds. Default: the same size in all rounds.

    Returns:
        The complete list. It cannot be resumed from a cursor.
    """
    fetch = RoundFetcher(listing.fetch, page_sizes)
    return _complete(listing, fetch, lambda: RoundsWalk[RowT](f"{listing.provider} {listing.name}"))


def complete_by_overlap(listing: Listing[RowT]) -> Listing[RowT]:
    """Return a list that is proved complete because its pages overlap.

    Args:
        listing: A list of numbered pages, in which two items never change places.

    Returns:
        The complete list. It cannot be resumed from a cursor.
    """
    fetch = OverlapFetcher(listing.fetch, listing.max_page_size)
    return _complete(listing, fetch, lambda: OverlapWalk[RowT](f"{listing.provider} {listing.name}"))


def _complete(listing: Listing[RowT], fetch: Fetch[RowT], walk: Callable[[], Take[RowT]]) -> Listing[RowT]:
    return replace(listing, scope=(*listing.scope, "complete"), fetch=fetch, walk=walk, resumable=False)


# Overlapping pages


@dataclass(frozen=True, slots=True)
class NumberedPage:
    """A page by its number, from 1, and its size."""

    number: int
    size: int

    @property
    def start(self) -> int:
        """Return how many items are before the page."""
        return (self.number - 1) * self.size


def overlapping_page(end: int, page_size: int, max_page_size: int) -> NumberedPage:
    """Return the page that starts before item `end` of the list and reaches furthest beyond it.

    A numbered page starts at a multiple of its size, so that `end % size` items overlap. The best size is close to
    `page_size` and leaves a small remainder: 98 after two pages of 100 and 99. From 100 items a page this takes 14 %
    more requests than pages without overlap, which no other choice of sizes improves.

    Args:
        end: Number of items that were read. 0 is the start of the list.
        page_size: Preferred largest size. It is exceeded if no size up to it overlaps.
        max_page_size: The provider's largest size.

    Returns:
        The page.
    """
    if end == 0:
        return NumberedPage(1, page_size)
    sizes = [size for size in range(2, page_size + 1) if end % size]
    sizes = sizes or [size for size in range(page_size + 1, max_page_size + 1) if end % size][:1]
    size = max(sizes, key=lambda size: size - end % size, default=max_page_size)
    return NumberedPage(end // size + 1, size)


class OverlapFetcher(Generic[RowT]):
    """Fetch numbered pages that overlap. A position is `steps back:number of items read`.

    Args:
        fetch: Returns a page by its number. None is the first.
        max_page_size: The provider's largest page.
    """

    def __init__(self, fetch: Fetch[RowT], max_page_size: int) -> None:
        self._fetch = fetch
        self._max_page_size = max_page_size

    async def __call__(self, position: str | None, page_size: int) -> Slice[RowT]:
        """Return the page at `position`."""
        steps_back, _, end_text = (position or "0:0").partition(":")
        end = int(end_text)
        page = overlapping_page(end, page_size, self._max_page_size)
        found = await self._fetch(None if page.number == 1 else str(page.number), page.size)
        reached = page.start + len(found.items)
        # A full page does not prove that nothing follows: the total was counted at another moment.
        is_short = len(found.items) < page.size and (found.total is None or reached >= found.total)
        is_last = found.next is None and is_short
        return Slice(
            found.items,
            next=None if is_last else f"{steps_back}:{reached}",
            total=found.total,
            following=()
            if is_last or found.total is None
            else _OverlappingPositions(steps_back, reached, found.total, page_size, self._max_page_size),
            round=int(steps_back),
            overlap=end - page.start,
        )


@dataclass(frozen=True, slots=True)
class _OverlappingPositions:
    steps_back: str
    reached: int
    total: int
    page_size: int
    max_page_size: int

    def __iter__(self) -> Iterator[str]:
        end = self.reached
        while end <= self.total:  # the page at the total is requested if the one before it is full
            yield f"{self.steps_back}:{end}"
            page = overlapping_page(end, self.page_size, self.max_page_size)
            end = page.start + page.size


class OverlapWalk(Generic[RowT]):
    """Return each item once, and prove that no page moved away from the one before it.

    The order must be stable: two items never change places. If a page then has an item that was read before, all items
    behind that one follow in order, up to the end of the page. If it has none, items before it were removed. The page
    is dropped, and the walk steps back until a page has an item that was read before.

    Raises `PaginationError` if `MAX_STEPS_BACK` steps lead no further.

    Args:
        name: Provider and name of the list, for the error.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._returned: set[str] = set()
        self._end = 0
        self._steps_back = 0
        self._steps_without_progress = 0
        self._furthest = 0

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Return the new items of a page, and the position of the next page."""
        is_start = self._end == 0
        if not is_start and self._returned.isdisjoint([row.id for row in found.items]):
            return self._step_back(found)
        items = new_rows(found.items, self._returned)
        self._returned.update([row.id for row in items])
        if found.next is not None:
            self._end = int(found.next.partition(":")[2])
        if self._end > self._furthest:
            self._furthest, self._steps_without_progress = self._end, 0
        return replace(found, items=items)

    def _step_back(self, found: Slice[RowT]) -> Slice[RowT]:
        if self._steps_without_progress == MAX_STEPS_BACK:
            raise PaginationError(
                f"{self._name}: the list cannot be proved complete: items were removed while it was read, "
                f"{MAX_STEPS_BACK} times in a row. Try again later, when fewer items change."
            )
        end = self._end if found.total is None else min(self._end, found.total)
        self._end = max(0, end - _FIRST_STEP_BACK * 2**self._steps_without_progress)
        self._steps_without_progress += 1
        self._steps_back += 1
        return Slice([], next=f"{self._steps_back}:{self._end}", total=found.total, round=found.round)


# Rounds


class RoundFetcher(Generic[RowT]):
    """Fetch the pages of all rounds. A position is `round:position in the round`.

    After the last round comes one empty page, without a request.

    Args:
        fetch: Returns a page.
        page_sizes: Page sizes of the later rounds. Default: the same size in all rounds.
    """

    def __init__(self, fetch: Fetch[RowT], page_sizes: Sequence[int] = ()) -> None:
        self._fetch = fetch
        self._page_sizes = page_sizes

    async def __call__(self, position: str | None, page_size: int) -> Slice[RowT]:
        """Return the page at `position`."""
        number, _, position_in_round = (position or "0:").partition(":")
        current = int(number)
        if current == MAX_ROUNDS:
            return Slice([], round=current)
        sizes = [page_size, *(size for size in self._page_sizes if size != page_size)]
        found = await self._fetch(position_in_round or None, sizes[current % len(sizes)])
        return Slice(
            found.items,
            next=None if found.next is None else f"{current}:{found.next}",
            total=found.total,
            following=_RoundPositions(current, found.following),
            round=current,
            unique=found.unique,
            is_behind_total=found.is_behind_total,
        )


@dataclass(frozen=True, slots=True)
class _RoundPositions:
    number: int
    following: Iterable[str]

    def __iter__(self) -> Iterator[str]:
        return (f"{self.number}:{position}" for position in self.following)


@dataclass(slots=True)
class _Round:
    """What is known of one round: its unique ids, and the totals of its first and last page."""

    first_total: int | None
    pages: int = 0
    ids: int = 0
    ids_of_first_page: int = 0
    # A page behind its own total had new items: the total is wrong.
    is_contradicted: bool = False
    ids_of_previous: int = 0
    has_duplicates: bool = False
    last_total: int | None = None
    # Ids that were seen in this round or before, and again in a later round.
    seen_again: int = 0


class RoundsWalk(Generic[RowT]):
    """Read a list in rounds, until two of them prove that every item has come. Return each item once.

    An item that was seen before a moment between two rounds, and again after it, was there at that moment: an id that
    left does not return. If there are as many such items as the list had at that moment, no other item was there. The
    order does not matter. Without a total, two rounds without duplicates have to return the same ids.

    Raises `PaginationError` if `MAX_ROUNDS` rounds prove nothing.

    Args:
        name: Provider and name of the list, for the error.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._last_seen: dict[str, int] = {}  # the last round of each id
        self._rounds: list[_Round] = []

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Return the new items of a page, and the position of the next page."""
        if found.round == MAX_ROUNDS:
            raise PaginationError(
                f"{self._name}: the list cannot be proved complete: {len(self._last_seen)} items came in "
                f"{MAX_ROUNDS} rounds, and no two rounds agree. Try again later, when fewer items change."
            )
        if found.round == len(self._rounds):
            self._rounds.append(_Round(found.total))
        items = new_rows(found.items, self._last_seen.keys())
        self._record(found)
        if self._is_complete(found):
            return Slice(items, total=found.total)
        return replace(found, items=items, next=found.next or f"{found.round + 1}:")

    def _record(self, found: Slice[RowT]) -> None:
        current = self._rounds[found.round]
        current.pages += 1
        current.last_total = found.total
        ids_before = current.ids
        for row in found.items:
            last = self._last_seen.get(row.id)
            if last == found.round:
                current.has_duplicates = True
                continue
            self._last_seen[row.id] = found.round
            current.ids += 1
            if last is not None:
                current.ids_of_previous += last == found.round - 1
                for earlier in self._rounds[last : found.round]:
                    earlier.seen_again += 1
        if current.pages == 1:
            current.ids_of_first_page = current.ids
        current.is_contradicted |= found.is_behind_total and current.ids > ids_before

    def _is_complete(self, found: Slice[RowT]) -> bool:
        current = self._rounds[-1]
        if found.next is None and current.ids == current.ids_of_first_page:  # one response has the whole list
            if current.pages == 1:
                return not current.has_duplicates and (found.total is None or current.ids >= found.total)
            # What is behind the total, which was looked at too, is nothing, or the first page again.
            if current.first_total is not None and current.ids >= current.first_total == found.total:
                return True
        if any(
            earlier.last_total == later.first_total == earlier.seen_again and not earlier.is_contradicted
            for earlier, later in zip(self._rounds, self._rounds[1:], strict=False)
        ):
            return True
        if len(self._rounds) == 1 or found.next is not None or found.total is not None:
            return False
        previous = self._rounds[-2]
        are_equal = current.ids_of_previous == current.ids == previous.ids
        return are_equal and not (current.has_duplicates or previous.has_duplicates)
