"""In-memory tables of the WorkOS server, with indexes in the order of creation, and cascading deletes.

A list is a walk in such an index from the position of its cursor, so that the cost of a page does not depend on the
number of rows.
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

from orgsdk.sandbox.workos.records import (
    StoredDomain,
    StoredEndpoint,
    StoredEvent,
    StoredInvitation,
    StoredMembership,
    StoredOrganization,
    StoredPermission,
    StoredRole,
    StoredRoleAssignment,
    StoredUser,
)

SortKey = tuple[int, str]
"""Creation time and id, the order of every list (facts, section 2)."""


class Row(Protocol):
    """A row of a table."""

    @property
    def id(self) -> str:
        """The id of the row."""
        ...

    @property
    def created_at(self) -> int:
        """Creation time in epoch milliseconds."""
        ...


RowT = TypeVar("RowT", bound=Row)
Value = str | tuple[str, str | None] | None


class Index:
    """The ids of some rows, in the order of creation."""

    __slots__ = ("_keys",)

    def __init__(self) -> None:
        self._keys: list[SortKey] = []

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return (row_id for _, row_id in self._keys)

    def copy(self) -> "Index":
        """Return an index of the same rows."""
        copied = Index()
        copied._keys = self._keys.copy()
        return copied

    def add(self, key: SortKey) -> None:
        """Add a row, at its position."""
        insort(self._keys, key)

    def discard(self, key: SortKey) -> None:
        """Remove a row, if it is there."""
        if self.has(key):
            del self._keys[bisect_left(self._keys, key)]

    def has(self, key: SortKey) -> bool:
        """Return whether the row is in the index."""
        position = bisect_left(self._keys, key)
        return position < len(self._keys) and self._keys[position] == key

    def newer(self, key: SortKey | None) -> Iterator[str]:
        """Yield the ids after a position, oldest first; None is the position before the oldest."""
        start = 0 if key is None else bisect_right(self._keys, key)
        return (self._keys[position][1] for position in range(start, len(self._keys)))

    def older(self, key: SortKey | None) -> Iterator[str]:
        """Yield the ids before a position, newest first; None is the position after the newest."""
        end = len(self._keys) if key is None else bisect_left(self._keys, key)
        return (self._keys[position][1] for position in range(end - 1, -1, -1))


_NO_ROWS = Index()


class Table(Generic[RowT]):
    """Rows by id, with an index of all, and one of each value of the given properties.

    Args:
        **properties: Functions that return the value of a property, by its name. Rows with None are not indexed.
    """

    __slots__ = ("_by_value", "_properties", "_rows", "order")

    def __init__(self, **properties: Callable[[RowT], Value]) -> None:
        self._rows: dict[str, RowT] = {}
        self._properties = properties
        self._by_value: dict[str, dict[Value, Index]] = {name: {} for name in properties}
        self.order: Index = Index()

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RowT]:
        return (self._rows[row_id] for row_id in self.order)

    def __contains__(self, row_id: object) -> bool:
        return row_id in self._rows

    def __getitem__(self, row_id: str) -> RowT:
        return self._rows[row_id]

    def copy(self) -> "Table[RowT]":
        """Return a table with the same rows."""
        copied = Table(**self._properties)
        copied._rows = self._rows.copy()
        copied.order = self.order.copy()
        copied._by_value = {
            name: {value: index.copy() for value, index in indexes.items()} for name, indexes in self._by_value.items()
        }
        return copied

    def get(self, row_id: str | None) -> RowT | None:
        """Return the row with this id, or None."""
        return None if row_id is None else self._rows.get(row_id)

    def put(self, row: RowT) -> None:
        """Insert a row, or replace the row with its id. The creation time of a row does not change."""
        before = self._rows.get(row.id)
        key = (row.created_at, row.id)
        if before is None:
            self.order.add(key)
        self._rows[row.id] = row
        for name, value_of in self._properties.items():
            old, new = None if before is None else value_of(before), value_of(row)
            if old != new:
                self._unlist(name, old, key)
                if new is not None:
                    self._by_value[name].setdefault(new, Index()).add(key)

    def remove(self, row_id: str) -> RowT | None:
        """Delete the row, and return it or None."""
        row = self._rows.pop(row_id, None)
        if row is not None:
            key = (row.created_at, row.id)
            self.order.discard(key)
            for name, value_of in self._properties.items():
                self._unlist(name, value_of(row), key)
        return row

    def index(self, name: str, value: Value) -> Index:
        """Return the index of the rows whose property has this value."""
        return self._by_value[name].get(value, _NO_ROWS)

    def having(self, name: str, value: Value) -> list[RowT]:
        """Return the rows whose property has this value, oldest first."""
        return [self._rows[row_id] for row_id in self.index(name, value)]

    def first(self, name: str, value: Value) -> RowT | None:
        """Return the oldest row whose property has this value, or None."""
        return next((self._rows[row_id] for row_id in self.index(name, value)), None)

    def _unlist(self, name: str, value: Value, key: SortKey) -> None:
        index = self._by_value[name].get(value)
        if index is not None:
            index.discard(key)
            if not len(index):
                del self._by_value[name][value]


class Store:
    """Every table of one environment."""

    def __init__(self) -> None:
        self.organizations: Table[StoredOrganization] = Table(external_id=lambda row: row.external_id)
        self.domains: Table[StoredDomain] = Table(
            organization=lambda row: row.organization_id, domain=lambda row: row.domain
        )
        self.users: Table[StoredUser] = Table(
            email=lambda row: row.email.casefold(), external_id=lambda row: row.external_id
        )
        self.memberships: Table[StoredMembership] = Table(
            organization=lambda row: row.organization_id,
            user=lambda row: row.user_id,
            both=lambda row: (row.user_id, row.organization_id),
        )
        self.invitations: Table[StoredInvitation] = Table(
            organization=lambda row: row.organization_id,
            email=lambda row: row.email.casefold(),
            token=lambda row: row.token,
        )
        self.roles: Table[StoredRole] = Table(
            organization=lambda row: row.organization_id or "",
            slug=lambda row: (row.slug, row.organization_id),
        )
        self.permissions: Table[StoredPermission] = Table(slug=lambda row: row.slug)
        self.events: Table[StoredEvent] = Table()
        self.endpoints: Table[StoredEndpoint] = Table(url=lambda row: row.endpoint_url)
        self.role_assignments: Table[StoredRoleAssignment] = Table(membership=lambda row: row.membership_id)
        self._members: dict[str, Index] = {}

    def copy(self) -> "Store":
        """Return a store of the same rows. They are frozen, so a change of one store does not change the other."""
        copied = Store()
        for name, table in vars(self).items():
            if isinstance(table, Table):
                setattr(copied, name, table.copy())
        copied._members = {organization_id: members.copy() for organization_id, members in self._members.items()}
        return copied

    def members(self, organization_id: str) -> Index:
        """Return the users who have a membership in the organization, in the order of the users' creation."""
        return self._members.get(organization_id, _NO_ROWS)

    def put_membership(self, membership: StoredMembership) -> None:
        """Insert or replace a membership."""
        self.memberships.put(membership)
        user = self.users.get(membership.user_id)
        if user is not None:
            members = self._members.setdefault(membership.organization_id, Index())
            key = (user.created_at, user.id)
            if not members.has(key):
                members.add(key)

    def remove_membership(self, membership: StoredMembership) -> None:
        """Delete a membership, with the member's roles for single resources."""
        self.memberships.remove(membership.id)
        for assignment in self.role_assignments.having("membership", membership.id):
            self.role_assignments.remove(assignment.id)
        user = self.users.get(membership.user_id)
        remaining = self.memberships.first("both", (membership.user_id, membership.organization_id))
        if user is not None and remaining is None:
            self.members(membership.organization_id).discard((user.created_at, user.id))

    def role(self, slug: str, organization_id: str | None) -> StoredRole | None:
        """Return the role with this slug: the organization's own, or the environment's."""
        own = None if organization_id is None else self.roles.first("slug", (slug, organization_id))
        return own or self.roles.first("slug", (slug, None))
