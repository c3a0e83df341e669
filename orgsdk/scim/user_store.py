"""Change, deactivate, activate and delete users."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from orgsdk.domain import Capability, User
from orgsdk.errors import NotFoundError, UnprocessableError
from orgsdk.scim.context import current_request
from orgsdk.scim.deactivations import DeactivationGuard
from orgsdk.scim.directory import Directory
from orgsdk.scim.errors import RefusedError
from orgsdk.scim.group_lookup import GroupLookup
from orgsdk.scim.id_map import MapEntry, fold
from orgsdk.scim.user_creation import UserCreation
from orgsdk.scim.user_lookup import UserLookup
from orgsdk.scim.users import LoadedUser, State, UserValues, changed_fields, kept_details


class UserStore:
    """Write the users of one tenant.

    Args:
        directory: The organization.
        users: Finds users.
        groups: Finds groups.
        guard: Limits the number of users that are deactivated.
    """

    def __init__(self, directory: Directory, users: UserLookup, groups: GroupLookup, guard: DeactivationGuard) -> None:
        self._directory = directory
        self._users = users
        self._groups = groups
        self._guard = guard
        self._map = directory.id_map
        self._tenant = directory.tenant
        self._creation = UserCreation(directory, users, groups)

    async def create(self, values: UserValues) -> LoadedUser:
        """Create a user, or adopt the one that an earlier create of the same name has left.

        Args:
            values: The user.

        Returns:
            The user.

        Raises:
            ConflictError: The name, the address or the telephone number belongs to another user.
            InvalidArgumentError: A value is invalid.
            RefusedError: The user shall be inactive, and that is refused.
        """
        is_inactive = values.active is False
        if is_inactive and self._directory.on_deactivate == "refuse":
            raise _refused()
        user = await self._creation.create(values)
        if is_inactive:
            return await self._deactivate(user)
        # An account that becomes a member again may be suspended.
        return user if user.is_active else self._users.remember(await self._activate(user, values))

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
            RefusedError: The user shall be inactive, and that is refused.
            UnsupportedError: The provider cannot clear a value.
            QuarantinedError: Too many users would be deactivated.
        """
        self._creation.check_storable(values)
        if fold(values.user_name) == fold(user.values.user_name):
            return await self._update(user, values)
        async with self._map.lock(self._tenant, f"name/{fold(values.user_name)}"):
            await self._creation.check_free(values.user_name)
            await self._creation.check_name(values, user)
            return await self._update(user, values)

    async def _update(self, user: LoadedUser, values: UserValues) -> LoadedUser:
        active = user.is_active if values.active is None else values.active
        if user.is_active and not active:
            await self._check_deactivation(user)
        if user.record is None:
            # Before the account is a member again: a refused request changes nothing.
            await self._creation.check_sign_in(user.provider_id, self._changed_names(user, values), is_member=False)
        if active and not user.is_active:
            user = await self._activate(user, values)
        record = user.record
        if record is not None:
            changes = changed_fields(user.values, values, self._directory.stored)
            username = self._changed_username(record, user.values, values)
            if username is not None:
                changes["username"] = username
            if changes or values.password is not None:
                names = set(changes) if values.password is None else {*changes, "password"}
                await self._creation.check_sign_in(record.id, names)
                record = await self._directory.writes.update_user(record, changes, values.password)
                self._directory.forget_members()
        state: State | None = "ended" if record is None else None
        entry = await self._users.put(
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
        return self._users.remember(changed)

    def _changed_names(self, user: LoadedUser, values: UserValues) -> set[str]:
        """Return the names of the fields that a request changes of a user who is no member."""
        names = set(changed_fields(user.values, values, self._directory.stored))
        old, new = (self._users.username(each.user_name, each.email) for each in (user.values, values))
        names |= set() if old == new else {"username"}
        return names if values.password is None else {*names, "password"}

    def _changed_username(self, record: User, before: UserValues, after: UserValues) -> str | None:
        if before.user_name == after.user_name:
            return None
        username = self._users.username(after.user_name, after.email)
        return None if username == record.username else username

    # Activating and deactivating

    async def _check_deactivation(self, user: LoadedUser) -> None:
        if self._directory.on_deactivate == "refuse":
            raise _refused()
        await self._check_limit(user)

    async def _check_limit(self, user: LoadedUser) -> None:
        token_id, count_members = current_request().token_id, self._directory.count_members
        await self._guard.check(self._tenant, token_id, [user.id], count_members=count_members)

    async def _activate(self, user: LoadedUser, values: UserValues) -> LoadedUser:
        """Return the user as an active member."""
        if user.record is not None:
            # Where accounts are suspended, it is another's suspension: this one would have ended the membership.
            if self._directory.can(Capability.ACCOUNTS_SUSPEND) and await self._directory.is_shared(user.record.id):
                raise RefusedError("The user is suspended for other organizations too: end that at the provider.")
            record = await self._directory.writes.suspend_user(user.record, suspended=False)
            self._directory.forget_members()
            return replace(user, record=record)
        assert user.entry is not None  # noqa: S101  # without a membership, the map has the user
        roles = await self._groups.role_names(user.entry.groups)
        record = await self._return(user.entry, values, roles)
        self._directory.forget_members()
        entry = await self._users.put(
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
        return await self._creation.recreate(values, roles)

    async def _deactivate(self, user: LoadedUser) -> LoadedUser:
        """Return the user as an inactive one. The membership ends, or the user is suspended."""
        record = user.record
        assert record is not None  # noqa: S101  # the user is a member
        values = user.values
        # Where accounts are suspended, a suspension reaches beyond the organization.
        is_tenant_wide = self._directory.can(Capability.ACCOUNTS_SUSPEND)
        is_suspended = self._directory.on_deactivate == "suspend"
        if is_suspended and not (is_tenant_wide and await self._directory.is_shared(record.id)):
            suspended = await self._directory.writes.suspend_user(record, suspended=True)
            entry = user.entry and await self._users.put(replace(user.entry, active=False))
            self._directory.forget_members()
            return self._users.remember(replace(user, record=suspended, entry=entry))
        if not self._directory.can(Capability.USERS_REMOVE):
            raise _refused()
        # The account stays, also where `on_delete` deletes it: the user may come back.
        entry = user.entry or MapEntry(self._tenant, "user", user.id, record.id, values.external_id, values.user_name)
        entry = replace(
            entry,
            active=False,
            groups=tuple(group.id for group in user.groups),
            details=kept_details(values, state="ending"),
        )
        # First the map: if the process ends before the second write, the membership shows which one is true.
        entry = await self._users.put(entry)
        await self._directory.writes.remove_user(record.id, "keep", record.roles)
        self._directory.forget_members()
        stored = await self._users.put(replace(entry, details=kept_details(values, state="ended")))
        return self._users.remember(replace(user, record=None, entry=stored))

    # Deleting

    async def delete(self, user: LoadedUser) -> None:
        """Delete a user: end the membership, or delete the account too.

        Args:
            user: The user.

        Raises:
            QuarantinedError: Too many users would be removed.
        """
        await self._check_limit(user)
        kept = True
        if user.record is not None:
            kept = await self._remove(user.record)
        elif self._directory.options.on_delete == "delete":
            kept = not await self._delete_former(user.provider_id)
        self._directory.forget_members()
        current_request().users.pop(user.id, None)
        if kept and self._directory.can(Capability.ACCOUNTS_FIND, Capability.USERS_ADD):
            # The account can become a member again when the identity provider creates the user again.
            await self._users.bury(user.id, user.provider_id)
        else:
            await self._map.delete(self._tenant, "user", user.id)

    async def _remove(self, record: User) -> bool:
        """Remove a member, and return whether the account was kept."""
        directory = self._directory
        is_deleted = directory.options.on_delete == "delete" and not await directory.is_shared(record.id)
        try:
            await directory.writes.remove_user(record.id, "delete" if is_deleted else "keep", record.roles)
        except NotFoundError:
            return False  # another client was faster
        return not is_deleted

    async def _delete_former(self, account_id: str) -> bool:
        """Delete the account of a former member if it belongs to no other organization. Return whether it is gone."""
        directory = self._directory
        if not directory.can(Capability.ACCOUNTS_REMOVE, Capability.ACCOUNTS_LIST_ORGANIZATIONS):
            return False
        try:
            if await directory.is_shared(account_id, is_member=False):
                return False
            await directory.writes.remove_user(account_id, "delete")
        except NotFoundError:
            pass
        return True


def _refused() -> RefusedError:
    return RefusedError("Users are not deactivated here: the gateway's option on_deactivate refuses it.")
