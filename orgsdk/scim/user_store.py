"""Users at the provider and in the id map: find, create, change, deactivate and delete them, each in few requests."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, cast

from orgsdk.domain import Capability, User, check_email
from orgsdk.errors import (
    ConflictError,
    InvalidArgumentError,
    NotFoundError,
    OrgError,
    UnprocessableError,
    UnsupportedError,
)
from orgsdk.scim.context import current_request
from orgsdk.scim.deactivations import DeactivationGuard
from orgsdk.scim.directory import Directory
from orgsdk.scim.filters import Lookup
from orgsdk.scim.id_map import MapEntry, TakenError, fold
from orgsdk.scim.usernames import choose_username
from orgsdk.scim.users import (
    LoadedUser,
    State,
    UserValues,
    changed_fields,
    has_values,
    is_hidden,
    kept_details,
    state_of,
)

if TYPE_CHECKING:
    from orgsdk.domain import UserFields
    from orgsdk.scim.group_store import GroupStore

# An account that is older than the create whose response was lost is another user's. The clocks may differ.
_CLOCK_SKEW: Final = timedelta(minutes=2)
_INTENT_AGE: Final = timedelta(days=1)


class UserStore:
    """The users of one tenant.

    Args:
        directory: The organization.
        groups: The groups of the tenant.
        guard: Limits the number of users that are deactivated.
    """

    def __init__(self, directory: Directory, groups: GroupStore, guard: DeactivationGuard) -> None:
        self._directory = directory
        self._groups = groups
        self._guard = guard
        self._map = directory.id_map
        self._tenant = directory.tenant

    # Reading

    async def get(self, user_id: str) -> LoadedUser:
        """Return a user. A user that was read for this request is not read again.

        Args:
            user_id: The SCIM id.

        Returns:
            The user.

        Raises:
            NotFoundError: There is none.
        """
        read = current_request().users
        if user_id not in read:
            read[user_id] = await self._read(user_id)
        return read[user_id]

    async def _read(self, user_id: str) -> LoadedUser:
        entry = await self._map.get(self._tenant, "user", user_id)
        if is_hidden(entry):
            raise _unknown_user()
        if entry is None and user_id in await self._map.lookup(self._tenant, "user", [user_id]):
            raise _unknown_user()  # the account has another id here, because it was created again
        if entry is not None and state_of(entry) == "ended":
            return LoadedUser(id=user_id, record=None, entry=entry, groups=await self._groups.named(entry.groups))
        try:
            record = await self._directory.users.get(user_id if entry is None else entry.provider_id)
        except InvalidArgumentError:
            raise _unknown_user() from None
        except NotFoundError:
            if entry is not None:
                await self._map.delete(self._tenant, "user", user_id)
            raise _unknown_user() from None
        return await self._loaded(record, entry)

    async def search(self, lookup: Lookup) -> LoadedUser | None:
        """Return the user that a look-up finds.

        A user whom the map does not know yet is entered by the name that was looked for: by username, else by e-mail.

        Args:
            lookup: What is looked for.

        Returns:
            The user; None if there is none.
        """
        try:
            match lookup.key:
                case "id":
                    return await self.get(lookup.value) if lookup.value else None
                case "name":
                    return await self._search_name(lookup.value)
                case "external_id":
                    entry = await self._map.find(self._tenant, "user", external_id=lookup.value)
                    return None if entry is None or is_hidden(entry) else await self.get(entry.id)
                case _:
                    return await self._search_email(lookup.value)
        except NotFoundError:
            return None

    async def _search_name(self, name: str) -> LoadedUser | None:
        entry = await self._map.find(self._tenant, "user", name=name)
        if entry is not None and not is_hidden(entry):
            return await self.get(entry.id)
        record = await self._find_member(name, name if _is_email(name) else None)
        if record is None:
            return None
        user = await self.load(record)
        if user.entry is None and fold(user.values.user_name) != fold(name):
            stored = await self._put(MapEntry(self._tenant, "user", user.id, record.id, record.external_id, name))
            user = replace(user, entry=stored)
        return self._remember(user)

    async def _search_email(self, email: str) -> LoadedUser | None:
        if not email:
            return None
        record = await self._directory.users.find(email=email)
        if record is not None:
            return self._remember(await self.load(record))
        async for entry in self._map.entries(self._tenant, "user", active=False):
            if state_of(entry) == "ended":
                user = LoadedUser(id=entry.id, record=None, entry=entry, groups=await self._groups.named(entry.groups))
                if fold(user.values.email or "") == fold(email):
                    return self._remember(user)
        return None

    async def load(self, record: User) -> LoadedUser:
        """Return the user of a member."""
        return (await self.load_all([record]))[0]

    async def load_all(self, records: Sequence[User]) -> list[LoadedUser]:
        """Return the users of members. Entries of those with an external id are made, so that it can be looked up."""
        entries = await self._map.lookup(self._tenant, "user", [record.id for record in records])
        for record in records:
            entry = entries.get(record.id)
            if entry is not None and state_of(entry) is not None:
                # Somebody has made the account a member again.
                healed = replace(entry, active=True, details=kept_details(_shown(entry)))
                entries[record.id] = await self._map.put(healed)
            elif entry is None and record.external_id is not None:
                entry = MapEntry(self._tenant, "user", record.id, record.id, record.external_id)
                entries[record.id] = await self._map.put(entry)
        return [await self._loaded(record, entries.get(record.id)) for record in records]

    async def ended(self) -> list[LoadedUser]:
        """Return the inactive users who are no members any more, in the order of their ids."""
        return [
            LoadedUser(id=entry.id, record=None, entry=entry, groups=await self._groups.named(entry.groups))
            async for entry in self._map.entries(self._tenant, "user", active=False)
            if state_of(entry) == "ended"
        ]

    async def _loaded(self, record: User, entry: MapEntry | None) -> LoadedUser:
        user_id = record.id if entry is None else entry.id
        return LoadedUser(id=user_id, record=record, entry=entry, groups=await self._groups.of_member(record, entry))

    def _remember(self, user: LoadedUser) -> LoadedUser:
        current_request().users[user.id] = user
        return user

    async def _find_member(self, user_name: str, email: str | None) -> User | None:
        """Return the member with the username of a userName, else the one with the address."""
        users = self._directory.users
        if self._directory.can(Capability.USERS_USERNAME):
            found = await users.find(username=self._username(user_name, None))
            if found is not None:
                return found
        return await users.find(email=email) if email else None

    def _username(self, user_name: str, email: str | None) -> str | None:
        if not self._directory.can(Capability.USERS_USERNAME):
            return None
        return choose_username(user_name, email, lambda username: self._directory.accepts(username, email))

    # Creating

    async def create(self, values: UserValues) -> LoadedUser:
        """Create a user, or adopt the one whom an earlier create of the same name has left.

        Args:
            values: The user.

        Returns:
            The user.

        Raises:
            ConflictError: The name, the address or the telephone number belongs to another user.
            InvalidArgumentError: A value is invalid.
        """
        if values.active is False and self._directory.on_deactivate == "refuse":
            raise _refused()
        async with self._map.lock(self._tenant, f"name/{fold(values.user_name)}"):
            started = await self._check_free(values.user_name)
            draft = self._draft(values)
            record = await self._create_member(values, draft, started)
            self._directory.forget_members()
            groups = await self._groups.initial(record)
            entry = await self._put(
                MapEntry(
                    *(self._tenant, "user", record.id, record.id, values.external_id, values.user_name),
                    groups=groups,
                    details=kept_details(values),
                )
            )
            user = await self._loaded(record, entry)
            if values.active is False:
                user = await self._deactivate(user)
            return self._remember(user)

    async def _create_member(self, values: UserValues, draft: UserFields[str | None], started: MapEntry | None) -> User:
        """Create a member. Where this takes two steps, the map has an entry while it lasts."""
        intent = started
        if intent is None and self._directory.can(Capability.ACCOUNTS_CREATE):
            intent = await self._put(self._intent(values))
        is_over = True
        try:
            return await self._directory.writes.create_user(draft, values.password)
        except ConflictError:
            record = await self._adopt(values, draft, started)
            if record is None:
                raise
            return await self._directory.writes.adopted(record)
        except OrgError as error:
            is_over = not error.may_have_happened and error.partial_result is None
            raise
        except BaseException:  # the time is over
            is_over = False
            raise
        finally:
            if is_over and intent is not None:
                await self._map.delete(self._tenant, "user", intent.id)

    async def _check_free(self, user_name: str) -> MapEntry | None:
        """Return the entry of a create that was started before. Raise `ConflictError` if a user has the name."""
        entry = await self._map.find(self._tenant, "user", name=user_name)
        if entry is None or state_of(entry) == "creating":
            return entry
        try:
            await self.get(entry.id)
        except NotFoundError:
            return None
        raise _conflict()

    def _draft(self, values: UserValues) -> UserFields[str | None]:
        fields = values.fields(self._directory.stored)
        fields["username"] = self._username(values.user_name, values.email)
        chosen = {name: value for name, value in fields.items() if value is not None}
        if not (chosen.get("username") or values.email or values.phone):
            raise InvalidArgumentError("This provider needs an e-mail address for each user: map one to emails.")
        return cast("UserFields[str | None]", chosen)

    def _intent(self, values: UserValues) -> MapEntry:
        digest = hashlib.sha256(fold(values.user_name).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        key = f"creating:{digest}"
        return MapEntry(
            *(self._tenant, "user", key, key, None, values.user_name), active=False, details={"state": "creating"}
        )

    async def _adopt(self, values: UserValues, draft: Mapping[str, Any], started: MapEntry | None) -> User | None:
        """Return the user whom an earlier create has left, as a member. None if the conflict is with another user."""
        member = await self._find_member(values.user_name, values.email)
        if member is not None:
            known = await self._map.lookup(self._tenant, "user", [member.id])
            return member if not known and has_values(member, draft) else None
        if not self._directory.can(Capability.ACCOUNTS_FIND, Capability.USERS_ADD):
            return None
        account = await self._find_account(draft)
        if account is None:
            return None
        former = (await self._map.lookup(self._tenant, "user", [account.id])).get(account.id)
        if former is not None and state_of(former) == "removed":
            member = await self._directory.writes.add_user(account.id)
            await self._map.delete(self._tenant, "user", former.id)
            return await self._directory.writes.update_user(member, draft)
        if started is not None and await self._is_left_by(account, draft, started):
            return await self._directory.writes.add_user(account.id)
        return None

    async def _find_account(self, draft: Mapping[str, Any]) -> User | None:
        accounts = self._directory.accounts
        if draft.get("username"):
            found = await accounts.find(username=draft["username"])
            if found is not None:
                return found
        return await accounts.find(email=draft["email"]) if draft.get("email") else None

    async def _is_left_by(self, account: User, draft: Mapping[str, Any], started: MapEntry) -> bool:
        """Return whether an account was made by a create that was started and did not end.

        It may be another customer's otherwise: of any other account, the identity provider must not get hold.
        """
        is_old = datetime.now(UTC) - started.created > _INTENT_AGE
        if is_old or account.created_at is None or account.created_at < started.created - _CLOCK_SKEW:
            return False
        if not has_values(account, draft) or not self._directory.can(Capability.ACCOUNTS_LIST_ORGANIZATIONS):
            return False
        return not await self._directory.accounts.list_organizations(account.id)

    # Changing

    async def update(self, user: LoadedUser, values: UserValues) -> LoadedUser:
        """Change a user to what a request states.

        Args:
            user: The user as it is.
            values: The user as it shall be. ``active`` of None is unchanged.

        Returns:
            The user.

        Raises:
            ConflictError: A value belongs to another user.
            InvalidArgumentError: A value is invalid.
            UnsupportedError: The provider cannot clear a value.
            QuarantinedError: Too many users would be deactivated.
        """
        if fold(values.user_name) == fold(user.values.user_name):
            return await self._update(user, values)
        async with self._map.lock(self._tenant, f"name/{fold(values.user_name)}"):
            await self._check_free(values.user_name)
            return await self._update(user, values)

    async def _update(self, user: LoadedUser, values: UserValues) -> LoadedUser:
        active = user.is_active if values.active is None else values.active
        if user.is_active and not active:
            await self._check_deactivation(user)
        if active and not user.is_active:
            user = await self._activate(user, values)
        record = user.record
        if record is not None:
            changes = changed_fields(user.values, values, self._directory.stored)
            username = self._changed_username(record, user.values, values)
            if username is not None:
                changes["username"] = username
            if changes or values.password is not None:
                record = await self._directory.writes.update_user(record, changes, values.password)
                self._directory.forget_members()
        state: State | None = "ended" if record is None else None
        entry = await self._put(
            replace(
                user.entry or MapEntry(self._tenant, "user", user.id, user.provider_id),
                external_id=values.external_id,
                name=values.user_name,
                active=record is not None and record.is_suspended is not True,
                details=kept_details(values, state=state),
            )
        )
        changed = replace(user, record=record, entry=entry)
        if changed.is_active and not active:
            changed = await self._deactivate(changed)
        return self._remember(changed)

    def _changed_username(self, record: User, before: UserValues, after: UserValues) -> str | None:
        if before.user_name == after.user_name:
            return None
        username = self._username(after.user_name, after.email)
        return None if username == record.username else username

    # Activating and deactivating

    async def _check_deactivation(self, user: LoadedUser) -> None:
        if self._directory.on_deactivate == "refuse":
            raise _refused()
        await self._guard.check(self._tenant, current_request().token_id, [user.id])

    async def _activate(self, user: LoadedUser, values: UserValues) -> LoadedUser:
        """Return the user as an active member."""
        if user.record is not None:
            record = await self._directory.writes.suspend_user(user.record, suspended=False)
            self._directory.forget_members()
            return replace(user, record=record)
        assert user.entry is not None  # noqa: S101  # without a membership, the map has the user
        roles = await self._groups.role_names(user.entry.groups)
        record = await self._return(user.entry, values, roles)
        self._directory.forget_members()
        entry = await self._put(
            replace(user.entry, provider_id=record.id, active=True, details=kept_details(user.values))
        )
        return replace(user, record=record, entry=entry)

    async def _return(self, entry: MapEntry, values: UserValues, roles: Sequence[str]) -> User:
        """Make the account of an inactive user a member again, or create a new one if it does not exist any more."""
        if self._directory.can(Capability.USERS_ADD):
            try:
                return await self._directory.writes.add_user(entry.provider_id, roles)
            except (NotFoundError, UnprocessableError):
                pass  # the account was deleted
        draft = self._draft(values)
        return await self._directory.writes.create_user(draft, values.password, roles)

    async def _deactivate(self, user: LoadedUser) -> LoadedUser:
        """Return the user as an inactive one. The membership ends, or the user is suspended."""
        record = user.record
        assert record is not None  # noqa: S101  # the user is a member
        values = user.values
        if self._directory.on_deactivate == "suspend" and not await self._is_shared(record):
            suspended = await self._directory.writes.suspend_user(record, suspended=True)
            entry = user.entry and await self._put(replace(user.entry, active=False))
            self._directory.forget_members()
            return self._remember(replace(user, record=suspended, entry=entry))
        if not self._directory.can(Capability.USERS_REMOVE):
            raise _refused()
        # The account stays, also where `on_delete` deletes it: the user may come back.
        entry = user.entry or MapEntry(self._tenant, "user", user.id, record.id, values.external_id, values.user_name)
        entry = replace(
            entry,
            active=False,
            groups=tuple(group.id for group in user.groups),
            details=kept_details(values, state="ended"),
        )
        await self._directory.writes.remove_user(record.id, "keep", record.roles)
        self._directory.forget_members()
        stored = await self._put(entry)
        return self._remember(replace(user, record=None, entry=stored))

    async def _is_shared(self, record: User) -> bool:
        """Return whether a suspension would reach beyond the organization."""
        if not self._directory.can(Capability.ACCOUNTS_SUSPEND):
            return False  # the provider suspends memberships
        if not self._directory.can(Capability.ACCOUNTS_LIST_ORGANIZATIONS):
            return False
        return len(await self._directory.accounts.list_organizations(record.id)) > 1

    # Deleting

    async def delete(self, user: LoadedUser) -> None:
        """Delete a user: end the membership, or delete the account too.

        Args:
            user: The user.

        Raises:
            QuarantinedError: Too many users would be removed.
        """
        await self._guard.check(self._tenant, current_request().token_id, [user.id])
        kept = True
        if user.record is not None:
            kept = await self._remove(user.record)
        elif self._directory.options.on_delete == "delete":
            kept = not await self._delete_former(user.provider_id)
        self._directory.forget_members()
        current_request().users.pop(user.id, None)
        if kept and self._directory.can(Capability.ACCOUNTS_FIND, Capability.USERS_ADD):
            # The account can become a member again when the identity provider creates the user again.
            removed: dict[str, str] = {"state": "removed"}
            entry = MapEntry(self._tenant, "user", user.id, user.provider_id, active=False, details=removed)
            await self._put(entry)
        else:
            await self._map.delete(self._tenant, "user", user.id)

    async def _remove(self, record: User) -> bool:
        """Remove a member, and return whether the account was kept."""
        directory = self._directory
        is_deleted = directory.options.on_delete == "delete"
        if is_deleted and directory.can(Capability.ACCOUNTS_LIST_ORGANIZATIONS):
            is_deleted = len(await directory.accounts.list_organizations(record.id)) <= 1
        try:
            await directory.writes.remove_user(record.id, "delete" if is_deleted else "keep", record.roles)
        except NotFoundError:
            return False  # somebody was faster
        return not is_deleted

    async def _delete_former(self, account_id: str) -> bool:
        """Delete the account of a former member if it belongs to no other organization. Return whether it is gone."""
        directory = self._directory
        if not directory.can(Capability.ACCOUNTS_REMOVE, Capability.ACCOUNTS_LIST_ORGANIZATIONS):
            return False
        try:
            if await directory.accounts.list_organizations(account_id):
                return False
            await directory.writes.remove_user(account_id, "delete")
        except NotFoundError:
            pass
        return True

    async def _put(self, entry: MapEntry) -> MapEntry:
        try:
            return await self._map.put(entry)
        except TakenError:
            await self._make_room(entry)
            return await self._map.put(entry)

    async def _make_room(self, entry: MapEntry) -> None:
        """Delete what is in the way of an entry and stands for no user: a removed one of the same account."""
        same = (await self._map.lookup(self._tenant, "user", [entry.provider_id])).get(entry.provider_id)
        if same is not None and same.id != entry.id and is_hidden(same):
            await self._map.delete(self._tenant, "user", same.id)
        if entry.name is not None:
            named = await self._map.find(self._tenant, "user", name=entry.name)
            if named is not None and named.id != entry.id and is_hidden(named):
                await self._map.delete(self._tenant, "user", named.id)


def _shown(entry: MapEntry) -> UserValues:
    return LoadedUser(id=entry.id, record=None, entry=entry).values


def _is_email(text: str) -> bool:
    try:
        check_email(text)
    except InvalidArgumentError:
        return False
    return True


def _refused() -> UnsupportedError:
    return UnsupportedError("scim", "active: false", "Set on_deactivate to end the membership or to suspend the user.")


def _unknown_user() -> NotFoundError:
    return NotFoundError("There is no such user.", provider="scim", operation="users.get")


def _conflict() -> ConflictError:
    return ConflictError("The userName belongs to another user.", provider="scim", operation="users.create")
