"""Every account of a Logto tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import AccountOperations
from orgsdk.providers.logto import records, wire
from orgsdk.providers.logto.account_fields import changed_fields, changed_names, profile_without
from orgsdk.providers.logto.lists import walked
from orgsdk.providers.logto.models import ModelReader, UpdateUser, UserProfile
from orgsdk.providers.logto.models import User as WireUser
from orgsdk.providers.logto.new_account import create_account
from orgsdk.providers.logto.refusals import leaving_behind
from orgsdk.providers.matching import match

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.domain import User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.base import Account
    from orgsdk.providers.logto.connection import Connection

_OPERATION = "list_users"
_ACCOUNTS = ModelReader(WireUser)
_PROFILES = ModelReader(UserProfile)


class LogtoAccounts(AccountOperations):
    """Work with accounts, whatever organization they belong to."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `ListUsers`, newest first, in no order among those of one creation time."""
        return self._listing(_search(query.query), scope=(query.query,), complete=query.complete)

    async def get(self, user_id: str) -> User:
        """Give one by `GetUser`."""
        return await self._connection.one(records.users, wire.users.get_user(user_id))

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the one who has this address or this username, by `ListUsers` with an exact search."""
        if email is not None:
            asked = {"search.primaryEmail": email, "mode.primaryEmail": "exact"}
        else:
            asked = {"search.username": username or "", "mode.username": "exact", "isCaseSensitive": "true"}
        found = Paginator(self._listing(asked, scope=()))
        return await match(found, email=email, username=username, provider=wire.NAME, operation=_OPERATION)

    async def count(self, query: UserQuery) -> int:
        """Count by the total that comes with a page of one."""
        return await self._connection.count(wire.users.list_users(_search(query.query), None, 1))

    async def create(self, draft: UserDraft) -> User:
        """Make one by `CreateUser`; one whose answer was lost is found by username, address or phone number."""
        return await create_account(self._connection, draft)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change one by `UpdateUser`, then `UpdateUserProfile` for names, then `UpdateUserPassword`.

        A profile is merged where names are set. To clear one it is read and replaced as a whole, for a merge takes
        no key away: what somebody else changes of the profile in that moment is lost. What is read is read before
        anything is changed; where a later change fails, its error's `left_behind` is the account as changed so far.
        """
        fields, names = changed_fields(changes), changed_names(changes)
        password = None if isinstance(changes.password, Unset) else changes.password
        if None in names.values():
            account = await self._connection.one(_ACCOUNTS, wire.users.get_user(user_id))
            fields["profile"], names = profile_without(account.profile, names), {}
        changed: User | None = None
        if fields:
            request = wire.users.update_user(user_id, UpdateUser.model_validate(fields))
            changed = await self._connection.one(records.users, request)
        if names:
            user = changed or await self.get(user_id)
            with leaving_behind(changed):
                changed = await self._merge(user, UserProfile.model_validate(names))
        if password is not None:
            with leaving_behind(changed):
                request = wire.users.update_user_password(user_id, password)
                changed = await self._connection.one(records.users, request)
        return changed or await self.get(user_id)

    async def _merge(self, user: User, names: UserProfile) -> User:
        profile = await self._connection.one(_PROFILES, wire.users.update_user_profile(user.id, names))
        return records.with_raw(records.users, user, profile=profile.model_dump(by_alias=True, exclude_unset=True))

    async def remove(self, user_id: str, account: Account) -> None:
        """Delete one by `DeleteUser`, its memberships and the invitations that it sent with it."""
        if account != "delete":
            raise InvalidArgumentError("An account that is in no organization can only be deleted.")
        await self._connection.send(wire.users.delete_user(user_id))

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend one, or let them be, by `UpdateUserIsSuspended`."""
        request = wire.users.update_user_is_suspended(user_id, is_suspended=suspended)
        return await self._connection.one(records.users, request)

    def _listing(
        self, asked: Mapping[str, str], *, scope: tuple[str | None, ...], complete: bool = False
    ) -> Listing[User]:
        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            request = wire.users.list_users(asked, position, page_size)
            return await self._connection.page(records.users, request, position, page_size)

        return walked(fetch, name="accounts.list", scope=scope, complete=complete)


def _search(query: str | None) -> dict[str, str]:
    # A search without `%` finds only what is just so, and an empty one is refused (facts/logto.md, section 7).
    text = wire.contains(query)
    return {} if text is None else {"search": f"%{text}%"}
