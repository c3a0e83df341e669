"""The roles that members of an organization can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import UNSET, Capability, RoleChanges, RoleDraft, RoleQuery, Unset
from orgsdk.pagination import Paginator
from orgsdk.resources.base import Resource
from orgsdk.resources.validation import check_filter, check_names, check_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.domain import Role, UnsetType
    from orgsdk.providers.base import Provider


class Roles(Resource):
    """Work with the roles that members of an organization can hold."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    def list(
        self,
        *,
        query: str | None = None,
        page_size: int | None = None,
        cursor: str | None = None,
        max_pages: int | None = None,
    ) -> Paginator[Role]:
        """List roles; nothing is requested until the paginator is iterated or awaited.

        `query` narrows to names that contain it, at Logto to ids and descriptions too. `page_size`, `cursor`
        and `max_pages` are as for users.

        Raises `UnsupportedError`, `InvalidArgumentError` and `InvalidCursorError`, at once. Iterating raises
        `PaginationError` where the list cannot be what the provider says.

        Source: Logto `ListOrganizationRoles`; Flat's four roles are fixed and cost no request.
        """
        self._provider.require(Capability.ROLES_LIST)
        if query:
            self._provider.require(Capability.ROLES_QUERY)
        listing = self._provider.roles.list(RoleQuery(query=check_filter(query, "query")))
        return Paginator(listing, page_size=page_size, cursor=cursor, max_pages=max_pages)

    async def get(self, role: str) -> Role:
        """Give the role of that id, or of that name.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Logto `GetOrganizationRole`, `ListOrganizationRoles`.
        """
        self._provider.require(Capability.ROLES_GET)
        return await self._provider.roles.get(check_text(role, "role"))

    async def create(
        self, name: str, *, description: str | None = None, kind: str | None = None, scopes: Iterable[str] = ()
    ) -> Role:
        """Make a role. `kind` is the provider's word for who can hold it; `scopes` are names or ids of permissions.

        Raises `UnsupportedError`, `InvalidArgumentError`, `NotFoundError` for an unknown scope, and `ConflictError`
        where the name is taken.

        Source: Logto `CreateOrganizationRole`.
        """
        self._provider.require(Capability.ROLES_CREATE)
        draft = RoleDraft(
            name=check_text(name, "role's name"),
            description=description,
            kind=kind,
            scopes=check_names(scopes, "scopes"),
        )
        return await self._provider.roles.create(draft)

    async def update(
        self,
        role: str,
        *,
        name: str | UnsetType = UNSET,
        description: str | UnsetType | None = UNSET,
        scopes: Iterable[str] | UnsetType = UNSET,
    ) -> Role:
        """Change what is given of the role of that id or name, and leave the rest. `scopes` replaces all of them.

        Raises `UnsupportedError`, `InvalidArgumentError`, `NotFoundError`, and `ConflictError` where the
        name is taken.

        Source: Logto `UpdateOrganizationRole`, `ReplaceOrganizationRoleScopes`.
        """
        self._provider.require(Capability.ROLES_UPDATE)
        if not isinstance(name, Unset):
            check_text(name, "role's name")
        changes = RoleChanges(
            name=name,
            description=description,
            scopes=UNSET if isinstance(scopes, Unset) else check_names(scopes, "scopes"),
        )
        return await self._provider.roles.update(check_text(role, "role"), changes)

    async def remove(self, role: str) -> None:
        """Delete the role of that id or name, and take it from all who hold it.

        Raises `UnsupportedError`, `InvalidArgumentError` and `NotFoundError`.

        Source: Logto `DeleteOrganizationRole`.
        """
        self._provider.require(Capability.ROLES_REMOVE)
        await self._provider.roles.remove(check_text(role, "role"))
