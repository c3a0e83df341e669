"""Lists as async iterators: strategies that read where the next page is, cursors, and the `Paginator`.

A provider describes a list as a `Listing`. Its `fetch` takes a position in the provider's own terms and gives a
`Slice`; the paginator turns positions into cursors and back. Strategies and cursors are pure.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from orgsdk.domain.page import Page
from orgsdk.errors import InvalidArgumentError, InvalidCursorError, PaginationError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator, Mapping

T = TypeVar("T")

Parameters = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Hold what one answer of a list said: its items, and the positions beside it in the provider's own terms."""

    items: list[T]
    next: str | None = None
    previous: str | None = None
    total: int | None = None


Fetch: TypeAlias = "Callable[[str | None, int], Awaitable[Slice[T]]]"


class LinkCursor:
    """Page by opaque cursors that stand in the query of a `Link` header's URLs (RFC 8288).

    Only the cursor is taken from a URL: the next request goes to the configured address, whatever the header
    says. A position is the parameter's name, a colon, and the cursor.
    """

    def __init__(self, *, forward: str = "next", backward: str = "previous", size: str = "limit") -> None:
        self._forward, self._backward, self._size = forward, backward, size

    def parameters(self, position: str | None, page_size: int) -> Parameters:
        """Give the query parameters that ask for the page at `position`."""
        asked = [(self._size, str(page_size))]
        if position is not None:
            name, _, cursor = position.partition(":")
            if name not in {self._forward, self._backward} or not cursor:
                raise InvalidCursorError("The cursor does not name a page of this list.")
            asked.append((name, cursor))
        return asked

    def slice(self, items: list[T], links: Mapping[str, Mapping[str, str]]) -> Slice[T]:
        """Place `items`, given each link relation's URL query as a mapping.

        Raises `PaginationError` where a next page is announced without its cursor: the list would end too soon.

        Flat does not document the relation of the way back: `prev` and `previous` are both taken
        (facts/flat.md, Pagination).
        """
        forward = links.get("next", {}).get(self._forward)
        if "next" in links and not forward:
            raise PaginationError("The answer names a next page and does not say where it is: the list is not whole.")
        back = links.get("previous", links.get("prev", {})).get(self._backward)
        return Slice(
            items,
            next=f"{self._forward}:{forward}" if forward else None,
            previous=f"{self._backward}:{back}" if back else None,
        )


class PageNumber:
    """Page by numbers from 1 and a total. A position is the page's number."""

    def __init__(self, *, number: str = "page", size: str = "page_size") -> None:
        self._number, self._size = number, size

    def number(self, position: str | None) -> int:
        """Give the page's number that `position` stands for."""
        if position is None:
            return 1
        if not (position.isascii() and position.isdigit() and 1 <= len(position) <= 9) or int(position) < 1:
            raise InvalidCursorError("The cursor does not name a page of this list.")
        return int(position)

    def parameters(self, position: str | None, page_size: int) -> Parameters:
        """Give the query parameters that ask for the page at `position`."""
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
        """Place `items`, given the total and the link relations that came with them.

        Of the links only their presence counts (Logto's lead to an HTML page: facts/logto.md, section 4). Where
        there are none, the total decides; where there is none either, a full page promises another. Past the end
        every page is empty: one that names another would be followed for ever.
        """
        number = self.number(position)
        if links:
            more = "next" in links and bool(items)
        elif total is not None:
            more = number * page_size < total
        else:
            more = len(items) >= page_size
        return Slice(
            items,
            next=str(number + 1) if more else None,
            previous=str(number - 1) if number > 1 else None,
            total=total,
        )


class SinglePage:
    """Read a list that never paginates: the first page is the whole."""

    def parameters(self, position: str | None) -> Parameters:
        """Give no query parameters; refuse any position but the start."""
        if position is not None:
            raise InvalidCursorError("This list has one page alone: leave the cursor out.")
        return []

    def slice(self, items: list[T]) -> Slice[T]:
        """Place `items` as the whole list."""
        return Slice(items, total=len(items))


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """Describe one list of one provider.

    `provider` and `name` say which, `scope` what narrows it (organization, filters): a cursor of a list narrowed
    otherwise is refused. `fetch` gives the slice at a position (None: the start) of `page_size` items.
    `walk` makes what fetches in its place for one walk through the pages, where a walk has to remember what came;
    where nothing but that memory leads on, the list is not `resumable` from a cursor.
    """

    provider: str
    name: str
    scope: tuple[str | None, ...] = field(repr=False)  # a person's address may be searched for
    max_page_size: int
    fetch: Fetch[T]
    walk: Callable[[], Fetch[T]] | None = None
    resumable: bool = True

    @property
    def fingerprint(self) -> str:
        scope = json.dumps([self.name, *self.scope]).encode()
        return base64.urlsafe_b64encode(hashlib.sha256(scope).digest()[:6]).decode()


_CURSOR_VERSION = 1
_DIGEST = 6
_LONGEST_CURSOR = 8192


def encode_cursor(listing: Listing[T], page_size: int, position: str) -> str:
    """Make the opaque cursor for the page at `position`: URL-safe text that any process can resume from."""
    payload = json.dumps(
        [_CURSOR_VERSION, listing.provider, listing.fingerprint, page_size, position], separators=(",", ":")
    ).encode()
    return _pack(payload)


def decode_cursor(listing: Listing[T], cursor: str) -> tuple[int, str]:
    """Read a cursor back into its page size and position.

    Raises `InvalidCursorError` where it is damaged, of another provider, or of another list.
    """
    read = _read_payload(cursor)
    if read is None:
        raise InvalidCursorError("The cursor is damaged, or not one of orgsdk's: pass a page's next_cursor as it came.")
    provider, fingerprint, page_size, position = read
    if provider != listing.provider:
        raise InvalidCursorError(
            f"The cursor belongs to provider {provider!r}, this client speaks to {listing.provider!r}."
        )
    if fingerprint != listing.fingerprint:
        raise InvalidCursorError(
            f"The cursor belongs to another list than this {listing.name}: "
            "resume with the organization and the filters that it began with."
        )
    if not 1 <= page_size <= listing.max_page_size:
        raise InvalidCursorError(f"The cursor asks for pages of {page_size} items.")
    return page_size, position


def _pack(payload: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(payload).digest()[:_DIGEST] + payload).decode().rstrip("=")


def _read_payload(cursor: str) -> tuple[str, str, int, str] | None:
    try:
        if len(cursor) > _LONGEST_CURSOR:
            return None
        packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        digest, payload = packed[:_DIGEST], packed[_DIGEST:]
        # base64 reads one text from several spellings: only the one that was given out is taken.
        if hashlib.sha256(payload).digest()[:_DIGEST] != digest or _pack(payload) != cursor:
            return None
        version, *parts = json.loads(payload)
        json.dumps(parts, ensure_ascii=False).encode()  # a lone surrogate could not stand in a URL
    except (ValueError, TypeError, RecursionError):
        return None
    match parts:
        case [str(provider), str(fingerprint), int(page_size), str(position)] if (
            version == _CURSOR_VERSION and page_size is not True  # which is an int
        ):
            return provider, fingerprint, page_size, position
        case _:
            return None


class Paginator(Generic[T]):
    """Walk a list: nothing is requested until it is iterated or awaited.

    `async for item in paginator` gives every item of every page, one page in memory; `await paginator` gives the
    first page alone; `pages()` gives page by page; `collect()` a list. Each of them starts at `cursor`, or at the
    beginning, and may be used again. Leaving a loop early leaves nothing behind.

    Example: `async for user in client.organization("org_id").users.list(): ...`
    """

    def __init__(self, listing: Listing[T], *, page_size: int | None = None, cursor: str | None = None) -> None:
        largest = listing.max_page_size
        if page_size is not None and not 1 <= page_size <= largest:
            raise InvalidArgumentError(
                f"page_size is {page_size}: {listing.provider} takes 1 to {largest} for {listing.name}."
            )
        self._listing = listing
        self._position: str | None = None
        # The largest page is the default: requests are what is scarce (DESIGN.md, decision 10).
        self._page_size = page_size or largest
        if cursor is not None:
            if not listing.resumable:
                raise InvalidCursorError(f"A complete {listing.name} cannot be resumed: walk it from its beginning.")
            began_with, self._position = decode_cursor(listing, cursor)
            if page_size is not None and page_size != began_with:
                raise InvalidCursorError(
                    f"The cursor began with page_size={began_with}: resume with it, or leave page_size out."
                )
            self._page_size = began_with

    def __await__(self) -> Generator[object, None, Page[T]]:
        return self._first().__await__()

    def __aiter__(self) -> AsyncIterator[T]:
        return _Items(self.pages())

    def pages(self) -> AsyncIterator[Page[T]]:
        """Iterate page by page, each with the cursors to resume from."""
        return _Pages(self._walk(), self._position)

    async def collect(self, *, limit: int | None = None) -> list[T]:
        """Gather the items in a list: all, or the first `limit` with no more requests than they take.

        Raises `InvalidArgumentError` where `limit` is negative.
        """
        if limit is not None and limit < 0:
            raise InvalidArgumentError(f"limit is {limit}: pass 0 or more, or None for all.")
        gathered: list[T] = []
        if limit == 0:
            return gathered
        async for page in self.pages():
            gathered += page.items
            if limit is not None and len(gathered) >= limit:
                return gathered[:limit]
        return gathered

    def _token(self, position: str | None) -> str | None:
        return None if position is None else encode_cursor(self._listing, self._page_size, position)

    async def _first(self) -> Page[T]:
        page, _ = await self._walk()(self._position)
        return page

    def _walk(self) -> Callable[[str | None], Awaitable[tuple[Page[T], str | None]]]:
        fetch = self._listing.fetch if self._listing.walk is None else self._listing.walk()

        async def fetch_page(position: str | None) -> tuple[Page[T], str | None]:
            found = await fetch(position, self._page_size)
            if found.next is not None and found.next == position:
                raise PaginationError(
                    f"{self._listing.provider} {self._listing.name}: the page after this one is this one again.",
                    cursor=self._token(position),
                )
            page = Page(found.items, self._token(found.next), self._token(found.previous), found.total)
            return page, found.next

        return fetch_page


# Iterators are classes, not async generators: one that is left early holds nothing that needs closing (PEP 533).


class _Pages(Generic[T]):
    def __init__(
        self, fetch: Callable[[str | None], Awaitable[tuple[Page[T], str | None]]], position: str | None
    ) -> None:
        self._fetch = fetch
        self._position = position
        self._ended = False

    def __aiter__(self) -> _Pages[T]:
        return self

    async def __anext__(self) -> Page[T]:
        if self._ended:
            raise StopAsyncIteration
        page, self._position = await self._fetch(self._position)
        self._ended = self._position is None
        return page


class _Items(Generic[T]):
    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._items: Iterator[T] = iter(())

    def __aiter__(self) -> _Items[T]:
        return self

    async def __anext__(self) -> T:
        while True:
            for item in self._items:
                return item
            self._items = iter(await self._pages.__anext__())
