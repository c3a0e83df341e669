"""The handles: what a caller says, checked and handed to the provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Capability, OrganizationQuery, RoleQuery, UserQuery
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator

if TYPE_CHECKING:
    from orgsdk.domain import Organization, Role, User
    from orgsdk.providers.base import Provider


class Organizations:
    """Work with the organizations that the credentials reach."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def list(
        self, *, query: str | None = None, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[Organization]:
        """List organizations; nothing is requested until the paginator is iterated or awaited.

        `query` narrows to names and ids that contain it. `page_size` is 1 to the provider's largest, which is
        the default. `cursor` resumes at a page's `next_cursor` or `previous_cursor`.

        Raises `UnsupportedError`, `InvalidArgumentError` for the page size and `InvalidCursorError`, at once.

        Source: Logto `ListOrganizations`, Flat `getAuthenticatedUser` (the token's own organization alone).
        """
        self._provider.require(Capability.ORGANIZATIONS_LIST)
        if query:
            self._provider.require(Capability.ORGANIZATIONS_QUERY)
        listing = self._provider.organizations.list(OrganizationQuery(query=query))
        return Paginator(listing, page_size=page_size, cursor=cursor)

    async def get(self, organization_id: str) -> Organization:
        """Give one organization.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError` where there is none of that id.

        Source: Logto `GetOrganization`, Flat `getAuthenticatedUser`.
        """
        self._provider.require(Capability.ORGANIZATIONS_GET)
        return await self._provider.organizations.get(organization_id)


class Users:
    """Work with the members of one organization."""

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self._provider = provider
        self._operations = provider.users(organization_id)

    def list(
        self,
        *,
        query: str | None = None,
        role: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[User]:
        """List users; nothing is requested until the paginator is iterated or awaited.

        `query` narrows to users whose name, username, e-mail address or id contains it, as the provider searches.
        `role` narrows to those who hold the role of that name. `page_size` is 1 to the provider's largest (Flat
        1,000, Logto 100), which is the default. `cursor` resumes at a page's `next_cursor` or `previous_cursor`;
        the filters must be those that it began with.

        Raises `UnsupportedError`, `InvalidArgumentError` for the page size, and `InvalidCursorError`, at once.

        Source: Flat `listOrganizationUsers`, Logto `ListOrganizationUsers`.

        Example: `async for user in band.users.list(query="ada", role="teacher"): ...`
        """
        narrowed = self._narrow(Capability.USERS_LIST, query, role)
        return Paginator(self._operations.list(narrowed), page_size=page_size, cursor=cursor)

    async def get(self, user_id: str) -> User:
        """Give one user of the organization.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError` where the organization has no such
        user. Neither provider has a request for one member, so the list is searched: one request, but at Flat one
        for each 1,000 users before it is said that there is none.
        """
        self._provider.require(Capability.USERS_GET)
        return await self._operations.get(user_id)

    async def find(self, *, email: str | None = None, username: str | None = None) -> User | None:
        """Give the user who has this e-mail address, or this username; None where nobody has it.

        Pass exactly one of them. Addresses are compared without regard to case, usernames as they stand.

        Raises `InvalidArgumentError` unless exactly one is given, and `ConflictError` where several users have
        the address in other spellings.

        Example: `ada = await band.users.find(email="ada@example.com")`
        """
        self._provider.require(Capability.USERS_FIND)
        if (email is None) == (username is None):
            raise InvalidArgumentError("find takes exactly one of email= and username=.")
        if not (email or username):
            raise InvalidArgumentError("find was given an empty text to look for.")
        return await self._operations.find(email=email, username=username)

    async def count(self, *, query: str | None = None, role: str | None = None) -> int:
        """Count the users whom `list` would give, by the cheapest request there is.

        Source: Flat `countOrgaUsers`, Logto `ListOrganizationUsers` (its `Total-Number`).
        """
        narrowed = self._narrow(Capability.USERS_COUNT, query, role)
        return await self._operations.count(narrowed)

    def _narrow(self, verb: Capability, query: str | None, role: str | None) -> UserQuery:
        self._provider.require(verb)
        if query:
            self._provider.require(Capability.USERS_QUERY)
        if role is not None:
            self._provider.require(Capability.USERS_ROLE)
            if not role:
                raise InvalidArgumentError("The role is empty: pass a role's name, or leave it out.")
        return UserQuery(query=query, role=role)


class Roles:
    """Work with the roles that members of an organization can hold."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def list(
        self, *, query: str | None = None, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[Role]:
        """List roles; nothing is requested until the paginator is iterated or awaited.

        `query` narrows to names that contain it, at Logto to ids and descriptions too. `page_size` and `cursor` are as
        for users.

        Raises `UnsupportedError`, `InvalidArgumentError` for the page size and `InvalidCursorError`, at once.

        Source: Logto `ListOrganizationRoles`; Flat's four roles are fixed and cost no request.
        """
        self._provider.require(Capability.ROLES_LIST)
        if query:
            self._provider.require(Capability.ROLES_QUERY)
        return Paginator(self._provider.roles.list(RoleQuery(query=query)), page_size=page_size, cursor=cursor)


class OrganizationHandle:
    """Hold on to one organization: its `users`. Making one sends no request."""

    def __init__(self, provider: Provider, organization_id: str | None) -> None:
        self.id = organization_id
        self.users = Users(provider, organization_id)

    def __repr__(self) -> str:
        return f"OrganizationHandle({self.id!r})"
