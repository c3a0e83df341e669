"""What the parts of `FlatAPI` share."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.pagination import Paginator, Slice
from orgsdk.providers.flat.room import listing

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.providers.flat.connection import Connection
    from orgsdk.transport import Request

T = TypeVar("T")


class Part:
    """Call Flat by one connection."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _paginate(
        self,
        name: str,
        parameters: list[tuple[str, str]],
        request: Callable[[list[tuple[str, str]], str | None, int], Request],
        reader: Callable[[bytes], list[T]],
        *,
        page_size: int | None,
        cursor: str | None,
    ) -> Paginator[T]:
        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.page(request(parameters, position, size), reader)

        scope = tuple(part for pair in parameters for part in pair)
        return Paginator(listing(name, scope, fetch), page_size=page_size, cursor=cursor)

    async def _create(self, request: Request, reader: Callable[[bytes], T]) -> T:
        # One request and no look-up: the common verbs have that.
        created, _ = await self._connection.create(request, reader)
        return created
