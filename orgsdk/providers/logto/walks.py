"""Lists whose pages shift while they are read: duplicates are dropped, missing rows are looked for.

Logto pages by number through lists without a full order. A row that is inserted during a walk moves the last row of a
page to the next page, where it comes a second time. Rows of one creation time change places between requests, and some
rows never come. The number of rows equals the total nevertheless, so only unique ids prove that a list is complete
(facts/logto.md, section 4).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.errors import PaginationError
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.logto.requests import MAX_PAGE_SIZE, NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Set as AbstractSet

    Fetch = Callable[[str | None, int], Awaitable["Slice[RowT]"]]


class HasId(Protocol):
    """A row that its id identifies."""

    @property
    def id(self) -> str:
        """The id."""
        ...


RowT = TypeVar("RowT", bound=HasId)

# At most 1,000 ids: one insert moves rows by one place, many at once by a page or two.
_REMEMBERED_PAGES = 10
MAX_ROUNDS = 13
# Each round cuts the list at other places, and so shows other rows. The sizes are close to the maximum, so that a
# round needs few requests. They have few common divisors, so that no two rounds cut at the same places. One size
# is spare, in case a list starts with one of them.
_ROUND_PAGE_SIZES = (97, 89, MAX_PAGE_SIZE, 83, 79, 73, 71, 67, 61, 59, 53, 47, 43)


def describe_list(
    fetch: Fetch[RowT], *, name: str, scope: tuple[str | None, ...], complete: bool = False
) -> Listing[RowT]:
    """Describe a paged list without duplicates; with `complete`, one that is complete or raises."""

    async def count() -> int | None:
        return (await fetch(None, 1)).total

    if complete:
        return Listing(
            provider=NAME,
            name=name,
            scope=(*scope, "complete"),
            max_page_size=MAX_PAGE_SIZE,
            fetch=RoundFetcher(fetch),
            walk=lambda: CompleteWalk[RowT](name),
            resumable=False,
            count=count,
        )
    return Listing(
        provider=NAME,
        name=name,
        scope=scope,
        max_page_size=MAX_PAGE_SIZE,
        fetch=fetch,
        walk=DropDuplicates[RowT],
        count=count,
    )


class DropDuplicates(Generic[RowT]):
    """Drop the rows of each page that were on one of the last ten pages of the walk."""

    def __init__(self) -> None:
        self._pages: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_PAGES)

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Return the page without duplicates."""
        ids = frozenset([row.id for row in found.items])
        is_new = len(ids) == len(found.items) and all(map(ids.isdisjoint, self._pages))
        unique = found if is_new else replace(found, items=_new_rows(found.items, frozenset[str]().union(*self._pages)))
        self._pages.append(ids)
        return unique


class CompleteWalk(Generic[RowT]):
    """Read a list in several rounds, until every row has come once.

    The list is complete when the number of unique ids equals its total. If the total falls during the walk, one of the
    counted ids may belong to a deleted row, so the count starts again.

    Raises `PaginationError` if the last round does not complete the list, or if Logto reports no total.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._returned: set[str] = set()
        self._counted: set[str] = set()
        self._total = 0

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Return the new rows of a page, and the position of the next page."""
        if found.round == MAX_ROUNDS:
            raise PaginationError(
                f"{NAME} {self._name}: the list is incomplete: {len(self._counted)} of {self._total} rows came in "
                f"{MAX_ROUNDS} rounds. Try again later, when fewer rows change."
            )
        if found.total is None:
            raise PaginationError(
                f"{NAME} {self._name}: the list cannot be proved complete, because the response has no total. "
                "Read it without complete=True."
            )
        items = _new_rows(found.items, self._returned)
        self._count({row.id for row in found.items}, found.total)
        if len(self._counted) >= found.total:
            return Slice(items, total=found.total)
        if found.next is not None:
            return replace(found, items=items)
        return Slice(items, next=f"{found.round + 1}:", total=found.total)

    def _count(self, ids: set[str], total: int) -> None:
        self._returned |= ids
        if total < self._total:
            self._counted = set()
        self._counted |= ids  # in place: copying the set for each page would take quadratic time
        self._total = total


class RoundFetcher(Generic[RowT]):
    """Fetch the pages of all rounds. A position is `round:position in the round`.

    After the last round comes one empty page, without a request.
    """

    def __init__(self, fetch: Fetch[RowT]) -> None:
        self._fetch = fetch

    async def __call__(self, position: str | None, page_size: int) -> Slice[RowT]:
        """Return the page at `position`."""
        number, _, position_in_round = (position or "0:").partition(":")
        current = int(number)
        if current == MAX_ROUNDS:
            return Slice([], round=current)
        sizes = [page_size, *(size for size in _ROUND_PAGE_SIZES if size != page_size)]
        found = await self._fetch(position_in_round or None, sizes[current])
        return Slice(
            found.items,
            next=None if found.next is None else f"{current}:{found.next}",
            total=found.total,
            following=_RoundPositions(current, found.following),
            round=current,
        )


@dataclass(frozen=True, slots=True)
class _RoundPositions:
    number: int
    following: Iterable[str]

    def __iter__(self) -> Iterator[str]:
        return (f"{self.number}:{position}" for position in self.following)


def _new_rows(rows: Iterable[RowT], known: AbstractSet[str]) -> list[RowT]:
    return [row for row_id, row in {row.id: row for row in rows}.items() if row_id not in known]
