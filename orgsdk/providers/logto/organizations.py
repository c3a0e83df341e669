"""The organizations of a Logto tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.logto import records, wire
from orgsdk.providers.logto.reading import paged, read_one

if TYPE_CHECKING:
    from orgsdk.domain import Organization, OrganizationQuery
    from orgsdk.pagination import Listing
    from orgsdk.transport import Request, Transport


class LogtoOrganizations(OrganizationOperations):
    """Read organizations."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe `ListOrganizations`, which keeps no order from page to page while rows change."""

        async def ask(position: str | None, page_size: int) -> Request:
            return wire.list_organizations(query.query, position, page_size)

        return paged(self._transport, records.organizations, name="organizations.list", scope=(query.query,), ask=ask)

    async def get(self, organization_id: str) -> Organization:
        """Give one by `GetOrganization`."""
        request = wire.get_organization(organization_id)
        return read_one(records.organizations, request, await self._transport.send(request))
