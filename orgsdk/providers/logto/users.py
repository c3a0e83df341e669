"""The members of one Logto organization."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from orgsdk.errors import NotFoundError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import UserOperations
from orgsdk.providers.http.responses import find_matching_user
from orgsdk.providers.logto import records, requests
from orgsdk.providers.logto.errors import (
    attach_partial_result,
    convert_not_a_member,
    convert_unknown_account,
    not_found_error,
)
from orgsdk.providers.logto.walks import describe_list

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.domain import Role, User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.base import AccountAction
    from orgsdk.providers.logto.accounts import LogtoAccounts
    from orgsdk.providers.logto.connection import LogtoConnection
    from orgsdk.providers.logto.roles import LogtoRoles
    from orgsdk.providers.logto.walks import Fetch

_OPERATION = "list_organization_users"


class LogtoUsers(UserOperations):
    """Work with the members of the organization of `organization_id`."""

    def __init__(
        self, connection: LogtoConnection, roles: LogtoRoles, accounts: LogtoAccounts, organization_id: str
    ) -> None:
        self._connection = connection
        self._roles = roles
        self._accounts = accounts
        self._organization_id = organization_id

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `ListOrganizationUsers`, in the order of their ids.

        A role is looked up by name before the first page, which costs one more request; so does an empty first
        page, for Logto shows the same for an organization that does not exist.
        """
        fetch = self._page_fetcher(requests.escape_like(query.query), query.role)

        async def checked(position: str | None, page_size: int) -> Slice[User]:
            found = await fetch(position, page_size)
            if position is None and not found.items:
                await self._check_organization()
            return found

        scope = (self._organization_id, query.query, query.role)
        return describe_list(checked, name="users.list", scope=scope, complete=query.complete)

    async def get(self, user_id: str) -> User:
        """Give one member, found by searching: Logto has no request for one member with their roles."""
        requests.IDS.check(user_id, "user id")
        async for user in self._search_members(user_id):
            if user.id == user_id:
                return user
        raise not_found_error(f"organization {self._organization_id} has no member {user_id}.", _OPERATION)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the member of that address or username, by `ListOrganizationUsers` with `q`.

        `q` is a search in which `%` and `_` stand for anything, so it finds too many rather than too few.
        """
        found = self._search_members(email or username or "")
        return await find_matching_user(
            found, email=email, username=username, provider=requests.NAME, operation=_OPERATION
        )

    async def count(self, query: UserQuery) -> int:
        """Count by the total that comes with a page of one; none of them costs a look whether there is such a one."""
        role_id = None if query.role is None else (await self._roles.get(query.role)).id
        asked = requests.escape_like(query.query)
        request = requests.members.list_organization_users(self._organization_id, asked, role_id, None, 1)
        found = await self._connection.count(request)
        if not found:
            await self._check_organization()
        return found

    def check_create(self, draft: UserDraft) -> None:
        """Raise what Logto does not take of the account that is to be made; roles are looked up by `create`."""
        self._accounts.check_create(draft)

    def check_update(self, changes: UserChanges) -> None:
        """Raise what Logto does not take of the changes."""
        self._accounts.check_update(changes)

    async def create(self, draft: UserDraft) -> User:
        """Make the account by `CreateUser`, then the membership, then the roles, which are looked up before all."""
        roles = await self._roles.resolve_for_users(draft.roles)
        user = await self._accounts.create(draft)
        with attach_partial_result(user):
            await self._add_members([user.id])
            await self._assign_roles([user.id], roles)
        return _with_roles(user, roles)

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Add accounts by `AddOrganizationUsers`, then `AssignOrganizationRolesToUsers`, 500 a request.

        Both leave what is there as it is, so that the whole call may be made again after an error, whose
        `partial_result` are the ids of those who are members now.
        """
        for user_id in user_ids:
            requests.IDS.check(user_id, "user id")
        found = await self._roles.resolve_for_users(roles)
        joined: tuple[str, ...] = ()
        for batch in requests.in_batches(user_ids):
            with attach_partial_result(joined or None):
                await self._add_members(batch)
            joined += tuple(batch)
            with attach_partial_result(joined):
                await self._assign_roles(batch, found)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change the account of one who is a member."""
        self.check_update(changes)  # before anything is sent
        roles = await self.list_roles(user_id)
        return _with_roles(await self._accounts.update(user_id, changes), roles)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """End the membership by `DeleteOrganizationUser`, or delete a member's account by `DeleteUser`."""
        if account == "keep":
            request = requests.members.delete_organization_user(self._organization_id, user_id)
            await self._connection.send(request)
        else:
            await self.list_roles(user_id)  # who is no member is out of this organization's reach
            await self._accounts.remove(user_id, account)

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend the account of one who is a member, or let it be."""
        roles = await self.list_roles(user_id)
        return _with_roles(await self._accounts.suspend(user_id, suspended=suspended), roles)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Give the member's roles by `ListOrganizationUserRoles`, without their scopes."""

        async def fetch(position: str | None, page_size: int) -> Slice[Role]:
            request = requests.members.list_organization_user_roles(self._organization_id, user_id, position, page_size)
            return await self._connection.read_page(records.roles, request, position, page_size)

        with convert_not_a_member(self._organization_id, user_id):
            return await Paginator(describe_list(fetch, name="users.list_roles", scope=())).collect()

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Have the member hold just these by `ReplaceOrganizationUserRoles`."""
        requests.IDS.check(user_id, "user id")
        role_ids = [role.id for role in await self._roles.resolve_for_users(roles)]
        with convert_not_a_member(self._organization_id, user_id):
            await self._connection.send(
                requests.members.replace_organization_user_roles(self._organization_id, user_id, role_ids=role_ids)
            )

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Have the member hold these too by `AssignOrganizationRolesToUser`."""
        requests.IDS.check(user_id, "user id")
        role_ids = [role.id for role in await self._roles.resolve_for_users(roles)]
        with convert_not_a_member(self._organization_id, user_id):
            await self._connection.send(
                requests.members.assign_organization_roles_to_user(self._organization_id, user_id, role_ids=role_ids)
            )

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Take these from the member by `DeleteOrganizationUserRole`, one after the other."""
        requests.IDS.check(user_id, "user id")
        for role in await self._roles.resolve(roles):
            request = requests.members.delete_organization_user_role(self._organization_id, user_id, role.id)
            with convert_not_a_member(self._organization_id, user_id), suppress(NotFoundError):
                await self._connection.send(request)

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
        return Paginator(
            describe_list(self._page_fetcher(requests.search_text(text), None), name="users.list", scope=())
        )

    def _page_fetcher(self, q: str | None, role: str | None) -> Fetch[User]:
        role_id: str | None = None

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            nonlocal role_id
            if role is not None and role_id is None:
                role_id = (await self._roles.get(role)).id
            request = requests.members.list_organization_users(self._organization_id, q, role_id, position, page_size)
            return await self._connection.read_page(records.users, request, position, page_size)

        return fetch


def _with_roles(user: User, roles: Iterable[Role]) -> User:
    return user.model_copy(update={"roles": tuple(role.name for role in roles)})
