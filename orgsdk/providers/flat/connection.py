"""The way to Flat: one transport at the origin, and the path under which the API stands there."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

from orgsdk.errors import NotFoundError
from orgsdk.providers.flat import requests
from orgsdk.providers.http.adoption import create_or_adopt
from orgsdk.providers.http.responses import read_response
from orgsdk.transport import parse_links

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.pagination import Slice
    from orgsdk.transport import Request, Response, Transport

T = TypeVar("T")

_API_PATH = "/v2"
_ID_IN_PATH = re.compile(r"/[0-9A-Fa-f]{24}")


def split_base_url(base_url: str) -> tuple[str, str]:
    """Give the origin and the path of the API's address.

    Tokens are bought beside the API's path, not under it: `https://api.flat.io/oauth/access_token` (official
    document, securitySchemes).
    """
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}", parts.path


@dataclass(frozen=True, slots=True)
class FlatConnection:
    """Send requests and read their answers; `root` is the path of the API, such as `/v2`."""

    transport: Transport
    root: str

    async def send(self, request: Request) -> Response:
        """Give Flat's successful answer to `request`, or raise what the transport raises."""
        try:
            return await self.transport.send(replace(request, path=self.root + request.path))
        except NotFoundError as error:
            # What has no id in its path is there wherever the API is.
            if not self.root.endswith(_API_PATH) and not _ID_IN_PATH.search(request.path):
                error.add_note(
                    f"is the address right? Flat's ends in {_API_PATH}, and this one in {self.root or 'no path'}"
                )
            raise

    async def read(self, request: Request, reader: Callable[[bytes], T]) -> T:
        """Give what `reader` makes of the answer's body; raises `DecodeError` where it cannot."""
        response = await self.send(request)
        return read_response(reader, response.content, provider=requests.NAME, operation=request.operation)

    async def read_page(self, request: Request, reader: Callable[[bytes], list[T]]) -> Slice[T]:
        """Give the page that is the answer's body, with the positions that its `Link` header names."""
        response = await self.send(request)
        found = read_response(reader, response.content, provider=requests.NAME, operation=request.operation)
        return requests.CURSORS.slice(found, parse_links(response.headers.get_all("link")))

    async def create_or_adopt(
        self,
        request: Request,
        reader: Callable[[bytes], T],
        *,
        look_up: Callable[[], Awaitable[T | None]] | None = None,
        unique: bool = True,
    ) -> tuple[T, bool]:
        """Give what was made, and whether it was found by `look_up` after the answer was lost.

        `unique` tells that Flat refuses a second one, so that one which is not found may be made again.

        Raises `OutcomeUnknownError` where the answer was lost and nothing tells the outcome.
        """
        return await create_or_adopt(
            lambda: self.read(request, reader),
            look_up,
            provider=requests.NAME,
            operation=request.operation,
            unique=unique,
        )
