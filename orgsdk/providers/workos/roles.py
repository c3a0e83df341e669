"""Roles of an environment, and those that the members of one organization can have, by slug or id."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.domain.json_reader import MAX_ITEMS
from orgsdk.errors import InvalidArgumentError, NotFoundError, UnsupportedError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.http import PartialResult, choose, fetch_whole, has_values
from orgsdk.providers.workos import models
from orgsdk.providers.workos.base import WorkOSOperations
from orgsdk.providers.workos.native.routes import NAME, PAGES, REQUESTS
from orgsdk.providers.workos.records import role_reader

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import Role, RoleChanges, RoleDraft, RoleQuery
    from orgsdk.pagination import Listing, Slice

_ENVIRONMENT = "EnvironmentRole"
_LIST = "list_environment_roles"


class WorkOSRoles(WorkOSOperations, RoleOperations):
    """Operations on the roles of the environment, which every organization has. A role's name is its slug."""

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the environment's roles, filtered by a part of the slug: WorkOS has no filter."""
        text = (query.query or "").casefold()
        fetch = fetch_whole(lambda: self._read_roles(_LIST), lambda role: text in role.name.casefold())
        return self._listing("roles.list", fetch, query.query)

    async def get(self, role: str) -> Role:
        """Return the role with this id or slug, from the list."""
        return choose(role, await self._read_roles(_LIST), provider=NAME, operation=_LIST)

    async def create(self, draft: RoleDraft) -> Role:
        """Create a role whose slug and display name are the draft's name, then set its permissions.

        After a lost response, the role of this slug is adopted. WorkOS refuses a second one.
        """
        if draft.kind not in {None, _ENVIRONMENT}:
            raise InvalidArgumentError(
                f"is {draft.kind!r}: leave it out, or use native.create_organization_role.", argument="kind"
            )
        body = models.CreateRole.of({"slug": draft.name, "name": draft.name, "description": draft.description})
        bounded = self._within_timeout()

        async def look_up() -> Role | None:
            with suppress(NotFoundError):
                role = await bounded._one(role_reader, "get_environment_role", slug=draft.name)
                return role if has_values(role, {"description": draft.description}) and not role.scopes else None
            return None

        request = REQUESTS.build("create_environment_role", body)
        role = await bounded._connection.create_or_adopt(request, role_reader, look_up)
        with PartialResult(role):
            return await bounded._set_permissions(role, draft.scopes) if draft.scopes else role

    async def update(self, role: str, changes: RoleChanges) -> Role:
        """Change the description of a role, then its permissions. The slug never changes."""
        found = await self.get(role)
        if not isinstance(changes.name, Unset) and changes.name != found.name:
            advice = "The slug never changes. The display name is a parameter of native.update_environment_role."
            raise UnsupportedError(NAME, "roles.update(name=)", advice)
        if not isinstance(changes.description, Unset):
            body = models.UpdateRole(description=changes.description)
            request = REQUESTS.build("update_environment_role", body, slug=found.name)
            try:
                found = await self._connection.read_one(request, role_reader)
            except NotFoundError:  # the role exists, so that this is an emulator, which has PUT instead (section 7)
                found = await self._connection.read_one(replace(request, method="PUT"), role_reader)
        with PartialResult(found):
            scopes = changes.scopes
            return found if isinstance(scopes, Unset) else await self._set_permissions(found, scopes)

    async def read_assignable(self, organization_id: str) -> Sequence[Role]:
        """Return the roles that members of an organization can have: those of the environment and its own."""
        found = await self._read_roles("list_organization_roles", organization_id=organization_id)
        if not any(role.kind == _ENVIRONMENT for role in found):  # an emulator leaves them out (section 7)
            return [*found, *await self._read_roles(_LIST)]
        return found

    async def _read_roles(self, operation: str, **names: str) -> Sequence[Role]:
        """Return all roles. WorkOS sends them at once, an emulator in pages of ten (section 2)."""

        async def fetch(position: str | None, _size: int) -> Slice[Role]:
            query = () if position is None else PAGES.parameters(position, MAX_ITEMS)[1:]
            request = REQUESTS.build(operation, None, query, **names)
            return await self._connection.read_page(request, role_reader, PAGES, position, MAX_ITEMS)

        return await Paginator(self._listing("roles.list", fetch)).collect()

    async def _set_permissions(self, role: Role, permissions: Sequence[str]) -> Role:
        body = models.SetRolePermissions(permissions=[*permissions])
        return await self._one(role_reader, "set_environment_role_permissions", body, slug=role.name)
