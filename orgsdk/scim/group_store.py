"""Groups at the provider and in the id map: roles and who has them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

from orgsdk.domain import Capability, Role, User
from orgsdk.errors import ConflictError, InvalidArgumentError, NotFoundError, UnsupportedError
from orgsdk.scim.context import current_request
from orgsdk.scim.deactivations import DeactivationGuard
from orgsdk.scim.directory import Directory
from orgsdk.scim.errors import RefusedError
from orgsdk.scim.filters import Lookup
from orgsdk.scim.group_lookup import GroupLookup, unknown_group
from orgsdk.scim.groups import CREATED, FORGOTTEN, LoadedGroup, MemberChange, RoleGroup, role_for_name
from orgsdk.scim.id_map import MapEntry, check_storable, fold
from orgsdk.scim.member_store import MemberStore
from orgsdk.scim.user_lookup import UserLookup
from orgsdk.scim.users import STATE, LoadedUser, Payload, state_of, with_meta


class GroupStore:
    """The groups of one tenant.

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
        self._members_of = MemberStore(directory, groups, users, guard)
        self._map = directory.id_map
        self._tenant = directory.tenant

    # Reading

    async def get(self, group_id: str, *, members: bool) -> LoadedGroup:
        """Return a group.

        Args:
            group_id: The SCIM id.
            members: Whether to read the members. Otherwise the role is read.

        Returns:
            The group.

        Raises:
            NotFoundError: There is none.
        """
        if not members:
            return LoadedGroup(group=await self._groups.find(group_id, await self._directory.read_roles()))
        read = current_request().groups
        if group_id in read:
            return read[group_id]
        group = await self.known(group_id)
        try:
            read[group_id] = LoadedGroup(group=group, members=await self._members(group))
            return read[group_id]
        except NotFoundError:
            self._directory.forget_roles()
            raise unknown_group() from None

    async def known(self, group_id: str) -> RoleGroup:
        """Return a group as it was read last. A request that follows shows whether its role still exists.

        Args:
            group_id: The SCIM id.

        Returns:
            The group.

        Raises:
            NotFoundError: There is none.
        """
        roles = await self._directory.roles()
        if not any(role.id == group_id for role in roles):
            roles = await self._directory.read_roles()
        return await self._groups.find(group_id, roles)

    async def search(self, lookup: Lookup) -> list[RoleGroup]:
        """Return the groups that a look-up finds.

        Args:
            lookup: What is looked for.

        Returns:
            The groups.
        """
        shown = await self._groups.all()
        match lookup.key:
            case "id":
                return [group for group in shown if group.id == lookup.value]
            case "name":
                return [group for group in shown if fold(group.name) == fold(lookup.value)]
            case "external_id":
                return [group for group in shown if group.entry and group.entry.external_id == lookup.value]
            case _:
                try:
                    user = await self._users.get(lookup.value)
                except NotFoundError:
                    return []
                held = {group.id for group in user.groups}
                return [group for group in shown if group.id in held]

    async def with_members(self, groups: Sequence[RoleGroup]) -> list[LoadedGroup]:
        """Return groups with their members. For several, the list of all members is read once."""
        if len(groups) == 1:
            return [LoadedGroup(group=groups[0], members=await self._members(groups[0]))]
        users = [*await self._users.load_all(await self._directory.members.get()), *await self._users.ended()]
        return [
            LoadedGroup(
                group=group, members=tuple(user for user in users if any(one.id == group.id for one in user.groups))
            )
            for group in groups
        ]

    async def _members(self, group: RoleGroup) -> tuple[LoadedUser, ...]:
        holders = list(await self._directory.with_role(group.role))
        if not self._directory.has_several_roles:
            holders += await self._kept_members(group, {user.id for user in holders})
        users = [*await self._users.load_all(holders), *await self._users.ended()]
        return tuple(user for user in users if any(one.id == group.id for one in user.groups))

    async def _kept_members(self, group: RoleGroup, known: Collection[str]) -> list[User]:
        """Return the members who may be in a group, and whose one role at the provider is that of another group."""
        kept = {
            entry.provider_id
            async for entry in self._map.entries(self._tenant, "user")
            if group.id in entry.groups
            and len(entry.groups) > 1
            and entry.provider_id not in known
            and state_of(entry) is None
        }
        return [user for user in await self._directory.members.get() if user.id in kept] if kept else []

    # Writing

    async def create(self, name: str, external_id: str | None, members: Sequence[str]) -> LoadedGroup:
        """Create a group, or adopt the role of its name.

        Args:
            name: The displayName.
            external_id: The identity provider's own id.
            members: SCIM ids of the members.

        Returns:
            The group.

        Raises:
            ConflictError: A group has the name.
            InvalidArgumentError: The name belongs to no role, and none can be created; or a member does not exist.
        """
        check_storable(name, external_id)
        await self._members_of.known(members)  # before a role is created
        async with self._map.lock(self._tenant, f"group-name/{fold(name)}"):
            taken = await self._map.find(self._tenant, "group", name=name)
            roles = await self._directory.read_roles()
            if taken is not None and any(role.id == taken.provider_id for role in roles):
                raise _name_taken()
            if taken is not None:
                await self._map.delete(self._tenant, "group", taken.id)
            role, is_new = await self._role_for(name, roles)
            before = (await self._map.lookup(self._tenant, "group", [role.id])).get(role.id)
            if before is not None and before.name is not None and before.details.get(STATE) != FORGOTTEN:
                raise _name_taken()
            entry = await self._map.put(
                MapEntry(
                    *(self._tenant, "group", role.id, role.id, external_id, name),
                    details={CREATED: "yes"} if is_new else {},
                )
            )
            current_request().group_names = None
            group = RoleGroup(role=role, name=name, entry=entry)
            if members:
                await self._members_of.change(group, MemberChange(add=tuple(members)))
            if is_new:
                return LoadedGroup(group=group, members=tuple([await self._users.get(one) for one in members]))
            # The role may have members already: they are read if the answer shall show some.
            return LoadedGroup(group=group, members=await self._members(group) if members else None)

    async def _role_for(self, name: str, roles: Sequence[Role]) -> tuple[Role, bool]:
        table = self._directory.options.group_roles
        role = role_for_name(name, roles, table)
        if role is not None:
            return role, False
        if table is not None or not self._directory.can(Capability.ROLES_CREATE):
            listed = ", ".join(sorted(table or [role.name for role in roles]))
            raise InvalidArgumentError(f"No role belongs to a group of this name. Groups here: {listed}.")
        try:
            created = await self._directory.writes.create_role(name)
        except ConflictError:
            role = role_for_name(name, await self._directory.read_roles(), table)
            if role is None:
                raise
            return role, False
        finally:
            self._directory.forget_roles()
        return created, True

    async def update(self, group: RoleGroup, name: str, external_id: str | None, change: MemberChange) -> LoadedGroup:
        """Change a group.

        Args:
            group: The group as it is.
            name: The displayName that it shall have.
            external_id: The identity provider's own id that it shall have.
            change: The members to add and to remove.

        Returns:
            The group, with its members if they were read for this request.

        Raises:
            ConflictError: Another group has the name.
            InvalidArgumentError: A new member does not exist. Nothing was changed.
            QuarantinedError: Too many users would be taken out of the group.
        """
        check_storable(name, external_id)
        if name != group.name:
            await self._check_name(group, name)
        if change.add or change.remove:
            await self._members_of.change(group, change)
        role, entry = group.role, group.entry
        if name != group.name and group.is_own and self._directory.can(Capability.ROLES_UPDATE):
            with suppress(UnsupportedError):  # the map has the new name then
                role = await self._directory.writes.rename_role(role, name)
            self._directory.forget_roles()
        shown = None if entry is None else entry.external_id
        if name != group.name or external_id != shown or change != MemberChange():
            before = entry or MapEntry(self._tenant, "group", group.id, role.id)
            # A group that was only changed keeps no name: a create may still take the role over.
            kept = before.name if name == group.name else name
            entry = await self._map.put(replace(before, name=kept, external_id=external_id))
        loaded = current_request().groups.pop(group.id, None)
        members = None if loaded is None else await self._changed(loaded.members or (), change)
        return LoadedGroup(group=RoleGroup(role=role, name=name, entry=entry), members=members)

    async def _changed(self, members: Sequence[LoadedUser], change: MemberChange) -> tuple[LoadedUser, ...]:
        left = [user for user in members if user.id not in change.remove]
        return (*left, *[await self._users.get(one) for one in change.add])

    async def _check_name(self, group: RoleGroup, name: str) -> None:
        if self._directory.options.group_roles is not None:
            raise RefusedError("Groups are not renamed here: the gateway's option group_roles has their names.")
        if any(fold(other.name) == fold(name) and other.id != group.id for other in await self._groups.all()):
            raise _name_taken()

    async def delete(self, group: RoleGroup) -> None:
        """Delete a group. A role that the gateway did not create is left, and its members keep it.

        Args:
            group: The group.

        Raises:
            QuarantinedError: Too many users would lose the role.
        """
        if group.is_own and self._directory.can(Capability.ROLES_REMOVE):
            holders = await self._directory.with_role(group.role)
            await self._members_of.check_removal([user.id for user in await self._users.load_all(holders)])
            with suppress(NotFoundError):  # another client was faster
                await self._directory.writes.remove_role_itself(group.role)
            self._directory.forget_roles()
            self._directory.forget_members()
            await self._map.delete(self._tenant, "group", group.id)
        else:
            entry = group.entry or MapEntry(self._tenant, "group", group.id, group.id)
            forgotten = {**entry.details, STATE: FORGOTTEN}
            await self._map.put(replace(entry, name=None, external_id=None, active=False, details=forgotten))


def write_group(loaded: LoadedGroup) -> Payload:
    """Return a group as JSON.

    Args:
        loaded: The group.

    Returns:
        The resource.
    """
    group = loaded.group
    payload: Payload = {"id": group.id, "displayName": group.name}
    if group.entry is not None and group.entry.external_id is not None:
        payload["externalId"] = group.entry.external_id
    if loaded.members:
        payload["members"] = [
            {"value": user.id, "type": "User", "$ref": f"Users/{user.id}"}
            for user in sorted(loaded.members, key=lambda user: user.id)
        ]
    created, modified = (None, None) if group.entry is None else (group.entry.created, group.entry.modified)
    return with_meta(payload, "Group", created, modified, is_whole=loaded.members is not None)


def _name_taken() -> ConflictError:
    return ConflictError("The displayName belongs to another group.", provider="scim", operation="groups.create")
