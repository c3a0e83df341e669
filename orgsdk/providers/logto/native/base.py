"""Base class of Logto's native operations: paged and unpaged lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

from orgsdk.pagination import Listing, Paginator
from orgsdk.providers.logto.connection import LogtoOperations
from orgsdk.providers.logto.requests import MAX_PAGE_SIZE, NAME

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.pagination import Slice
    from orgsdk.providers.logto.connection import BodyReader
    from orgsdk.transport import Request

T = TypeVar("T")


class LogtoNativeOperations(LogtoOperations):
    """Base class of the native operations."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def _paged(
        self,
        reader: BodyReader[T],
        build_request: Callable[[str | None, int], Request],
        page_size: int | None,
        cursor: str | None,
    ) -> Paginator[T]:
        """Return a paged list. `build_request` is called at once, so that an invalid argument raises here."""

        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.read_page(reader, build_request(position, size), position, size)

        first = build_request(None, MAX_PAGE_SIZE)
        return Paginator(self._listing(first, fetch), page_size=page_size, cursor=cursor)

    def _unpaged(self, reader: BodyReader[T], build_request: Callable[[str | None], Request]) -> Paginator[T]:
        """Return a list without pages, as a paginator of one page."""

        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.read_unpaged(reader, build_request(position))

        return Paginator(self._listing(build_request(None), fetch))

    def _listing(self, first: Request, fetch: Callable[[str | None, int], Awaitable[Slice[T]]]) -> Listing[T]:
        # The path and the filters identify the list, so that a cursor of another list is refused.
        filters = urlencode([(name, value) for name, value in first.query if name not in {"page", "page_size"}])
        return Listing(
            provider=NAME,
            name=first.operation,
            scope=(first.path, filters),
            max_page_size=MAX_PAGE_SIZE,
            fetch=fetch,
            tenant_key=self._connection.tenant_key,
        )
