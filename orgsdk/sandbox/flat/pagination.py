"""Cursor pages and their `Link` header (facts/flat.md, Pagination).

A cursor holds the place of a row in its order and not a count of rows, so that rows which come or go between
two pages neither repeat nor hide others.
"""

import base64
import binascii
import json
import zlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

from starlette.datastructures import URL, QueryParams

from orgsdk.sandbox.flat.errors import invalid_parameter
from orgsdk.sandbox.flat.requests import single_parameter

Row = TypeVar("Row")
SortKey = tuple[str, int]
"""Where a row stands in an order: the value it is sorted by, and its sequence number among equals."""

# In base64 these bytes read "+/+/": every cursor has what a client that does not percent-encode would break.
_MARK = b"\xfb\xff\xbf"


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """Say from where a page is asked for: from the row at a place forward, or backward."""

    place: SortKey
    forward: bool


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[Row]):
    """Hold the rows of one page, and the places from which its neighbours start."""

    rows: Sequence[Row]
    following: SortKey | None
    preceding: SortKey | None


def encode_cursor(order: str, place: SortKey) -> str:
    """Return an opaque cursor: base64 that always has `+`, `/` and `=` in it."""
    content = json.dumps([order, *place]).encode()
    payload = _MARK + zlib.crc32(content).to_bytes(4) + content
    # A length that is no multiple of three ends in "="; a space more is no matter to JSON.
    padding = b"" if len(payload) % 3 else b" "
    return base64.b64encode(payload + padding).decode()


def decode_cursor(order: str, cursor: str) -> SortKey | None:
    """Return the place a cursor stands for; None when it was not issued for this order."""
    try:
        payload = base64.b64decode(cursor.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    mark, checksum, content = payload[:3], payload[3:7], payload[7:].rstrip(b" ")
    # The checksum lets nothing pass that this module did not write, so the content needs no further care.
    if mark != _MARK or zlib.crc32(content).to_bytes(4) != checksum:
        return None
    issued_for, value, sequence = json.loads(content)
    return (value, sequence) if issued_for == order else None


def read_position(query: QueryParams, order: str) -> CursorPosition | None:
    """Return from where the request asks to read; None for the first page."""
    cursors = {name: single_parameter(query, name) for name in ("next", "previous")}
    given = {name: cursor for name, cursor in cursors.items() if cursor is not None}
    if len(given) > 1:
        raise invalid_parameter("previous", "next and previous exclude each other")
    for name, cursor in given.items():
        place = decode_cursor(order, cursor)
        if place is None:
            raise invalid_parameter(name, f"{name} is not a cursor of this list")
        return CursorPosition(place, forward=name == "next")
    return None


def cut_page(
    rows: Sequence[Row],
    place_of: Callable[[Row], SortKey],
    position: CursorPosition | None,
    size: int,
    *,
    descending: bool = False,
) -> CursorPage[Row]:
    """Cut one page of at most `size` rows out of ascending rows; `descending` reads them from the end."""
    count = len(rows)
    if position is None:
        start, stop = 0, size
    else:
        # Indices count in the order of reading, which `descending` turns round.
        before = bisect_left(rows, position.place, key=place_of)
        after = bisect_right(rows, position.place, key=place_of)
        if descending:
            before, after = count - after, count - before
        start, stop = (after, after + size) if position.forward else (max(before - size, 0), before)
    stop = min(stop, count)
    page = rows[count - stop : count - start][::-1] if descending else rows[start:stop]
    return CursorPage(
        rows=page,
        following=place_of(page[-1]) if page and stop < count else None,
        preceding=place_of(page[0]) if page and start > 0 else None,
    )


def link_header(url: URL, order: str, page: CursorPage[Any], back_relation: str) -> str | None:
    """Return the `Link` header of a page: the request's URL with another cursor, absolute."""
    links = [
        f'<{_with_cursor(url, parameter, encode_cursor(order, place))}>; rel="{relation}"'
        for parameter, relation, place in (
            ("next", "next", page.following),
            ("previous", back_relation, page.preceding),
        )
        if place is not None
    ]
    return ", ".join(links) or None


def _with_cursor(url: URL, parameter: str, cursor: str) -> URL:
    pairs = parse_qsl(url.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name not in {"next", "previous"}]
    # Commas and semicolons may stand bare in a query (RFC 3986, 3.4); no client may split the header there.
    return url.replace(query=urlencode([*kept, (parameter, cursor)], quote_via=quote, safe=",;"))
