"""Users as the gateway finds them: at the provider by a few cheap requests, and in the id map."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orgsdk.domain import Capability, User, check_email
from orgsdk.errors import InvalidArgumentError, NotFoundError
from orgsdk.scim.context import current_request
from orgsdk.scim.directory import Directory
from orgsdk.scim.filters import Lookup
from orgsdk.scim.group_lookup import GroupLookup
from orgsdk.scim.id_map import MapEntry, TakenError, fold
from orgsdk.scim.usernames import choose_username
from orgsdk.scim.users import STATE, LoadedUser, UserValues, is_hidden, kept_details, state_of, stored_id


class UserLookup:
    """Find the users of one tenant.

    Args:
        directory: The organization.
        groups: The groups of the tenant.
    """

    def __init__(self, directory: Directory, groups: GroupLookup) -> None:
        self._directory = directory
        self._groups = groups
        self._map = directory.id_map
        self._tenant = directory.tenant

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
            if entry is not None and state_of(entry) == "ending":
                # The process ended between the provider's write and the map's.
                entry = await self._map.put(replace(entry, details={**entry.details, STATE: "ended"}))
                return LoadedUser(id=user_id, record=None, entry=entry, groups=await self._groups.named(entry.groups))
            if entry is not None:
                await self._forget(entry)
            raise _unknown_user() from None
        if entry is not None and state_of(entry) is not None:
            entry = await self._heal(entry)
        return await self.loaded(record, entry)

    async def _heal(self, entry: MapEntry) -> MapEntry:
        """Store the entry of a user whose account is a member again, or still."""
        return await self._map.put(replace(entry, active=True, details=kept_details(_shown(entry))))

    async def _forget(self, entry: MapEntry) -> None:
        """Remove the entry of a user who is no member. An account that still exists can become a member again."""
        directory = self._directory
        if not directory.can(Capability.ACCOUNTS_GET, Capability.ACCOUNTS_FIND, Capability.USERS_ADD):
            await self._map.delete(self._tenant, "user", entry.id)
            return
        try:
            await directory.accounts.get(entry.provider_id)
        except NotFoundError:
            await self._map.delete(self._tenant, "user", entry.id)
        else:
            await self.bury(entry.id, entry.provider_id)

    async def bury(self, user_id: str, provider_id: str) -> None:
        """Store that an account was a user's, so that a create of the user can make it a member again."""
        removed: dict[str, str] = {STATE: "removed"}
        await self.put(MapEntry(self._tenant, "user", user_id, provider_id, active=False, details=removed))

    async def search(self, lookup: Lookup) -> LoadedUser | None:
        """Return the user that a look-up finds.

        A user that the map does not know yet is entered by the name that was looked for: by username, else by e-mail.

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
        record = await self.find_member(name)
        if record is None:
            return None
        user = await self.load(record)
        if (user.entry is None or user.entry.name is None) and fold(user.values.user_name) != fold(name):
            entry = user.entry or MapEntry(self._tenant, "user", user.id, record.id, stored_id(record))
            user = replace(user, entry=await self.put(replace(entry, name=name)))
        return self.remember(user)

    async def _search_email(self, email: str) -> LoadedUser | None:
        if not email:
            return None
        record = await self._directory.users.find(email=email)
        if record is not None:
            return self.remember(await self.load(record))
        for user in await self.ended():
            if fold(user.values.email or "") == fold(email):
                return self.remember(user)
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
                # Another client has made the account a member again.
                entries[record.id] = await self._heal(entry)
            elif entry is None and stored_id(record) is not None:
                entry = MapEntry(self._tenant, "user", record.id, record.id, stored_id(record))
                entries[record.id] = await self._map.put(entry)
        return [await self.loaded(record, entries.get(record.id)) for record in records]

    async def ended(self) -> list[LoadedUser]:
        """Return the inactive users who are no members any more, in the order of their ids."""
        return [
            LoadedUser(id=entry.id, record=None, entry=entry, groups=await self._groups.named(entry.groups))
            async for entry in self._map.entries(self._tenant, "user", active=False)
            if state_of(entry) == "ended"
        ]

    async def loaded(self, record: User, entry: MapEntry | None) -> LoadedUser:
        """Return the user of a member and its entry."""
        user_id = record.id if entry is None else entry.id
        return LoadedUser(id=user_id, record=record, entry=entry, groups=await self._groups.of_member(record, entry))

    def remember(self, user: LoadedUser) -> LoadedUser:
        """Return a user, which is not read again for this request."""
        current_request().users[user.id] = user
        return user

    async def find_member(self, user_name: str, email: str | None = None) -> User | None:
        """Return the member with the username of a userName, else the one with the address.

        Args:
            user_name: The userName. If it is an address, it is looked for as one too.
            email: The address.

        Returns:
            The member; None if there is none.
        """
        address = email or (user_name if is_email(user_name) else None)
        username = self.username(user_name, address)
        users = self._directory.users
        if address is not None and username == address and self._directory.can(Capability.USERS_QUERY):
            # One search finds both.
            found = [user async for user in users.list(query=address)]
            named = next((user for user in found if user.username == username), None)
            return named or next((user for user in found if fold(user.email or "") == fold(address)), None)
        if username is not None and (found_user := await users.find(username=username)) is not None:
            return found_user
        return None if address is None else await users.find(email=address)

    def username(self, user_name: str, email: str | None) -> str | None:
        """Return the username of an account for a userName. None for an account without one."""
        if not self._directory.can(Capability.USERS_USERNAME):
            return None
        return choose_username(user_name, email, lambda username: self._directory.accepts(username, email))

    async def put(self, entry: MapEntry) -> MapEntry:
        """Store an entry. It replaces one that stands for no user.

        Args:
            entry: The entry.

        Returns:
            The entry as it is stored.

        Raises:
            TakenError: The name belongs to another user.
        """
        try:
            return await self._map.put(entry)
        except TakenError:
            await self._delete_hidden(entry)
            return await self._map.put(entry)

    async def _delete_hidden(self, entry: MapEntry) -> None:
        """Delete entries that stand for no user, and have the account or the name of a new one."""
        same = (await self._map.lookup(self._tenant, "user", [entry.provider_id])).get(entry.provider_id)
        if same is not None and same.id != entry.id and is_hidden(same):
            await self._map.delete(self._tenant, "user", same.id)
        if entry.name is not None:
            named = await self._map.find(self._tenant, "user", name=entry.name)
            if named is not None and named.id != entry.id and is_hidden(named):
                await self._map.delete(self._tenant, "user", named.id)


def _shown(entry: MapEntry) -> UserValues:
    return LoadedUser(id=entry.id, record=None, entry=entry).values


def is_email(text: str) -> bool:
    """Return whether a text is an e-mail address."""
    try:
        check_email(text)
    except InvalidArgumentError:
        return False
    return True


def _unknown_user() -> NotFoundError:
    return NotFoundError("There is no such user.", provider="scim", operation="users.get")
