"""Groups: which roles they are, and which role a user has who is in several."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from scim2_models import PatchOp, PatchOperation
from scim2_models.path import CompareOperator, Comparison, FilterNode, LogicalExpr, LogicalOperator

from orgsdk.domain import Role
from orgsdk.scim.id_map import MapEntry, fold
from orgsdk.scim.users import STATE, LoadedUser

CREATED: Final = "created"
FORGOTTEN: Final = "forgotten"


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleGroup:
    """A role of the provider as a group.

    Attributes:
        role: The role.
        name: The displayName.
        entry: The entry of the map. None if no identity provider has created the group.
    """

    role: Role
    name: str
    entry: MapEntry | None = None

    @property
    def id(self) -> str:
        """The SCIM id: the role's."""
        return self.role.id

    @property
    def is_own(self) -> bool:
        """Whether the gateway has created the role, and may rename and delete it."""
        return self.entry is not None and CREATED in self.entry.details


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedGroup:
    """A group as the gateway has read it.

    Attributes:
        group: The role and its name.
        members: The members. None if they were not read.
    """

    group: RoleGroup
    members: tuple[LoadedUser, ...] | None = None


def groups_of_roles(
    roles: Sequence[Role], entries: Mapping[str, MapEntry], table: Mapping[str, str] | None
) -> list[RoleGroup]:
    """Return the groups that a gateway shows, in the order of the roles.

    Args:
        roles: The provider's roles.
        entries: Entries of the map by the role's id.
        table: The role, by id or name, of each group. None: every role is a group of its name.

    Returns:
        The groups. A group that was deleted, whose role was left, is not among them.
    """
    names = None if table is None else {role: name for name, role in table.items()}
    shown: list[RoleGroup] = []
    for role in roles:
        entry = entries.get(role.id)
        if entry is not None and entry.details.get(STATE) == FORGOTTEN:
            continue
        name: str | None = role.name
        if names is not None:
            name = names.get(role.id, names.get(role.name))
        if name is not None:
            shown.append(RoleGroup(role=role, name=(entry and entry.name) or name, entry=entry))
    return shown


def role_for_name(name: str, roles: Sequence[Role], table: Mapping[str, str] | None) -> Role | None:
    """Return the role that a new group of a name is.

    Args:
        name: The displayName.
        roles: The provider's roles.
        table: The role of each group. None: the role of the group's name.

    Returns:
        The role; None if there is none.
    """
    if table is None:
        wanted = fold(name)
        return next((role for role in roles if fold(role.name) == wanted), None)
    chosen = next((role for group, role in table.items() if fold(group) == fold(name)), None)
    return next((role for role in roles if chosen in {role.id, role.name}), None)


def held_groups(
    kept: Sequence[str], role_ids: Sequence[str], role_order: Sequence[str], default_role: str | None
) -> tuple[str, ...]:
    """Return the groups of a user who has one role at the provider.

    An identity provider is shown the groups that it has put the user into. The role of a user in no group is no
    membership, because no client has added the user to its group.

    Args:
        kept: Ids of the groups that the map keeps, in the order in which the user was added.
        role_ids: Ids of the roles that the user has at the provider: one, or none.
        role_order: Ids of roles, the one that counts first.
        default_role: Id of the role of a user in no group. None if it is not known.

    Returns:
        The kept groups from which the provider's role follows: without those that count more, which the user has not
        joined yet, or has left. If the role is none of them, it was changed at the provider. Then it is the only
        group, or no group if it is the default role.
    """
    ranked = _ranked(kept, role_order)
    held = next((rank for rank, group in enumerate(ranked) if group in role_ids), None)
    if held is not None:
        left = set(ranked[held:])
        return tuple(group for group in kept if group in left)
    return tuple(role for role in role_ids if role != default_role)


def effective_role(groups: Sequence[str], role_order: Sequence[str]) -> str | None:
    """Return the role of a user who is in several groups, where a user has one role.

    Args:
        groups: Ids of the groups, in the order in which the user was added.
        role_order: Ids of roles, the one that counts first. Empty: the last group counts.

    Returns:
        The role's id; None if the user is in no group.
    """
    return next(iter(_ranked(groups, role_order)), None)


def _ranked(groups: Sequence[str], role_order: Sequence[str]) -> list[str]:
    """Return groups, the one that counts first. Of those that are not in the order, the last one counts first."""
    ranks = {role: rank for rank, role in enumerate(role_order)}
    ranked = list(reversed(groups))
    ranked.sort(key=lambda role: ranks.get(role, len(ranks)))
    return ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberChange:
    """The members that a request adds to a group, and those it removes.

    Attributes:
        add: SCIM ids.
        remove: SCIM ids.
    """

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


def change_of(before: Collection[str], after: Collection[str]) -> MemberChange:
    """Return the change from one set of members to another."""
    old, new = frozenset(before), frozenset(after)
    return MemberChange(
        add=tuple(member for member in dict.fromkeys(after) if member not in old),
        remove=tuple(member for member in dict.fromkeys(before) if member not in new),
    )


def split_members(patch: PatchOp[Any]) -> tuple[MemberChange, list[PatchOperation[Any]]] | None:
    """Return the members that a PATCH of a group adds and removes by their ids, and its other operations.

    The members need not be read for it, and it takes a time that grows with the number of operations alone.

    Args:
        patch: The validated PATCH.

    Returns:
        The change and the operations; None if the effect of the PATCH depends on members that it does not name, such
        as when all are removed.
    """
    added: dict[str, bool] = {}
    others: list[PatchOperation[Any]] = []
    for operation in patch.operations or []:
        found = _members_of(operation)
        if found is None:
            return None
        ids, rest = found
        added.update(dict.fromkeys(ids, operation.op.value == "add"))  # the last operation of an id counts
        others += [] if rest is None else [rest]
    change = MemberChange(
        add=tuple(sorted(one for one, is_added in added.items() if is_added)),
        remove=tuple(sorted(one for one, is_added in added.items() if not is_added)),
    )
    return change, others


def _members_of(operation: PatchOperation[Any]) -> tuple[set[str], PatchOperation[Any] | None] | None:
    """Return the members that an operation names, and the operation without them; None if it means others too."""
    op, value = operation.op.value, operation.value
    path = cast("Any", operation.path)
    if path is None or path.model is not None:
        attributes = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
        others = {key: item for key, item in attributes.items() if _attribute_of(key) != "members"}
        if len(others) == len(attributes):
            return set(), operation
        members = next(item for key, item in attributes.items() if _attribute_of(key) == "members")
        ids = _ids_of(members) if op == "add" else None
        return None if ids is None else (ids, operation.model_copy(update={"value": others}) if others else None)
    if path.parts[0].lower() != "members":
        return set(), operation
    if len(path.parts) > 1 or op == "replace":
        return None
    if path.value_filter is not None:
        ids = _ids_in(path.value_filter) if op == "remove" else None
    else:
        ids = None if value is None else _ids_of(value)
    return None if ids is None else (ids, None)


def _attribute_of(key: str) -> str:
    """Return the name of an attribute, which may have the schema in front of it."""
    return key.rpartition(":")[2].lower()


def _ids_of(value: Any) -> set[str] | None:
    listed = cast("list[object]", value) if isinstance(value, list) else [value]
    ids: list[object] = [
        cast("dict[str, Any]", item).get("value") if isinstance(item, dict) else getattr(item, "value", None)
        for item in listed
    ]
    return {one for one in ids if isinstance(one, str)} if all(isinstance(one, str) for one in ids) else None


def _ids_in(node: FilterNode) -> set[str] | None:
    match node:
        case Comparison(op=CompareOperator.eq, value=str(value)) if node.attr_path.attr.lower() == "value":
            return {value}
        case LogicalExpr(op=LogicalOperator.or_, terms=terms):
            parts = [_ids_in(term) for term in terms]
            known = [part for part in parts if part is not None]
            return set[str]().union(*known) if len(known) == len(parts) else None
        case _:
            return None
