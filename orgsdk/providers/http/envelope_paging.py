"""Paging strategies whose positions are in the body: index and count, and a cursor in the envelope."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar
from urllib.parse import quote, unquote

from pydantic import JsonValue

from orgsdk.errors import InvalidCursorError, PaginationError
from orgsdk.pagination import QueryParameters, Slice
from orgsdk.responses import Headers
from orgsdk.transport.headers import parse_query

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

Member: TypeAlias = str | Sequence[str]
"""A member of an envelope: its name, or the names that lead to it, from the outside in."""

_WRONG_POSITION = "The cursor does not name a page of this list."
_INCOMPLETE = "the list is incomplete."
_MAX_TOTAL = 10**15


class IndexCount:
    """Paging by the index of the first item and the number of items, such as ``startIndex`` and ``count`` of SCIM.

    A position is the index. The next page starts after the items that were received, because a server may return fewer
    than requested. The list ends at the total, or at a page without items.

    Args:
        start: Query parameter of the index.
        count: Query parameter of the page size.
        first: Index of the first item: 1 for SCIM, 0 for an offset such as ``$skip``.
        total: The envelope's member with the number of all items.
        trusts_total: Whether the list ends at the total. Pass False for a complete list: some servers report the number
            of the page's items as the total. One page behind the total is then read, too.

    Source: RFC 7644, section 3.4.2.4.
    """

    def __init__(
        self,
        *,
        start: str = "startIndex",
        count: str = "count",
        first: int = 1,
        total: Member | None = "totalResults",
        trusts_total: bool = True,
    ) -> None:
        self._start, self._count = start, count
        self._first = first
        self._total = _path(total)
        self._trusts_total = trusts_total

    def parameters(self, position: str | None, page_size: int, /) -> QueryParameters:
        """Return the query parameters of a page.

        Args:
            position: Position of the page, or None for the first.
            page_size: Items per page.

        Returns:
            The query parameters.

        Raises:
            InvalidCursorError: The position is not an index.
        """
        return [(self._start, str(self._index(position))), (self._count, str(page_size))]

    def read(
        self,
        items: list[T],
        position: str | None,
        page_size: int,
        *,
        headers: Headers,
        metadata: Mapping[str, JsonValue],
    ) -> Slice[T]:
        """Return the slice of a response.

        Args:
            items: The items of the response.
            position: Position of the page, or None for the first.
            page_size: Items per page.
            headers: The headers of the response, which are not used.
            metadata: The envelope without its items.

        Returns:
            The slice with its positions.

        Raises:
            InvalidCursorError: The position is not an index.
            PaginationError: The first page has no items although the list has some.
        """
        index = self._index(position)
        total = _read_total(metadata, self._total)
        if not items and total and index == self._first:
            raise PaginationError(f"The response has none of the {total} items of the list: {_INCOMPLETE}")
        reached = index + len(items)
        end = None if total is None else total + self._first
        # Some servers answer an index behind the total with the first page, again and again.
        is_behind = end is not None and index >= end
        has_next = bool(items) and (end is None or reached < end or not (self._trusts_total or is_behind))
        # The following pages are known if the server returns as many items as requested.
        is_full = has_next and end is not None and len(items) == page_size
        return Slice(
            items,
            next=str(reached) if has_next else None,
            previous=str(max(self._first, index - page_size)) if index > self._first else None,
            total=total,
            following=_Indexes(reached, end, page_size) if is_full and end is not None else (),
            is_behind_total=is_behind and bool(items),
        )

    def _index(self, position: str | None) -> int:
        if position is None:
            return self._first
        if not (position.isascii() and position.isdigit() and len(position) <= 15) or int(position) < self._first:
            raise InvalidCursorError(_WRONG_POSITION)
        return int(position)


@dataclass(frozen=True, slots=True)
class _Indexes:
    """Positions from `start` to before `end`, created on iteration."""

    start: int
    end: int
    step: int

    def __iter__(self) -> Iterator[str]:
        return map(str, range(self.start, self.end, self.step))


class IndexOrCursor:
    """Paging by index, and by cursor as soon as a response has one: some servers have both, and some only cursors.

    Args:
        index: Paging by index.
        cursor: Paging by cursor.
        starts_with_cursor: Whether the first page is requested by cursor.

    Source: RFC 9865, sections 2 and 4.

    Example:
        ``IndexOrCursor(IndexCount(), BodyCursor(next="nextCursor", parameter="cursor", size="count", first=""))``
    """

    def __init__(self, index: IndexCount, cursor: BodyCursor, *, starts_with_cursor: bool = False) -> None:
        self._index, self._cursor = index, cursor
        self._starts_with_cursor = starts_with_cursor

    def parameters(self, position: str | None, page_size: int, /) -> QueryParameters:
        """Return the query parameters of a page.

        Args:
            position: Position of the page, or None for the first.
            page_size: Items per page.

        Returns:
            The query parameters.

        Raises:
            InvalidCursorError: The position is neither an index nor a cursor.
        """
        by_cursor = self._starts_with_cursor if position is None else ":" in position
        return (self._cursor if by_cursor else self._index).parameters(position, page_size)

    def read(
        self,
        items: list[T],
        position: str | None,
        page_size: int,
        *,
        headers: Headers,
        metadata: Mapping[str, JsonValue],
    ) -> Slice[T]:
        """Return the slice of a response.

        Args:
            items: The items of the response.
            position: Position of the page, or None for the first.
            page_size: Items per page.
            headers: The headers of the response, which are not used.
            metadata: The envelope without its items.

        Returns:
            The slice with its positions.

        Raises:
            InvalidCursorError: The position is neither an index nor a cursor.
            PaginationError: The response contradicts itself.
        """
        has_cursor = self._cursor.is_in(metadata)
        by_cursor = has_cursor or (self._starts_with_cursor if position is None else ":" in position)
        paging = self._cursor if by_cursor else self._index
        # An index is no position of the cursors: the list continues from here as if it started.
        started_by_index = position is not None and ":" not in position
        known = None if by_cursor and started_by_index else position
        return paging.read(items, known, page_size, headers=headers, metadata=metadata)


class BodyCursor:
    """Paging by a cursor in the envelope, such as ``{"list_metadata": {"after": "…"}}`` or ``{"next_cursor": "…"}``.

    The list ends where the cursor is missing, null or empty. A position is the id of the list's first item, a colon,
    and the cursor. Some providers return the first page again for a cursor whose row was removed: the first item's id
    shows it, even if another process resumes the list.

    Args:
        next: The envelope's member with the cursor of the next page.
        parameter: Query parameter of the cursor.
        size: Query parameter of the page size.
        first: Value of `parameter` for the first page. Default: it is not sent.
        is_link: Whether the member is a URL, as ``@odata.nextLink`` is. Only the value of `parameter` is taken from it:
            the next request goes to the configured address.
        total: The envelope's member with the number of all items. Default: there is none.
        unique: Whether no item of the list comes twice. An item that comes again then raises `PaginationError`. Pass
            False if items can move to another page while the list is read.

    Example:
        ``BodyCursor(next=("list_metadata", "after"), parameter="after")``
    """

    def __init__(
        self,
        *,
        next: Member,  # noqa: A002  # the word of the APIs
        parameter: str = "after",
        size: str = "limit",
        first: str | None = None,
        is_link: bool = False,
        total: Member | None = None,
        unique: bool = True,
    ) -> None:
        self._next, self._total = _path(next), _path(total)
        self._parameter, self._size = parameter, size
        self._first = first
        self._is_link = is_link
        self._unique = unique

    def parameters(self, position: str | None, page_size: int, /) -> QueryParameters:
        """Return the query parameters of a page.

        Args:
            position: Position of the page, or None for the first.
            page_size: Items per page.

        Returns:
            The query parameters.

        Raises:
            InvalidCursorError: The position is not one of this list.
        """
        parameters = [(self._size, str(page_size))]
        cursor = self._first if position is None else _split(position)[1]
        return parameters if cursor is None else [*parameters, (self._parameter, cursor)]

    def read(
        self,
        items: list[T],
        position: str | None,
        page_size: int,
        *,
        headers: Headers,
        metadata: Mapping[str, JsonValue],
    ) -> Slice[T]:
        """Return the slice of a response.

        Args:
            items: The items of the response.
            position: Position of the page, or None for the first.
            page_size: Items per page.
            headers: The headers of the response, which are not used.
            metadata: The envelope without its items.

        Returns:
            The slice with its positions.

        Raises:
            InvalidCursorError: The position is not one of this list.
            PaginationError: The cursor cannot be read, so that the list would end too early, or the page is the first
                one again.
        """
        first_id = "" if position is None else _split(position)[0]
        if self._unique and first_id and any(_id(item) == first_id for item in items):
            raise PaginationError(
                "The response is the first page again: the row that the cursor names was probably removed. "
                "Read the list from its start."
            )
        cursor = self._cursor(metadata)
        first_id = first_id or (_id(items[0]) if items else "")
        return Slice(
            items,
            next=None if cursor is None else f"{quote(first_id, safe='')}:{cursor}",
            total=_read_total(metadata, self._total),
            unique=self._unique,
        )

    def is_in(self, metadata: Mapping[str, JsonValue]) -> bool:
        """Return whether an envelope has the cursor of a next page.

        Args:
            metadata: The envelope without its items.

        Returns:
            True if there is one.
        """
        found = _find(metadata, self._next)
        return found is not None and found != ""

    def _cursor(self, metadata: Mapping[str, JsonValue]) -> str | None:
        found = _find(metadata, self._next)
        if isinstance(found, int) and not isinstance(found, bool):
            found = str(found)
        if found is None or found == "":
            return None
        if self._is_link and isinstance(found, str):
            found = parse_query(found).get(self._parameter)
        if not isinstance(found, str) or not found:
            raise PaginationError(f"The response announces a next page without a cursor: {_INCOMPLETE}")
        return found


def _path(member: Member | None) -> tuple[str, ...]:
    return (member,) if isinstance(member, str) else tuple(member or ())


def _find(metadata: Mapping[str, JsonValue], path: Sequence[str]) -> JsonValue:
    """Return the value of a member, or None if it is missing. False if something on the way to it is no object."""
    found: JsonValue = dict(metadata) if path else None
    for name in path:
        if found is None:
            return None
        if not isinstance(found, dict):
            return False
        found = found.get(name)
    return found


def _read_total(metadata: Mapping[str, JsonValue], path: Sequence[str]) -> int | None:
    found = _find(metadata, path)
    if not isinstance(found, int) or isinstance(found, bool):
        return None
    return found if 0 <= found < _MAX_TOTAL else None


def _split(position: str) -> tuple[str, str]:
    """Return the id of the list's first item, and the cursor."""
    first_id, _, cursor = position.partition(":")
    if not cursor:
        raise InvalidCursorError(_WRONG_POSITION)
    return unquote(first_id), cursor


def _id(item: object) -> str:
    found = getattr(item, "id", None)
    return found if isinstance(found, str) else ""
