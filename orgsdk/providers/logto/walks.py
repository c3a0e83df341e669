"""Description of Logto's lists: duplicates are dropped, and a complete list is proved complete.

Logto pages by number, and most of its lists have no full order. A row that is inserted during a walk moves the last row
of a page to the next page, where it comes a second time. Rows of one creation time change places between requests, and
some rows never come. The number of rows equals the total nevertheless (facts/logto.md, section 4).
"""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Generic

from orgsdk.pagination import Listing, Slice
from orgsdk.providers.http.complete import RowT, complete_by_overlap, complete_in_rounds, new_rows
from orgsdk.providers.logto.requests import MAX_PAGE_SIZE, NAME

if TYPE_CHECKING:
    from orgsdk.providers.http.complete import Fetch

# At most 1,000 ids: one insert moves rows by one place, many at once by a page or two.
_REMEMBERED_PAGES = 10
# Each round cuts the list at other places, and so shows other rows. The sizes are close to the maximum, so that a
# round needs few requests. They have few common divisors, so that no two rounds cut at the same places. One size
# is spare, in case a list starts with one of them.
_ROUND_PAGE_SIZES = (97, 89, MAX_PAGE_SIZE, 83, 79, 73, 71, 67, 61, 59, 53, 47, 43)


def describe_list(
    fetch: Fetch[RowT],
    *,
    name: str,
    scope: tuple[str | None, ...],
    complete: bool = False,
    has_stable_order: bool = False,
) -> Listing[RowT]:
    """Describe a paged list without duplicates; with `complete`, one that is complete or raises.

    `has_stable_order`: two rows never change places. A complete list is then read once, in pages that overlap.
    """

    async def count() -> int | None:
        return (await fetch(None, 1)).total

    listing = Listing(
        provider=NAME,
        name=name,
        scope=scope,
        max_page_size=MAX_PAGE_SIZE,
        fetch=fetch,
        walk=DropDuplicates[RowT],
        count=count,
    )
    if not complete:
        return listing
    return complete_by_overlap(listing) if has_stable_order else complete_in_rounds(listing, _ROUND_PAGE_SIZES)


class DropDuplicates(Generic[RowT]):
    """Drop the rows of each page that were on one of the last ten pages of the walk."""

    def __init__(self) -> None:
        self._pages: deque[frozenset[str]] = deque(maxlen=_REMEMBERED_PAGES)

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Return the page without duplicates."""
        ids = frozenset([row.id for row in found.items])
        is_new = len(ids) == len(found.items) and all(map(ids.isdisjoint, self._pages))
        unique = found if is_new else replace(found, items=new_rows(found.items, frozenset[str]().union(*self._pages)))
        self._pages.append(ids)
        return unique
