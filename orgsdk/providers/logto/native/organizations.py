"""Logto's operations on organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import wire
from orgsdk.providers.logto.models import ModelReader, Organization
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from orgsdk.pagination import Paginator
    from orgsdk.providers.logto.models import CreateOrganization, UpdateOrganization

_READER = ModelReader(Organization)


class OrganizationsAPI(NativeOperations):
    """Work with organizations."""

    def list_organizations(
        self,
        *,
        q: str | None = None,
        show_featured: bool = False,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[Organization]:
        """List the tenant's organizations, which Logto keeps in no order from page to page.

        `q` narrows to those whose name or id contains it; `%` and `_` in it stand for anything. `show_featured`
        adds `users_count` and 3 `featured_users` at most. `page_size` is 1 to 100, which is the default; `cursor`
        resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` for the page size and `InvalidCursorError`, at once.

        Source: `ListOrganizations`.

        Example: `async for organization in client.native.list_organizations(show_featured=True): ...`
        """
        return self._paged(
            _READER,
            lambda position, size: wire.organizations.list_organizations(
                q, position, size, show_featured=show_featured
            ),
            page_size,
            cursor,
        )

    async def create_organization(self, organization: CreateOrganization) -> Organization:
        """Make an organization and give it.

        Names are not unique, and a lost answer leaves its error: `client.organizations.create` finds what was made.

        Raises `BadRequestError` for what Logto finds invalid.

        Source: `CreateOrganization`.

        Example: `await client.native.create_organization(CreateOrganization(name="Band"))`
        """
        return await self._connection.one(_READER, wire.organizations.create_organization(organization))

    async def get_organization(self, organization_id: str) -> Organization:
        """Give one organization.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetOrganization`.
        """
        return await self._connection.one(_READER, wire.organizations.get_organization(organization_id))

    async def update_organization(self, organization_id: str, *, changes: UpdateOrganization) -> Organization:
        """Change what `changes` sets and give the organization; custom data is replaced as a whole.

        Raises `NotFoundError`, `BadRequestError` for what Logto finds invalid, and `UnprocessableError` where
        `changes` sets nothing.

        Source: `UpdateOrganization`.
        """
        return await self._connection.one(_READER, wire.organizations.update_organization(organization_id, changes))

    async def delete_organization(self, organization_id: str) -> None:
        """Delete an organization with its memberships and invitations, for good.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteOrganization`.
        """
        await self._connection.send(wire.organizations.delete_organization(organization_id))
