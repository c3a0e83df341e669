"""Lists: `limit`, `after`, `before` and `order`, and the envelope (facts, section 2)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile
from typing import Generic, TypeVar

from orgsdk.sandbox.workos.errors import invalid
from orgsdk.sandbox.workos.formats import encode
from orgsdk.sandbox.workos.http import QueryParameters, WorkOSRequest, WorkOSResponse
from orgsdk.sandbox.workos.store import Index, Row, Table

_DEFAULT_LIMIT = 10
_MAX_LIMIT = 100
_ORDERS = ("desc", "asc", "normal")

RowT = TypeVar("RowT", bound=Row)


@dataclass(frozen=True, slots=True)
class PageRequest:
    """The requested part of a list. `reversed_cursors`: `after` returns newer rows, although the newest is first."""

    limit: int
    descending: bool
    reversed_cursors: bool
    after: str | None
    before: str | None


def read_page_request(query: QueryParameters, *, strict: bool) -> PageRequest:
    """Return the requested part of a list.

    Args:
        query: Query parameters.
        strict: Whether a wrong value is an error. On the emulator it becomes the nearest correct one.

    Returns:
        The requested part.

    Raises:
        WorkOSError: `limit` or `order` is not as documented.
    """
    order = query.text("order")
    if strict and order not in (None, *_ORDERS):
        raise invalid("order")
    descending = order in (None, "desc") or (strict and order == "normal")
    return PageRequest(
        limit=_limit(query.text("limit"), strict=strict),
        descending=descending,
        reversed_cursors=strict and order == "normal",
        after=query.text("after") or None,
        before=query.text("before") or None,
    )


def _limit(text: str | None, *, strict: bool) -> int:
    if text is None:
        return _DEFAULT_LIMIT
    number = int(text) if text.removeprefix("-").isdecimal() and text.isascii() and len(text) < 20 else None
    if strict:
        if number is None or not 1 <= number <= _MAX_LIMIT:
            raise invalid("limit")
        return number
    return min(max(number, 1), _MAX_LIMIT) if number else _DEFAULT_LIMIT


def list_response(
    request: WorkOSRequest,
    table: Table[RowT],
    view: Callable[[RowT], bytes],
    *,
    index: Index | None = None,
    keep: Callable[[RowT], bool] | None = None,
    metadata: Sequence[str] = ("before", "after"),
) -> WorkOSResponse:
    """Return one page of a list.

    Args:
        request: The request.
        table: The rows.
        view: Returns the JSON of a row.
        index: The rows of the list, in their order. None: all.
        keep: Whether a row of the index is in the list. None: every row is.
        metadata: The cursors of the envelope.

    Returns:
        The page, in its envelope.

    Raises:
        WorkOSError: `limit` or `order` is not as documented.
    """
    page = read_page_request(request.query, strict=request.state.variant.strict)
    walk = Walk(table, table.order if index is None else index, descending=page.descending, keep=keep)
    cut = cut_page(walk, page, adjacent=request.state.variant.adjacent_before)
    data = b",".join(view(row) for row in cut.rows)
    cursors = encode(
        {name: value for name, value in (("before", cut.before), ("after", cut.after)) if name in metadata}
    )
    return WorkOSResponse(200, b'{"object":"list","data":[' + data + b'],"list_metadata":' + cursors + b"}")


class Walk(Generic[RowT]):
    """Walks over the rows of one list, from the position of a row in either direction."""

    __slots__ = ("_descending", "_index", "_keep", "_table")

    def __init__(
        self, table: Table[RowT], index: Index, *, descending: bool, keep: Callable[[RowT], bool] | None = None
    ) -> None:
        self._table = table
        self._index = index
        self._descending = descending
        self._keep = keep

    def find(self, cursor: str | None) -> RowT | None:
        """Return the row of a cursor, or None if the list has no such row."""
        row = self._table.get(cursor)
        is_listed = (
            row is not None and self._index.has((row.created_at, row.id)) and (self._keep is None or self._keep(row))
        )
        return row if is_listed else None

    def following(self, row: RowT | None) -> Iterator[RowT]:
        """Yield the rows of the list after a row, or all."""
        key = None if row is None else (row.created_at, row.id)
        return self._rows(self._index.older(key) if self._descending else self._index.newer(key))

    def preceding(self, row: RowT) -> Iterator[RowT]:
        """Yield the rows of the list before a row, the nearest first."""
        key = (row.created_at, row.id)
        return self._rows(self._index.newer(key) if self._descending else self._index.older(key))

    def _rows(self, row_ids: Iterator[str]) -> Iterator[RowT]:
        rows = (self._table[row_id] for row_id in row_ids)
        return rows if self._keep is None else filter(self._keep, rows)


@dataclass(frozen=True, slots=True)
class CutPage(Generic[RowT]):
    """The rows of a page, and the cursors of the pages before and after it."""

    rows: list[RowT]
    before: str | None
    after: str | None


def cut_page(walk: Walk[RowT], page: PageRequest, *, adjacent: bool) -> CutPage[RowT]:
    """Return the rows of a page, and its cursors.

    A cursor whose row is gone, or that never was one, gives the first page again (facts, section 2).

    Args:
        walk: The list.
        page: The requested part.
        adjacent: Whether `before` returns the rows next to the cursor, and not the first ones of the list.

    Returns:
        The page.
    """
    after, before = (page.before, page.after) if page.reversed_cursors else (page.after, page.before)
    start, end = walk.find(after), walk.find(before)
    if start is None and end is not None and adjacent:
        rows, has_more = list(islice(walk.preceding(end), page.limit))[::-1], True
    else:
        following = takewhile(lambda row: end is None or row.id != end.id, walk.following(start))
        found = list(islice(following, page.limit + 1))
        rows, has_more = found[: page.limit], len(found) > page.limit
    has_earlier = bool(rows) and next(walk.preceding(rows[0]), None) is not None
    first, last = (rows[0].id if has_earlier else None), (rows[-1].id if rows and has_more else None)
    return CutPage(rows, last, first) if page.reversed_cursors else CutPage(rows, first, last)
