"""Native operations on organization roles and organization scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import requests
from orgsdk.providers.logto.models import ModelReader, OrganizationRole, OrganizationScope, ResourceScope
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.pagination import Paginator
    from orgsdk.providers.logto.models import (
        CreateOrganizationRole,
        CreateOrganizationScope,
        UpdateOrganizationRole,
        UpdateOrganizationScope,
    )

_ROLES = ModelReader(OrganizationRole)
_SCOPES = ModelReader(OrganizationScope)
_RESOURCE_SCOPES = ModelReader(ResourceScope)


class RolesAPI(NativeOperations):
    """Work with organization roles."""

    def list_organization_roles(
        self, *, q: str | None = None, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationRole]:
        """List the tenant's organization roles by name, with their scopes.

        `q` narrows to those whose name contains it; `%` and `_` in it stand for anything. `page_size` is 1 to 100,
        which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError`, at once.

        Source: `ListOrganizationRoles`.
        """
        return self._paged(
            _ROLES,
            lambda position, size: requests.roles.list_organization_roles(q, position, size),
            page_size,
            cursor,
        )

    async def create_organization_role(self, role: CreateOrganizationRole) -> OrganizationRole:
        """Make an organization role and give it, without its scopes. With all of these, or not at all.

        Raises `ConflictError` where the name is taken, `UnprocessableError` where a scope does not exist, and
        `BadRequestError` for what Logto finds invalid.

        Source: `CreateOrganizationRole`.
        """
        return await self._connection.read_one(_ROLES, requests.roles.create_organization_role(role))

    async def get_organization_role(self, role_id: str) -> OrganizationRole:
        """Give one organization role, without its scopes: the list alone tells them.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetOrganizationRole`.
        """
        return await self._connection.read_one(_ROLES, requests.roles.get_organization_role(role_id))

    async def update_organization_role(self, role_id: str, *, changes: UpdateOrganizationRole) -> OrganizationRole:
        """Change what `changes` sets and give the role, without its scopes.

        Raises `NotFoundError`, `ConflictError` where the name is taken, and `UnprocessableError` where `changes` sets
        nothing.

        Source: `UpdateOrganizationRole`.
        """
        return await self._connection.read_one(_ROLES, requests.roles.update_organization_role(role_id, changes))

    async def delete_organization_role(self, role_id: str) -> None:
        """Delete an organization role, and take it from all who hold it.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteOrganizationRole`.
        """
        await self._connection.send(requests.roles.delete_organization_role(role_id))

    def list_organization_role_scopes(
        self, role_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationScope]:
        """List the organization scopes that a role carries.

        `page_size` is 1 to 100, which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError` at once, and `NotFoundError`.

        Source: `ListOrganizationRoleScopes`.
        """
        return self._paged(
            _SCOPES,
            lambda position, size: requests.roles.list_organization_role_scopes(role_id, position, size),
            page_size,
            cursor,
        )

    async def assign_organization_role_scopes(self, role_id: str, *, organization_scope_ids: Iterable[str]) -> None:
        """Have a role carry these organization scopes too. All of them, or none.

        Raises `InvalidArgumentError` for an empty list, and `UnprocessableError` where the role or one of the
        scopes does not exist.

        Source: `CreateOrganizationRoleScope`.
        """
        await self._connection.send(requests.roles.create_organization_role_scope(role_id, organization_scope_ids))

    async def replace_organization_role_scopes(self, role_id: str, *, organization_scope_ids: Iterable[str]) -> None:
        """Have a role carry exactly these organization scopes; an empty list takes all away.

        Raises `UnprocessableError` where the role or one of the scopes does not exist; with an empty list a role
        that does not exist is no error to Logto.

        Source: `ReplaceOrganizationRoleScopes`.
        """
        await self._connection.send(requests.roles.replace_organization_role_scopes(role_id, organization_scope_ids))

    async def delete_organization_role_scope(self, role_id: str, *, organization_scope_id: str) -> None:
        """Have a role carry an organization scope no more.

        Raises `InvalidArgumentError` for what can be no id, and `NotFoundError` where it does not carry it.

        Source: `DeleteOrganizationRoleScope`.
        """
        await self._connection.send(requests.roles.delete_organization_role_scope(role_id, organization_scope_id))

    def list_organization_role_resource_scopes(
        self, role_id: str, *, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[ResourceScope]:
        """List the API resources' scopes that a role carries.

        `page_size` is 1 to 100, which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError` at once, and `NotFoundError`.

        Source: `ListOrganizationRoleResourceScopes`.
        """
        return self._paged(
            _RESOURCE_SCOPES,
            lambda position, size: requests.roles.list_organization_role_resource_scopes(role_id, position, size),
            page_size,
            cursor,
        )

    async def assign_organization_role_resource_scopes(self, role_id: str, *, scope_ids: Iterable[str]) -> None:
        """Have a role carry these resource scopes too. All of them, or none.

        Raises `InvalidArgumentError` for an empty list, and `UnprocessableError` where the role or one of the
        scopes does not exist.

        Source: `CreateOrganizationRoleResourceScope`.
        """
        await self._connection.send(requests.roles.create_organization_role_resource_scope(role_id, scope_ids))

    async def replace_organization_role_resource_scopes(self, role_id: str, *, scope_ids: Iterable[str]) -> None:
        """Have a role carry exactly these resource scopes; an empty list takes all away.

        Raises `UnprocessableError` as `replace_organization_role_scopes` does.

        Source: `ReplaceOrganizationRoleResourceScopes`.
        """
        await self._connection.send(requests.roles.replace_organization_role_resource_scopes(role_id, scope_ids))

    async def delete_organization_role_resource_scope(self, role_id: str, *, scope_id: str) -> None:
        """Have a role carry a resource scope no more.

        Raises `InvalidArgumentError` for what can be no id, and `NotFoundError` where it does not carry it.

        Source: `DeleteOrganizationRoleResourceScope`.
        """
        await self._connection.send(requests.roles.delete_organization_role_resource_scope(role_id, scope_id))


_ORGANIZATION_SCOPES = ModelReader(OrganizationScope)


class ScopesAPI(NativeOperations):
    """Work with organization scopes."""

    def list_organization_scopes(
        self, *, q: str | None = None, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationScope]:
        """List the tenant's organization scopes by name.

        `q` narrows to those whose name contains it; `%` and `_` in it stand for anything. `page_size` is 1 to 100,
        which is the default; `cursor` resumes at a page's `next_cursor`.

        Raises `InvalidArgumentError` and `InvalidCursorError`, at once.

        Source: `ListOrganizationScopes`.
        """
        return self._paged(
            _ORGANIZATION_SCOPES,
            lambda position, size: requests.roles.list_organization_scopes(q, position, size),
            page_size,
            cursor,
        )

    async def create_organization_scope(self, scope: CreateOrganizationScope) -> OrganizationScope:
        """Make an organization scope and give it.

        Raises `ConflictError` where the name is taken and `BadRequestError` for what Logto finds invalid.

        Source: `CreateOrganizationScope`.
        """
        return await self._connection.read_one(_ORGANIZATION_SCOPES, requests.roles.create_organization_scope(scope))

    async def get_organization_scope(self, scope_id: str) -> OrganizationScope:
        """Give one organization scope.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetOrganizationScope`.
        """
        return await self._connection.read_one(_ORGANIZATION_SCOPES, requests.roles.get_organization_scope(scope_id))

    async def update_organization_scope(self, scope_id: str, *, changes: UpdateOrganizationScope) -> OrganizationScope:
        """Change what `changes` sets and give the scope.

        Raises `NotFoundError`, `ConflictError` where the name is taken, and `UnprocessableError` where `changes` sets
        nothing.

        Source: `UpdateOrganizationScope`.
        """
        return await self._connection.read_one(
            _ORGANIZATION_SCOPES, requests.roles.update_organization_scope(scope_id, changes)
        )

    async def delete_organization_scope(self, scope_id: str) -> None:
        """Delete an organization scope, and take it from every role that carries it.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteOrganizationScope`.
        """
        await self._connection.send(requests.roles.delete_organization_scope(scope_id))
