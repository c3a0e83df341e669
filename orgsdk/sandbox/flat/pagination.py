"""Cursor pagination and the `Link` header (facts/flat.md, Pagination).

A cursor has the sort key of a row, not an offset. Rows that are added or removed between two pages therefore do not
repeat or hide other rows.
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
"""The value a row is sorted by, and its sequence number, which orders equal values."""

# These bytes are "+/+/" in base64, so that every cursor breaks in a client that does not percent-encode.
_MARK = b"\xfb\xff\xbf"


@dataclass(frozen=True, slots=True)
class CursorPosition:
    """Where a page starts: after a row, or (backward) before it."""

    sort_key: SortKey
    forward: bool


@dataclass(frozen=True, slots=True)
class CursorPage(Generic[Row]):
    """The rows of one page, and the sort keys where the next and the previous page start."""

    rows: Sequence[Row]
    next_start: SortKey | None
    previous_start: SortKey | None


def encode_cursor(order: str, sort_key: SortKey) -> str:
    """Return an opaque cursor: base64 that always contains `+`, `/` and `=`."""
    content = json.dumps([order, *sort_key]).encode()
    payload = _MARK + zlib.crc32(content).to_bytes(4) + content
    # base64 ends in "=" if the length is not a multiple of three; JSON ignores the extra space.
    padding = b"" if len(payload) % 3 else b" "
    return base64.b64encode(payload + padding).decode()


def decode_cursor(order: str, cursor: str) -> SortKey | None:
    """Return the sort key in a cursor, or None if the cursor was not issued for this order."""
    try:
        payload = base64.b64decode(cursor.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error):
        return None
    mark, checksum, content = payload[:3], payload[3:7], payload[7:].rstrip(b" ")
    # Only content that this module wrote has the right checksum, so it needs no further checks.
    if mark != _MARK or zlib.crc32(content).to_bytes(4) != checksum:
        return None
    issued_for, value, sequence = json.loads(content)
    return (value, sequence) if issued_for == order else None


def read_position(query: QueryParams, order: str) -> CursorPosition | None:
    """Return where the requested page starts, or None for the first page."""
    cursors = {name: single_parameter(query, name) for name in ("next", "previous")}
    given = {name: cursor for name, cursor in cursors.items() if cursor is not None}
    if len(given) > 1:
        raise invalid_parameter("previous", "next and previous exclude each other")
    for name, cursor in given.items():
        sort_key = decode_cursor(order, cursor)
        if sort_key is None:
            raise invalid_parameter(name, f"{name} is not a cursor of this list")
        return CursorPosition(sort_key, forward=name == "next")
    return None


def cut_page(
    rows: Sequence[Row],
    key_of: Callable[[Row], SortKey],
    position: CursorPosition | None,
    size: int,
    *,
    descending: bool = False,
) -> CursorPage[Row]:
    """Return one page of at most `size` rows. `rows` are ascending; `descending` reads them from the end."""
    count = len(rows)
    if position is None:
        start, stop = 0, size
    else:
        # Indices count in the order of reading, which `descending` reverses.
        before = bisect_left(rows, position.sort_key, key=key_of)
        after = bisect_right(rows, position.sort_key, key=key_of)
        if descending:
            before, after = count - after, count - before
        start, stop = (after, after + size) if position.forward else (max(before - size, 0), before)
    stop = min(stop, count)
    page = rows[count - stop : count - start][::-1] if descending else rows[start:stop]
    return CursorPage(
        rows=page,
        next_start=key_of(page[-1]) if page and stop < count else None,
        previous_start=key_of(page[0]) if page and start > 0 else None,
    )


def link_header(url: URL, order: str, page: CursorPage[Any], back_relation: str) -> str | None:
    """Return the `Link` header of a page, or None: absolute URLs of the request with other cursors."""
    links = [
        f'<{_with_cursor(url, parameter, encode_cursor(order, sort_key))}>; rel="{relation}"'
        for parameter, relation, sort_key in (
            ("next", "next", page.next_start),
            ("previous", back_relation, page.previous_start),
        )
        if sort_key is not None
    ]
    return ", ".join(links) or None


def _with_cursor(url: URL, parameter: str, cursor: str) -> URL:
    pairs = parse_qsl(url.query, keep_blank_values=True)
    other_parameters = [(name, value) for name, value in pairs if name not in {"next", "previous"}]
    # Leave commas and semicolons unencoded, as RFC 3986, 3.4 allows: a client must not split the header there.
    return url.replace(query=urlencode([*other_parameters, (parameter, cursor)], quote_via=quote, safe=",;"))
