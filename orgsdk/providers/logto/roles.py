"""Organization roles of a Logto tenant, the same for all of its organizations, and their lookup by id or name."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import TYPE_CHECKING, TypedDict

from orgsdk.domain import JsonReader, Role, RoleQuery, Unset
from orgsdk.errors import InvalidArgumentError, UnprocessableError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.http.names import HasNameT, by_id_and_name, choose
from orgsdk.providers.http.operations import HTTPOperations, PartialResult
from orgsdk.providers.logto import models, requests
from orgsdk.providers.logto.errors import UNKNOWN_ROLE_CODES
from orgsdk.providers.logto.lists import describe_list
from orgsdk.providers.logto.records import in_order, role_reader, with_raw

if TYPE_CHECKING:
    from collections.abc import Callable

    import anyio
    from pydantic import JsonValue

    from orgsdk.domain import RoleChanges, RoleDraft
    from orgsdk.pagination import Listing
    from orgsdk.providers.http.connection import HTTPConnection

_MACHINE_ROLE = "MachineToMachine"


class RoleReferences(TypedDict):
    """Roles as the requests on one member name them."""

    role_ids: Sequence[str] | None
    role_names: Sequence[str] | None


class LogtoRoles(HTTPOperations, RoleOperations):
    """Operations on organization roles.

    `known` keeps those that were looked up for members, by id and name. `lock` lets calls at the same time look them up
    once.
    """

    def __init__(self, connection: HTTPConnection, known: dict[str, Role], lock: anyio.Lock) -> None:
        super().__init__(connection)
        self._known = known
        self._lock = lock

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe `ListOrganizationRoles`."""
        return self._listing(requests.escape_like(query.query), query.query)

    async def get(self, role: str) -> Role:
        """Return a role with its scopes. Only `ListOrganizationRoles` has them."""
        return (await self.resolve([role]))[0]

    async def create(self, draft: RoleDraft) -> Role:
        """Create a role by `CreateOrganizationRole`, or adopt the role of this name after a lost response."""
        bounded = self._within_timeout()
        scopes = await bounded._resolve_scopes(draft.scopes)
        fields = {"name": draft.name, "organization_scope_ids": [scope.id for scope in scopes]}
        if draft.description is not None:
            fields["description"] = draft.description
        if draft.kind is not None:
            fields["type"] = draft.kind
        request = requests.roles.create_organization_role(build_body(models.CreateOrganizationRole, None, fields))
        scope_names = in_order([scope.name for scope in scopes])

        async def look_up() -> Role | None:
            candidates = bounded._listing(requests.search_text(draft.name), draft.name)
            async for role in Paginator(candidates):
                if role.name == draft.name:
                    return role if _is_as_created(role, draft, scope_names) else None
            return None

        role = await bounded._connection.create_or_adopt(request, role_reader, look_up)
        # The response to a create does not have the scopes.
        return role if role.adopted else role.model_copy(update={"scopes": scope_names})

    async def update(self, role: str, changes: RoleChanges) -> Role:
        """Update a role by `UpdateOrganizationRole`, then its scopes by `ReplaceOrganizationRoleScopes`.

        The role and the scopes are looked up before the first change. If the second step fails, the error's partial
        result is the role as changed by the first.
        """
        current = await self.get(role)
        scopes = None if isinstance(changes.scopes, Unset) else await self._resolve_scopes(changes.scopes)
        values = {"name": changes.name, "description": changes.description}
        fields = {name: value for name, value in values.items() if not isinstance(value, Unset)}
        self._known.clear()
        with PartialResult[Role]() as done:
            if fields:
                body = build_body(models.UpdateOrganizationRole, None, fields)
                request = requests.roles.update_organization_role(current.id, body)
                changed = await self._connection.read_one(request, role_reader)
                # The response does not have the scopes. They come from the list, which was read before.
                done.result = with_raw(role_reader, changed, scopes=current.raw.get("scopes"))
            if scopes is not None:
                request = requests.roles.replace_organization_role_scopes(current.id, [scope.id for scope in scopes])
                await self._connection.send(request)
                new_scopes: JsonValue = [{"id": scope.id, "name": scope.name} for scope in scopes]
                done.result = with_raw(role_reader, done.result or current, scopes=new_scopes)
        return done.result or current

    async def remove(self, role: str) -> None:
        """Delete a role by `DeleteOrganizationRole`, which removes it from all members."""
        found = await self.get(role)
        self._known.clear()
        await self._connection.send(requests.roles.delete_organization_role(found.id))

    async def resolve(self, roles: Sequence[str]) -> Sequence[Role]:
        """Return the roles with these ids or names, without duplicates."""
        bounded = self._within_timeout()
        return await _resolve(
            roles, lambda q: bounded._listing(q, None), noun="role", operation="list_organization_roles"
        )

    async def resolve_for_users(self, roles: Sequence[str]) -> Sequence[Role]:
        """Return the roles with these ids or names. Refuse a role for machines.

        Logto refuses one too, except in an invitation, which no user can accept then (facts/logto.md, section 7).
        """
        found = await self.resolve(roles)
        for role in found:
            self.check_for_users(role)
        return found

    async def references_for_users(self, roles: Sequence[str]) -> RoleReferences:
        """Return how a request on one member names roles; look up those that no earlier call has named.

        A role is named as the caller did. So a role that was renamed since is not taken for the one that has its name
        now: `explain_refusal` looks up what Logto does not know any more.
        """
        async with self._lock:
            unknown = [role for role in roles if role not in self._known]
            if unknown:
                found = by_id_and_name(await self.resolve_for_users(unknown))
                self._known.update({role: found[role] for role in unknown})
            named = {self._known[role].id: (role, self._known[role]) for role in roles}
        names = [found.name for role, found in named.values() if role != found.id]
        ids = [found.id for role, found in named.values() if role == found.id]
        return {"role_ids": ids or (None if names else []), "role_names": names or None}

    @asynccontextmanager
    async def explain_refusal(self, roles: Sequence[str]) -> AsyncGenerator[None]:
        """Turn Logto's error for a role that was deleted or renamed into the one with the roles that exist."""
        try:
            yield
        except UnprocessableError as error:
            if error.code in UNKNOWN_ROLE_CODES:
                self._known.clear()
                await self.resolve_for_users(roles)
            raise

    def check_for_users(self, role: Role) -> None:
        """Refuse a role for machines."""
        if role.kind == _MACHINE_ROLE:
            raise InvalidArgumentError(f"The role {role.name!r} is for machines. Choose a role for users.")

    async def _resolve_scopes(self, scopes: Sequence[str]) -> Sequence[models.OrganizationScope]:
        return await _resolve(
            scopes, self._within_timeout()._scope_listing, noun="scope", operation="list_organization_scopes"
        )

    def _scope_listing(self, q: str | None) -> Listing[models.OrganizationScope]:
        fetch = self._connection.fetcher(
            lambda position, size: requests.roles.list_organization_scopes(q, position, size),
            _scope_reader(),
            requests.PAGING,
        )
        return describe_list(fetch, name="scopes.list", scope=(q,))

    def _listing(self, q: str | None, query: str | None) -> Listing[Role]:
        fetch = self._connection.fetcher(
            lambda position, size: requests.roles.list_organization_roles(q, position, size),
            role_reader,
            requests.PAGING,
        )
        return describe_list(fetch, name="roles.list", scope=(query,))


def _is_as_created(role: Role, draft: RoleDraft, scopes: tuple[str, ...]) -> bool:
    """Return whether a role of the draft's name has all other fields of the draft too."""
    return (
        role.description == draft.description
        and draft.kind in {None, role.kind}
        and set(role.scopes or ()) == set(scopes)
    )


async def _resolve(
    ids_or_names: Sequence[str], listing: Callable[[str | None], Listing[HasNameT]], *, noun: str, operation: str
) -> Sequence[HasNameT]:
    """Return the objects with these ids or names, in order and without duplicates. An id has priority over a name.

    `listing` describes the list for a search text, or the whole list for None. A single name is searched for. Only if
    that finds nothing, the whole list is read, because the search does not cover ids. For several names, the whole list
    is read at once.
    """
    if not ids_or_names:
        return []
    text = requests.search_text(ids_or_names[0]) if len(ids_or_names) == 1 else None
    found = await Paginator(listing(text)).collect()
    if text is not None and ids_or_names[0] not in by_id_and_name(found):
        found = await Paginator(listing(None)).collect()
    chosen = [choose(key, found, provider=requests.NAME, operation=operation, noun=noun) for key in ids_or_names]
    return list({each.id: each for each in chosen}.values())


@cache
def _scope_reader() -> JsonReader[models.OrganizationScope]:
    return JsonReader(models.OrganizationScope)
