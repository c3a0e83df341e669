"""Sending a request to Logto and reading its answer into records."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.pagination import Listing, Slice
from orgsdk.providers.logto import wire
from orgsdk.providers.reading import read
from orgsdk.transport import parse_links

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.domain import Record, RecordReader
    from orgsdk.transport import Request, Response, Transport

RecordT = TypeVar("RecordT", bound="Record")


def read_one(reader: RecordReader[RecordT], request: Request, response: Response) -> RecordT:
    """Give the one record of an answer."""
    return read(
        reader.one,
        response.content,
        provider=wire.NAME,
        operation=request.operation,
        request_id=wire.request_id(response),
    )


def read_page(
    reader: RecordReader[RecordT], request: Request, response: Response, position: str | None, page_size: int
) -> Slice[RecordT]:
    """Give the slice of a list that a paged answer holds."""
    items = read(
        reader.many,
        response.content,
        provider=wire.NAME,
        operation=request.operation,
        request_id=wire.request_id(response),
    )
    links = parse_links(response.headers.get_all("link"))
    return wire.PAGES.slice(items, position, page_size, total=wire.total(response), links=links)


def paged(
    transport: Transport,
    reader: RecordReader[RecordT],
    *,
    name: str,
    scope: tuple[str | None, ...],
    ask: Callable[[str | None, int], Awaitable[Request]],
) -> Listing[RecordT]:
    """Describe a paged list; `ask` makes the request for the page at a position."""

    async def fetch(position: str | None, page_size: int) -> Slice[RecordT]:
        request = await ask(position, page_size)
        response = await transport.send(request)
        return read_page(reader, request, response, position, page_size)

    return Listing(provider=wire.NAME, name=name, scope=scope, max_page_size=wire.MAX_PAGE_SIZE, fetch=fetch)
