"""Base class of Flat's native operations: pagination, and creates without adoption."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from orgsdk.pagination import Paginator, SinglePage, Slice
from orgsdk.providers.flat.connection import describe_list

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.pagination import QueryParameters
    from orgsdk.providers.flat.connection import FlatConnection
    from orgsdk.providers.http.responses import ArrayReader
    from orgsdk.transport import Request

T = TypeVar("T")


class FlatNativeOperations:
    """Base class of the native operations.

    Args:
        connection: The connection that sends the requests.
    """

    def __init__(self, connection: FlatConnection) -> None:
        self._connection = connection

    def _paginate(
        self,
        name: str,
        parameters: QueryParameters,
        build_request: Callable[[QueryParameters, str | None, int], Request],
        decoder: ArrayReader[T],
        *,
        page_size: int | None,
        cursor: str | None,
    ) -> Paginator[T]:
        async def fetch(position: str | None, size: int) -> Slice[T]:
            return await self._connection.read_page(build_request(parameters, position, size), decoder, size)

        scope = tuple(part for pair in parameters for part in pair)
        listing = replace(describe_list(name, scope, fetch), tenant_key=self._connection.tenant_key)
        return Paginator(listing, page_size=page_size, cursor=cursor)

    def _single_page(self, request: Request, decoder: Callable[[bytes], list[T]]) -> Paginator[T]:
        single = SinglePage()

        async def fetch(position: str | None, page_size: int) -> Slice[T]:
            single.parameters(position)
            return single.slice(await self._connection.read(request, decoder))

        return Paginator(describe_list(request.operation, (), fetch))

    async def _create(self, request: Request, decoder: Callable[[bytes], T]) -> T:
        # No lookup after a lost response: the common verbs have one.
        created, _ = await self._connection.create_or_adopt(request, decoder)
        return created
