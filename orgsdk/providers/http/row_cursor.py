"""Complete lists whose cursors name a row: a row that is removed while the list is read hides no other row."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Generic

from orgsdk.errors import PaginationError
from orgsdk.pagination import Listing
from orgsdk.providers.http.complete import MAX_STEPS_BACK
from orgsdk.providers.http.duplicates import RowT, new_rows

if TYPE_CHECKING:
    from orgsdk.pagination import Slice
    from orgsdk.providers.http.complete import Fetch


def complete_by_row_cursor(listing: Listing[RowT]) -> Listing[RowT]:
    """Return a list that has every row once, although rows are added and removed while it is read.

    A cursor that names a row continues after it, so that no row is missed. Only a cursor whose row was removed is lost:
    some providers then return the first page again. The list is continued after an earlier row, and rows that were read
    before are dropped.

    Args:
        listing: A list in a fixed order, whose new rows are at its start. Its slices are not `unique`: pass
            ``BodyCursor(…, unique=False)``.

    Returns:
        The complete list. It cannot be resumed from a cursor.
    """
    return replace(
        listing,
        scope=(*listing.scope, "complete"),
        fetch=RowCursorFetcher(listing.fetch),
        walk=lambda: RowCursorWalk[RowT](f"{listing.provider} {listing.name}"),
        resumable=False,
    )


class RowCursorFetcher(Generic[RowT]):
    """Fetch pages by a position `steps back:pages:position`. The numbers make equal positions differ.

    Args:
        fetch: Returns a page.
    """

    def __init__(self, fetch: Fetch[RowT]) -> None:
        self._fetch = fetch

    async def __call__(self, position: str | None, page_size: int) -> Slice[RowT]:
        """Return the page at `position`."""
        steps_back, pages, inner = (position or "0:0:").split(":", 2)
        found = await self._fetch(inner or None, page_size)
        following = None if found.next is None else f"{steps_back}:{int(pages) + 1}:{found.next}"
        return replace(found, next=following, previous=None, following=(), round=int(steps_back))


class RowCursorWalk(Generic[RowT]):
    """Return each row once. After a page that ends with a known row, continue from the position before its own.

    A page that follows an existing row ends with an unknown one. So a known row at the end shows the first page again.

    Raises `PaginationError` if many pages in a row have no new row: the provider ignores its cursors.

    Args:
        name: Provider and name of the list, for the error.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._known: set[str] = set()
        self._positions: list[str] = []
        self._pages_without_news = 0

    def __call__(self, found: Slice[RowT]) -> Slice[RowT]:
        """Return the new rows of a page, and the position of the next page."""
        is_known = bool(found.items) and found.items[-1].id in self._known
        items = new_rows(found.items, self._known)
        self._known.update([row.id for row in items])
        self._pages_without_news = 0 if items else self._pages_without_news + 1
        if found.next is None:
            return replace(found, items=items)
        if self._pages_without_news > len(self._known) + MAX_STEPS_BACK:
            raise PaginationError(
                f"{self._name}: {self._pages_without_news} pages in a row have only rows that were read before. The "
                "provider does not continue after the row that the cursor names."
            )
        steps_back, pages, position = found.next.split(":", 2)
        if not is_known:
            self._positions.append(position)
            return replace(found, items=items)
        if self._positions:
            self._positions.pop()  # its row is gone
        earlier = self._positions[-1] if self._positions else position
        return replace(found, items=items, next=f"{int(steps_back) + 1}:{pages}:{earlier}")
