"""Connection to Logto: send a request and decode its response into one record, a page, a whole list or a count."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Protocol, TypeVar

from orgsdk.errors import BadRequestError, DecodeError, RateLimitError
from orgsdk.providers.http.responses import read_response
from orgsdk.providers.logto import requests
from orgsdk.transport import parse_links

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from orgsdk.options import CallOptions
    from orgsdk.pagination import Slice
    from orgsdk.responses import RateLimit
    from orgsdk.transport import Request, Response, Transport

T = TypeVar("T")


class BodyReader(Protocol[T]):
    """Read bytes into things of one class: a domain's record or a wire model."""

    def one(self, content: bytes) -> T:
        """Read a JSON object."""
        ...

    def many(self, content: bytes) -> list[T]:
        """Read a JSON array of objects."""
        ...


def decode(reader: Callable[[bytes], T], request: Request, response: Response) -> T:
    """Give what an answer's body says."""
    return read_response(
        reader,
        response.content,
        provider=requests.NAME,
        operation=request.operation,
        request_id=requests.request_id(response),
    )


def decode_one(reader: BodyReader[T], request: Request, response: Response) -> T:
    """Give the one thing of an answer."""
    return decode(reader.one, request, response)


def decode_page(
    reader: BodyReader[T], request: Request, response: Response, position: str | None, page_size: int
) -> Slice[T]:
    """Give the slice of a list that a paged answer holds."""
    items = decode(reader.many, request, response)
    links = parse_links(response.headers.get_all("link"))
    return requests.NUMBERED_PAGES.slice(items, position, page_size, total=requests.read_total(response), links=links)


class LogtoConnection:
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
            if error.code != requests.MESSAGE_LIMIT_CODE:
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

    async def read_one(self, reader: BodyReader[T], request: Request) -> T:
        """Give the one thing that the answer holds."""
        return decode_one(reader, request, await self.send(request))

    async def read(self, reader: Callable[[bytes], T], request: Request) -> T:
        """Give what `reader` makes of the answer."""
        return decode(reader, request, await self.send(request))

    async def read_page(
        self, reader: BodyReader[T], request: Request, position: str | None, page_size: int
    ) -> Slice[T]:
        """Give the slice of a list that the answer to a request for the page at `position` holds."""
        return decode_page(reader, request, await self.send(request), position, page_size)

    async def read_unpaged(self, reader: BodyReader[T], request: Request) -> Slice[T]:
        """Give a list that has no pages."""
        return requests.SINGLE_PAGE.slice(await self.read(reader.many, request))

    async def count(self, request: Request) -> int:
        """Give how many items a list has, as the answer to a request for one of its pages tells it."""
        found = requests.read_total(await self.send(request))
        if found is None:
            raise DecodeError("the answer has no Total-Number.", provider=requests.NAME, operation=request.operation)
        return found
