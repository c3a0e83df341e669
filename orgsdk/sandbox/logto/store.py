"""The tables, in memory.

Rows stand in heap order: in the order of their insertion, an updated row moving to the end, where PostgreSQL
writes the new version of it. Lists without ORDER BY come in this order (facts/logto.md section 4, "Is paging
stable?").
"""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

from orgsdk.sandbox.logto.records import (
    Organization,
    OrganizationRole,
    OrganizationScope,
    ResourceScope,
    User,
)


class Row(Protocol):
    """What has an id can stand in a table."""

    @property
    def id(self) -> str:
        """Return the id the row is found by."""
        ...


RowT = TypeVar("RowT", bound=Row)


class Table(Generic[RowT]):
    """Keep rows by id, in heap order."""

    __slots__ = ("_rows",)

    def __init__(self) -> None:
        self._rows: dict[str, RowT] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[RowT]:
        return iter(self._rows.values())

    def get(self, row_id: str) -> RowT | None:
        """Return the row with exactly this id: ids are case-sensitive."""
        return self._rows.get(row_id)

    def put(self, row: RowT) -> None:
        """Insert a row, or write a new version of it at the end of the heap."""
        self._rows.pop(row.id, None)
        self._rows[row.id] = row


class Memberships:
    """Keep who belongs to which organization, with which roles, in the order they were assigned."""

    __slots__ = ("_by_organization", "_by_user")

    def __init__(self) -> None:
        self._by_organization: dict[str, dict[str, tuple[str, ...]]] = {}
        self._by_user: dict[str, dict[str, None]] = {}

    def put(self, organization_id: str, user_id: str, role_ids: tuple[str, ...] = ()) -> None:
        """Make the user a member with exactly these roles."""
        self._by_organization.setdefault(organization_id, {})[user_id] = role_ids
        self._by_user.setdefault(user_id, {})[organization_id] = None

    def members(self, organization_id: str) -> dict[str, tuple[str, ...]]:
        """Return role ids by user id; nothing for an organization that does not exist."""
        return self._by_organization.get(organization_id, {})

    def role_ids(self, organization_id: str, user_id: str) -> tuple[str, ...] | None:
        """Return the member's role ids, None when the user is no member."""
        return self.members(organization_id).get(user_id)

    def organization_ids(self, user_id: str) -> list[str]:
        """Return the ids of the organizations the user belongs to, in the order they were joined."""
        return list(self._by_user.get(user_id, ()))


class Store:
    """Hold every table of one tenant."""

    __slots__ = ("memberships", "organizations", "resource_scopes", "roles", "scopes", "users")

    def __init__(self) -> None:
        self.users: Table[User] = Table()
        self.organizations: Table[Organization] = Table()
        self.roles: Table[OrganizationRole] = Table()
        self.scopes: Table[OrganizationScope] = Table()
        self.resource_scopes: Table[ResourceScope] = Table()
        self.memberships = Memberships()

    def member_roles(self, role_ids: tuple[str, ...]) -> tuple[OrganizationRole, ...]:
        """Return the roles with these ids, leaving out those that are gone."""
        return tuple(role for role_id in role_ids if (role := self.roles.get(role_id)) is not None)
