"""Organizations of an environment, and adoption of an organization after a lost create."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from orgsdk.domain import OrganizationQuery, Unset
from orgsdk.pagination import Paginator
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.workos.lists import WorkOSOperations
from orgsdk.providers.workos.models import CreateOrganization, UpdateOrganization
from orgsdk.providers.workos.native.routes import build
from orgsdk.providers.workos.records import organization_reader

if TYPE_CHECKING:
    from orgsdk.domain import Organization, OrganizationChanges, OrganizationDraft
    from orgsdk.pagination import Listing

# A new organization has a random id under this key in its metadata. Names are not unique, and WorkOS promises nothing
# for an idempotency key, so only this id identifies an organization whose create was lost.
CREATION_MARK = "orgsdk_creation"


class WorkOSOrganizations(WorkOSOperations, OrganizationOperations):
    """Operations on organizations."""

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list by `search`, whose result is filtered again: an emulator ignores it."""
        text = (query.query or "").casefold()
        return self._listing(
            "organizations.list",
            (query.query,),
            self._fetcher(
                organization_reader, "list_organizations", ("search", query.query or None), complete=query.complete
            ),
            keep=lambda each: text in (each.name or "").casefold() or text in each.id.casefold(),
            complete=query.complete,
        )

    async def get(self, organization_id: str) -> Organization:
        """Return one organization."""
        return await self._get_organization(organization_id)

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Create an organization, or adopt it by its mark after a lost response. A second one is never created."""
        mark = secrets.token_hex(8)
        body = CreateOrganization(name=draft.name, metadata={CREATION_MARK: mark})
        bounded = self._within_timeout()

        async def look_up() -> Organization | None:
            async for found in Paginator(bounded.list(OrganizationQuery(query=draft.name, complete=True))):
                metadata = found.raw.get("metadata")
                if isinstance(metadata, dict) and metadata.get(CREATION_MARK) == mark:
                    return found
            return None

        request = build("create_organization", body)
        return await bounded._connection.create_or_adopt(request, organization_reader, look_up, unique=False)

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Rename an organization. Without a change it is read: an empty PUT would emit an event."""
        if isinstance(changes.name, Unset):
            return await self.get(organization_id)
        body = UpdateOrganization(name=changes.name)
        return await self._one(organization_reader, "update_organization", body, organization_id=organization_id)

    async def remove(self, organization_id: str) -> None:
        """Delete an organization with its memberships. Its users stay, and its invitations can be read."""
        await self._send("delete_organization", organization_id=organization_id)
