"""Logto's operations on organization scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.providers.logto import wire
from orgsdk.providers.logto.models import ModelReader, OrganizationScope
from orgsdk.providers.logto.native.base import NativeOperations

if TYPE_CHECKING:
    from orgsdk.pagination import Paginator
    from orgsdk.providers.logto.models import CreateOrganizationScope, UpdateOrganizationScope

_READER = ModelReader(OrganizationScope)


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
            _READER,
            lambda position, size: wire.scopes.list_organization_scopes(q, position, size),
            page_size,
            cursor,
        )

    async def create_organization_scope(self, scope: CreateOrganizationScope) -> OrganizationScope:
        """Make an organization scope and give it.

        Raises `ConflictError` where the name is taken and `BadRequestError` for what Logto finds invalid.

        Source: `CreateOrganizationScope`.
        """
        return await self._connection.one(_READER, wire.scopes.create_organization_scope(scope))

    async def get_organization_scope(self, scope_id: str) -> OrganizationScope:
        """Give one organization scope.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `GetOrganizationScope`.
        """
        return await self._connection.one(_READER, wire.scopes.get_organization_scope(scope_id))

    async def update_organization_scope(self, scope_id: str, *, changes: UpdateOrganizationScope) -> OrganizationScope:
        """Change what `changes` sets and give the scope.

        Raises `NotFoundError`, `ConflictError` where the name is taken, and `UnprocessableError` where `changes` sets
        nothing.

        Source: `UpdateOrganizationScope`.
        """
        return await self._connection.one(_READER, wire.scopes.update_organization_scope(scope_id, changes))

    async def delete_organization_scope(self, scope_id: str) -> None:
        """Delete an organization scope, and take it from every role that carries it.

        Raises `InvalidArgumentError` for what can be no id and `NotFoundError`.

        Source: `DeleteOrganizationScope`.
        """
        await self._connection.send(wire.scopes.delete_organization_scope(scope_id))
