"""The room's way to Logto: sending a request and reading its answer, in the few shapes that there are."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import BadRequestError, DecodeError, RateLimitError
from orgsdk.providers.logto import wire
from orgsdk.providers.logto.reading import read_one, read_page, read_with

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from orgsdk.options import CallOptions
    from orgsdk.pagination import Slice
    from orgsdk.providers.logto.reading import Reader
    from orgsdk.rate_limit import RateLimit
    from orgsdk.transport import Request, Response, Transport

T = TypeVar("T")


class Connection:
    """Send requests and read their answers. Every request of the room goes through `send`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def with_options(self, options: CallOptions) -> Self:
        """Give this connection with other options for each call."""
        other = copy.copy(self)
        other._transport = self._transport.with_options(options)
        return other

    @property
    def rate_limit(self) -> RateLimit | None:
        """Give the rate limit as Logto last told it; it tells none but by refusing."""
        return self._transport.rate_limit

    async def aclose(self) -> None:
        """Close the connections to Logto."""
        await self._transport.aclose()

    async def send(self, request: Request) -> Response:
        """Give the answer.

        Raises what the transport raises, and `RateLimitError` where a recipient had too many messages.
        """
        try:
            return await self._transport.send(request)
        except BadRequestError as error:
            if error.code != wire.MESSAGE_LIMIT_CODE:
                raise
            refused = error
        raise RateLimitError(
            refused.message,
            provider=refused.provider,
            operation=refused.operation,
            status_code=refused.status_code,
            code=refused.code,
            request_id=refused.request_id,
        )

    async def one(self, reader: Reader[T], request: Request) -> T:
        """Give the one thing that the answer holds."""
        return read_one(reader, request, await self.send(request))

    async def read(self, reader: Callable[[bytes], T], request: Request) -> T:
        """Give what `reader` makes of the answer."""
        return read_with(reader, request, await self.send(request))

    async def page(self, reader: Reader[T], request: Request, position: str | None, page_size: int) -> Slice[T]:
        """Give the slice of a list that the answer to a request for the page at `position` holds."""
        return read_page(reader, request, await self.send(request), position, page_size)

    async def whole(self, reader: Reader[T], request: Request) -> Slice[T]:
        """Give a list that has no pages."""
        return wire.SINGLE_PAGE.slice(await self.read(reader.many, request))

    async def count(self, request: Request) -> int:
        """Give how many items a list has, as the answer to a request for one of its pages tells it."""
        found = wire.total(await self.send(request))
        if found is None:
            raise DecodeError("the answer has no Total-Number.", provider=wire.NAME, operation=request.operation)
        return found
