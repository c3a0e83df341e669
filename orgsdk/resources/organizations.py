"""Organizations: the resource that lists and changes them, and the handle of one organization."""

from __future__ import annotations

from orgsdk._known_names import KnownNames
from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import check_flag
from orgsdk.domain import (
    UNSET,
    Capability,
    Organization,
    OrganizationChanges,
    OrganizationDraft,
    OrganizationQuery,
    Unset,
    UnsetType,
)
from orgsdk.pagination import Paginator
from orgsdk.providers.base import Provider
from orgsdk.resources.accounts import Accounts
from orgsdk.resources.base import Resource, check_filter
from orgsdk.resources.invitations import Invitations
from orgsdk.resources.roles import Roles
from orgsdk.resources.users import Users
from orgsdk.resources.validation import check_id, check_optional_text, check_text


class Organizations(Resource):
    """The organizations that the credentials can access: list, create, change and delete them.

    Args:
        provider: The provider.
    """

    def __init__(self, provider: Provider) -> None:
        super().__init__(provider)

    def list(
        self,
        *,
        query: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
        complete: bool = False,
    ) -> Paginator[Organization]:
        """List organizations. No request is sent until the paginator is iterated or awaited.

        Args:
            query: Only organizations whose name or id contains this text.
            page_size: Items per page, from 1 to the provider's maximum, which is the default.
            cursor: The ``next_cursor`` or ``previous_cursor`` of a page of the same list, to continue there.
            max_pages: Raise `PaginationError` instead of requesting more pages than this.
            complete: Yield each organization exactly once, although pages may shift. See `Users.list`.

        Returns:
            The paginator.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks a filter.
            InvalidArgumentError: An argument is invalid.
            InvalidCursorError: The cursor is not one of this list.

        Source: Logto `ListOrganizations`, Flat `getAuthenticatedUser` (only the token's own organization).
        """
        self._provider.require(Capability.ORGANIZATIONS_LIST)
        if query:
            self._provider.require(Capability.ORGANIZATIONS_QUERY)
        check_flag("complete", complete)
        listing = self._provider.organizations.list(
            OrganizationQuery(query=check_filter(query, "query"), complete=complete)
        )
        return self._paginate(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def get(self, organization_id: str) -> Organization:
        """Return one organization.

        Args:
            organization_id: The organization's id.

        Returns:
            The organization.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such organization.

        Source: Logto `GetOrganization`, Flat `getAuthenticatedUser`.
        """
        self._provider.require(Capability.ORGANIZATIONS_GET)
        return await self._provider.organizations.get(check_id(organization_id, "organization id"))

    async def create(self, name: str, *, description: str | None = None) -> Organization:
        """Create an organization. Names need not be unique: a second call creates a second organization.

        Args:
            name: The display name.
            description: A description.

        Returns:
            The organization as the provider stores it.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks the description.
            InvalidArgumentError: The name is empty.
            UnprocessableError: The provider rejected a value.
            BadRequestError: The provider rejected a value.

        Source: Logto `CreateOrganization`.
        """
        self._provider.require(Capability.ORGANIZATIONS_CREATE)
        draft = OrganizationDraft(
            name=check_text(name, "organization's name"), description=check_optional_text(description, "description")
        )
        if draft.description is not None:
            self._provider.require(Capability.ORGANIZATIONS_DESCRIPTION)
        return await self._provider.organizations.create(draft)

    async def update(
        self, organization_id: str, *, name: str | UnsetType = UNSET, description: str | UnsetType | None = UNSET
    ) -> Organization:
        """Change the given fields of an organization and leave the others unchanged.

        Args:
            organization_id: The organization's id.
            name: The new display name.
            description: The new description. None clears it.

        Returns:
            The organization after the change.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks the description.
            InvalidArgumentError: The id is invalid, or the name is empty.
            NotFoundError: No such organization.

        Source: Logto `UpdateOrganization`.
        """
        self._provider.require(Capability.ORGANIZATIONS_UPDATE)
        if not isinstance(name, Unset):
            check_text(name, "organization's name")
        changes = OrganizationChanges(name=name, description=check_optional_text(description, "description"))
        if not isinstance(description, Unset):
            self._provider.require(Capability.ORGANIZATIONS_DESCRIPTION)
        return await self._provider.organizations.update(check_id(organization_id, "organization id"), changes)

    async def remove(self, organization_id: str) -> None:
        """Delete an organization with its memberships and invitations permanently. Accounts remain.

        Args:
            organization_id: The organization's id.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such organization.

        Source: Logto `DeleteOrganization`.
        """
        self._provider.require(Capability.ORGANIZATIONS_REMOVE)
        await self._provider.organizations.remove(check_id(organization_id, "organization id"))


class OrganizationHandle(KnownNames, Unpicklable):
    """One organization, with its users and invitations. Creating a handle sends no request.

    Args:
        provider: The provider that has the organization.
        organization_id: The organization's id. None for the organization of the credentials.
    """

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self._provider = provider
        self.id = organization_id
        """The organization's id. None for the organization of the credentials."""
        self.users: Users = Users(provider, organization_id)
        """The members of the organization."""

    @property
    def provider(self) -> Provider:
        """The provider that has the organization."""
        return self._provider

    @property
    def invitations(self) -> Invitations:
        """The invitations to the organization. Without invitations, its methods raise `UnsupportedError`."""
        return Invitations(self._provider, self.id)

    @property
    def accounts(self) -> Accounts:
        """Every account of the organization's tenant, as `OrgClient.accounts`."""
        return Accounts(self._provider)

    @property
    def roles(self) -> Roles:
        """The roles that members of the organization can have."""
        return Roles(self._provider)

    def __repr__(self) -> str:
        return f"OrganizationHandle({'' if self.id is None else repr(self.id)})"
