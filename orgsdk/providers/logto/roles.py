"""Organization roles of a Logto tenant, the same for all of its organizations, and their lookup by id or name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from orgsdk.domain import RoleQuery, Unset
from orgsdk.domain.record import mark_adopted
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.http.adoption import create_or_adopt
from orgsdk.providers.logto import records, requests
from orgsdk.providers.logto.errors import attach_partial_result, not_found_error
from orgsdk.providers.logto.models import CreateOrganizationRole, ModelReader, OrganizationScope, UpdateOrganizationRole
from orgsdk.providers.logto.walks import describe_list

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pydantic import JsonValue

    from orgsdk.domain import Role, RoleChanges, RoleDraft
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.logto.connection import LogtoConnection


class HasName(Protocol):
    """What has an id and a name of its own."""

    @property
    def id(self) -> str:
        """Give the id."""
        ...

    @property
    def name(self) -> str:
        """Give the name."""
        ...


HasNameT = TypeVar("HasNameT", bound=HasName)


async def resolve_ids_or_names(
    wanted: Sequence[str], listing: Callable[[str | None], Listing[HasNameT]], *, what: str, operation: str
) -> Sequence[HasNameT]:
    """Give what `wanted` names, each once and in order: an id goes before a name, which may be anything.

    `listing` describes the list that a search finds, or all of it. One alone is searched for by name, and only
    where that finds nothing is all of it read, for ids are not among what is searched; several are read at once.

    Raises `NotFoundError` where there is no such thing.
    """
    if not wanted:
        return []
    name = requests.search_text(wanted[0]) if len(wanted) == 1 else None
    known = await _by_id_and_name(listing(name))
    if name is not None and wanted[0] not in known:
        known = await _by_id_and_name(listing(None))
    for one in wanted:
        if one not in known:
            raise not_found_error(f"the tenant has no organization {what} called {one!r}.", operation)
    return list({known[one].id: known[one] for one in wanted}.values())


async def _by_id_and_name(listing: Listing[HasNameT]) -> dict[str, HasNameT]:
    listed = await Paginator(listing).collect()
    return {found.name: found for found in listed} | {found.id: found for found in listed}


_MACHINE_ROLE = "MachineToMachine"
_SCOPES = ModelReader(OrganizationScope)


class LogtoRoles(RoleOperations):
    """Work with organization roles."""

    def __init__(self, connection: LogtoConnection) -> None:
        self._connection = connection

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe `ListOrganizationRoles`."""
        return self._listing(requests.escape_like(query.query), query.query)

    async def get(self, role: str) -> Role:
        """Give one with its scopes, which `ListOrganizationRoles` alone tells."""
        return (await self.resolve([role]))[0]

    async def create(self, draft: RoleDraft) -> Role:
        """Make one by `CreateOrganizationRole`; one whose answer was lost is found by its name."""
        scopes = await self._scopes(draft.scopes)
        fields = {"name": draft.name, "organization_scope_ids": [scope.id for scope in scopes]}
        if draft.description is not None:
            fields["description"] = draft.description
        if draft.kind is not None:
            fields["type"] = draft.kind
        request = requests.roles.create_organization_role(CreateOrganizationRole.model_validate(fields))
        names = tuple(scope.name for scope in scopes)

        async def create() -> Role:
            role = await self._connection.read_one(records.roles, request)
            return role.model_copy(update={"scopes": names})  # they are not told in the answer

        async def look_up() -> Role | None:
            async for role in Paginator(self._listing(requests.search_text(draft.name), draft.name)):
                if role.name == draft.name:
                    return role if _is_as_created(role, draft, names) else None
            return None

        role, found = await create_or_adopt(create, look_up, provider=requests.NAME, operation=request.operation)
        if found:
            mark_adopted(role)
        return role

    async def update(self, role: str, changes: RoleChanges) -> Role:
        """Change one by `UpdateOrganizationRole`, then `ReplaceOrganizationRoleScopes`.

        Role and scopes are looked up before anything is changed. Where the second fails, its error's `partial_result`
        is the role as changed so far.
        """
        found = await self.get(role)
        scopes = None if isinstance(changes.scopes, Unset) else await self._scopes(changes.scopes)
        given = {"name": changes.name, "description": changes.description}
        fields = {name: value for name, value in given.items() if not isinstance(value, Unset)}
        changed: Role | None = None
        if fields:
            request = requests.roles.update_organization_role(found.id, UpdateOrganizationRole.model_validate(fields))
            changed = await self._connection.read_one(records.roles, request)
            # The scopes are told by the list alone, which was read before.
            changed = records.with_raw(records.roles, changed, scopes=found.raw.get("scopes"))
        if scopes is not None:
            request = requests.roles.replace_organization_role_scopes(found.id, [scope.id for scope in scopes])
            with attach_partial_result(changed):
                await self._connection.send(request)
            named: JsonValue = [{"id": scope.id, "name": scope.name} for scope in scopes]
            changed = records.with_raw(records.roles, changed or found, scopes=named)
        return changed or found

    async def remove(self, role: str) -> None:
        """Delete one by `DeleteOrganizationRole`: whoever holds it does no more."""
        found = await self.get(role)
        await self._connection.send(requests.roles.delete_organization_role(found.id))

    async def resolve(self, roles: Sequence[str]) -> Sequence[Role]:
        """Give the roles of these ids or names, each once.

        Raises `NotFoundError` where the tenant has no such role.
        """
        return await resolve_ids_or_names(
            roles, lambda q: self._listing(q, None), what="role", operation="list_organization_roles"
        )

    async def resolve_for_users(self, roles: Sequence[str]) -> Sequence[Role]:
        """Give the roles of these ids or names, as `resolve_ids_or_names` does; all of them are for people.

        Raises `InvalidArgumentError` for one of machines: Logto refuses it, or, in an invitation, takes it and lets
        nobody accept (facts/logto.md, section 7).
        """
        found = await self.resolve(roles)
        for role in found:
            self.check_for_users(role)
        return found

    def check_for_users(self, role: Role) -> None:
        """Raise `InvalidArgumentError` for one of machines."""
        if role.kind == _MACHINE_ROLE:
            raise InvalidArgumentError(f"The role {role.name!r} is for machines: no person can hold it.")

    async def _scopes(self, scopes: Sequence[str]) -> Sequence[OrganizationScope]:
        return await resolve_ids_or_names(
            scopes, self._scope_listing, what="scope", operation="list_organization_scopes"
        )

    def _scope_listing(self, q: str | None) -> Listing[OrganizationScope]:
        async def fetch(position: str | None, page_size: int) -> Slice[OrganizationScope]:
            request = requests.roles.list_organization_scopes(q, position, page_size)
            return await self._connection.read_page(_SCOPES, request, position, page_size)

        return describe_list(fetch, name="scopes.list", scope=(q,))

    def _listing(self, q: str | None, asked: str | None) -> Listing[Role]:
        async def fetch(position: str | None, page_size: int) -> Slice[Role]:
            request = requests.roles.list_organization_roles(q, position, page_size)
            return await self._connection.read_page(records.roles, request, position, page_size)

        return describe_list(fetch, name="roles.list", scope=(asked,))


def _is_as_created(role: Role, draft: RoleDraft, scopes: tuple[str, ...]) -> bool:
    """Tell whether a role found by its name is what the draft asked for, whoever made it."""
    return (
        role.description == draft.description
        and draft.kind in {None, role.kind}
        and set(role.scopes or ()) == set(scopes)
    )
