"""Reading Logto's answers into records and models, and into the slices of lists. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from orgsdk.providers.logto import wire
from orgsdk.providers.reading import read
from orgsdk.transport import parse_links

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.pagination import Slice
    from orgsdk.transport import Request, Response

T = TypeVar("T")


class Reader(Protocol[T]):
    """Read bytes into things of one class: a domain's record or a wire model."""

    def one(self, content: bytes) -> T:
        """Read a JSON object."""
        ...

    def many(self, content: bytes) -> list[T]:
        """Read a JSON array of objects."""
        ...


def read_with(reader: Callable[[bytes], T], request: Request, response: Response) -> T:
    """Give what an answer's body says."""
    return read(
        reader,
        response.content,
        provider=wire.NAME,
        operation=request.operation,
        request_id=wire.request_id(response),
    )


def read_one(reader: Reader[T], request: Request, response: Response) -> T:
    """Give the one thing of an answer."""
    return read_with(reader.one, request, response)


def read_page(
    reader: Reader[T], request: Request, response: Response, position: str | None, page_size: int
) -> Slice[T]:
    """Give the slice of a list that a paged answer holds."""
    items = read_with(reader.many, request, response)
    links = parse_links(response.headers.get_all("link"))
    return wire.PAGES.slice(items, position, page_size, total=wire.total(response), links=links)
