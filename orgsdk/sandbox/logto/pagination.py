"""Pages: `page` and `page_size` in, `Total-Number` and `Link` out (facts/logto.md section 4). Pure."""

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
    """Hold the part of a list that is asked for."""

    offset: int
    limit: int

    def cut(self, rows: Sequence[T]) -> Sequence[T]:
        """Return the rows inside the window: none past the end."""
        return rows[self.offset : self.offset + self.limit]


def window_of(query: QueryParameters) -> PageWindow:
    """Return the window asked for.

    A value that is no positive number, over 100, or repeated is refused with 400. A fraction passes that
    check and fails in the database with 422, unless the offset comes out whole
    (`org.list.page_1_5_page_size_2`).
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
    """Return the window asked for, None for the whole list: neither parameter is there, or both are empty."""
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
    """Return a page, or the whole list without paging headers when no page was asked for."""
    if window is None:
        return json_response(rows)
    return page_response(request, window, len(rows), [encode(row) for row in window.cut(rows)])


def paging_headers(request: LogtoRequest, window: PageWindow, total: int) -> Headers:
    """Return `Total-Number` and one `Link` line a relation, in the order first, prev, last, next.

    The page is computed back from the offset, so that a fractional page links as a whole one; `prev` is the
    page before the one asked for, however far past the end (`org.list.page_1e12`).
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
    """Return the address of a page as Logto gives it: without the /api prefix, which its router has cut off.

    Every parameter is echoed at the place of its first occurrence, a repeated one joined by commas
    (`user.list.search_exact_multi`), `page` set in place or added at the end.
    """
    joined: dict[str, list[str]] = {}
    for key, value in request.query.pairs:
        joined.setdefault(key, []).append(value)
    joined["page"] = [str(page)]
    query = "&".join(f"{_form_encode(key)}={_form_encode(','.join(values))}" for key, values in joined.items())
    return f"{request.origin}{request.path.removeprefix(MANAGEMENT_MOUNT)}?{query}"


def _form_encode(text: str) -> str:
    """Return the text form-encoded as `URLSearchParams` does: `*` is left alone, `~` is not."""
    return quote(text, safe="* ").replace(" ", "+").replace("~", "%7E")
