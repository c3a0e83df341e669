"""Native operations on organization roles, and on the scopes of a role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from orgsdk.domain import JsonReader
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.logto.models import (
    CreateOrganizationRole,
    CreateOrganizationRoleFields,
    OrganizationRole,
    OrganizationScope,
    ResourceScope,
    UpdateOrganizationRole,
    UpdateOrganizationRoleFields,
)
from orgsdk.providers.logto.native.base import LogtoNativeOperations
from orgsdk.providers.logto.requests import roles as requests

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination import Paginator

_ROLES = JsonReader(OrganizationRole)
_SCOPES = JsonReader(OrganizationScope)
_RESOURCE_SCOPES = JsonReader(ResourceScope)


class LogtoRolesAPI(LogtoNativeOperations):
    """Native operations on organization roles."""

    def list_organization_roles(
        self, *, q: str | None = None, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationRole]:
        """List the tenant's organization roles with their scopes, ordered by name.

        Args:
            q: Text that the name contains. `%` and `_` are wildcards.
            page_size: Roles per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The page size or the search text is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source: Logto ListOrganizationRoles.
        """
        return self._paginate(
            _ROLES,
            lambda position, size: requests.list_organization_roles(q, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization_role(
        self, role: CreateOrganizationRole | None = None, **fields: Unpack[CreateOrganizationRoleFields]
    ) -> OrganizationRole:
        """Create an organization role with all of its scopes, or not at all.

        Args:
            role: The new role.
            **fields: Its fields, instead of `role`.

        Returns:
            The role, without its scopes.

        Raises:
            InvalidArgumentError: A field is invalid.
            OutcomeUnknownError: The response was lost.
            ConflictError: The name is taken.
            UnprocessableError: A scope does not exist.
            BadRequestError: Logto refuses a value as invalid.

        Source: Logto CreateOrganizationRole.
        """
        body = build_body(CreateOrganizationRole, role, fields)
        return await self._read_one(requests.create_organization_role(body), _ROLES)

    async def get_organization_role(self, role_id: str) -> OrganizationRole:
        """Return one organization role, without its scopes. Only the list has them.

        Args:
            role_id: Id of the role.

        Returns:
            The role.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such role.

        Source: Logto GetOrganizationRole.
        """
        return await self._read_one(requests.get_organization_role(role_id), _ROLES)

    async def update_organization_role(
        self,
        role_id: str,
        changes: UpdateOrganizationRole | None = None,
        **fields: Unpack[UpdateOrganizationRoleFields],
    ) -> OrganizationRole:
        """Update an organization role.

        Args:
            role_id: Id of the role.
            changes: The fields to change.
            **fields: The fields, instead of `changes`.

        Returns:
            The updated role, without its scopes.

        Raises:
            InvalidArgumentError: The id or a field is invalid.
            NotFoundError: No such role.
            ConflictError: The name is taken.
            UnprocessableError: There is no field to change.

        Source: Logto UpdateOrganizationRole.
        """
        body = build_body(UpdateOrganizationRole, changes, fields)
        return await self._read_one(requests.update_organization_role(role_id, body), _ROLES)

    async def delete_organization_role(self, role_id: str) -> None:
        """Delete an organization role and remove it from all members.

        Args:
            role_id: Id of the role.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such role.

        Source: Logto DeleteOrganizationRole.
        """
        await self._send(requests.delete_organization_role(role_id))

    def list_organization_role_scopes(
        self, role_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationScope]:
        """List the organization scopes of a role.

        Args:
            role_id: Id of the role.
            page_size: Scopes per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The id or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.
            NotFoundError: No such role.

        Source: Logto ListOrganizationRoleScopes.
        """
        return self._paginate(
            _SCOPES,
            lambda position, size: requests.list_organization_role_scopes(role_id, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def assign_organization_role_scopes(self, role_id: str, *, organization_scope_ids: Iterable[str]) -> None:
        """Add organization scopes to a role, all or none.

        Args:
            role_id: Id of the role.
            organization_scope_ids: Ids of the scopes, at least one.

        Raises:
            InvalidArgumentError: An id is invalid, or the list is empty.
            UnprocessableError: No such role, or no such scope.

        Source: Logto CreateOrganizationRoleScope.
        """
        await self._send(requests.create_organization_role_scope(role_id, organization_scope_ids))

    async def replace_organization_role_scopes(self, role_id: str, *, organization_scope_ids: Iterable[str]) -> None:
        """Replace the organization scopes of a role.

        Args:
            role_id: Id of the role.
            organization_scope_ids: Ids of the scopes. An empty list removes all, and is accepted for a role that does
                not exist.

        Raises:
            InvalidArgumentError: An id is invalid.
            UnprocessableError: No such role, or no such scope.

        Source: Logto ReplaceOrganizationRoleScopes.
        """
        await self._send(requests.replace_organization_role_scopes(role_id, organization_scope_ids))

    async def delete_organization_role_scope(self, role_id: str, *, organization_scope_id: str) -> None:
        """Remove an organization scope from a role.

        Args:
            role_id: Id of the role.
            organization_scope_id: Id of the scope.

        Raises:
            InvalidArgumentError: An id is invalid.
            NotFoundError: The role does not have the scope.

        Source: Logto DeleteOrganizationRoleScope.
        """
        await self._send(requests.delete_organization_role_scope(role_id, organization_scope_id))

    def list_organization_role_resource_scopes(
        self, role_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[ResourceScope]:
        """List the API resources' scopes of a role.

        Args:
            role_id: Id of the role.
            page_size: Scopes per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The id or the page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.
            NotFoundError: No such role.

        Source: Logto ListOrganizationRoleResourceScopes.
        """
        return self._paginate(
            _RESOURCE_SCOPES,
            lambda position, size: requests.list_organization_role_resource_scopes(role_id, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def assign_organization_role_resource_scopes(self, role_id: str, *, scope_ids: Iterable[str]) -> None:
        """Add API resources' scopes to a role, all or none.

        Args:
            role_id: Id of the role.
            scope_ids: Ids of the scopes, at least one.

        Raises:
            InvalidArgumentError: An id is invalid, or the list is empty.
            UnprocessableError: No such role, or no such scope.

        Source: Logto CreateOrganizationRoleResourceScope.
        """
        await self._send(requests.create_organization_role_resource_scope(role_id, scope_ids))

    async def replace_organization_role_resource_scopes(self, role_id: str, *, scope_ids: Iterable[str]) -> None:
        """Replace the API resources' scopes of a role.

        Args:
            role_id: Id of the role.
            scope_ids: Ids of the scopes. An empty list removes all, and is accepted for a role that does not exist.

        Raises:
            InvalidArgumentError: An id is invalid.
            UnprocessableError: No such role, or no such scope.

        Source: Logto ReplaceOrganizationRoleResourceScopes.
        """
        await self._send(requests.replace_organization_role_resource_scopes(role_id, scope_ids))

    async def delete_organization_role_resource_scope(self, role_id: str, *, scope_id: str) -> None:
        """Remove an API resource's scope from a role.

        Args:
            role_id: Id of the role.
            scope_id: Id of the scope.

        Raises:
            InvalidArgumentError: An id is invalid.
            NotFoundError: The role does not have the scope.

        Source: Logto DeleteOrganizationRoleResourceScope.
        """
        await self._send(requests.delete_organization_role_resource_scope(role_id, scope_id))
