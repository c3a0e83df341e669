"""What all of the native operations are made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from orgsdk.pagination import Listing, Paginator
from orgsdk.providers.logto import requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.pagination import Slice
    from orgsdk.providers.logto.connection import BodyReader, LogtoConnection
    from orgsdk.transport import Request

T = TypeVar("T")


class NativeOperations:
    """Send by one connection."""

    def __init__(self, connection: LogtoConnection) -> None:
        self._connection = connection

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _paged(
        self,
        reader: BodyReader[T],
        ask: Callable[[str | None, int], Request],
        page_size: int | None,
        cursor: str | None,
    ) -> Paginator[T]:
        """Give a paged list; `ask` makes the request for the page at a position, and is tried out at once."""

        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.read_page(reader, ask(position, size), position, size)

        first = ask(None, requests.MAX_PAGE_SIZE)
        return Paginator(_listing(first, fetch), page_size=page_size, cursor=cursor)

    def _unpaged(self, reader: BodyReader[T], ask: Callable[[str | None], Request]) -> Paginator[T]:
        """Give a list that has no pages, as one."""

        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.read_unpaged(reader, ask(position))

        return Paginator(_listing(ask(None), fetch))


def _listing(first: Request, fetch: Callable[[str | None, int], Awaitable[Slice[T]]]) -> Listing[T]:
    # Path and filters tell one list from another, so that a cursor goes with the list that it is of.
    filters = urlencode([(name, value) for name, value in first.query if name not in {"page", "page_size"}])
    return Listing(
        provider=requests.NAME,
        name=first.operation,
        scope=(first.path, filters),
        max_page_size=requests.MAX_PAGE_SIZE,
        fetch=fetch,
    )
