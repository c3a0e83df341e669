"""Pagination: `page` and `page_size`, `Total-Number` and `Link` headers (facts/logto.md section 4)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

from orgsdk.sandbox.logto.body import to_number
from orgsdk.sandbox.logto.errors import RequestError
from orgsdk.sandbox.logto.http import (
    JSON,
    MANAGEMENT_MOUNT,
    Headers,
    LogtoRequest,
    LogtoResponse,
    QueryParameters,
    json_response,
)
from orgsdk.sandbox.logto.wire import array, encode

_DEFAULT_PAGE_SIZE = 20
_MAX_PAGE_SIZE = 100
# OFFSET is a bigint in PostgreSQL.
_MAX_OFFSET = 2**63

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageWindow:
    """The requested part of a list."""

    offset: int
    limit: int

    def cut(self, rows: Sequence[T]) -> Sequence[T]:
        """Return the rows in the window; none after the end of the list."""
        return rows[self.offset : self.offset + self.limit]


def window_of(query: QueryParameters) -> PageWindow:
    """Return the requested window.

    A value that is not a positive number, a page size over 100, or a repeated parameter ends in 400. A fraction passes
    this check and ends in 422 from the database, unless the offset is an integer (`org.list.page_1_5_page_size_2`).
    """
    page = _positive(query, "page", 1)
    page_size = _positive(query, "page_size", _DEFAULT_PAGE_SIZE)
    if page_size > _MAX_PAGE_SIZE:
        raise RequestError(400, "guard.invalid_pagination")
    offset = (page - 1) * page_size
    if not (offset.is_integer() and page_size.is_integer() and 0 <= offset < _MAX_OFFSET):
        raise RequestError(422, "entity.invalid_input")
    return PageWindow(int(offset), int(page_size))


def optional_window_of(query: QueryParameters) -> PageWindow | None:
    """Return the requested window, or None for the whole list if both parameters are missing or empty."""
    if not any(query.values("page")) and not any(query.values("page_size")):
        return None
    return window_of(query)


def _positive(query: QueryParameters, name: str, default: int) -> float:
    values = query.values(name)
    if values in ([], [""]):
        return float(default)
    number = to_number(values[0]) if len(values) == 1 else math.nan
    if not number > 0:
        raise RequestError(400, "guard.invalid_pagination")
    return number


def page_response(request: LogtoRequest, window: PageWindow, total: int, fragments: Sequence[bytes]) -> LogtoResponse:
    """Return a page of JSON values with its paging headers."""
    return LogtoResponse(200, array(fragments), JSON, paging_headers(request, window, total))


def list_response(request: LogtoRequest, window: PageWindow | None, rows: Sequence[object]) -> LogtoResponse:
    """Return a page, or without a window the whole list and no paging headers."""
    if window is None:
        return json_response(rows)
    return page_response(request, window, len(rows), [encode(row) for row in window.cut(rows)])


def paging_headers(request: LogtoRequest, window: PageWindow, total: int) -> Headers:
    """Return `Total-Number` and one `Link` header per relation, in the order first, prev, last, next.

    The page number is computed from the offset, so a fractional page has the links of a whole one. `prev` is the page
    before the requested one, even after the end of the list (`org.list.page_1e12`).
    """
    last = math.ceil(total / window.limit) or 1
    page = window.offset // window.limit + 1
    relations = [("first", 1), ("prev", page - 1), ("last", last), ("next", page + 1)]
    if page == 1:
        relations.remove(("prev", 0))
    if page >= last:
        relations.remove(("next", page + 1))
    links = (("link", f'<{_page_url(request, number)}>; rel="{rel}"') for rel, number in relations)
    return (("total-number", str(total)), *links)


def _page_url(request: LogtoRequest, page: int) -> str:
    """Return the URL of a page as Logto does: without the /api prefix, which its router removes.

    Every parameter is at the position of its first occurrence, with repeated values joined by commas
    (`user.list.search_exact_multi`). `page` is replaced, or added at the end.
    """
    joined: dict[str, list[str]] = {}
    for key, value in request.query.pairs:
        joined.setdefault(key, []).append(value)
    joined["page"] = [str(page)]
    query = "&".join(f"{_form_encode(key)}={_form_encode(','.join(values))}" for key, values in joined.items())
    return f"{request.origin}{request.path.removeprefix(MANAGEMENT_MOUNT)}?{query}"


def _form_encode(text: str) -> str:
    """Return the text form-encoded as by `URLSearchParams`, which does not encode `*` but encodes `~`."""
    return quote(text, safe="* ").replace(" ", "+").replace("~", "%7E")
