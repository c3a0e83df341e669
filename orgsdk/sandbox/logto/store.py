"""In-memory tables of the Logto server, and cascading deletes.

Rows are in heap order: the order of insertion, and an updated row moves to the end, where PostgreSQL writes its new
version. Lists without ORDER BY have this order (facts/logto.md section 4, "Is paging stable?").
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Generic, Protocol, TypeVar

from orgsdk.sandbox.logto.records import (
    StoredInvitation,
    StoredOrganization,
    StoredOrganizationRole,
    StoredOrganizationScope,
    StoredResource,
    StoredResourceScope,
    StoredUser,
    TenantRole,
)


class Row(Protocol):
    """A row of a table: any object with an id."""

    @property
    def id(self) -> str:
        """The id of the row."""
        ...


RowT = TypeVar("RowT", bound=Row)


class Table(Generic[RowT]):
    """Rows by id, in heap order."""

    __slots__ = ("_listed", "_rows")

    def __init__(self) -> None:
        self._rows: dict[str, RowT] = {}
        self._listed: Sequence[RowT] | None = None

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RowT]:
        return iter(self._rows.values())

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._rows

    def __getitem__(self, row_id: str) -> RowT:
        return self._rows[row_id]

    def listed(self) -> Sequence[RowT]:
        """Return the rows in heap order. It is the same list until a row is written or deleted."""
        if self._listed is None:
            self._listed = list(self._rows.values())
        return self._listed

    def get(self, row_id: str) -> RowT | None:
        """Return the row with this id, or None. Ids are case-sensitive."""
        return self._rows.get(row_id)

    def put(self, row: RowT) -> None:
        """Insert a row, or write a new version of it at the end of the heap."""
        self._rows.pop(row.id, None)
        self._rows[row.id] = row
        self._listed = None

    def remove(self, row_id: str) -> RowT | None:
        """Delete the row, and return it or None."""
        self._listed = None
        return self._rows.pop(row_id, None)

    def copy(self) -> "Table[RowT]":
        """Return a table with the same rows, in the same order."""
        copied: Table[RowT] = Table()
        copied._rows = self._rows.copy()
        return copied


class Memberships:
    """The members of each organization, with their roles in the order of assignment."""

    __slots__ = ("_by_organization", "_by_user", "_sorted_ids")

    def __init__(self) -> None:
        self._sorted_ids: dict[str, list[str]] = {}
        self._by_organization: dict[str, dict[str, tuple[str, ...]]] = {}
        self._by_user: dict[str, dict[str, None]] = {}

    def put(self, organization_id: str, user_id: str, role_ids: tuple[str, ...] = ()) -> None:
        """Make the user a member with exactly these roles."""
        members = self._by_organization.setdefault(organization_id, {})
        if user_id not in members and organization_id in self._sorted_ids:
            insort(self._sorted_ids[organization_id], user_id)
        members[user_id] = role_ids
        self._by_user.setdefault(user_id, {})[organization_id] = None

    def add(self, organization_id: str, user_id: str, role_ids: Iterable[str] = ()) -> None:
        """Make the user a member, and add these roles."""
        before = self.role_ids(organization_id, user_id) or ()
        self.put(organization_id, user_id, tuple(dict.fromkeys((*before, *role_ids))))

    def remove(self, organization_id: str, user_id: str) -> bool:
        """Remove the membership, and return whether there was one."""
        members = self._by_organization.get(organization_id, {})
        if user_id not in members:
            return False
        del members[user_id], self._by_user[user_id][organization_id]
        if user_ids := self._sorted_ids.get(organization_id):
            del user_ids[bisect_left(user_ids, user_id)]
        return True

    def members(self, organization_id: str) -> dict[str, tuple[str, ...]]:
        """Return role ids by user id; empty for an unknown organization."""
        return self._by_organization.get(organization_id, {})

    def sorted_ids(self, organization_id: str) -> Sequence[str]:
        """Return the members' ids in order, for pages. They are sorted once: sorting costs more than a page."""
        if organization_id not in self._sorted_ids:
            self._sorted_ids[organization_id] = sorted(self.members(organization_id))
        return self._sorted_ids[organization_id]

    def role_ids(self, organization_id: str, user_id: str) -> tuple[str, ...] | None:
        """Return the member's role ids, or None if the user is not a member."""
        return self.members(organization_id).get(user_id)

    def organization_ids(self, user_id: str) -> list[str]:
        """Return the ids of the user's organizations, in the order of joining."""
        return list(self._by_user.get(user_id, ()))

    def drop_role(self, role_id: str) -> None:
        """Remove a role from every member of every organization."""
        for members in self._by_organization.values():
            for user_id, role_ids in members.items():
                if role_id in role_ids:
                    members[user_id] = tuple(one for one in role_ids if one != role_id)

    def copy(self) -> "Memberships":
        """Return the same memberships, in the same order."""
        copied = Memberships()
        copied._by_organization = {key: members.copy() for key, members in self._by_organization.items()}
        copied._by_user = {key: organizations.copy() for key, organizations in self._by_user.items()}
        return copied


class Links:
    """Ids or names that belong to an owner, in the order they were added."""

    __slots__ = ("_by_owner",)

    def __init__(self) -> None:
        self._by_owner: dict[str, tuple[str, ...]] = {}

    def of(self, owner_id: str) -> tuple[str, ...]:
        """Return the items of the owner."""
        return self._by_owner.get(owner_id, ())

    def put(self, owner_id: str, linked: Iterable[str]) -> None:
        """Replace the items of the owner."""
        self._by_owner[owner_id] = tuple(dict.fromkeys(linked))

    def drop_owner(self, owner_id: str) -> None:
        """Remove every item of the owner."""
        self._by_owner.pop(owner_id, None)

    def drop(self, linked: str) -> None:
        """Remove an item from every owner."""
        for owner_id, before in self._by_owner.items():
            self._by_owner[owner_id] = tuple(one for one in before if one != linked)

    def copy(self) -> "Links":
        """Return the same links, in the same order."""
        copied = Links()
        copied._by_owner = self._by_owner.copy()
        return copied


class Store:
    """Every table of one tenant."""

    __slots__ = (
        "invitations",
        "jit_email_domains",
        "jit_roles",
        "memberships",
        "organizations",
        "resource_scopes",
        "resources",
        "roles",
        "scopes",
        "tenant_roles",
        "user_roles",
        "users",
    )

    def __init__(self) -> None:
        self.users: Table[StoredUser] = Table()
        self.organizations: Table[StoredOrganization] = Table()
        self.roles: Table[StoredOrganizationRole] = Table()
        self.scopes: Table[StoredOrganizationScope] = Table()
        self.resources: Table[StoredResource] = Table()
        self.resource_scopes: Table[StoredResourceScope] = Table()
        self.invitations: Table[StoredInvitation] = Table()
        self.tenant_roles: Table[TenantRole] = Table()
        self.memberships: Memberships = Memberships()
        self.user_roles: Links = Links()
        self.jit_email_domains: Links = Links()
        self.jit_roles: Links = Links()

    def member_roles(self, role_ids: tuple[str, ...]) -> tuple[StoredOrganizationRole, ...]:
        """Return the roles with these ids, without deleted ones."""
        return tuple(role for role_id in role_ids if (role := self.roles.get(role_id)) is not None)

    def copy(self) -> "Store":
        """Return a store of the same rows. They are frozen, so a change of one store does not change the other."""
        copied = Store()
        for table in self.__slots__:
            setattr(copied, table, getattr(self, table).copy())
        return copied


def delete_organization(store: Store, organization_id: str) -> bool:
    """Delete an organization with its memberships and invitations, and return whether it existed."""
    if store.organizations.remove(organization_id) is None:
        return False
    for user_id in list(store.memberships.members(organization_id)):
        store.memberships.remove(organization_id, user_id)
    for invitation in [one for one in store.invitations if one.organization_id == organization_id]:
        store.invitations.remove(invitation.id)
    store.jit_email_domains.drop_owner(organization_id)
    store.jit_roles.drop_owner(organization_id)
    return True


def delete_user(store: Store, user_id: str) -> bool:
    """Delete an account with its memberships, and return whether it existed.

    Invitations that it sent or accepted are deleted too (`invitation.get.accepted_user_deleted`).
    """
    if store.users.remove(user_id) is None:
        return False
    for organization_id in store.memberships.organization_ids(user_id):
        store.memberships.remove(organization_id, user_id)
    for invitation in [one for one in store.invitations if user_id in (one.inviter_id, one.accepted_user_id)]:
        store.invitations.remove(invitation.id)
    store.user_roles.drop_owner(user_id)
    return True


def delete_role(store: Store, role_id: str) -> bool:
    """Delete an organization role, remove it from members and invitations, and return whether it existed."""
    if store.roles.remove(role_id) is None:
        return False
    store.memberships.drop_role(role_id)
    store.jit_roles.drop(role_id)
    for invitation in [one for one in store.invitations if role_id in one.role_ids]:
        remaining = tuple(one for one in invitation.role_ids if one != role_id)
        store.invitations.put(replace(invitation, role_ids=remaining))
    return True


def delete_scope(store: Store, scope_id: str) -> bool:
    """Delete an organization scope, remove it from roles, and return whether it existed."""
    if store.scopes.remove(scope_id) is None:
        return False
    for role in [one for one in store.roles if scope_id in one.scope_ids]:
        remaining = tuple(one for one in role.scope_ids if one != scope_id)
        store.roles.put(replace(role, scope_ids=remaining))
    return True
