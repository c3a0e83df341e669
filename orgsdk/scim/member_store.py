"""Members of groups: who is added to a role and who loses it, and the one role of a user in several groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from orgsdk.domain import Capability
from orgsdk.errors import InvalidArgumentError, NotFoundError
from orgsdk.scim.context import current_request
from orgsdk.scim.deactivations import DeactivationGuard
from orgsdk.scim.directory import Directory
from orgsdk.scim.errors import RefusedError
from orgsdk.scim.group_lookup import GroupLookup, unknown_group
from orgsdk.scim.groups import MemberChange, RoleGroup
from orgsdk.scim.id_map import MapEntry
from orgsdk.scim.user_lookup import UserLookup
from orgsdk.scim.users import LoadedUser, state_of

# From so many new members on, they are checked and added together.
_BATCH: Final = 4


class MemberStore:
    """Change the members of the groups of one tenant.

    Args:
        directory: The organization.
        groups: Finds groups.
        users: Finds users.
        guard: Limits the number of users that are taken out of groups.
    """

    def __init__(self, directory: Directory, groups: GroupLookup, users: UserLookup, guard: DeactivationGuard) -> None:
        self._directory = directory
        self._groups = groups
        self._users = users
        self._guard = guard
        self._map = directory.id_map
        self._tenant = directory.tenant

    async def change(self, group: RoleGroup, change: MemberChange) -> None:
        """Add members to a group and remove others.

        Args:
            group: The group.
            change: SCIM ids. To add a member or to remove a stranger changes nothing.

        Raises:
            InvalidArgumentError: A new member does not exist. Nothing was changed.
            QuarantinedError: Too many users would be taken out of the group.
        """
        added = await self.known(change.add)
        await self.check_removal(change.remove)
        done: list[LoadedUser] = []
        try:
            if len(added) >= _BATCH and self._directory.has_several_roles and self._directory.can(Capability.USERS_ADD):
                await self._add_together(group, added)
            else:
                for user in added:
                    done += [user] if await self._join(group, user) else []
        except NotFoundError as error:
            if error.choices is not None:  # the role
                raise unknown_group() from None
            for user in done:
                await self._leave(group, user.id)
            raise _unknown_member() from None
        finally:
            self._directory.forget_members()
        for user_id in change.remove:
            await self._leave(group, user_id)

    async def check_removal(self, ids: Sequence[str]) -> None:
        """Count users before they are taken out of a group.

        Args:
            ids: Their SCIM ids.

        Raises:
            QuarantinedError: They would be too many.
        """
        if ids:
            token_id, count_members = current_request().token_id, self._directory.count_members
            await self._guard.check(self._tenant, token_id, ids, count_members=count_members)

    async def known(self, ids: Sequence[str]) -> list[LoadedUser]:
        """Return users by their ids. Those that were read for this request are not read again.

        Args:
            ids: SCIM ids.

        Returns:
            The users.

        Raises:
            InvalidArgumentError: One does not exist.
        """
        read = current_request().users
        if sum(one not in read for one in ids) >= _BATCH:
            users = [*await self._users.load_all(await self._directory.members.refresh()), *await self._users.ended()]
            wanted = set(ids) - read.keys()
            read.update((user.id, user) for user in users if user.id in wanted)
            if not read.keys() >= wanted:
                raise _unknown_member()
        try:
            return [await self._users.get(one) for one in ids]
        except NotFoundError:
            raise _unknown_member() from None

    async def _add_together(self, group: RoleGroup, users: Sequence[LoadedUser]) -> None:
        await self._directory.writes.add_role_to_many(
            [user.record for user in users if user.record is not None], group.role
        )
        for user in users:
            if user.record is None:
                await self._join(group, user)

    async def _join(self, group: RoleGroup, user: LoadedUser) -> bool:
        """Add a user to a group, and return False if it was a member before."""
        if any(one.id == group.id for one in user.groups):
            return False
        if user.record is not None and self._directory.has_several_roles:
            await self._directory.writes.add_role(user.record, group.role)
            return True
        async with self._map.lock(self._tenant, f"user/{user.id}"):
            user = await self._unchanged(user)
            await self._set_groups(user, (*(one.id for one in user.groups if one.id != group.id), group.id))
        return True

    async def _leave(self, group: RoleGroup, user_id: str) -> None:
        """Remove a user from a group. A user who does not exist any more is in no group."""
        entry = await self._map.get(self._tenant, "user", user_id)
        if self._directory.has_several_roles and state_of(entry) is None:
            try:
                await self._directory.writes.remove_role(user_id if entry is None else entry.provider_id, group.role)
            except (InvalidArgumentError, NotFoundError) as error:
                if isinstance(error, NotFoundError) and error.choices is not None:
                    raise unknown_group() from None
            current_request().users.pop(user_id, None)
            return
        async with self._map.lock(self._tenant, f"user/{user_id}"):
            try:
                user = await self._users.get(user_id)
            except NotFoundError:
                return
            left = tuple(one.id for one in user.groups if one.id != group.id)
            if len(left) < len(user.groups):
                await self._set_groups(user, left)

    async def _unchanged(self, user: LoadedUser) -> LoadedUser:
        """Return a user as it is now, read again only if another request has changed it."""
        entry = await self._map.get(self._tenant, "user", user.id)
        if entry == user.entry:
            return user
        current_request().users.pop(user.id, None)
        return await self._users.get(user.id)

    async def _set_groups(self, user: LoadedUser, groups: tuple[str, ...]) -> None:
        """Keep the groups of a user, and give a member the one role that follows from them.

        If the process ends between the two writes, the map has the larger number of groups. The role at the provider
        then shows which of them the user is in.
        """
        role = None
        is_larger = len(groups) > len(user.groups)
        if user.record is not None:
            # A role that is no group here was given at the provider: the user keeps it if it counts more.
            groups = (*await self._groups.outside(user.record), *groups)
            role = await self._groups.chosen_role(groups)
        if user.record is not None and role is None:
            raise RefusedError(
                "A user has one role here, and this one would have none: add it to another group first, or set "
                "the gateway's option default_role."
            )
        entry = user.entry
        if is_larger:
            entry = await self._keep_groups(user, groups)
        record = user.record
        if record is not None and role is not None and (role.name,) != record.roles:
            record = await self._directory.writes.set_role(record, role)
        if not is_larger:
            entry = await self._keep_groups(user, groups)
        current_request().users[user.id] = replace(
            user, record=record, entry=entry, groups=await self._groups.named(groups)
        )

    async def _keep_groups(self, user: LoadedUser, groups: tuple[str, ...]) -> MapEntry:
        values = user.values
        entry = user.entry or MapEntry(
            *(self._tenant, "user", user.id, user.provider_id, values.external_id, values.user_name)
        )
        return await self._map.put(replace(entry, groups=groups))


def _unknown_member() -> InvalidArgumentError:
    return InvalidArgumentError("A member of the group is no user here. Nothing was changed.")
