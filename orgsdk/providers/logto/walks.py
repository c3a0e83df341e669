"""Lists whose pages shift while they are read: duplicates are dropped, missing rows are looked for.

Logto pages by number through lists without a full order. A row that is inserted meanwhile brings the last one of a
page back on the next; rows of one creation time change places from page to page, and some never come; the items that
come are as many as the total all the same, so that only unique ids prove anything (facts/logto.md, section 4).
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.errors import PaginationError
from orgsdk.pagination import Listing, Slice
from orgsdk.providers.logto import requests
from orgsdk.providers.logto.requests import MAX_PAGE_SIZE, NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator
    from collections.abc import Set as AbstractSet

    Fetch = Callable[[str | None, int], Awaitable["Slice[RowT]"]]


class HasId(Protocol):
    """What can be told from others by its id."""

    @property
    def id(self) -> str:
        """Give the id."""
        ...


RowT = TypeVar("RowT", bound=HasId)

# At most 1,000 ids: an insert pushes rows by one, a burst of them by a page or two.
_REMEMBERED_PAGES = 10
MAX_ROUNDS = 13
# Other boundaries show other rows. Near the largest page, so that a further round costs little; with few common
# divisors, so that no two rounds cut at the same places. One to spare, where a list begins with one of them.
_ROUND_PAGE_SIZES = (97, 89, MAX_PAGE_SIZE, 83, 79, 73, 71, 67, 61, 59, 53, 47, 43)


class DropDuplicates(Generic[RowT]):
    """Take the slices of one walk, and drop what came within the last ten of them."""

    def __init__(self) -> None:
        self._pages: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_PAGES)

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Give the slice without what came before."""
        ids = frozenset([row.id for row in found.items])
        is_new = len(ids) == len(found.items) and all(map(ids.isdisjoint, self._pages))
        taken = found if is_new else replace(found, items=_new_rows(found.items, frozenset[str]().union(*self._pages)))
        self._pages.append(ids)
        return taken


def _new_rows(rows: Iterable[RowT], known: AbstractSet[str]) -> list[RowT]:
    return [row for row_id, row in {row.id: row for row in rows}.items() if row_id not in known]


class RoundFetcher(Generic[RowT]):
    """Fetch the pages of any round: a position is the round's number, a colon, and the page's place in the round.

    After the last round there is one slice more, without a request, that holds nothing.
    """

    def __init__(self, fetch: Fetch[RowT]) -> None:
        self._fetch = fetch

    async def __call__(self, position: str | None, page_size: int) -> Slice[RowT]:
        """Give the slice at `position`."""
        number, _, place = (position or "0:").partition(":")
        current = int(number)
        if current == MAX_ROUNDS:
            return Slice([], round=current)
        sizes = [page_size, *(size for size in _ROUND_PAGE_SIZES if size != page_size)]
        found = await self._fetch(place or None, sizes[current])
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
        return (f"{self.number}:{place}" for place in self.following)


class CompleteWalk(Generic[RowT]):
    """Take the slices of one walk, and have it go round again until every row has come, each once.

    The list is whole when as many unique ids have come as it has rows. Where its total falls meanwhile, those that
    came may include one that is gone, so that the count starts anew.

    Raises `PaginationError` where no round brings the rest, or where Logto tells no total.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._came: set[str] = set()
        self._counted: set[str] = set()
        self._total = 0

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Give what is new of the slice, and where it goes on."""
        if found.round == MAX_ROUNDS:
            raise PaginationError(
                f"{NAME} {self._name}: {len(self._counted)} of {self._total} came in {MAX_ROUNDS} rounds, "
                "and the rest does not."
            )
        if found.total is None:
            raise PaginationError(f"{NAME} {self._name}: no total is told, so that nothing proves the list complete.")
        items = _new_rows(found.items, self._came)
        self._count({row.id for row in found.items}, found.total)
        if len(self._counted) >= found.total:
            return Slice(items, total=found.total)
        if found.next is not None:
            return replace(found, items=items)
        return Slice(items, next=f"{found.round + 1}:", total=found.total)

    def _count(self, ids: set[str], total: int) -> None:
        self._came |= ids
        if total < self._total:
            self._counted = set()
        self._counted |= ids  # in place: a copy a page would take time in the square of the list
        self._total = total


def describe_list(
    fetch: Fetch[RowT], *, name: str, scope: tuple[str | None, ...], complete: bool = False
) -> Listing[RowT]:
    """Describe a paged list whose pages may shift while it is read."""

    async def count() -> int | None:
        return (await fetch(None, 1)).total

    if complete:
        return Listing(
            provider=requests.NAME,
            name=name,
            scope=(*scope, "complete"),
            max_page_size=requests.MAX_PAGE_SIZE,
            fetch=RoundFetcher(fetch),
            walk=lambda: CompleteWalk[RowT](name),
            resumable=False,
            count=count,
        )
    return Listing(
        provider=requests.NAME,
        name=name,
        scope=scope,
        max_page_size=requests.MAX_PAGE_SIZE,
        fetch=fetch,
        walk=DropDuplicates[RowT],
        count=count,
    )
