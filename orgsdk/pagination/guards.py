"""Why a list that promises more is not believed: against a provider that would have it read for ever. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.pagination.listing import Slice

T = TypeVar("T")

# A page may hold no row and still have a next one (facts/flat.md, Pagination): a provider that narrows a page after
# it cut it shows such pages in a row. A hundred are 100,000 rows at Flat's largest page, of which not one is asked for.
EMPTY_IN_A_ROW = 100


class Guards:
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
        if repeats > _repeats_allowed(found):
            return "the page is the one before it again, and promises more."
        empty = 0 if found.items else self._empty + 1
        if empty > EMPTY_IN_A_ROW:
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


def _repeats_allowed(found: Slice[T]) -> float:
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
