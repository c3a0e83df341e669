"""Walks through lists whose pages shift: what came is dropped, and what is missing is looked for.

Logto pages by number through lists without a full order. A row that is inserted meanwhile brings the last one of a
page back on the next; rows of one creation time change places from page to page, and some never come; the items that
come are as many as the total all the same, so that only unique ids prove anything (facts/logto.md, section 4).
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.errors import PaginationError
from orgsdk.pagination import Slice
from orgsdk.providers.logto.wire import MAX_PAGE_SIZE, NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Fetch = Callable[[str | None, int], Awaitable["Slice[RowT]"]]


class Row(Protocol):
    """What can be told from others by its id."""

    @property
    def id(self) -> str:
        """Give the id."""
        ...


RowT = TypeVar("RowT", bound=Row)

# At most 1,000 ids: an insert pushes rows by one, a burst of them by a page or two.
_REMEMBERED_PAGES = 10
# Other boundaries show other rows. Near the largest page, so that a further round costs little; with few common
# divisors, so that no two rounds cut at the same places.
_OTHER_SIZES = (97, 89, MAX_PAGE_SIZE, 83, 79, 73, 71, 67, 61, 59, 53, 47)


class WithoutRepeats(Generic[RowT]):
    """Fetch the pages of one walk, and drop what came within the last ten of them."""

    def __init__(self, fetch: Fetch[RowT]) -> None:
        self._fetch = fetch
        self._pages: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_PAGES)

    async def __call__(self, position: str | None, page_size: int) -> Slice[RowT]:
        """Give the slice at `position` without what came before."""
        found = await self._fetch(position, page_size)
        rows = {row.id: row for row in found.items}
        items = [row for row_id, row in rows.items() if not any(row_id in page for page in self._pages)]
        self._pages.append(frozenset(rows))
        return replace(found, items=items)


class Complete(Generic[RowT]):
    """Fetch the pages of one walk, and go round again until every row has come, each once.

    The list is whole when as many unique ids have come as it has rows. Where its total falls meanwhile, those that
    came may include one that is gone, so that the count starts anew.

    Raises `PaginationError` where no round brings the rest, or where Logto tells no total.
    """

    def __init__(self, fetch: Fetch[RowT], name: str) -> None:
        self._fetch = fetch
        self._name = name
        self._came: set[str] = set()
        self._counted: set[str] = set()
        self._total = 0
        self._sizes: list[int] = []
        self._round = 0
        self._position: str | None = None

    async def __call__(self, position: str | None, page_size: int) -> Slice[RowT]:
        """Give the next slice; the walk itself knows where it is, `position` only says that it goes on."""
        if not self._sizes:
            self._sizes = [page_size, *(size for size in _OTHER_SIZES if size != page_size)]
        if self._round == len(self._sizes):
            raise PaginationError(
                f"{NAME} {self._name}: {len(self._counted)} of {self._total} came in {self._round} rounds, "
                "and the rest does not."
            )
        found = await self._fetch(self._position, self._sizes[self._round])
        if found.total is None:
            raise PaginationError(f"{NAME} {self._name}: no total is told, so that nothing proves the list complete.")
        rows = {row.id: row for row in found.items}
        items = [row for row_id, row in rows.items() if row_id not in self._came]
        self._count(set(rows), found.total)
        if len(self._counted) >= found.total:
            return Slice(items, total=found.total)
        self._position = found.next
        self._round += found.next is None
        return Slice(items, next=f"{self._round}:{self._position}", total=found.total)

    def _count(self, ids: set[str], total: int) -> None:
        self._came |= ids
        self._counted = ids if total < self._total else self._counted | ids
        self._total = total
