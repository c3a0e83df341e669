"""The one organization that a Flat token reaches: its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import Lock

from orgsdk.domain import Organization
from orgsdk.errors import NotFoundError
from orgsdk.pagination import SinglePage, Slice
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.flat import records, requests
from orgsdk.providers.flat.operations import describe_list

if TYPE_CHECKING:
    from orgsdk.domain import OrganizationQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.flat.connection import FlatConnection


class TokenAccount:
    """Remember the token's account, read once: a token cannot change its organization."""

    def __init__(self) -> None:
        self.lock: Lock = Lock()
        self.account: records.FlatAccount | None = None


class FlatOrganizations(OrganizationOperations):
    """Read the token's organization from `GET /me`."""

    def __init__(self, connection: FlatConnection, own: TokenAccount) -> None:
        self._connection = connection
        self._own = own

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of one: the token's own organization."""
        single = SinglePage()

        async def fetch(position: str | None, page_size: int) -> Slice[Organization]:
            single.parameters(position)
            own = (await self.token_account()).organization_id
            return single.slice([Organization(id=own)] if own is not None else [])

        return describe_list("organizations.list", (), fetch)

    async def get(self, organization_id: str) -> Organization:
        """Give the token's own organization where the id is its; no other can be reached."""
        requests.IDS.check(organization_id, "organization id")
        if (await self.token_account()).organization_id != organization_id:
            raise NotFoundError(
                f"the token does not belong to organization {organization_id}: Flat reaches the token's own alone.",
                provider=requests.NAME,
                operation="get_authenticated_user",
            )
        return Organization(id=organization_id)

    async def check(self, organization_id: str | None) -> None:
        """Raise `NotFoundError` unless the id is that of the token's organization, or None, which stands for it."""
        if organization_id is not None:
            await self.get(organization_id)

    async def token_account(self) -> records.FlatAccount:
        """Give the token's account."""
        # Behind the lock, so that one request answers all who ask at once.
        async with self._own.lock:
            if self._own.account is None:
                self._own.account = await self._connection.read(
                    requests.get_authenticated_user(), records.account_reader.one
                )
            return self._own.account
