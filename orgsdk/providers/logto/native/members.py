"""Native operations on the members of an organization, their roles and their scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import JsonReader
from orgsdk.providers.logto.models import (
    AddedOrganizationUsers,
    AssignedOrganizationRoles,
    OrganizationRole,
    OrganizationScope,
    OrganizationUser,
)
from orgsdk.providers.logto.native.base import LogtoNativeOperations
from orgsdk.providers.logto.requests import members as requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination import Paginator

_MEMBERS = JsonReader(OrganizationUser)
_ROLES = JsonReader(OrganizationRole)
_SCOPES = JsonReader(OrganizationScope)
_ADDED_MEMBERS = JsonReader(AddedOrganizationUsers)
_ASSIGNED_ROLES = JsonReader(AssignedOrganizationRoles)


class LogtoMembersAPI(LogtoNativeOperations):
    """Native operations on the members of an organization."""

    def list_organization_users(
        self,
        organization_id: str,
        *,
        q: str | None = None,
        organization_role_id: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[OrganizationUser]:
        """List an organization's members, ordered by id.

        If the organization does not exist, the list is empty: Logto answers 200.

        Args:
            organization_id: Id of the organization.
            q: Text that the name, username, e-mail address, phone number or id contains. `%` and `_` are wildcards.
            organization_role_id: Id of a role that the members have.
            page_size: Members per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: An id, the search text or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source: Logto ListOrganizationUsers.

        Example:
            ``async for user in client.native.list_organization_users("org_id", q="ada"): ...``
        """
        return self._paginate(
            _MEMBERS,
            lambda position, size: requests.list_organization_users(
                organization_id, q, organization_role_id, position, size
            ),
            page_size=page_size,
            cursor=cursor,
        )

    async def add_organization_users(self, organization_id: str, *, user_ids: Iterable[str]) -> AddedOrganizationUsers:
        """Add accounts as members, all or none. Existing members stay as they are.

        Args:
            organization_id: Id of the organization.
            user_ids: Ids of the accounts, at least one. Pass at most 500: a longer list blocks the whole server.

        Returns:
            The ids of the request.

        Raises:
            InvalidArgumentError: An id is invalid, or the list is empty.
            UnprocessableError: No such organization, or no such account.

        Source: Logto AddOrganizationUsers.
        """
        return await self._read_one(requests.add_organization_users(organization_id, user_ids), _ADDED_MEMBERS)

    async def replace_organization_users(self, organization_id: str, *, user_ids: Iterable[str]) -> None:
        """Replace all members of an organization.

        Args:
            organization_id: Id of the organization.
            user_ids: Ids of the accounts. An empty list removes all members, and is accepted for an organization that
                does not exist.

        Raises:
            InvalidArgumentError: An id is invalid.
            UnprocessableError: No such organization, or no such account.

        Source: Logto ReplaceOrganizationUsers.
        """
        await self._send(requests.replace_organization_users(organization_id, user_ids))

    async def delete_organization_user(self, organization_id: str, *, user_id: str) -> None:
        """Remove a member from an organization. The account stays.

        Args:
            organization_id: Id of the organization.
            user_id: Id of the member.

        Raises:
            InvalidArgumentError: An id is invalid.
            NotFoundError: No such member.

        Source: Logto DeleteOrganizationUser.
        """
        await self._send(requests.delete_organization_user(organization_id, user_id))

    async def assign_organization_roles_to_users(
        self, organization_id: str, *, user_ids: Iterable[str], organization_role_ids: Iterable[str]
    ) -> None:
        """Add roles to several members, all or none. Their other roles stay.

        Args:
            organization_id: Id of the organization.
            user_ids: Ids of the members, at least one. Pass at most 500: a longer list blocks the whole server.
            organization_role_ids: Ids of the roles, at least one. Names are not accepted here.

        Raises:
            InvalidArgumentError: An id is invalid, or a list is empty.
            UnprocessableError: A user is not a member, a role does not exist, or a role is for machines.

        Source: Logto AssignOrganizationRolesToUsers.
        """
        await self._send(requests.assign_organization_roles_to_users(organization_id, user_ids, organization_role_ids))

    def list_organization_user_roles(
        self, organization_id: str, *, user_id: str, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationRole]:
        """List a member's roles, without the roles' scopes.

        Args:
            organization_id: Id of the organization.
            user_id: Id of the member.
            page_size: Roles per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: An id or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.
            UnprocessableError: No such organization, or the user is not a member.

        Source: Logto ListOrganizationUserRoles.
        """
        return self._paginate(
            _ROLES,
            lambda position, size: requests.list_organization_user_roles(organization_id, user_id, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def assign_organization_roles_to_user(
        self,
        organization_id: str,
        *,
        user_id: str,
        organization_role_ids: Iterable[str] | None = None,
        organization_role_names: Iterable[str] | None = None,
    ) -> AssignedOrganizationRoles:
        """Add roles to a member, by ids, names or both. Other roles stay.

        Args:
            organization_id: Id of the organization.
            user_id: Id of the member.
            organization_role_ids: Ids of roles.
            organization_role_names: Names of roles.

        Returns:
            The ids of the roles of the request.

        Raises:
            InvalidArgumentError: An id is invalid, or neither ids nor names are given.
            UnprocessableError: The user is not a member, a role does not exist, or a role is for machines.

        Source: Logto AssignOrganizationRolesToUser.
        """
        request = requests.assign_organization_roles_to_user(
            organization_id, user_id, role_ids=organization_role_ids, role_names=organization_role_names
        )
        return await self._read_one(request, _ASSIGNED_ROLES)

    async def replace_organization_user_roles(
        self,
        organization_id: str,
        *,
        user_id: str,
        organization_role_ids: Iterable[str] | None = None,
        organization_role_names: Iterable[str] | None = None,
    ) -> None:
        """Replace a member's roles, by ids, names or both.

        Args:
            organization_id: Id of the organization.
            user_id: Id of the member.
            organization_role_ids: Ids of roles. An empty list removes all roles.
            organization_role_names: Names of roles. An empty list removes all roles.

        Raises:
            InvalidArgumentError: An id is invalid, or neither ids nor names are given (Logto would remove all roles).
            UnprocessableError: The user is not a member, a role does not exist, or a role is for machines.

        Source: Logto ReplaceOrganizationUserRoles.

        Example:
            ``await client.native.replace_organization_user_roles("org_id", user_id=ada.id, organization_role_ids=[])``
        """
        await self._send(
            requests.replace_organization_user_roles(
                organization_id, user_id, role_ids=organization_role_ids, role_names=organization_role_names
            )
        )

    async def delete_organization_user_role(
        self, organization_id: str, *, user_id: str, organization_role_id: str
    ) -> None:
        """Remove a role from a member.

        Args:
            organization_id: Id of the organization.
            user_id: Id of the member.
            organization_role_id: Id of the role.

        Raises:
            InvalidArgumentError: An id is invalid.
            NotFoundError: The member does not have the role.
            UnprocessableError: The user is not a member.

        Source: Logto DeleteOrganizationUserRole.
        """
        request = requests.delete_organization_user_role(organization_id, user_id, organization_role_id)
        await self._send(request)

    def list_organization_user_scopes(self, organization_id: str, *, user_id: str) -> Paginator[OrganizationScope]:
        """List the scopes of all roles of a member, as one page of any length.

        If the user is not a member, the list is empty: Logto answers 200.

        Args:
            organization_id: Id of the organization.
            user_id: Id of the member.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: An id is invalid. Raised at once.

        Source: Logto ListOrganizationUserScopes.
        """
        return self._whole(_SCOPES, requests.list_organization_user_scopes(organization_id, user_id))
