"""Every account in memory, whatever organization it belongs to."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.base import AccountOperations
from orgsdk.providers.memory import rows
from orgsdk.providers.memory.room import Room, one
from orgsdk.providers.memory.rows import AccountRow
from orgsdk.providers.memory.store import IDS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.domain import User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import Account
    from orgsdk.providers.memory.store import Store


class MemoryAccounts(Room, AccountOperations):
    """Work with accounts."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe the list of those that mention the query, oldest first."""
        return self._listing(
            "accounts.list", (query.query,), lambda: self._matching(query), AccountRow.wire, rows.users
        )

    async def get(self, user_id: str) -> User:
        """Give one account."""
        IDS.check(user_id, "user id")
        return await self._call("accounts.get", lambda: _record(self._store.account(user_id, "accounts.get")))

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the account that has this address or username."""

        def work() -> User | None:
            row = find(self._store, email, username)
            return None if row is None else _record(row)

        return await self._call("accounts.find", work)

    async def count(self, query: UserQuery) -> int:
        """Count the accounts that mention the query."""
        return await self._call("accounts.count", lambda: len(self._matching(query)))

    async def create(self, draft: UserDraft) -> User:
        """Make an account that is no member of anything."""
        return await self._call("accounts.create", lambda: _record(create(self._store, draft, "accounts.create")))

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change an account."""
        IDS.check(user_id, "user id")

        def work() -> User:
            row = self._store.account(user_id, "accounts.update")
            change(self._store, row, changes, "accounts.update")
            return _record(row)

        return await self._call("accounts.update", work)

    async def remove(self, user_id: str, account: Account) -> None:
        """Delete an account and its memberships."""
        IDS.check(user_id, "user id")
        if account != "delete":
            raise InvalidArgumentError("An account that is in no organization can only be deleted.")
        await self._call("accounts.remove", lambda: self._store.delete(self._store.account(user_id, "accounts.remove")))

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend an account, or let it be."""
        IDS.check(user_id, "user id")

        def work() -> User:
            row = self._store.account(user_id, "accounts.suspend")
            row.is_suspended = suspended
            return _record(row)

        return await self._call("accounts.suspend", work)

    def _matching(self, query: UserQuery) -> Sequence[AccountRow]:
        wanted = (query.query or "").casefold()
        return [row for row in self._store.accounts.values() if not wanted or row.mentions(wanted)]


# What accounts and members have in common.


def find(store: Store, email: str | None, username: str | None) -> AccountRow | None:
    """Give the account of this address or username."""
    return store.holder("email", email) if email is not None else store.holder("username", username or "")


def create(store: Store, draft: UserDraft, operation: str) -> AccountRow:
    """Make an account. Raises `ConflictError` where something of it is taken; then nothing is made."""
    return store.new_account(
        {name: value for name, value in asdict(draft).items() if name not in {"password", "roles"}},
        has_password=draft.password is not None,
        operation=operation,
    )


def change(store: Store, row: AccountRow, changes: UserChanges, operation: str) -> None:
    """Set what `changes` sets. Raises `ConflictError` where something of it is taken; then nothing is changed."""
    fields = {name: value for name, value in asdict(changes).items() if not isinstance(value, Unset)}
    has_password = fields.pop("password", None) is not None
    store.change(row, fields, operation)
    row.has_password = row.has_password or has_password


def _record(row: AccountRow) -> User:
    return one(rows.users, row.wire())
