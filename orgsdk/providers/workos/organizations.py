"""Organizations of an environment. A new one has a random id in its metadata, by which a lost create is found."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orgsdk.domain import Unset
from orgsdk.providers.http import BodyReader, MarkedOrganizations
from orgsdk.providers.workos import models
from orgsdk.providers.workos.base import WorkOSOperations
from orgsdk.providers.workos.native.routes import REQUESTS
from orgsdk.providers.workos.records import organization_reader

if TYPE_CHECKING:
    from orgsdk.domain import Organization, OrganizationChanges, OrganizationDraft
    from orgsdk.transport import Request

CREATION_MARK = "orgsdk_creation"


class WorkOSOrganizations(WorkOSOperations, MarkedOrganizations):
    """Operations on organizations."""

    _reader: ClassVar[BodyReader[Organization]] = organization_reader
    _mark: ClassVar[tuple[str, str]] = ("metadata", CREATION_MARK)
    _filters_again: ClassVar[bool] = True  # an emulator ignores the search

    def _list_request(
        self, position: str | None, page_size: int, *, query: str | None = None, complete: bool = False
    ) -> Request:
        return self._page("list_organizations", position, page_size, ("search", query), complete=complete)

    def _get_request(self, organization_id: str) -> Request:
        return REQUESTS.build("get_organization", organization_id=organization_id)

    async def get(self, organization_id: str) -> Organization:
        """Return one organization."""
        return await self._get_organization(organization_id)

    def _create_request(self, draft: OrganizationDraft, mark: str) -> Request:
        body = models.CreateOrganization(name=draft.name, metadata={CREATION_MARK: mark})
        return REQUESTS.build("create_organization", body)

    def _update_request(self, organization_id: str, changes: OrganizationChanges) -> Request | None:
        if isinstance(changes.name, Unset):
            return None  # an empty PUT would emit an event
        body = models.UpdateOrganization(name=changes.name)
        return REQUESTS.build("update_organization", body, organization_id=organization_id)

    def _delete_request(self, organization_id: str) -> Request:
        return REQUESTS.build("delete_organization", organization_id=organization_id)
