"""Description of a provider's list, and the paging strategies: link cursors, page numbers, a single page."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from orgsdk.errors import InvalidCursorError, PaginationError

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")

QueryParameters: TypeAlias = list[tuple[str, str]]

_WRONG_POSITION = "The cursor does not name a page of this list."


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """One response of a list: its items, and positions in the provider's own terms.

    Args:
        items: The items.
        next: Position of the next page, or None after the last page.
        previous: Position of the previous page, if it is known.
        total: Number of items in the whole list, if it is known.
        following: Positions from `next` on, as far as the response reveals them. Their pages may be fetched
            concurrently.
        round: How often the list, or a part of it, was read before, for a list that is read again to prove it complete.
        overlap: Number of leading items that the previous page has too, because they were requested again.
        unique: Whether no item of the list comes twice. An item that was read before then raises `PaginationError`: the
            provider has returned the first page again, such as for a cursor whose row was removed.
    """

    items: list[T]
    next: str | None = None
    previous: str | None = None
    total: int | None = None
    following: Iterable[str] = ()
    round: int = 0
    overlap: int = 0
    unique: bool = False


Fetch: TypeAlias = Callable[[str | None, int], Awaitable[Slice[T]]]
Take: TypeAlias = Callable[[Slice[T]], Slice[T]]


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """Description of one list of a provider.

    Args:
        provider: Name of the provider.
        name: Name of the list, for error messages.
        scope: What narrows the list: organization and filters. A cursor of another scope is refused.
        max_page_size: The provider's largest page.
        fetch: Returns the slice at a position (None for the start) with a number of items. It must not depend on other
            slices, because several may be fetched concurrently.
        walk: Returns a function that receives the slices of one pass in order, and may remember them. Default: slices
            are used as they are.
        resumable: Whether a cursor can resume the list. False if `walk` needs all earlier slices.
        keep: Filters items that the provider cannot filter itself. Default: all items are kept.
        count: Counts the list with the cheapest request, and returns None if the response has no count. Default: the
            total of a page is used, or all pages are counted.
        tenant_key: Key that signs the cursors, from `derive_tenant_key`. The client sets it from the provider.
    """

    provider: str
    name: str
    scope: tuple[str | None, ...] = field(repr=False)  # may contain an email address that is searched for
    max_page_size: int
    fetch: Fetch[T]
    walk: Callable[[], Take[T]] | None = None
    resumable: bool = True
    keep: Callable[[T], bool] | None = None
    count: Callable[[], Awaitable[int | None]] | None = None
    tenant_key: bytes = field(default=b"", repr=False)

    @property
    def fingerprint(self) -> str:
        """Return a short hash of name and scope, by which cursors recognize their list."""
        scope = json.dumps([self.name, *self.scope]).encode()
        return base64.urlsafe_b64encode(hashlib.sha256(scope).digest()[:6]).decode()


class LinkCursor:
    """Paging by opaque cursors in the URLs of a `Link` header (RFC 8288).

    Only the cursor is taken from a URL: the next request always goes to the configured address.
    A position is the parameter's name, a colon, and the cursor.

    Args:
        forward: Query parameter of the cursor to the next page.
        backward: Query parameter of the cursor to the previous page.
        size: Query parameter of the page size.
    """

    def __init__(self, *, forward: str = "next", backward: str = "previous", size: str = "limit") -> None:
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
    """

    def __init__(self, *, number: str = "page", size: str = "page_size") -> None:
        self._number, self._size = number, size

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


@dataclass(frozen=True, slots=True)
class _PageNumbers:
    """Positions of numbered pages from `first` to `last`, created on iteration."""

    first: int
    last: int

    def __iter__(self) -> Iterator[str]:
        return map(str, range(self.first, self.last + 1))


class SinglePage:
    """A list without pagination: the first page is the whole list."""

    def parameters(self, position: str | None) -> QueryParameters:
        """Return no query parameters.

        Args:
            position: None, the only position of such a list.

        Returns:
            An empty list.

        Raises:
            InvalidCursorError: There is a position.
        """
        if position is not None:
            raise InvalidCursorError("This list has only one page: omit the cursor.")
        return []

    def slice(self, items: list[T]) -> Slice[T]:
        """Return the slice of a response.

        Args:
            items: All items.

        Returns:
            The slice, with their number as its total.
        """
        return Slice(items, total=len(items))
