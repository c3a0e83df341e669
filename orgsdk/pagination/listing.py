"""Description of a provider's list, and the paging strategies: link cursors, page numbers, a single page."""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeAlias, TypeVar

from orgsdk.errors import InvalidCursorError, PaginationError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Slice(Generic[T]):
    """Hold what one answer of a list said: its items, and the positions beside it in the provider's own terms.

    `following` are the positions from `next` on, in order, as far as the answer tells them: their pages may be asked
    for at once. `round` counts how often the list was gone through before, where a walk has to do that.
    """

    items: list[T]
    next: str | None = None
    previous: str | None = None
    total: int | None = None
    following: Iterable[str] = ()
    round: int = 0


Fetch: TypeAlias = "Callable[[str | None, int], Awaitable[Slice[T]]]"
Take: TypeAlias = "Callable[[Slice[T]], Slice[T]]"


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """Describe one list of one provider.

    `provider` and `name` say which, `scope` what narrows it (organization, filters): a cursor of a list narrowed
    otherwise is refused. `fetch` gives the slice at a position (None: the start) of `page_size` items; it remembers
    nothing of other slices, for several may be fetched at once.

    `keep` tells which items are asked for, where the provider cannot narrow the list itself. `walk` makes, for one
    walk, what takes the slices in their order and may remember what came; where nothing but that memory leads on, the
    list is not `resumable` from a cursor. `count` counts the list by the cheapest request there is, and gives None
    where the answer does not tell; without it a page's total is taken, or all pages are counted.
    """

    provider: str
    name: str
    scope: tuple[str | None, ...] = field(repr=False)  # a person's address may be searched for
    max_page_size: int
    fetch: Fetch[T]
    walk: Callable[[], Take[T]] | None = None
    resumable: bool = True
    keep: Callable[[T], bool] | None = None
    count: Callable[[], Awaitable[int | None]] | None = None

    @property
    def fingerprint(self) -> str:
        scope = json.dumps([self.name, *self.scope]).encode()
        return base64.urlsafe_b64encode(hashlib.sha256(scope).digest()[:6]).decode()


QueryParameters = list[tuple[str, str]]


class LinkCursor:
    """Page by opaque cursors that stand in the query of a `Link` header's URLs (RFC 8288).

    Only the cursor is taken from a URL: the next request goes to the configured address, whatever the header
    says. A position is the parameter's name, a colon, and the cursor.
    """

    def __init__(self, *, forward: str = "next", backward: str = "previous", size: str = "limit") -> None:
        self._forward, self._backward, self._size = forward, backward, size

    def parameters(self, position: str | None, page_size: int) -> QueryParameters:
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

    def parameters(self, position: str | None, page_size: int) -> QueryParameters:
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
        there are none, the total decides; where there is none either, or one that the page itself belies, a full page
        promises another. Past the end every page is empty (ibid.): one that names another there is not believed.
        """
        number = self.number(position)
        is_within = total is None or number * page_size < total
        is_belied = total is not None and bool(items) and (number - 1) * page_size + len(items) > total
        if links:
            more = "next" in links and (bool(items) or is_within)
        elif total is not None and not is_belied:
            more = is_within
        else:
            more = len(items) >= page_size
        return Slice(
            items,
            next=str(number + 1) if more else None,
            previous=str(number - 1) if number > 1 else None,
            total=total,
            following=_Numbers(number + 1, -(-total // page_size)) if more and total is not None else (),
        )


@dataclass(frozen=True, slots=True)
class _Numbers:
    """Hold the positions of numbered pages, from the first to the last, without making them."""

    first: int
    last: int

    def __iter__(self) -> Iterator[str]:
        return map(str, range(self.first, self.last + 1))


class SinglePage:
    """Read a list that never paginates: the first page is the whole."""

    def parameters(self, position: str | None) -> QueryParameters:
        """Give no query parameters; refuse any position but the start."""
        if position is not None:
            raise InvalidCursorError("This list has one page alone: leave the cursor out.")
        return []

    def slice(self, items: list[T]) -> Slice[T]:
        """Place `items` as the whole list."""
        return Slice(items, total=len(items))
