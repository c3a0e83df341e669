"""Base of WorkOS' operations: requests by the document's names, and the error for an unknown organization."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from orgsdk.errors import NotFoundError
from orgsdk.providers.http import Filter, OrganizationScope, RoutedOperations, Routes
from orgsdk.providers.workos.native.routes import REQUESTS
from orgsdk.providers.workos.records import organization_reader

if TYPE_CHECKING:
    from orgsdk.domain import Organization

# Of memberships. The default is active ones alone. A pending one belongs to an invitation: its user is no member yet.
STATUSES = ("statuses", "active,inactive")


class WorkOSOperations(RoutedOperations):
    """Base of the operations."""

    _routes: ClassVar[Routes] = REQUESTS

    async def _get_organization(self, organization_id: str) -> Organization:
        """Return an organization. WorkOS' own 404 does not name the usual reason."""
        try:
            return await self._one(organization_reader, "get_organization", organization_id=organization_id)
        except NotFoundError as error:
            error.message = (
                f"organization {organization_id} does not exist in the environment of this API key. Check the id, or "
                "use a key of the organization's environment."
            )
            raise


class WorkOSOrganizationScope(WorkOSOperations, OrganizationScope):
    """Base of the operations on one organization."""

    @property
    def _own(self) -> Filter:
        return ("organization_id", self._organization_id)

    async def _check_organization(self) -> None:
        await self._get_organization(self._organization_id)
