"""The members of one organization in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import NotFoundError, UnprocessableError
from orgsdk.providers.base import UserOperations
from orgsdk.providers.memory import rows
from orgsdk.providers.memory.accounts import change, create, find
from orgsdk.providers.memory.room import Connection, Room, one
from orgsdk.providers.memory.rows import MemberRow
from orgsdk.providers.memory.store import IDS, NAME, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from orgsdk.domain import Role, User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import Account
    from orgsdk.providers.memory.rows import OrganizationRow, RoleRow

    T = TypeVar("T")


class MemoryUsers(Room, UserOperations):
    """Work with members."""

    def __init__(self, connection: Connection, organization_id: str | None) -> None:
        super().__init__(connection)
        self._organization_id = organization_id

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of those that mention the query and hold the role, in the order in which they joined."""
        scope = (self._organization_id, query.query, query.role)
        return self._listing(
            "users.list", scope, lambda: self._matching(query, "users.list"), MemberRow.wire, rows.users
        )

    async def get(self, user_id: str) -> User:
        """Give one member."""
        return await self._with_member("users.get", user_id, _record)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the member who has this address or username."""

        def work() -> User | None:
            members = self._organization("users.find").members
            account = find(self._store, email, username)
            return _record(members[account.id]) if account is not None and account.id in members else None

        return await self._call("users.find", work)

    async def count(self, query: UserQuery) -> int:
        """Count the members that mention the query and hold the role."""
        return await self._call("users.count", lambda: len(self._matching(query, "users.count")))

    async def create(self, draft: UserDraft) -> User:
        """Make an account that is a member with these roles, or nothing at all."""

        def work() -> User:
            organization = self._organization("users.create")
            roles = self._store.roles_of(draft.roles, "users.create")
            return _record(self._store.join(organization, create(self._store, draft, "users.create"), roles))

        return await self._call("users.create", work)

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make members of accounts, all of them or none."""
        for user_id in user_ids:
            IDS.check(user_id, "user id")

        def work() -> None:
            organization = self._organization("users.add")
            held = self._store.roles_of(roles, "users.add")
            unknown = [user_id for user_id in user_ids if user_id not in self._store.accounts]
            if unknown:
                message = f"there is no account {unknown[0]}: nobody was added."
                raise UnprocessableError(message, provider=NAME, operation="users.add", code="unknown_account")
            for user_id in user_ids:
                self._store.join(organization, self._store.accounts[user_id], held)

        await self._call("users.add", work)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change the account of a member."""

        def work(member: MemberRow) -> User:
            change(self._store, member.account, changes, "users.update")
            return _record(member)

        return await self._with_member("users.update", user_id, work)

    async def remove(self, user_id: str, account: Account) -> None:
        """End a membership, or delete the account of a member."""

        def work(member: MemberRow) -> None:
            if account == "keep":
                del self._organization("users.remove").members[user_id]
            else:
                self._store.delete(member.account)

        await self._with_member("users.remove", user_id, work)

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend the account of a member, or let it be."""

        def work(member: MemberRow) -> User:
            member.account.is_suspended = suspended
            return _record(member)

        return await self._with_member("users.suspend", user_id, work)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Give the roles of a member, in the order in which they were given."""
        return await self._with_member(
            "users.list_roles", user_id, lambda member: [one(rows.roles, role.wire()) for role in member.roles.values()]
        )

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Have a member hold just these."""

        def work(member: MemberRow) -> None:
            member.roles = self._store.roles_of(roles, "users.set_roles")

        await self._with_member("users.set_roles", user_id, work)

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Have a member hold these too."""

        def work(member: MemberRow) -> None:
            member.roles |= self._store.roles_of(roles, "users.add_roles")

        await self._with_member("users.add_roles", user_id, work)

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Take these from a member."""

        def work(member: MemberRow) -> None:
            for role_id in self._store.roles_of(roles, "users.remove_roles"):
                member.roles.pop(role_id, None)

        await self._with_member("users.remove_roles", user_id, work)

    def _organization(self, operation: str) -> OrganizationRow:
        return self._store.organization(self._organization_id, operation)

    async def _with_member(self, operation: str, user_id: str, work: Callable[[MemberRow], T]) -> T:
        IDS.check(user_id, "user id")

        def with_member() -> T:
            organization = self._organization(operation)
            if user_id not in organization.members:
                raise not_found(f"organization {organization.id} has no member {user_id}.", operation)
            return work(organization.members[user_id])

        return await self._call(operation, with_member)

    def _matching(self, query: UserQuery, operation: str) -> Sequence[MemberRow]:
        members = self._organization(operation).members.values()
        wanted = (query.query or "").casefold()
        role = self._role(query.role)
        return [
            member
            for member in members
            if (not wanted or member.account.mentions(wanted)) and (query.role is None or role in member.roles.values())
        ]

    def _role(self, role: str | None) -> RoleRow | None:
        # A role that nobody has heard of is held by nobody.
        try:
            return None if role is None else self._store.role(role, "users.list")
        except NotFoundError:
            return None


def _record(member: MemberRow) -> User:
    return one(rows.users, member.wire())
