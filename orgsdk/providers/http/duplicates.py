"""Duplicates of a list: drop the items that come twice, because pages shift while the list is read."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from orgsdk.pagination import Slice

if TYPE_CHECKING:
    from collections.abc import Iterable, Set as AbstractSet

# At most 10,000 ids for pages of 1,000: one insert moves rows by one place, many at once by a page or two.
_REMEMBERED_PAGES = 10


class HasId(Protocol):
    """An item that its id identifies."""

    @property
    def id(self) -> str:
        """The id."""
        ...


RowT = TypeVar("RowT", bound=HasId)


def new_rows(rows: Iterable[RowT], known: AbstractSet[str]) -> list[RowT]:
    """Return the items with an id that is not in `known`, without duplicates."""
    return [row for row_id, row in {row.id: row for row in rows}.items() if row_id not in known]


class DropDuplicates(Generic[RowT]):
    """Drop the items of each page that were on one of the last ten pages. The `walk` of a `Listing`."""

    def __init__(self) -> None:
        self._pages: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_PAGES)

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Return the page without duplicates.

        Args:
            found: The page as it was read.

        Returns:
            The page.
        """
        ids = frozenset([row.id for row in found.items])
        is_new = len(ids) == len(found.items) and all(map(ids.isdisjoint, self._pages))
        unique = found if is_new else replace(found, items=new_rows(found.items, frozenset[str]().union(*self._pages)))
        self._pages.append(ids)
        return unique
