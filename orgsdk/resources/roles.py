"""Roles that members of an organization can have."""

from __future__ import annotations

from collections.abc import Iterable

from orgsdk.domain import UNSET, Capability, Role, RoleChanges, RoleDraft, RoleQuery, Unset, UnsetType
from orgsdk.pagination import Paginator
from orgsdk.providers.base import Provider
from orgsdk.resources.base import Resource, check_filter
from orgsdk.resources.validation import check_names, check_optional_text, check_text


class Roles(Resource):
    """The roles that members of an organization can have: list, create, change and delete them.

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
    ) -> Paginator[Role]:
        """List roles. No request is sent until the paginator is iterated or awaited.

        Args:
            query: Only roles whose name contains this text; at Logto also the id or description.
            page_size: Items per page, from 1 to the provider's maximum, which is the default.
            cursor: The ``next_cursor`` or ``previous_cursor`` of a page of the same list, to continue there.
            max_pages: Raise `PaginationError` instead of requesting more pages than this.

        Returns:
            The paginator.

        Raises:
            UnsupportedError: The provider does not offer this, or lacks a filter.
            InvalidArgumentError: An argument is invalid.
            InvalidCursorError: The cursor is not one of this list.

        Source: Logto `ListOrganizationRoles`; Flat's four roles are fixed and need no request.
        """
        self._provider.require(Capability.ROLES_LIST)
        if query:
            self._provider.require(Capability.ROLES_QUERY)
        listing = self._provider.roles.list(RoleQuery(query=check_filter(query, "query")))
        return self._paginate(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def get(self, role: str) -> Role:
        """Return the role with this id, or else the one with this name.

        Args:
            role: Id or name.

        Returns:
            The role.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The text is empty.
            NotFoundError: No such role.

        Source: Logto `GetOrganizationRole`, `ListOrganizationRoles`.
        """
        self._provider.require(Capability.ROLES_GET)
        return await self._provider.roles.get(check_text(role, "role"))

    async def create(
        self, name: str, *, description: str | None = None, kind: str | None = None, scopes: Iterable[str] = ()
    ) -> Role:
        """Create a role.

        Args:
            name: The role's name.
            description: A description.
            kind: The provider's word for who can have the role.
            scopes: Names or ids of permissions.

        Returns:
            The role as the provider stores it.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: A value is invalid.
            NotFoundError: A scope does not exist.
            ConflictError: The name is taken.

        Source: Logto `CreateOrganizationRole`.
        """
        self._provider.require(Capability.ROLES_CREATE)
        draft = RoleDraft(
            name=check_text(name, "role's name"),
            description=check_optional_text(description, "description"),
            kind=check_optional_text(kind, "kind"),
            scopes=check_names(scopes, "scopes"),
        )
        if draft.description is not None:
            self._provider.require(Capability.ROLES_DESCRIPTION)
        return await self._provider.roles.create(draft)

    async def update(
        self,
        role: str,
        *,
        name: str | UnsetType = UNSET,
        description: str | UnsetType | None = UNSET,
        scopes: Iterable[str] | UnsetType = UNSET,
    ) -> Role:
        """Change the given fields of a role and leave the others unchanged.

        Args:
            role: Id or name.
            name: The new name.
            description: The new description. None clears it.
            scopes: Names or ids of permissions. They replace the present ones.

        Returns:
            The role after the change.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: A value is invalid.
            NotFoundError: No such role or scope.
            ConflictError: The name is taken.

        Source: Logto `UpdateOrganizationRole`, `ReplaceOrganizationRoleScopes`.
        """
        self._provider.require(Capability.ROLES_UPDATE)
        if not isinstance(name, Unset):
            check_text(name, "role's name")
        changes = RoleChanges(
            name=name,
            description=check_optional_text(description, "description"),
            scopes=UNSET if isinstance(scopes, Unset) else check_names(scopes, "scopes"),
        )
        if not isinstance(description, Unset):
            self._provider.require(Capability.ROLES_DESCRIPTION)
        return await self._provider.roles.update(check_text(role, "role"), changes)

    async def remove(self, role: str) -> None:
        """Delete a role, and take it from all users who have it.

        Args:
            role: Id or name.

        Raises:
            UnsupportedError: The provider does not offer this.
            InvalidArgumentError: The text is empty.
            NotFoundError: No such role.

        Source: Logto `DeleteOrganizationRole`.
        """
        self._provider.require(Capability.ROLES_REMOVE)
        await self._provider.roles.remove(check_text(role, "role"))
