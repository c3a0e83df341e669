"""Groups as the gateway finds them: the provider's roles, by the names that the id map has for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from orgsdk.domain import Capability, Role, User
from orgsdk.errors import NotFoundError
from orgsdk.scim.context import current_request
from orgsdk.scim.directory import Directory
from orgsdk.scim.groups import RoleGroup, effective_role, groups_of_roles, held_groups
from orgsdk.scim.id_map import MapEntry
from orgsdk.scim.users import Group


class GroupLookup:
    """Find the groups of one tenant.

    Args:
        directory: The organization.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._map = directory.id_map
        self._tenant = directory.tenant

    async def of_member(self, record: User, entry: MapEntry | None) -> tuple[Group, ...]:
        """Return the groups of a member."""
        if not record.roles:
            return ()
        roles = await self._directory.roles(*record.roles)
        held = [role.id for role in roles if role.name in record.roles]
        if not self._directory.has_several_roles:
            kept = () if entry is None else entry.groups
            held = list(held_groups(kept, held, self._order(roles), self._default_role(roles)))
        return await self.named(held)

    async def named(self, ids: Sequence[str]) -> tuple[Group, ...]:
        """Return groups by their ids. One that does not exist any more is left out."""
        if not ids:
            return ()
        request = current_request()
        roles = await self._directory.roles(*ids)
        if request.group_names is None or request.group_names[0] is not roles:
            request.group_names = roles, {group.id: group.name for group in await self._shown(roles)}
        names = request.group_names[1]
        return tuple(Group(id=one, name=names[one]) for one in ids if one in names)

    async def outside(self, record: User) -> list[str]:
        """Return the roles of a member that are no group here, without the role of a user in no group."""
        roles = await self._directory.roles(*record.roles)
        held = [role.id for role in roles if role.name in record.roles and role.id != self._default_role(roles)]
        shown = {group.id for group in await self.named(held)}
        return [one for one in held if one not in shown]

    async def role_names(self, ids: Sequence[str]) -> list[str]:
        """Return the names of the roles that a user of these groups has at the provider."""
        if not self._directory.has_several_roles:
            chosen = await self.chosen_role(ids)
            return [] if chosen is None else [chosen.name]
        names = {role.id: role.name for role in await self._directory.roles(*ids)} if ids else {}
        return [names[one] for one in ids if one in names]

    async def all(self) -> list[RoleGroup]:
        """Read all groups, without members."""
        return await self._shown(await self._directory.read_roles())

    async def find(self, group_id: str, roles: Sequence[Role]) -> RoleGroup:
        """Return a group by its id, which is that of one of the roles.

        Args:
            group_id: The SCIM id.
            roles: The roles.

        Returns:
            The group.

        Raises:
            NotFoundError: There is none.
        """
        for group in await self._shown([role for role in roles if role.id == group_id]):
            return group
        raise unknown_group()

    async def _shown(self, roles: Sequence[Role]) -> list[RoleGroup]:
        entries = await self._map.lookup(self._tenant, "group", [role.id for role in roles])
        return groups_of_roles(roles, entries, self._directory.options.group_roles)

    async def chosen_role(self, ids: Sequence[str]) -> Role | None:
        """Return the one role that a member of these groups has. None if nothing states which."""
        roles = {role.id: role for role in await self._directory.roles(*ids)}
        order, default = self._order(roles.values()), self._default_role(roles.values())
        chosen = effective_role([one for one in ids if one in roles], order) or default
        return None if chosen is None else roles.get(chosen)

    def _order(self, roles: Collection[Role]) -> list[str]:
        ids = {name: role.id for role in roles for name in (role.name, role.id)}
        return [ids[name] for name in self._directory.options.role_order if name in ids]

    def _default_role(self, roles: Collection[Role]) -> str | None:
        options = self._directory.options
        ids = {name: role.id for role in roles for name in (role.name, role.id)}
        if options.default_role is not None:
            return ids.get(options.default_role)
        order = self._order(roles)
        if order:
            return order[-1]
        return None if self._directory.can(Capability.ROLES_CREATE) or not roles else next(iter(roles)).id


def unknown_group() -> NotFoundError:
    """Return the error for a group that does not exist."""
    return NotFoundError("There is no such group.", provider="scim", operation="groups.get")
