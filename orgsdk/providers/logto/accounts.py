"""Accounts: every account of a Logto tenant, in any organization or in none."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pydantic import JsonValue

from orgsdk.domain import JsonReader, Unset, User
from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import AccountOperations
from orgsdk.providers.http.bodies import build_body
from orgsdk.providers.http.matching import find_matching_user
from orgsdk.providers.http.operations import HTTPOperations, PartialResult
from orgsdk.providers.logto import models, requests
from orgsdk.providers.logto.account_fields import (
    account_creation,
    changed_profile,
    create_account,
    custom_data_changes,
    profile_changes,
    user_changes,
)
from orgsdk.providers.logto.lists import describe_list
from orgsdk.providers.logto.records import organization_reader, user_reader, with_raw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from orgsdk.domain import Organization, UserChanges, UserDraft, UserQuery
    from orgsdk.pagination import Listing
    from orgsdk.providers.base import AccountAction

_OBJECTS = JsonReader(dict[str, JsonValue])
# The id in a request that is built to check its body and is not sent.
_PLACEHOLDER_ID = "0"


class LogtoAccounts(HTTPOperations, AccountOperations):
    """Operations on accounts, whatever organization they belong to."""

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `ListUsers`: newest first. Accounts of one creation time have no fixed order."""
        return self._listing(_search(query.query), scope=(query.query,), complete=query.complete)

    async def get(self, user_id: str) -> User:
        """Return one account by `GetUser`."""
        return await self._connection.read_one(requests.users.get_user(user_id), user_reader)

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Return the account with this e-mail address or username, by `ListUsers` with an exact search."""
        if email is not None:
            search = {"search.primaryEmail": email, "mode.primaryEmail": "exact"}
        else:
            search = {"search.username": username or "", "mode.username": "exact", "isCaseSensitive": "true"}
        users = Paginator(self._within_timeout()._listing(search, scope=()))
        return await find_matching_user(
            users, email=email, username=username, provider=requests.NAME, operation="list_users"
        )

    async def count(self, query: UserQuery) -> int:
        """Return the total of a page with one account."""
        request = requests.users.list_users(_search(query.query), None, 1)
        return await self._connection.count(request, user_reader, requests.PAGING)

    def check_create(self, draft: UserDraft) -> None:
        """Check that Logto accepts the draft, without a request."""
        requests.users.create_user(account_creation(draft))

    def check_update(self, changes: UserChanges) -> None:
        """Check that Logto accepts the changes, without a request."""
        requests.users.update_user(_PLACEHOLDER_ID, build_body(models.UpdateUser, None, user_changes(changes)))
        requests.users.update_user_profile(
            _PLACEHOLDER_ID, build_body(models.UpdateUserProfile, None, profile_changes(changes))
        )
        requests.users.update_user_custom_data(_PLACEHOLDER_ID, custom_data_changes(changes))

    async def create(self, draft: UserDraft) -> User:
        """Create an account by `CreateUser`, or adopt it after a lost response."""
        return await create_account(self._connection, draft)

    async def update(self, user_id: str, changes: UserChanges) -> User:
        """Update an account by up to four requests.

        `UpdateUser` changes the fields, `UpdateUserProfile` merges names, `UpdateUserCustomData` merges the external
        id, `UpdateUserPassword` sets the password. A merge cannot remove a name. To clear one, the profile is read and
        then replaced as a whole, so that a concurrent change of the profile is lost. Reading comes first. If a later
        step fails, the error's partial result is the account as changed so far.
        """
        fields, names, data = user_changes(changes), profile_changes(changes), custom_data_changes(changes)
        password = None if isinstance(changes.password, Unset) else changes.password
        if None in names.values():
            account = await self._connection.read_one(requests.users.get_user(user_id), _account_reader())
            fields["profile"], names = changed_profile(account.profile, names), {}
        with PartialResult[User]() as changed:
            if fields:
                request = requests.users.update_user(user_id, build_body(models.UpdateUser, None, fields))
                changed.result = await self._connection.read_one(request, user_reader)
            if names:
                user = changed.result or await self.get(user_id)
                changed.result = await self._merge_profile(user, build_body(models.UpdateUserProfile, None, names))
            if data:
                user = changed.result or await self.get(user_id)
                changed.result = await self._merge_custom_data(user, data)
            if password is not None:
                request = requests.users.update_user_password(user_id, password)
                changed.result = await self._connection.read_one(request, user_reader)
        return changed.result or await self.get(user_id)

    def only_merges(self, changes: UserChanges) -> bool:
        """Return whether an update merges names or an external id with what an account has, and nothing else."""
        names, data = profile_changes(changes), custom_data_changes(changes)
        others = user_changes(changes) or None in names.values() or not isinstance(changes.password, Unset)
        return bool(names or data) and not others

    async def merge(self, user: User, changes: UserChanges) -> User:
        """Update an account that was just read by `UpdateUserProfile` and `UpdateUserCustomData`; see `only_merges`."""
        names, data = profile_changes(changes), custom_data_changes(changes)
        with PartialResult[User]() as changed:
            if names:
                user = changed.result = await self._merge_profile(
                    user, build_body(models.UpdateUserProfile, None, names)
                )
            if data:
                user = changed.result = await self._merge_custom_data(user, data)
        return user

    async def _merge_profile(self, user: User, names: models.UpdateUserProfile) -> User:
        profile = await self._connection.read_one(requests.users.update_user_profile(user.id, names), _profile_reader())
        return with_raw(user_reader, user, profile=profile.model_dump(by_alias=True, exclude_unset=True))

    async def _merge_custom_data(self, user: User, data: models.JsonObject) -> User:
        request = requests.users.update_user_custom_data(user.id, data)
        merged = await self._connection.read_one(request, _OBJECTS)
        return with_raw(user_reader, user, customData=merged)

    async def remove(self, user_id: str, account: AccountAction) -> None:
        """Delete an account by `DeleteUser`, with its memberships and the invitations that it sent."""
        if account != "delete":
            raise InvalidArgumentError("An account outside of an organization can only be deleted. Pass 'delete'.")
        await self._connection.send(requests.users.delete_user(user_id))

    async def suspend(self, user_id: str, *, suspended: bool) -> User:
        """Suspend an account, or end the suspension, by `UpdateUserIsSuspended`."""
        request = requests.users.update_user_is_suspended(user_id, is_suspended=suspended)
        return await self._connection.read_one(request, user_reader)

    async def list_organizations(self, user_id: str) -> Sequence[Organization]:
        """Return the organizations of an account by `ListUserOrganizations`, which has no pages."""
        request = requests.users.list_user_organizations(user_id)
        return (await self._connection.read_whole(request, organization_reader)).items

    def _listing(
        self, search: Mapping[str, str], *, scope: tuple[str | None, ...], complete: bool = False
    ) -> Listing[User]:
        fetch = self._connection.fetcher(
            lambda position, size: requests.users.list_users(search, position, size), user_reader, requests.PAGING
        )
        return describe_list(fetch, name="accounts.list", scope=scope, complete=complete)


def _search(query: str | None) -> dict[str, str]:
    # Without `%` a search finds exact matches only, and Logto refuses an empty search (facts/logto.md, section 7).
    text = requests.escape_like(query)
    return {} if text is None else {"search": f"%{text}%"}


@cache
def _account_reader() -> JsonReader[models.TenantUser]:
    return JsonReader(models.TenantUser)


@cache
def _profile_reader() -> JsonReader[models.UserProfile]:
    return JsonReader(models.UserProfile)
