"""Users: the members of one Logto organization."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from orgsdk.errors import NotFoundError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import UserOperations
from orgsdk.providers.http.list_checks import check_if_empty
from orgsdk.providers.http.matching import find_matching_user
from orgsdk.providers.http.operations import HTTPOperations, PartialResult
from orgsdk.providers.logto import requests
from orgsdk.providers.logto.errors import (
    convert_not_a_member,
    convert_unknown_account,
)
from orgsdk.providers.logto.lists import describe_list
from orgsdk.providers.logto.records import in_order, role_reader, user_reader

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.domain import Role, User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.base import AccountAction
    from orgsdk.providers.http.connection import HTTPConnection
    from orgsdk.providers.logto.accounts import LogtoAccounts
    from orgsdk.providers.logto.roles import LogtoRoles
    from orgsdk.transport import Request

_OPERATION = "list_organization_users"


class LogtoUsers(HTTPOperations, UserOperations):
    """Operations on the members of the organization `organization_id`."""

    def __init__(
        self, connection: HTTPConnection, roles: LogtoRoles, accounts: LogtoAccounts, organization_id: str
    ) -> None:
        super().__init__(connection)
        self._roles = roles
        self._accounts = accounts
        self._organization_id = organization_id

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `ListOrganizationUsers`, ordered by id.

        A role costs one request before the first page, to look it up. An empty first page costs one more, to check the
        organization: Logto answers with an empty list for one that does not exist.
        """
        q: str | None = requests.escape_like(query.query)
        role_id: str | None = None  # the role is looked up for the first page

        def build_request(position: str | None, page_size: int) -> Request:
            return requests.members.list_organization_users(self._organization_id, q, role_id, position, page_size)

        fetch_members = self._connection.fetcher(build_request, user_reader, requests.PAGING)
        checked = check_if_empty(fetch_members, self._check_organization)

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            nonlocal role_id
            if query.role is not None and role_id is None:
                role_id = (await self._roles.get(query.role)).id
            return await checked(position, page_size)

        scope = (self._organization_id, query.query, query.role)
        return describe_list(fetch, name="users.list", scope=scope, complete=query.complete, stable_order=True)

    async def get(self, user_id: str) -> User:
        """Return one member, found by a search: Logto has no request for one member with their roles."""
        requests.IDS.check(user_id, "user id")
        async for user in self._search_members(user_id):
            if user.id == user_id:
                return user
        message = f"organization {self._organization_id} has no member {user_id}."
        raise NotFoundError(message, provider=requests.NAME, operation=_OPERATION)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the member with this e-mail address or username, by `ListOrganizationUsers` with `q`.

        `%` and `_` are wildcards in `q`, so the search may find more members; the exact one is selected here.
        """
        found = self._search_members(email or username or "")
        return await find_matching_user(
            found, email=email, username=username, provider=requests.NAME, operation=_OPERATION
        )

    async def count(self, query: UserQuery) -> int:
        """Return the total of a page with one member. For a total of 0, one more request checks the organization."""
        role_id = None if query.role is None else (await self._roles.get(query.role)).id
        text = requests.escape_like(query.query)
        request = requests.members.list_organization_users(self._organization_id, text, role_id, None, 1)
        total = await self._connection.count(request, user_reader, requests.PAGING)
        if not total:
            await self._check_organization()
        return total

    def check_create(self, draft: UserDraft) -> None:
        """Check that Logto accepts the draft, without a request. `create` looks up the roles."""
        self._accounts.check_create(draft)

    def check_update(self, changes: UserChanges) -> None:
        """Check that Logto accepts the changes, without a request."""
        self._accounts.check_update(changes)

    async def create(self, draft: UserDraft) -> User:
        """Create the account by `CreateUser`, then the membership, then assign the roles.

        The roles are looked up first. If a later step fails, the error's partial result is the account.
        """
        roles = await self._roles.resolve_for_users(draft.roles)
        user = await self._accounts.create(draft)
        with PartialResult(user):
            later = self._holding(draft.password)
            await later._add_members([user.id])
            await later._assign_roles([user.id], roles)
        return _with_roles(user, roles)

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Add accounts by `AddOrganizationUsers`, then `AssignOrganizationRolesToUsers`, 500 ids per request.

        Both requests are idempotent, so that a caller can retry the whole call after an error. The error's partial
        result is the ids of the new members.
        """
        for user_id in user_ids:
            requests.IDS.check(user_id, "user id")
        found = await self._roles.resolve_for_users(roles)
        with PartialResult[tuple[str, ...]]() as added:
            for batch in requests.in_batches(user_ids):
                await self._add_members(batch)
                added.result = (*(added.result or ()), *batch)
                await self._assign_roles(batch, found)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update the account of a member.

        Names and the external id are merged with the member, which a search returns with the roles in one request.
        """
        self.check_update(changes)  # before the first request
        if self._accounts.only_merges(changes):
            return await self._accounts.merge(await self.get(user_id), changes)
        roles = await self.list_roles(user_id)
        return _with_roles(await self._accounts.update(user_id, changes), roles)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """End the membership by `DeleteOrganizationUser`, or delete the member's account by `DeleteUser`."""
        if account == "keep":
            request = requests.members.delete_organization_user(self._organization_id, user_id)
            await self._connection.send(request)
        else:
            await self.list_roles(user_id)  # raises for an account that is not a member
            await self._accounts.remove(user_id, account)

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend the account of a member, or end the suspension."""
        roles = await self.list_roles(user_id)
        return _with_roles(await self._accounts.suspend(user_id, suspended=suspended), roles)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the member's roles by `ListOrganizationUserRoles`, without their scopes."""
        organization_id, build_request = self._organization_id, requests.members.list_organization_user_roles
        fetch = self._connection.fetcher(
            lambda position, size: build_request(organization_id, user_id, position, size), role_reader, requests.PAGING
        )
        with convert_not_a_member(self._organization_id, user_id):
            found = await Paginator(describe_list(fetch, name="users.list_roles", scope=())).collect()
        return sorted(found, key=lambda role: role.name)

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Replace the member's roles by `ReplaceOrganizationUserRoles`."""
        requests.IDS.check(user_id, "user id")
        named = await self._roles.references_for_users(roles)
        async with self._roles.explain_refusal(roles):
            with convert_not_a_member(self._organization_id, user_id):
                await self._connection.send(
                    requests.members.replace_organization_user_roles(self._organization_id, user_id, **named)
                )

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Add roles to the member by `AssignOrganizationRolesToUser`."""
        requests.IDS.check(user_id, "user id")
        named = await self._roles.references_for_users(roles)
        async with self._roles.explain_refusal(roles):
            with convert_not_a_member(self._organization_id, user_id):
                await self._connection.send(
                    requests.members.assign_organization_roles_to_user(self._organization_id, user_id, **named)
                )

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Remove roles from the member by `DeleteOrganizationUserRole`, one request each.

        The error's partial result is the names of the roles that were removed before it.
        """
        requests.IDS.check(user_id, "user id")
        with PartialResult[tuple[str, ...]]() as removed:
            for role in await self._roles.resolve(roles):
                request = requests.members.delete_organization_user_role(self._organization_id, user_id, role.id)
                with convert_not_a_member(self._organization_id, user_id), suppress(NotFoundError):
                    await self._connection.send(request)
                removed.result = (*(removed.result or ()), role.name)

    async def _add_members(self, user_ids: Sequence[str]) -> None:
        request = requests.members.add_organization_users(self._organization_id, user_ids)
        with convert_unknown_account(self._organization_id, user_ids):
            await self._connection.send(request)

    async def _assign_roles(self, user_ids: Sequence[str], roles: Sequence[Role]) -> None:
        if roles:
            role_ids = [role.id for role in roles]
            await self._connection.send(
                requests.members.assign_organization_roles_to_users(self._organization_id, user_ids, role_ids)
            )

    async def _check_organization(self) -> None:
        await self._connection.send(requests.organizations.get_organization(self._organization_id))

    def _search_members(self, text: str) -> Paginator[User]:
        q, list_members = requests.search_text(text), requests.members.list_organization_users
        fetch = self._within_timeout()._connection.fetcher(
            lambda position, page_size: list_members(self._organization_id, q, None, position, page_size),
            user_reader,
            requests.PAGING,
        )
        return Paginator(describe_list(fetch, name="users.list", scope=()))


def _with_roles(user: User, roles: Iterable[Role]) -> User:
    return user.model_copy(update={"roles": in_order([role.name for role in roles])})
