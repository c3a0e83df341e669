"""Paging strategies: the query parameters of a page, and where the next page is, read from the response.

Each strategy has `parameters` and `read`, so that `HTTPConnection.read_page` works with any of them. `slice` decides
from values that are already read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from pydantic import JsonValue

from orgsdk.arguments import check_instance
from orgsdk.errors import ConfigurationError, InvalidCursorError, PaginationError
from orgsdk.pagination import QueryParameters, Slice
from orgsdk.responses import Headers
from orgsdk.transport import parse_links

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

_WRONG_POSITION = "The cursor does not name a page of this list."


class Paging(Protocol):
    """How the pages of a list are requested, and where a response states the next one."""

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
        ...

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
            page_size: Items that were requested.
            headers: The headers of the response.
            metadata: The body without its items. Empty if the body is an array.

        Returns:
            The slice with its positions.

        Raises:
            PaginationError: The response contradicts itself.
        """
        ...


class LinkCursor:
    """Paging by opaque cursors in the URLs of a `Link` header (RFC 8288).

    Only the cursor is taken from a URL: the next request always goes to the configured address.
    A position is the parameter's name, a colon, and the cursor.

    Args:
        forward: Query parameter of the cursor to the next page.
        backward: Query parameter of the cursor to the previous page.
        size: Query parameter of the page size.

    Raises:
        ConfigurationError: A name is not a string.
    """

    def __init__(self, *, forward: str = "next", backward: str = "previous", size: str = "limit") -> None:
        for argument, value in (("forward", forward), ("backward", backward), ("size", size)):
            check_instance(argument, value, str, "the name of a query parameter", error=ConfigurationError)
        self._forward, self._backward, self._size = forward, backward, size

    def parameters(self, position: str | None, page_size: int) -> QueryParameters:
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
        if position is not None:
            name, _, cursor = position.partition(":")
            if name not in {self._forward, self._backward} or not cursor:
                raise InvalidCursorError(_WRONG_POSITION)
            parameters.append((name, cursor))
        return parameters

    def read(
        self,
        items: list[T],
        position: str | None,
        page_size: int,
        *,
        headers: Headers,
        metadata: Mapping[str, JsonValue],
    ) -> Slice[T]:
        """Return the slice of a response, whose `Link` header has the cursors.

        Args:
            items: The items of the response.
            position: Position of the page, or None for the first.
            page_size: Items that were requested.
            headers: The headers of the response.
            metadata: Not used.

        Returns:
            The slice with its positions.

        Raises:
            PaginationError: A next page is announced without a cursor, so that the list would end too early.
        """
        return self.slice(items, parse_links(headers.get_all("link")))

    def slice(self, items: list[T], links: Mapping[str, Mapping[str, str]]) -> Slice[T]:
        """Return the slice of a response.

        Args:
            items: The items of the response.
            links: Query parameters of each link relation, from `parse_links`. Flat does not document the relation of
                the previous page: `prev` and `previous` are both read (facts/flat.md, Pagination).

        Returns:
            The slice with its positions.

        Raises:
            PaginationError: A next page is announced without a cursor, so that the list would end too early.
        """
        forward = links.get("next", {}).get(self._forward)
        if "next" in links and not forward:
            raise PaginationError("The response announces a next page without a cursor: the list is incomplete.")
        backward = links.get("previous", links.get("prev", {})).get(self._backward)
        return Slice(
            items,
            next=f"{self._forward}:{forward}" if forward else None,
            previous=f"{self._backward}:{backward}" if backward else None,
        )


class PageNumber:
    """Paging by page numbers from 1, and a total. A position is the page's number.

    Args:
        number: Query parameter of the page number.
        size: Query parameter of the page size.
        total: Response header with the number of items in the whole list. Default: the total is unknown.

    Raises:
        ConfigurationError: A name is not a string.
    """

    def __init__(self, *, number: str = "page", size: str = "page_size", total: str | None = None) -> None:
        for argument, value in (("number", number), ("size", size)):
            check_instance(argument, value, str, "the name of a query parameter", error=ConfigurationError)
        check_instance("total", total, str | None, "the name of a header", error=ConfigurationError)
        self._number, self._size, self._total = number, size, total

    def number(self, position: str | None) -> int:
        """Return the page number of a position.

        Args:
            position: The position, or None for the first page.

        Returns:
            The page number, from 1.

        Raises:
            InvalidCursorError: The position is not a page number.
        """
        if position is None:
            return 1
        if not (position.isascii() and position.isdigit() and 1 <= len(position) <= 9) or int(position) < 1:
            raise InvalidCursorError(_WRONG_POSITION)
        return int(position)

    def parameters(self, position: str | None, page_size: int) -> QueryParameters:
        """Return the query parameters of a page.

        Args:
            position: Position of the page, or None for the first.
            page_size: Items per page.

        Returns:
            The query parameters.

        Raises:
            InvalidCursorError: The position is not a page number.
        """
        return [(self._number, str(self.number(position))), (self._size, str(page_size))]

    def read(
        self,
        items: list[T],
        position: str | None,
        page_size: int,
        *,
        headers: Headers,
        metadata: Mapping[str, JsonValue],
    ) -> Slice[T]:
        """Return the slice of a response, whose headers have the links and the total.

        Args:
            items: The items of the response.
            position: Position of the page, or None for the first.
            page_size: Items that were requested.
            headers: The headers of the response.
            metadata: Not used.

        Returns:
            The slice with its positions.

        Raises:
            InvalidCursorError: The position is not a page number.
        """
        links = parse_links(headers.get_all("link"))
        return self.slice(items, position, page_size, total=self._read_total(headers), links=links)

    def slice(
        self,
        items: list[T],
        position: str | None,
        page_size: int,
        *,
        total: int | None,
        links: Mapping[str, Mapping[str, str]],
    ) -> Slice[T]:
        """Return the slice of a response.

        Args:
            items: The items of the response.
            position: Position of the page, or None for the first.
            page_size: Items per page.
            total: Number of items in the whole list, if it is reported.
            links: Link relations of the response. Only their presence counts: Logto's URLs lead to an HTML page
                (facts/logto.md, section 4). Without links the total decides. Without a total, or with one that the page
                contradicts, a full page has a next one. Past the end every page is empty (same section), so an empty
                page there has no next one.

        Returns:
            The slice with its positions.

        Raises:
            InvalidCursorError: The position is not a page number.
        """
        number = self.number(position)
        is_within = total is None or number * page_size < total
        is_contradicted = total is not None and bool(items) and (number - 1) * page_size + len(items) > total
        if links:
            has_next = "next" in links and (bool(items) or is_within)
        elif total is not None and not is_contradicted:
            has_next = is_within
        else:
            has_next = len(items) >= page_size
        return Slice(
            items,
            next=str(number + 1) if has_next else None,
            previous=str(number - 1) if number > 1 else None,
            total=total,
            following=_PageNumbers(number + 1, -(-total // page_size)) if has_next and total is not None else (),
        )

    def _read_total(self, headers: Headers) -> int | None:
        value = None if self._total is None else headers.get(self._total)
        return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 16 else None


@dataclass(frozen=True, slots=True)
class _PageNumbers:
    """Positions of numbered pages from `first` to `last`, created on iteration."""

    first: int
    last: int

    def __iter__(self) -> Iterator[str]:
        return map(str, range(self.first, self.last + 1))


class SinglePage:
    """A list without pagination: the first page is the whole list."""

    def parameters(self, position: str | None, page_size: int = 0, /) -> QueryParameters:
        """Return no query parameters.

        Args:
            position: None, the only position of such a list.
            page_size: Not used.

        Returns:
            An empty list.

        Raises:
            InvalidCursorError: There is a position.
        """
        if position is not None:
            raise InvalidCursorError("This list has only one page: omit the cursor.")
        return []

    def read(
        self,
        items: list[T],
        position: str | None,
        page_size: int,
        *,
        headers: Headers,
        metadata: Mapping[str, JsonValue],
    ) -> Slice[T]:
        """Return the slice of a response, which has the whole list.

        Args:
            items: The items of the response.
            position: Position of the page, or None for the first.
            page_size: Items that were requested.
            headers: The headers of the response.
            metadata: Not used.

        Returns:
            The slice with its positions.
        """
        return self.slice(items)

    def slice(self, items: list[T]) -> Slice[T]:
        """Return the slice of a response.

        Args:
            items: All items.

        Returns:
            The slice, with their number as its total.
        """
        return Slice(items, total=len(items))
