"""Connection to Logto: send a request and decode its response into one record, a page, a whole list or a count."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from orgsdk.domain import Record, mark_adopted
from orgsdk.errors import BadRequestError, DecodeError, RateLimitError
from orgsdk.providers.http.adoption import create_or_adopt
from orgsdk.providers.http.responses import read_page_items, read_response
from orgsdk.providers.logto.errors import MESSAGE_LIMIT_CODE, convert_error
from orgsdk.providers.logto.requests import NAME, NUMBERED_PAGES, SINGLE_PAGE
from orgsdk.transport import parse_links

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from pydantic import SecretStr

    from orgsdk.options import CallOptions
    from orgsdk.pagination import Slice
    from orgsdk.responses import RateLimit
    from orgsdk.transport import Request, Response, Transport

T = TypeVar("T")
RecordT = TypeVar("RecordT", bound=Record)


class BodyReader(Protocol[T]):
    """Reads the body of a response into objects of one class: a record of the domain, or a wire model."""

    def one(self, content: bytes) -> T:
        """Read a JSON object."""
        ...

    def many(self, content: bytes, limit: int = ..., /) -> list[T]:
        """Read a JSON array of objects, of about `limit` at most."""
        ...


class LogtoConnection:
    """The connection of one provider. All of its requests are sent by `send`."""

    def __init__(self, transport: Transport, tenant_key: bytes) -> None:
        self._transport = transport
        self.tenant_key = tenant_key

    def with_options(self, options: CallOptions) -> Self:
        """Return this connection with other options for each call."""
        other = copy.copy(self)
        other._transport = self._transport.with_options(options)
        return other

    def within_timeout(self) -> Self:
        """Return this connection with one timeout for all of its requests, which starts now."""
        other = copy.copy(self)
        other._transport = self._transport.within_timeout()
        return other

    def holding(self, secret: SecretStr | None) -> Self:
        """Return this connection, whose errors do not show a secret that an earlier request of the method sent."""
        other = copy.copy(self)
        other._transport = self._transport.holding(secret)
        return other

    @property
    def rate_limit(self) -> RateLimit | None:
        """The rate limit that Logto last reported. Logto reports one only when it refuses a request."""
        return self._transport.rate_limit

    async def aclose(self) -> None:
        """Close the connections to Logto."""
        await self._transport.aclose()

    async def send(self, request: Request) -> Response:
        """Send a request and return its response. Too many messages to one recipient raise `RateLimitError`."""
        try:
            return await self._transport.send(request)
        except BadRequestError as error:
            if error.code != MESSAGE_LIMIT_CODE:
                raise
            refused = error
        raise convert_error(RateLimitError, refused, refused.message)

    async def read(self, reader: Callable[[bytes], T], request: Request) -> T:
        """Send a request and read its response with `reader`."""
        return self.decode(reader, request, await self.send(request))

    async def read_one(self, reader: BodyReader[T], request: Request) -> T:
        """Send a request and return the one object of its response."""
        return self.decode(reader.one, request, await self.send(request))

    async def read_page(
        self, reader: BodyReader[T], request: Request, position: str | None, page_size: int
    ) -> Slice[T]:
        """Send the request for the page at `position` and return the page."""
        response = await self.send(request)
        request_id = partial(self._transport.request_id, request, response)
        return decode_page(reader, request, response, position, page_size, request_id)

    async def read_unpaged(self, reader: BodyReader[T], request: Request) -> Slice[T]:
        """Send the request for a list without pages and return the whole list."""
        return SINGLE_PAGE.slice(await self.read(reader.many, request))

    def decode(self, reader: Callable[[bytes], T], request: Request, response: Response) -> T:
        """Read the body of a response with `reader`."""
        return decode(reader, request, response, partial(self._transport.request_id, request, response))

    async def create_or_adopt(
        self,
        reader: BodyReader[RecordT],
        request: Request,
        look_up: Callable[[], Awaitable[RecordT | None]],
        *,
        unique: bool = True,
    ) -> RecordT:
        """Create a record. If the response is lost, adopt the record that `look_up` returns.

        If there is none, the request is sent once more. With `unique=False` it is not, because Logto would not refuse
        a second record: the outcome is unknown then.
        """
        record, is_adopted = await create_or_adopt(
            lambda: self.read_one(reader, request),
            look_up,
            provider=NAME,
            operation=request.operation,
            unique=unique,
        )
        if is_adopted:
            mark_adopted(record)
        return record

    async def count(self, request: Request) -> int:
        """Send the request for a page of a list and return the length of the whole list."""
        total = read_total(await self.send(request))
        if total is None:
            raise DecodeError("the response has no Total-Number header.", provider=NAME, operation=request.operation)
        return total


class LogtoOperations:
    """Base class of Logto's operations: they share one connection."""

    def __init__(self, connection: LogtoConnection) -> None:
        self._connection = connection

    def _within_timeout(self) -> Self:
        """Return these operations with one timeout for all of their requests, which starts now."""
        other = copy.copy(self)
        other._connection = self._connection.within_timeout()
        return other

    def _holding(self, secret: SecretStr | None) -> Self:
        """Return these operations, whose errors do not show a secret that an earlier request of the method sent."""
        other = copy.copy(self)
        other._connection = self._connection.holding(secret)
        return other


def decode(
    reader: Callable[[bytes], T],
    request: Request,
    response: Response,
    request_id: Callable[[], str | None] = lambda: None,
) -> T:
    """Read the body of a response with `reader`. `request_id` returns the id that an error shows."""
    return read_response(
        reader,
        response.content,
        provider=NAME,
        operation=request.operation,
        request_id=request_id,
    )


def decode_page(
    reader: BodyReader[T],
    request: Request,
    response: Response,
    position: str | None,
    page_size: int,
    request_id: Callable[[], str | None] = lambda: None,
) -> Slice[T]:
    """Read one page of a list, with the positions of the pages beside it."""
    items = read_page_items(
        reader.many,
        response.content,
        page_size,
        provider=NAME,
        operation=request.operation,
        request_id=request_id,
    )
    links = parse_links(response.headers.get_all("link"))
    return NUMBERED_PAGES.slice(items, position, page_size, total=read_total(response), links=links)


def read_total(response: Response) -> int | None:
    """Return the length of the whole list from the header `Total-Number`; None if it is missing or invalid."""
    value = response.headers.get("total-number")
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 16 else None
