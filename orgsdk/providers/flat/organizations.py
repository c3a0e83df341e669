"""The token's own organization, the only one that a Flat token reaches, and the base of the operations on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import Lock

from orgsdk.domain import Organization
from orgsdk.errors import NotFoundError
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.flat import records, requests
from orgsdk.providers.http.list_checks import fetch_whole
from orgsdk.providers.http.lists import describe_list
from orgsdk.providers.http.operations import HTTPOperations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import OrganizationQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.http.connection import HTTPConnection


class TokenAccount:
    """The account that the token belongs to, requested once: a token cannot change its organization."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._account: records.FlatAccount | None = None

    async def get(self, connection: HTTPConnection) -> records.FlatAccount:
        """Return the account, by `GET /me`."""
        # First: a lock is of one event loop.
        connection.transport.check_usable("get_authenticated_user")
        # The lock lets one request serve all concurrent callers.
        async with self._lock:
            if self._account is None:
                self._account = await connection.read_one(requests.get_authenticated_user(), records.account_reader)
            return self._account

    async def check_organization(self, connection: HTTPConnection, organization_id: str) -> None:
        """Raise `NotFoundError` unless the id is that of the token's own organization."""
        requests.IDS.check(organization_id, "organization id")
        if (await self.get(connection)).organization_id != organization_id:
            raise NotFoundError(
                f"The token does not belong to organization {organization_id}: a Flat token reaches only its own "
                "organization. Use a token of that organization.",
                provider=requests.NAME,
                operation="get_authenticated_user",
            )


class FlatOperations(HTTPOperations):
    """Base class of operations on one organization; `organization_id` is None for the token's own."""

    def __init__(self, connection: HTTPConnection, account: TokenAccount, organization_id: str | None) -> None:
        super().__init__(connection)
        self._account = account
        self._organization_id = organization_id

    async def _check_organization(self) -> None:
        if self._organization_id is not None:
            await self._account.check_organization(self._connection, self._organization_id)


class FlatOrganizations(HTTPOperations, OrganizationOperations):
    """Read the token's organization from `GET /me`."""

    def __init__(self, connection: HTTPConnection, account: TokenAccount) -> None:
        super().__init__(connection)
        self._account = account

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of one item: the token's own organization."""

        async def read() -> Sequence[Organization]:
            own = (await self._account.get(self._connection)).organization_id
            return [Organization(id=own)] if own is not None else []

        return describe_list(
            provider=requests.NAME,
            name="organizations.list",
            scope=(),
            max_page_size=requests.MAX_PAGE_SIZE,
            fetch=fetch_whole(read),
        )

    async def get(self, organization_id: str) -> Organization:
        """Return the token's own organization; raise `NotFoundError` for any other id."""
        await self._account.check_organization(self._connection, organization_id)
        return Organization(id=organization_id)
