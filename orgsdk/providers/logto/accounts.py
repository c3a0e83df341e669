"""Every account of a Logto tenant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ConfigDict, TypeAdapter

from orgsdk.domain import Unset
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import AccountOperations
from orgsdk.providers.http.responses import find_matching_user
from orgsdk.providers.logto import records, requests
from orgsdk.providers.logto.account_fields import (
    account_creation,
    changed_profile,
    create_account,
    custom_data_changes,
    profile_changes,
    user_changes,
)
from orgsdk.providers.logto.errors import attach_partial_result
from orgsdk.providers.logto.models import JsonObject, ModelReader, UpdateUser, UserProfile
from orgsdk.providers.logto.models import User as WireUser
from orgsdk.providers.logto.walks import describe_list

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.domain import User, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.base import AccountAction
    from orgsdk.providers.logto.connection import LogtoConnection

_OPERATION = "list_users"
_ACCOUNTS = ModelReader(WireUser)
_PROFILES = ModelReader(UserProfile)
_OBJECTS: TypeAdapter[JsonObject] = TypeAdapter(JsonObject, config=ConfigDict(defer_build=True))
# Of what is checked and not sent.
_PLACEHOLDER_ID = "0"


class LogtoAccounts(AccountOperations):
    """Work with accounts, whatever organization they belong to."""

    def __init__(self, connection: LogtoConnection) -> None:
        self._connection = connection

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `ListUsers`, newest first, in no order among those of one creation time."""
        return self._listing(_search(query.query), scope=(query.query,), complete=query.complete)

    async def get(self, user_id: str) -> User:
        """Give one by `GetUser`."""
        return await self._connection.read_one(records.users, requests.users.get_user(user_id))

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the one who has this address or this username, by `ListUsers` with an exact search."""
        if email is not None:
            asked = {"search.primaryEmail": email, "mode.primaryEmail": "exact"}
        else:
            asked = {"search.username": username or "", "mode.username": "exact", "isCaseSensitive": "true"}
        found = Paginator(self._listing(asked, scope=()))
        return await find_matching_user(
            found, email=email, username=username, provider=requests.NAME, operation=_OPERATION
        )

    async def count(self, query: UserQuery) -> int:
        """Count by the total that comes with a page of one."""
        return await self._connection.count(requests.users.list_users(_search(query.query), None, 1))

    def check_create(self, draft: UserDraft) -> None:
        """Raise what Logto does not take of the account that is to be made."""
        requests.users.create_user(account_creation(draft))

    def check_update(self, changes: UserChanges) -> None:
        """Raise what Logto does not take of the changes."""
        requests.users.update_user(_PLACEHOLDER_ID, UpdateUser.model_validate(user_changes(changes)))
        requests.users.update_user_profile(_PLACEHOLDER_ID, UserProfile.model_validate(profile_changes(changes)))
        requests.users.update_user_custom_data(_PLACEHOLDER_ID, custom_data_changes(changes))

    async def create(self, draft: UserDraft) -> User:
        """Make one by `CreateUser`; one whose answer was lost is found by username, address or phone number."""
        return await create_account(self._connection, draft)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Change one by `UpdateUser`, `UpdateUserProfile` for names, `UpdateUserCustomData`, `UpdateUserPassword`.

        Custom data, which holds the external id, is merged, and so is a profile where names are set. To clear a name
        the profile is read and replaced as a whole, for a merge takes no key away: what somebody else changes of it in
        that moment is lost. What is read is read before anything is changed; where a later change fails, its error's
        `partial_result` is the account as changed so far.
        """
        fields, names, data = user_changes(changes), profile_changes(changes), custom_data_changes(changes)
        password = None if isinstance(changes.password, Unset) else changes.password
        if None in names.values():
            account = await self._connection.read_one(_ACCOUNTS, requests.users.get_user(user_id))
            fields["profile"], names = changed_profile(account.profile, names), {}
        changed: User | None = None
        if fields:
            request = requests.users.update_user(user_id, UpdateUser.model_validate(fields))
            changed = await self._connection.read_one(records.users, request)
        if names:
            user = changed or await self.get(user_id)
            with attach_partial_result(changed):
                changed = await self._merge_profile(user, UserProfile.model_validate(names))
        if data:
            user = changed or await self.get(user_id)
            with attach_partial_result(changed):
                changed = await self._merge_custom_data(user, data)
        if password is not None:
            with attach_partial_result(changed):
                request = requests.users.update_user_password(user_id, password)
                changed = await self._connection.read_one(records.users, request)
        return changed or await self.get(user_id)

    async def _merge_profile(self, user: User, names: UserProfile) -> User:
        profile = await self._connection.read_one(_PROFILES, requests.users.update_user_profile(user.id, names))
        return records.with_raw(records.users, user, profile=profile.model_dump(by_alias=True, exclude_unset=True))

    async def _merge_custom_data(self, user: User, data: JsonObject) -> User:
        request = requests.users.update_user_custom_data(user.id, data)
        merged = await self._connection.read(_OBJECTS.validate_json, request)
        return records.with_raw(records.users, user, customData=merged)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete one by `DeleteUser`, its memberships and the invitations that it sent with it."""
        if account != "delete":
            raise InvalidArgumentError("An account that is in no organization can only be deleted.")
        await self._connection.send(requests.users.delete_user(user_id))

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend one, or let them be, by `UpdateUserIsSuspended`."""
        request = requests.users.update_user_is_suspended(user_id, is_suspended=suspended)
        return await self._connection.read_one(records.users, request)

    def _listing(
        self, asked: Mapping[str, str], *, scope: tuple[str | None, ...], complete: bool = False
    ) -> Listing[User]:
        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            request = requests.users.list_users(asked, position, page_size)
            return await self._connection.read_page(records.users, request, position, page_size)

        return describe_list(fetch, name="accounts.list", scope=scope, complete=complete)


def _search(query: str | None) -> dict[str, str]:
    # A search without `%` finds only what is just so, and an empty one is refused (facts/logto.md, section 7).
    text = requests.escape_like(query)
    return {} if text is None else {"search": f"%{text}%"}
