"""The organizations of a Logto tenant."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.domain.record import mark_adopted
from orgsdk.pagination import Paginator
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.logto import records, wire
from orgsdk.providers.logto.lists import walked
from orgsdk.providers.logto.lost import create_marked
from orgsdk.providers.logto.models import CreateOrganization, UpdateOrganization

if TYPE_CHECKING:
    from orgsdk.domain import Organization, OrganizationChanges, OrganizationDraft, OrganizationQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.logto.connection import Connection

# The key in an organization's custom data that holds a random id: names are not unique, and Logto knows no
# idempotency key, so that by nothing else can one be told whose creation was not answered.
MARK = "orgsdkCreation"


class LogtoOrganizations(OrganizationOperations):
    """Work with organizations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe `ListOrganizations`, which keeps no order from page to page while rows change."""
        return self._listing(wire.contains(query.query), query.query, complete=query.complete)

    async def get(self, organization_id: str) -> Organization:
        """Give one by `GetOrganization`."""
        request = wire.organizations.get_organization(organization_id)
        return await self._connection.one(records.organizations, request)

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Make one by `CreateOrganization`, with a mark in its custom data by which it is found if need be."""
        mark = secrets.token_hex(8)
        body = CreateOrganization.model_validate(
            {"name": draft.name, "custom_data": {MARK: mark}}
            | ({} if draft.description is None else {"description": draft.description})
        )
        request = wire.organizations.create_organization(body)

        async def create() -> Organization:
            return await self._connection.one(records.organizations, request)

        async def look_up() -> Organization | None:
            async for found in Paginator(self._listing(wire.loose(draft.name), draft.name, complete=True)):
                data = found.raw.get("customData")
                if isinstance(data, dict) and data.get(MARK) == mark:
                    return found
            return None

        organization, found = await create_marked(create, look_up, operation=request.operation)
        if found:
            mark_adopted(organization)
        return organization

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Change one by `UpdateOrganization`; with nothing to change it is read: Logto refuses an empty PATCH."""
        given = {"name": changes.name, "description": changes.description}
        fields = {name: value for name, value in given.items() if not isinstance(value, Unset)}
        if not fields:
            return await self.get(organization_id)
        request = wire.organizations.update_organization(organization_id, UpdateOrganization.model_validate(fields))
        return await self._connection.one(records.organizations, request)

    async def remove(self, organization_id: str) -> None:
        """Delete one by `DeleteOrganization`, its members and invitations with it."""
        await self._connection.send(wire.organizations.delete_organization(organization_id))

    def _listing(self, q: str | None, asked: str | None, *, complete: bool) -> Listing[Organization]:
        async def fetch(position: str | None, page_size: int) -> Slice[Organization]:
            request = wire.organizations.list_organizations(q, position, page_size)
            return await self._connection.page(records.organizations, request, position, page_size)

        return walked(fetch, name="organizations.list", scope=(asked,), complete=complete)
