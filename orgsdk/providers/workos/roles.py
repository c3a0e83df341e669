"""Roles of an environment, and those that the members of one organization can have, by slug or id."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from orgsdk.domain import Unset
from orgsdk.domain.json_reader import MAX_ITEMS
from orgsdk.errors import APIError, InvalidArgumentError, NotFoundError, UnsupportedError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import RoleOperations, unknown_name_error
from orgsdk.providers.http import PartialResult, SinglePage, has_values
from orgsdk.providers.workos.capabilities import ONE_ROLE_ADVICE
from orgsdk.providers.workos.errors import INVALID_ROLE
from orgsdk.providers.workos.lists import WorkOSOperations
from orgsdk.providers.workos.models import CreateRole, SetRolePermissions, UpdateRole
from orgsdk.providers.workos.native.routes import NAME, PAGES, build
from orgsdk.providers.workos.records import role_reader

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Sequence

    from orgsdk.domain import Role, RoleChanges, RoleDraft, RoleQuery
    from orgsdk.pagination import Fetch, Listing, Slice
    from orgsdk.providers.http import HTTPConnection
    from orgsdk.providers.workos.accounts import WorkOSAccounts

T = TypeVar("T")

_ENVIRONMENT = "EnvironmentRole"
_SINGLE = SinglePage()


class _RoleReader(WorkOSOperations):
    async def _read_roles(self, operation: str, **names: str) -> list[Role]:
        """Return all roles. WorkOS sends them at once, an emulator in pages of ten (section 2)."""

        async def fetch(position: str | None, _size: int) -> Slice[Role]:
            query = () if position is None else PAGES.parameters(position, MAX_ITEMS)[1:]
            request = build(operation, None, query, **names)
            return await self._connection.read_page(request, role_reader, PAGES, position, MAX_ITEMS)

        return await Paginator(self._listing("roles.list", (), fetch)).collect()


class WorkOSRoles(_RoleReader, RoleOperations):
    """Operations on the roles of the environment, which every organization has. A role's name is its slug."""

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the environment's roles, filtered by a part of the slug: WorkOS has no filter."""
        text = (query.query or "").casefold()

        async def fetch(position: str | None, _size: int) -> Slice[Role]:
            _SINGLE.parameters(position)
            found = await self._read_roles("list_environment_roles")
            return _SINGLE.slice([role for role in found if text in role.name.casefold()])

        return self._listing("roles.list", (query.query,), fetch)

    async def get(self, role: str) -> Role:
        """Return the role with this id or slug, from the list."""
        found = await self._read_roles("list_environment_roles")
        known = {each.name: each for each in found} | {each.id: each for each in found}
        if role not in known:
            raise unknown_name_error(role, [e.name for e in found], provider=NAME, operation="list_environment_roles")
        return known[role]

    async def create(self, draft: RoleDraft) -> Role:
        """Create a role whose slug and display name are the draft's name, then set its permissions.

        After a lost response, the role of this slug is adopted. WorkOS refuses a second one.
        """
        if draft.kind not in {None, _ENVIRONMENT}:
            raise InvalidArgumentError(
                f"is {draft.kind!r}: leave it out, or use native.create_organization_role.", argument="kind"
            )
        body = CreateRole.of({"slug": draft.name, "name": draft.name, "description": draft.description})
        request = build("create_environment_role", body)
        bounded = self._within_timeout()

        async def look_up() -> Role | None:
            try:
                role = await bounded._one(role_reader, "get_environment_role", slug=draft.name)
            except NotFoundError:
                return None
            return role if has_values(role, {"description": draft.description}) and not role.scopes else None

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
            body = UpdateRole(description=changes.description)
            request = build("update_environment_role", body, slug=found.name)
            try:
                found = await self._connection.read_one(request, role_reader)
            except NotFoundError:  # the role exists, so that this is an emulator, which has PUT instead (section 7)
                found = await self._connection.read_one(replace(request, method="PUT"), role_reader)
        if isinstance(changes.scopes, Unset):
            return found
        with PartialResult(found):
            return await self._set_permissions(found, changes.scopes)

    async def _set_permissions(self, role: Role, permissions: Sequence[str]) -> Role:
        body = SetRolePermissions(permissions=[*permissions])
        return await self._one(role_reader, "set_environment_role_permissions", body, slug=role.name)


class MemberRoles(_RoleReader):
    """The roles that members of one organization can have: those of the environment and its own.

    `known` has the slugs that were read before, by organization and by id or slug. A role of a later request is
    therefore checked without another request. If it was deleted meanwhile, WorkOS refuses it.
    """

    def __init__(self, connection: HTTPConnection, known: dict[str, dict[str, str]], organization_id: str) -> None:
        super().__init__(connection)
        self._known = known
        self._organization_id = organization_id

    async def read(self) -> list[Role]:
        """Return the roles. An emulator leaves the environment's out of an organization's (section 7)."""
        found = await self._read_roles("list_organization_roles", organization_id=self._organization_id)
        if not any(role.kind == _ENVIRONMENT for role in found):
            found += await self._read_roles("list_environment_roles")
        self._known[self._organization_id] = {key: role.name for role in found for key in (role.name, role.id)}
        return found

    async def slug_of(self, role: str) -> str:
        """Return the slug of a role by its id or slug. Raise the error for an unknown role with those that exist."""
        if role not in self._known.get(self._organization_id, ()):
            await self.read()
        known = self._known[self._organization_id]
        if role not in known:
            raise unknown_name_error(role, known.values(), provider=NAME, operation="list_organization_roles")
        return known[role]

    async def only_slug_of(self, roles: Sequence[str], verb: str) -> str | None:
        """Return the slug of the only role, or None for no role. Refuse several."""
        if len(roles) > 1:
            raise UnsupportedError(NAME, f"{verb} with {len(roles)} roles", ONE_ROLE_ADVICE)
        return await self.slug_of(roles[0]) if roles else None

    @asynccontextmanager
    async def explain_refusal(self, slug: str | None) -> AsyncGenerator[None]:
        """Turn WorkOS' error for a role that was deleted meanwhile into the one with the roles that exist."""
        try:
            yield
        except APIError as error:
            if error.code != INVALID_ROLE or slug is None:
                raise
            self._known.pop(self._organization_id, None)
            await self.slug_of(slug)
            raise


class OrganizationScope(WorkOSOperations):
    """Base of the operations on one organization, with the users of the environment and the organization's roles."""

    def __init__(
        self, connection: HTTPConnection, accounts: WorkOSAccounts, roles: MemberRoles, organization_id: str
    ) -> None:
        super().__init__(connection)
        self._accounts = accounts
        self._roles = roles
        self._organization_id = organization_id
        self._in_organization = ("organization_id", organization_id)

    def _checked(self, fetch: Fetch[T]) -> Fetch[T]:
        """Return a `fetch` that checks the organization if it is unknown, or if the list is empty."""

        async def fetch_checked(position: str | None, page_size: int) -> Slice[T]:
            try:
                found = await fetch(position, page_size)
            except NotFoundError:
                await self._get_organization(self._organization_id)
                raise
            if position is None and not found.items:
                await self._get_organization(self._organization_id)
            return found

        return fetch_checked
