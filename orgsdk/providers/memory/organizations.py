"""Organizations in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.memory import rows
from orgsdk.providers.memory.operations import MemoryOperations, read_row
from orgsdk.providers.memory.rows import OrganizationRow
from orgsdk.providers.memory.store import IDS

if TYPE_CHECKING:
    from orgsdk.domain import Organization, OrganizationChanges, OrganizationDraft, OrganizationQuery
    from orgsdk.pagination import Listing


class MemoryOrganizations(MemoryOperations, OrganizationOperations):
    """Operations on organizations in memory."""

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of the organizations whose name or id contains the query, oldest first."""
        wanted = (query.query or "").casefold()

        def found() -> list[OrganizationRow]:
            return [row for row in self._store.organizations.values() if wanted in f"{row.id}\n{row.name}".casefold()]

        return self._listing(
            "organizations.list", (query.query,), found, OrganizationRow.wire, rows.ORGANIZATION_READER
        )

    async def get(self, organization_id: str) -> Organization:
        """Return one organization."""
        IDS.check(organization_id, "organization id")
        operation = "organizations.get"
        return await self._call(operation, lambda: _record(self._store.organization(organization_id, operation)))

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Create an organization. Names need not be unique."""

        def work() -> Organization:
            return _record(self._store.new_organization(draft.name, draft.description))

        return await self._call("organizations.create", work)

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Update an organization."""
        IDS.check(organization_id, "organization id")

        def work() -> Organization:
            row = self._store.organization(organization_id, "organizations.update")
            if not isinstance(changes.name, Unset):
                row.name = changes.name
            if not isinstance(changes.description, Unset):
                row.description = changes.description
            return _record(row)

        return await self._call("organizations.update", work)

    async def remove(self, organization_id: str) -> None:
        """Delete an organization, its memberships and its invitations, but no accounts."""
        IDS.check(organization_id, "organization id")

        def work() -> None:
            del self._store.organizations[self._store.organization(organization_id, "organizations.remove").id]

        await self._call("organizations.remove", work)


def _record(row: OrganizationRow) -> Organization:
    return read_row(rows.ORGANIZATION_READER, row.wire())
