"""Base class of Flat's operations, the check of the organization id, and the description of its lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from anyio import Lock

from orgsdk.errors import NotFoundError
from orgsdk.pagination import Listing
from orgsdk.providers.flat import records, requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.pagination import Slice
    from orgsdk.providers.flat.connection import FlatConnection

T = TypeVar("T")


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

    async def _check_organization(self) -> None:
        if self._organization_id is not None:
            await self._account.check_organization(self._connection, self._organization_id)
