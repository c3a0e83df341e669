"""Organizations: the resource that lists and changes them, and the handle of one organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import UNSET, Capability, OrganizationChanges, OrganizationDraft, OrganizationQuery, Unset
from orgsdk.pagination import Paginator
from orgsdk.resources.accounts import Accounts
from orgsdk.resources.base import Resource
from orgsdk.resources.invitations import Invitations
from orgsdk.resources.roles import Roles
from orgsdk.resources.users import Users
from orgsdk.resources.validation import check_filter, check_id, check_text

if TYPE_CHECKING:
    from orgsdk.domain import Organization, UnsetType
    from orgsdk.providers.base import Provider


class Organizations(Resource):
    """Work with the organizations that the credentials reach."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def list(
        self,
        *,
        query: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
        complete: bool = False,
    ) -> Paginator[Organization]:
        """List organizations; nothing is requested until the paginator is iterated or awaited.

        `query` narrows to names and ids that contain it. `page_size` is 1 to the provider's largest, which is
        the default. `cursor` resumes at a page's `next_cursor` or `previous_cursor`. `max_pages` and `complete` are as
        for users.

        Raises `UnsupportedError`, `InvalidArgumentError` and `InvalidCursorError`, at once. Iterating raises
        `PaginationError` where the list cannot be what the provider says.

        Source: Logto `ListOrganizations`, Flat `getAuthenticatedUser` (the token's own organization alone).
        """
        self._provider.require(Capability.ORGANIZATIONS_LIST)
        if query:
            self._provider.require(Capability.ORGANIZATIONS_QUERY)
        listing = self._provider.organizations.list(
            OrganizationQuery(query=check_filter(query, "query"), complete=complete)
        )
        return Paginator(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def get(self, organization_id: str) -> Organization:
        """Give one organization.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError` where there is none of that id.

        Source: Logto `GetOrganization`, Flat `getAuthenticatedUser`.
        """
        self._provider.require(Capability.ORGANIZATIONS_GET)
        return await self._provider.organizations.get(check_id(organization_id, "organization id"))

    async def create(self, name: str, *, description: str | None = None) -> Organization:
        """Make an organization. Names need not be unique: a second call makes a second one.

        Raises `UnsupportedError`, `InvalidArgumentError` for an empty name, and `UnprocessableError` or
        `BadRequestError` for what the provider refuses.

        Source: Logto `CreateOrganization`.
        """
        self._provider.require(Capability.ORGANIZATIONS_CREATE)
        draft = OrganizationDraft(name=check_text(name, "organization's name"), description=description)
        return await self._provider.organizations.create(draft)

    async def update(
        self, organization_id: str, *, name: str | UnsetType = UNSET, description: str | UnsetType | None = UNSET
    ) -> Organization:
        """Change what is given and leave the rest; None clears a description. Gives the organization as it is now.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Logto `UpdateOrganization`.
        """
        self._provider.require(Capability.ORGANIZATIONS_UPDATE)
        if not isinstance(name, Unset):
            check_text(name, "organization's name")
        changes = OrganizationChanges(name=name, description=description)
        return await self._provider.organizations.update(check_id(organization_id, "organization id"), changes)

    async def remove(self, organization_id: str) -> None:
        """Delete an organization with its memberships and invitations, for good. Accounts stay.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Logto `DeleteOrganization`.
        """
        self._provider.require(Capability.ORGANIZATIONS_REMOVE)
        await self._provider.organizations.remove(check_id(organization_id, "organization id"))


class OrganizationHandle:
    """Hold on to one organization: its `users` and its `invitations`. Making one sends no request."""

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self._provider = provider
        self.id = organization_id
        """The organization's id, None where it is the credentials' own."""
        self.users: Users = Users(provider, organization_id)
        """The members of the organization."""

    @property
    def provider(self) -> Provider:
        """Give the provider that keeps the organization."""
        return self._provider

    @property
    def invitations(self) -> Invitations:
        """Give the organization's invitations.

        Raises `UnsupportedError` where the provider has none.
        """
        self._provider.require(Capability.INVITATIONS_LIST)
        return Invitations(self._provider, self.id)

    @property
    def accounts(self) -> Accounts:
        """Return every account of the tenant that the organization belongs to, as `OrgClient.accounts` does.

        Raises:
            UnsupportedError: The provider has no accounts outside organizations (Flat).
        """
        self._provider.require(Capability.ACCOUNTS_LIST)
        return Accounts(self._provider)

    @property
    def roles(self) -> Roles:
        """Return the roles that members of the organization can hold."""
        return Roles(self._provider)

    def __repr__(self) -> str:
        return f"OrganizationHandle({'' if self.id is None else repr(self.id)})"
