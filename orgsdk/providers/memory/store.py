"""Everything that one memory provider keeps. Nothing here waits, so that nothing interleaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.providers.memory.rows import AccountRow, MemberRow, OrganizationRow, RoleRow
from orgsdk.transport import IdAlphabet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from orgsdk.providers.memory.rows import InvitationRow

RowT = TypeVar("RowT")

NAME = "memory"
IDS = IdAlphabet("0-9A-Za-z_-", "letters, digits, - and _")

# What no two accounts share, and how its values are compared.
_UNIQUE: Mapping[str, Callable[[str], str]] = {"username": str, "email": str.casefold, "phone": str}


class MemoryStore:
    """Hold the rows, each kind in the order in which they were made, and find accounts by what no two share."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.accounts: dict[str, AccountRow] = {}
        self.organizations: dict[str, OrganizationRow] = {}
        self.roles: dict[str, RoleRow] = {}
        self.own_organization: str | None = None
        self.own_user: str | None = None
        self._taken: dict[tuple[str, str], AccountRow] = {}
        self._places = 0

    def place(self) -> int:
        """Give the next place in the order of all rows."""
        self._places += 1
        return self._places

    def new_id(self, kind: str) -> tuple[str, int]:
        """Give the id of a new row, such as `user_7`, and its place; neither ever comes again."""
        place = self.place()
        return f"{kind}_{place}", place

    # Finding

    def account(self, user_id: str, operation: str) -> AccountRow:
        """Give the account. Raises `NotFoundError`."""
        return _found(self.accounts, user_id, "account", operation)

    def organization(self, organization_id: str | None, operation: str) -> OrganizationRow:
        """Give the organization, the store's own where the id is None. Raises `NotFoundError`."""
        return _found(self.organizations, organization_id or self.own_organization or "", "organization", operation)

    def role(self, role: str, operation: str) -> RoleRow:
        """Give the role of that id, or else of that name. Raises `NotFoundError`."""
        if role in self.roles:
            return self.roles[role]
        for row in self.roles.values():
            if row.name == role:
                return row
        raise not_found(f"there is no role {role!r}.", operation)

    def roles_of(self, names: Sequence[str], operation: str) -> dict[str, RoleRow]:
        """Give the roles of these ids or names, by id. Raises `NotFoundError`."""
        found = (self.role(name, operation) for name in names)
        return {row.id: row for row in found}

    def invitation(self, organization: OrganizationRow, invitation_id: str, operation: str) -> InvitationRow:
        """Give the organization's invitation. Raises `NotFoundError`."""
        return _found(organization.invitations, invitation_id, "invitation", operation)

    def holder(self, field: str, value: str) -> AccountRow | None:
        """Give the account that has this username, address or phone number."""
        return self._taken.get((field, _UNIQUE[field](value)))

    # Changing

    def new_organization(self, name: str, description: str | None) -> OrganizationRow:
        """Make an organization."""
        row_id, place = self.new_id("organization")
        row = OrganizationRow(id=row_id, place=place, created_at=self.clock(), name=name, description=description)
        self.organizations[row.id] = row
        return row

    def new_role(self, name: str, operation: str) -> RoleRow:
        """Make a role. Raises `ConflictError` where the name is taken."""
        self._refuse_role(name, operation)
        row_id, place = self.new_id("role")
        row = RoleRow(id=row_id, place=place, created_at=self.clock(), name=name)
        self.roles[row.id] = row
        return row

    def rename_role(self, role: RoleRow, name: str, operation: str) -> None:
        """Give a role another name. Raises `ConflictError` where it is another's."""
        if name != role.name:
            self._refuse_role(name, operation)
        role.name = name

    def new_account(self, fields: Mapping[str, str | None], *, has_password: bool, operation: str) -> AccountRow:
        """Make an account. Raises `ConflictError` where its username, address or phone number is taken."""
        row_id, place = self.new_id("user")
        row = AccountRow(id=row_id, place=place, created_at=self.clock(), has_password=has_password)
        self.change(row, fields, operation)
        self.accounts[row.id] = row
        return row

    def join(self, organization: OrganizationRow, account: AccountRow, roles: Mapping[str, RoleRow]) -> MemberRow:
        """Make a member of an account, where it is none, and have it hold these roles too."""
        member = organization.members.get(account.id)
        if member is None:
            # Of a place of its own: who joins while a list is read comes at its end.
            member = MemberRow(id=account.id, place=self.place(), created_at=self.clock(), account=account)
            organization.members[account.id] = member
        member.roles |= roles
        return member

    def change(self, account: AccountRow, fields: Mapping[str, str | None], operation: str) -> None:
        """Set these fields of an account, all or none. Raises `ConflictError` where one is taken."""
        self._claim(account, {field: fields[field] for field in _UNIQUE if field in fields}, operation)
        for field, value in fields.items():
            setattr(account, field, value)

    def delete(self, account: AccountRow) -> None:
        """Forget an account, its memberships, and whose invitations they were."""
        for field, alike in _UNIQUE.items():
            if (value := getattr(account, field)) is not None:
                del self._taken[field, alike(value)]
        del self.accounts[account.id]
        for organization in self.organizations.values():
            organization.members.pop(account.id, None)
            for invitation in organization.invitations.values():
                if invitation.inviter_id == account.id:
                    invitation.inviter_id = None

    def delete_role(self, role: RoleRow) -> None:
        """Forget a role, and take it from all who hold it or would."""
        del self.roles[role.id]
        for organization in self.organizations.values():
            for member in organization.members.values():
                member.roles.pop(role.id, None)
            for invitation in organization.invitations.values():
                invitation.roles.pop(role.id, None)

    def _refuse_role(self, name: str, operation: str) -> None:
        if any(row.name == name for row in self.roles.values()):
            raise conflict(f"the role name {name!r} is taken.", operation, code="name_taken")

    def _claim(self, account: AccountRow, values: Mapping[str, str | None], operation: str) -> None:
        for field, value in values.items():
            if value is not None and self.holder(field, value) not in (None, account):
                # Not which: it may be a person's address.
                raise conflict(f"the {field} is taken.", operation, code=f"{field}_taken")
        for field, value in values.items():
            before = getattr(account, field)
            if before is not None:
                self._taken.pop((field, _UNIQUE[field](before)), None)
            if value is not None:
                self._taken[field, _UNIQUE[field](value)] = account


def not_found(message: str, operation: str) -> NotFoundError:
    """Give the error that there is no such thing."""
    return NotFoundError(message, provider=NAME, operation=operation)


def conflict(message: str, operation: str, code: str | None = None) -> ConflictError:
    """Give the error that something is in the way."""
    return ConflictError(message, provider=NAME, operation=operation, code=code)


def _found(rows: Mapping[str, RowT], row_id: str, what: str, operation: str) -> RowT:
    if row_id in rows:
        return rows[row_id]
    raise not_found(f"there is no {what} {row_id}.", operation)
