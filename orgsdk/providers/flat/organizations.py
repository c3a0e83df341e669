"""The token's own organization: the only one that a Flat token reaches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Organization
from orgsdk.pagination import SinglePage, Slice
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.flat.connection import describe_list

if TYPE_CHECKING:
    from orgsdk.domain import OrganizationQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.flat.connection import FlatConnection, TokenAccount


class FlatOrganizations(OrganizationOperations):
    """Read the token's organization from `GET /me`."""

    def __init__(self, connection: FlatConnection, account: TokenAccount) -> None:
        self._connection = connection
        self._account = account

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of one item: the token's own organization."""
        single = SinglePage()

        async def fetch(position: str | None, page_size: int) -> Slice[Organization]:
            single.parameters(position)
            own = (await self._account.get(self._connection)).organization_id
            return single.slice([Organization(id=own)] if own is not None else [])

        return describe_list("organizations.list", (), fetch)

    async def get(self, organization_id: str) -> Organization:
        """Return the token's own organization; raise `NotFoundError` for any other id."""
        await self._account.check_organization(self._connection, organization_id)
        return Organization(id=organization_id)
