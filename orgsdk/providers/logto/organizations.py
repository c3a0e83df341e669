"""Organizations of a Logto tenant, and adoption of an organization after a lost create."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.pagination import Paginator
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.http.creation import create_or_adopt_marked
from orgsdk.providers.http.operations import HTTPOperations
from orgsdk.providers.logto import models, requests
from orgsdk.providers.logto.lists import describe_list
from orgsdk.providers.logto.records import organization_reader

if TYPE_CHECKING:
    from orgsdk.domain import Organization, OrganizationChanges, OrganizationDraft, OrganizationQuery
    from orgsdk.pagination import Listing
    from orgsdk.transport import Request

# A new organization has a random id under this key in its custom data. Names are not unique and Logto has no
# idempotency key, so only this id identifies an organization whose create was lost.
CREATION_MARK = "orgsdkCreation"


class LogtoOrganizations(HTTPOperations, OrganizationOperations):
    """Operations on organizations."""

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe `ListOrganizations`, which has no fixed order while organizations change."""
        return self._listing(requests.escape_like(query.query), query.query, complete=query.complete)

    async def get(self, organization_id: str) -> Organization:
        """Return one organization by `GetOrganization`."""
        request = requests.organizations.get_organization(organization_id)
        return await self._connection.read_one(request, organization_reader)

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Create an organization by `CreateOrganization`, or adopt it by its mark after a lost response.

        A second create is never sent, because Logto would not refuse it.
        """
        bounded = self._within_timeout()
        described = {} if draft.description is None else {"description": draft.description}

        def build_request(mark: str) -> Request:
            fields = {"name": draft.name, "custom_data": {CREATION_MARK: mark}} | described
            return requests.organizations.create_organization(build_body(models.CreateOrganization, None, fields))

        def candidates() -> Paginator[Organization]:
            return Paginator(bounded._listing(requests.search_text(draft.name), draft.name, complete=True))

        return await create_or_adopt_marked(
            bounded._connection, build_request, organization_reader, candidates, "customData", CREATION_MARK
        )

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Update an organization by `UpdateOrganization`. Without a change it is read: Logto refuses an empty PATCH."""
        values = {"name": changes.name, "description": changes.description}
        fields = {name: value for name, value in values.items() if not isinstance(value, Unset)}
        if not fields:
            return await self.get(organization_id)
        request = requests.organizations.update_organization(
            organization_id, build_body(models.UpdateOrganization, None, fields)
        )
        return await self._connection.read_one(request, organization_reader)

    async def remove(self, organization_id: str) -> None:
        """Delete an organization by `DeleteOrganization`, with its members and invitations."""
        await self._connection.send(requests.organizations.delete_organization(organization_id))

    def _listing(self, q: str | None, query: str | None, *, complete: bool) -> Listing[Organization]:
        fetch = self._connection.fetcher(
            lambda position, size: requests.organizations.list_organizations(q, position, size),
            organization_reader,
            requests.PAGING,
        )
        return describe_list(fetch, name="organizations.list", scope=(query,), complete=complete)
