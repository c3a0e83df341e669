"""Users in memory: the members of one organization, and every account."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError, NotFoundError, UnprocessableError
from orgsdk.providers.base import AccountOperations, UserOperations
from orgsdk.providers.memory import rows
from orgsdk.providers.memory.operations import MemoryConnection, MemoryOperations, read_row
from orgsdk.providers.memory.rows import AccountRow, MemberRow
from orgsdk.providers.memory.store import IDS, NAME, not_found

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TypeVar

    from orgsdk.domain import Organization, Role, User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountAction
    from orgsdk.providers.memory.rows import OrganizationRow, RoleRow
    from orgsdk.providers.memory.store import MemoryStore

    T = TypeVar("T")


class MemoryAccounts(MemoryOperations, AccountOperations):
    """Operations on accounts in memory."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the accounts that contain the query, oldest first."""
        return self._listing(
            "accounts.list", (query.query,), lambda: self._matching(query), AccountRow.wire, rows.USER_READER
        )

    async def get(self, user_id: str) -> User:
        """Return one account."""
        IDS.check(user_id, "user id")
        return await self._call("accounts.get", lambda: _account_record(self._store.account(user_id, "accounts.get")))

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the account with this address or username."""

        def work() -> User | None:
            row = find_account(self._store, email, username)
            return None if row is None else _account_record(row)

        return await self._call("accounts.find", work)

    async def count(self, query: UserQuery) -> int:
        """Count the accounts that contain the query."""
        return await self._call("accounts.count", lambda: len(self._matching(query)))

    async def create(self, draft: UserDraft) -> User:
        """Create an account without membership."""
        return await self._call(
            "accounts.create", lambda: _account_record(create_account(self._store, draft, "accounts.create"))
        )

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update an account."""
        IDS.check(user_id, "user id")

        def work() -> User:
            row = self._store.account(user_id, "accounts.update")
            update_account(self._store, row, changes, "accounts.update")
            return _account_record(row)

        return await self._call("accounts.update", work)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete an account and its memberships."""
        IDS.check(user_id, "user id")
        if account != "delete":
            raise InvalidArgumentError("An account that is in no organization can only be deleted.")
        await self._call("accounts.remove", lambda: self._store.delete(self._store.account(user_id, "accounts.remove")))

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend an account, or undo it."""
        IDS.check(user_id, "user id")

        def work() -> User:
            row = self._store.account(user_id, "accounts.suspend")
            row.is_suspended = suspended
            return _account_record(row)

        return await self._call("accounts.suspend", work)

    async def list_organizations(self, user_id: str) -> Sequence[Organization]:
        """Return the organizations that an account is a member of, oldest first."""
        IDS.check(user_id, "user id")

        def work() -> Sequence[Organization]:
            account = self._store.account(user_id, "accounts.list_organizations")
            rows_of_account = [row for row in self._store.organizations.values() if account.id in row.members]
            return [read_row(rows.ORGANIZATION_READER, row.wire()) for row in rows_of_account]

        return await self._call("accounts.list_organizations", work)

    def _matching(self, query: UserQuery) -> Sequence[AccountRow]:
        wanted = (query.query or "").casefold()
        return [row for row in self._store.accounts.values() if not wanted or row.mentions(wanted)]


# Shared by accounts and members


def find_account(store: MemoryStore, email: str | None, username: str | None) -> AccountRow | None:
    """Return the account with this address or username."""
    return store.holder("email", email) if email is not None else store.holder("username", username or "")


def create_account(store: MemoryStore, draft: UserDraft, operation: str) -> AccountRow:
    """Create an account, or raise `ConflictError` if a unique field is taken."""
    return store.new_account(
        {name: value for name, value in asdict(draft).items() if name not in {"password", "roles"}},
        has_password=draft.password is not None,
        operation=operation,
    )


def update_account(store: MemoryStore, row: AccountRow, changes: UserChanges, operation: str) -> None:
    """Update an account, or raise `ConflictError` if a unique field is taken; then nothing is changed."""
    fields = {name: value for name, value in asdict(changes).items() if not isinstance(value, Unset)}
    has_password = fields.pop("password", None) is not None
    store.change(row, fields, operation)
    row.has_password = row.has_password or has_password


def _account_record(row: AccountRow) -> User:
    return read_row(rows.USER_READER, row.wire())


class MemoryUsers(MemoryOperations, UserOperations):
    """Operations on the members of an organization in memory."""

    def __init__(self, connection: MemoryConnection, organization_id: str | None) -> None:
        super().__init__(connection)
        self._organization_id = organization_id

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of the members that contain the query and have the role, in the order of joining."""
        scope = (self._organization_id, query.query, query.role)
        return self._listing(
            "users.list", scope, lambda: self._matching(query, "users.list"), MemberRow.wire, rows.USER_READER
        )

    async def get(self, user_id: str) -> User:
        """Return one member."""
        return await self._with_member("users.get", user_id, _member_record)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the member with this address or username."""

        def work() -> User | None:
            members = self._organization("users.find").members
            account = find_account(self._store, email, username)
            return _member_record(members[account.id]) if account is not None and account.id in members else None

        return await self._call("users.find", work)

    async def count(self, query: UserQuery) -> int:
        """Count the members that contain the query and have the role."""
        return await self._call("users.count", lambda: len(self._matching(query, "users.count")))

    async def create(self, draft: UserDraft) -> User:
        """Create an account that is a member with these roles, or nothing."""

        def work() -> User:
            organization = self._organization("users.create")
            roles = self._store.roles_of(draft.roles, "users.create")
            return _member_record(
                self._store.join(organization, create_account(self._store, draft, "users.create"), roles)
            )

        return await self._call("users.create", work)

    async def add(self, user_ids: Sequence[str], roles: Sequence[str]) -> None:
        """Make accounts members, all of them or none."""
        for user_id in user_ids:
            IDS.check(user_id, "user id")

        def work() -> None:
            organization = self._organization("users.add")
            held = self._store.roles_of(roles, "users.add")
            unknown = [user_id for user_id in user_ids if user_id not in self._store.accounts]
            if unknown:
                message = f"there is no account {unknown[0]}: no account was added."
                raise UnprocessableError(message, provider=NAME, operation="users.add", code="unknown_account")
            for user_id in user_ids:
                self._store.join(organization, self._store.accounts[user_id], held)

        await self._call("users.add", work)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update the account of a member."""

        def work(member: MemberRow) -> User:
            update_account(self._store, member.account, changes, "users.update")
            return _member_record(member)

        return await self._with_member("users.update", user_id, work)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """End a membership, or delete the account of a member."""

        def work(member: MemberRow) -> None:
            if account == "keep":
                del self._organization("users.remove").members[user_id]
            else:
                self._store.delete(member.account)

        await self._with_member("users.remove", user_id, work)

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend the account of a member, or undo it."""

        def work(member: MemberRow) -> User:
            member.account.is_suspended = suspended
            return _member_record(member)

        return await self._with_member("users.suspend", user_id, work)

    async def list_roles(self, user_id: str) -> Sequence[Role]:
        """Return the roles of a member, in the order in which they were added."""
        return await self._with_member(
            "users.list_roles",
            user_id,
            lambda member: [read_row(rows.ROLE_READER, role.wire()) for role in member.roles.values()],
        )

    async def set_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Replace the roles of a member."""

        def work(member: MemberRow) -> None:
            member.roles = self._store.roles_of(roles, "users.set_roles")

        await self._with_member("users.set_roles", user_id, work)

    async def add_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Add roles to a member."""

        def work(member: MemberRow) -> None:
            member.roles |= self._store.roles_of(roles, "users.add_roles")

        await self._with_member("users.add_roles", user_id, work)

    async def remove_roles(self, user_id: str, roles: Sequence[str]) -> None:
        """Take roles from a member."""

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
        # No member has an unknown role.
        try:
            return None if role is None else self._store.role(role, "users.list")
        except NotFoundError:
            return None


def _member_record(member: MemberRow) -> User:
    return read_row(rows.USER_READER, member.wire())
