"""Native operations on organization scopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from orgsdk.domain import JsonReader
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.logto.models import (
    CreateOrganizationScope,
    CreateOrganizationScopeFields,
    OrganizationScope,
    UpdateOrganizationScope,
    UpdateOrganizationScopeFields,
)
from orgsdk.providers.logto.native.base import LogtoNativeOperations
from orgsdk.providers.logto.requests import roles as requests

if TYPE_CHECKING:
    from orgsdk.pagination import Paginator

_SCOPES = JsonReader(OrganizationScope)


class LogtoScopesAPI(LogtoNativeOperations):
    """Native operations on organization scopes."""

    def list_organization_scopes(
        self, *, q: str | None = None, page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[OrganizationScope]:
        """List the tenant's organization scopes, ordered by name.

        Args:
            q: Text that the name contains. `%` and `_` are wildcards.
            page_size: Scopes per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The page size or the search text is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source: Logto ListOrganizationScopes.
        """
        return self._paginate(
            _SCOPES,
            lambda position, size: requests.list_organization_scopes(q, position, size),
            page_size=page_size,
            cursor=cursor,
        )

    async def create_organization_scope(
        self, scope: CreateOrganizationScope | None = None, **fields: Unpack[CreateOrganizationScopeFields]
    ) -> OrganizationScope:
        """Create an organization scope.

        Args:
            scope: The new scope.
            **fields: Its fields, instead of `scope`.

        Returns:
            The scope.

        Raises:
            InvalidArgumentError: A field is invalid.
            OutcomeUnknownError: The response was lost.
            ConflictError: The name is taken.
            BadRequestError: Logto refuses a value as invalid.

        Source: Logto CreateOrganizationScope.
        """
        body = build_body(CreateOrganizationScope, scope, fields)
        return await self._read_one(requests.create_organization_scope(body), _SCOPES)

    async def get_organization_scope(self, scope_id: str) -> OrganizationScope:
        """Return one organization scope.

        Args:
            scope_id: Id of the scope.

        Returns:
            The scope.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such scope.

        Source: Logto GetOrganizationScope.
        """
        return await self._read_one(requests.get_organization_scope(scope_id), _SCOPES)

    async def update_organization_scope(
        self,
        scope_id: str,
        changes: UpdateOrganizationScope | None = None,
        **fields: Unpack[UpdateOrganizationScopeFields],
    ) -> OrganizationScope:
        """Update an organization scope.

        Args:
            scope_id: Id of the scope.
            changes: The fields to change.
            **fields: The fields, instead of `changes`.

        Returns:
            The updated scope.

        Raises:
            InvalidArgumentError: The id or a field is invalid.
            NotFoundError: No such scope.
            ConflictError: The name is taken.
            UnprocessableError: There is no field to change.

        Source: Logto UpdateOrganizationScope.
        """
        body = build_body(UpdateOrganizationScope, changes, fields)
        return await self._read_one(requests.update_organization_scope(scope_id, body), _SCOPES)

    async def delete_organization_scope(self, scope_id: str) -> None:
        """Delete an organization scope and remove it from all roles.

        Args:
            scope_id: Id of the scope.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such scope.

        Source: Logto DeleteOrganizationScope.
        """
        await self._send(requests.delete_organization_scope(scope_id))
