"""Logto's operations on an organization's members, and on the roles and scopes that they hold in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import requests
from orgsdk.providers.logto.models import (
    AddedOrganizationUsers,
    AssignedOrganizationRoles,
    ModelReader,
    OrganizationRole,
    OrganizationScope,
    OrganizationUser,
)
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination import Paginator

_USERS = ModelReader(OrganizationUser)
_ROLES = ModelReader(OrganizationRole)
_SCOPES = ModelReader(OrganizationScope)
_ADDED = ModelReader(AddedOrganizationUsers)
_ASSIGNED = ModelReader(AssignedOrganizationRoles)


class MembersAPI(NativeOperations):
    """Work with an organization's members."""

    def list_organization_users(
        self,
        organization_id: str,
        *,
        q: str | None = None,
        organization_role_id: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[OrganizationUser]:
        """List an organization's members in the order of their ids.

        An organization that does not exist has none: Logto answers 200 and an empty list. `q` narrows to those
        whose name, username, address, phone number or id contains it; `%` and `_` in it stand for anything.
        `organization_role_id` narrows to those who hold the role. `page_size` is 1 to 100, which is the default;
        `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError`, at once.

        Source: `ListOrganizationUsers`.

        Example: `async for user in client.native.list_organization_users("org_id", q="ada"): ...`
        """
        return self._paged(
            _USERS,
            lambda position, size: requests.members.list_organization_users(
                organization_id, q, organization_role_id, position, size
            ),
            page_size,
            cursor,
        )

    async def add_organization_users(self, organization_id: str, *, user_ids: Iterable[str]) -> AddedOrganizationUsers:
        """Make accounts members; those who are stay so. All of them, or none.

        Pass 500 ids at most: more hold up the whole server.

        Raises `InvalidArgumentError` for an empty list, and `UnprocessableError` where the organization or one of
        the accounts does not exist.

        Source: `AddOrganizationUsers`.
        """
        return await self._connection.read_one(
            _ADDED, requests.members.add_organization_users(organization_id, user_ids)
        )

    async def replace_organization_users(self, organization_id: str, *, user_ids: Iterable[str]) -> None:
        """Have exactly these accounts be members; an empty list ends all memberships.

        Raises `UnprocessableError` where the organization or one of the accounts does not exist; with an empty
        list an organization that does not exist is no error to Logto.

        Source: `ReplaceOrganizationUsers`.
        """
        await self._connection.send(requests.members.replace_organization_users(organization_id, user_ids))

    async def delete_organization_user(self, organization_id: str, *, user_id: str) -> None:
        """End a membership; the account stays.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteOrganizationUser`.
        """
        await self._connection.send(requests.members.delete_organization_user(organization_id, user_id))

    async def assign_organization_roles_to_users(
        self, organization_id: str, *, user_ids: Iterable[str], organization_role_ids: Iterable[str]
    ) -> None:
        """Have members hold these roles too, given by ids alone. All of them, or none.

        Pass 500 user ids at most: more hold up the whole server.

        Raises `InvalidArgumentError` for an empty list, and `UnprocessableError` for one who is no member, a role
        that does not exist, or one that is for machines.

        Source: `AssignOrganizationRolesToUsers`.
        """
        await self._connection.send(
            requests.members.assign_organization_roles_to_users(organization_id, user_ids, organization_role_ids)
        )

    def list_organization_user_roles(
        self, organization_id: str, *, user_id: str, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationRole]:
        """List the roles that a member holds, without their scopes.

        `page_size` is 1 to 100, which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError` at once; `UnprocessableError` for who is no member,
        and for an organization that does not exist.

        Source: `ListOrganizationUserRoles`.
        """
        return self._paged(
            _ROLES,
            lambda position, size: requests.members.list_organization_user_roles(
                organization_id, user_id, position, size
            ),
            page_size,
            cursor,
        )

    async def assign_organization_roles_to_user(
        self,
        organization_id: str,
        *,
        user_id: str,
        organization_role_ids: Iterable[str] | None = None,
        organization_role_names: Iterable[str] | None = None,
    ) -> AssignedOrganizationRoles:
        """Have a member hold these roles too, given by ids, by names, or by both.

        Raises `InvalidArgumentError` where neither is given, and `UnprocessableError` for who is no member, a role
        that does not exist, or one that is for machines.

        Source: `AssignOrganizationRolesToUser`.
        """
        request = requests.members.assign_organization_roles_to_user(
            organization_id, user_id, role_ids=organization_role_ids, role_names=organization_role_names
        )
        return await self._connection.read_one(_ASSIGNED, request)

    async def replace_organization_user_roles(
        self,
        organization_id: str,
        *,
        user_id: str,
        organization_role_ids: Iterable[str] | None = None,
        organization_role_names: Iterable[str] | None = None,
    ) -> None:
        """Have a member hold exactly these roles, given by ids, by names, or by both; an empty list takes all away.

        Raises `InvalidArgumentError` where neither is given (Logto would take all roles away), and
        `UnprocessableError` as `assign_organization_roles_to_user` does.

        Source: `ReplaceOrganizationUserRoles`.

        Example: `await client.native.replace_organization_user_roles(
            "org_id", user_id=ada.id, organization_role_names=["admin"]
        )`
        """
        await self._connection.send(
            requests.members.replace_organization_user_roles(
                organization_id, user_id, role_ids=organization_role_ids, role_names=organization_role_names
            )
        )

    async def delete_organization_user_role(
        self, organization_id: str, *, user_id: str, organization_role_id: str
    ) -> None:
        """Have a member hold a role no more.

        Raises `NotFoundError` where they do not hold it, and `UnprocessableError` for who is no member.

        Source: `DeleteOrganizationUserRole`.
        """
        request = requests.members.delete_organization_user_role(organization_id, user_id, organization_role_id)
        await self._connection.send(request)

    def list_organization_user_scopes(self, organization_id: str, *, user_id: str) -> Paginator[OrganizationScope]:
        """List the scopes that a member has by all their roles: one page, whatever its length.

        Who is no member has none: Logto answers 200 and an empty list.

        Raises `InvalidArgumentError` for what can be no id, at once.

        Source: `ListOrganizationUserScopes`.
        """
        return self._unpaged(
            _SCOPES,
            lambda position: requests.members.list_organization_user_scopes(organization_id, user_id, position),
        )
