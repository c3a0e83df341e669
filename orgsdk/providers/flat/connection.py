"""Connection to Flat (send, decode, read a page, create or adopt, rate limit), and the base of its operations."""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, TypeVar
from urllib.parse import urlsplit

from anyio import Lock
from pydantic import ConfigDict, Field, TypeAdapter

from orgsdk.errors import NotFoundError
from orgsdk.pagination import Listing
from orgsdk.providers.flat import records, requests
from orgsdk.providers.http.adoption import create_or_adopt
from orgsdk.providers.http.responses import ArrayReader, read_page_items, read_response
from orgsdk.responses import RateLimit
from orgsdk.transport import Transport, parse_epoch_seconds, parse_links

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from typing import Self

    from pydantic import SecretStr

    from orgsdk.pagination import Slice
    from orgsdk.transport import Request, Response

T = TypeVar("T")

_API_PATH = "/v2"
_ID_IN_PATH = re.compile(r"/[0-9A-Fa-f]{24}")
_COUNT: TypeAdapter[int] = TypeAdapter(
    Annotated[int, Field(ge=0, lt=10**15)],
    config=ConfigDict(defer_build=True),  # built on first use, to keep the import light
)


def split_base_url(base_url: str) -> tuple[str, str]:
    """Return the origin and the path of the API's base URL.

    Tokens are fetched at the origin, outside the API's path: `https://api.flat.io/oauth/access_token` (official
    document, securitySchemes).
    """
    parts = urlsplit(base_url)
    return f"{parts.scheme}://{parts.netloc}", parts.path


@dataclass(frozen=True, slots=True)
class FlatConnection:
    """Send requests through a transport and decode the responses.

    `root` is the API's path, such as `/v2`. `tenant_key` signs the cursors of native lists.
    """

    transport: Transport
    root: str
    tenant_key: bytes = field(repr=False)

    def within_timeout(self) -> FlatConnection:
        """Return a connection whose requests share one timeout, which starts now."""
        return replace(self, transport=self.transport.within_timeout())

    def holding(self, secret: SecretStr | None) -> FlatConnection:
        """Return a connection whose errors do not show a secret that an earlier request of the method sent."""
        return replace(self, transport=self.transport.holding(secret))

    async def send(self, request: Request) -> Response:
        """Return the successful response to `request`; raise what the transport raises."""
        try:
            return await self.transport.send(replace(request, path=self.root + request.path))
        except NotFoundError as error:
            # A path without an id exists at every correct base URL.
            if not self.root.endswith(_API_PATH) and not _ID_IN_PATH.search(request.path):
                error.add_note(
                    f"Check the base URL: the path of Flat's API ends in {_API_PATH}, "
                    f"this one has {self.root or 'no path'}."
                )
            raise

    async def read(self, request: Request, decoder: Callable[[bytes], T]) -> T:
        """Return the decoded response body; raise `DecodeError` if it is not as documented."""
        response = await self.send(request)
        return read_response(decoder, response.content, provider=requests.NAME, operation=request.operation)

    async def read_page(self, request: Request, decoder: ArrayReader[T], page_size: int) -> Slice[T]:
        """Return one page: the decoded items, and the cursors from the `Link` header."""
        response = await self.send(request)
        items = read_page_items(
            decoder, response.content, page_size, provider=requests.NAME, operation=request.operation
        )
        return requests.CURSORS.slice(items, parse_links(response.headers.get_all("link")))

    async def read_count(self, request: Request) -> int:
        """Return the count in the response, a bare JSON integer (facts/flat.md, Operations)."""
        return await self.read(request, _decode_count)

    async def create_or_adopt(
        self,
        request: Request,
        decoder: Callable[[bytes], T],
        *,
        look_up: Callable[[], Awaitable[T | None]] | None = None,
        unique: bool = True,
    ) -> tuple[T, bool]:
        """Return what was created, and whether `look_up` found it after the response was lost.

        `unique`: Flat refuses a second one, so the request may be sent again if the lookup finds nothing. Raises
        `OutcomeUnknownError` if the response was lost and the outcome cannot be determined.
        """
        return await create_or_adopt(
            lambda: self.read(request, decoder),
            look_up,
            provider=requests.NAME,
            operation=request.operation,
            unique=unique,
        )


def _decode_count(content: bytes) -> int:
    return _COUNT.validate_json(content, strict=True)


def read_rate_limit(response: Response) -> RateLimit | None:
    """Read the rate limit from the headers of any response (facts/flat.md, Rate limit)."""
    header = response.headers.get
    limit, remaining = _integer_or_none(header("x-ratelimit-limit")), _integer_or_none(header("x-ratelimit-remaining"))
    resets_at = parse_epoch_seconds(header("x-ratelimit-reset"))
    if limit is None and remaining is None and resets_at is None:
        return None
    return RateLimit(limit=limit, remaining=remaining, resets_at=resets_at)


def _integer_or_none(value: str | None) -> int | None:
    # `remaining` can be negative.
    return int(value) if value is not None and re.fullmatch(r"-?[0-9]{1,12}", value) else None


def describe_list(
    name: str,
    scope: tuple[str | None, ...],
    fetch: Callable[[str | None, int], Awaitable[Slice[T]]],
    *,
    keep: Callable[[T], bool] | None = None,
    count: Callable[[], Awaitable[int]] | None = None,
) -> Listing[T]:
    """Describe the list `name`: `scope` has the filters that Flat applies, `keep` applies the others here."""
    return Listing(
        provider=requests.NAME,
        name=name,
        scope=scope,
        max_page_size=requests.MAX_PAGE_SIZE,
        fetch=fetch,
        keep=keep,
        count=count,
    )


class TokenAccount:
    """The account that the token belongs to, requested once: a token cannot change its organization."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._account: records.FlatAccount | None = None

    async def get(self, connection: FlatConnection) -> records.FlatAccount:
        """Return the account, by `GET /me`."""
        # First: a lock is of one event loop.
        connection.transport.check_usable("get_authenticated_user")
        # The lock lets one request serve all concurrent callers.
        async with self._lock:
            if self._account is None:
                request = requests.get_authenticated_user()
                self._account = await connection.read(request, records.account_reader.one)
            return self._account

    async def check_organization(self, connection: FlatConnection, organization_id: str) -> None:
        """Raise `NotFoundError` unless the id is that of the token's own organization."""
        requests.IDS.check(organization_id, "organization id")
        if (await self.get(connection)).organization_id != organization_id:
            raise NotFoundError(
                f"The token does not belong to organization {organization_id}: a Flat token reaches only its own "
                "organization. Use a token of that organization.",
                provider=requests.NAME,
                operation="get_authenticated_user",
            )


class FlatOperations:
    """Base class of operations on one organization; `organization_id` is None for the token's own."""

    def __init__(self, connection: FlatConnection, account: TokenAccount, organization_id: str | None) -> None:
        self._connection = connection
        self._account = account
        self._organization_id = organization_id

    def _within_timeout(self) -> Self:
        """Return these operations with one timeout for all of their requests, which starts now."""
        other = copy.copy(self)
        other._connection = self._connection.within_timeout()
        return other

    async def _check_organization(self) -> None:
        if self._organization_id is not None:
            await self._account.check_organization(self._connection, self._organization_id)
