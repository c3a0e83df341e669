"""The store of a memory provider. Nothing here awaits, so each change is atomic."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import ConflictError, NotFoundError
from orgsdk.providers.base import unknown_name_error
from orgsdk.providers.memory.rows import AccountRow, MemberRow, OrganizationRow, RoleRow
from orgsdk.transport import IdAlphabet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from orgsdk.providers.memory.rows import InvitationRow

RowT = TypeVar("RowT")

NAME = "memory"
IDS = IdAlphabet("0-9A-Za-z_-", "letters, digits, - and _")

# The unique fields of accounts, and how their values are compared.
_UNIQUE: Mapping[str, Callable[[str], str]] = {"username": str, "email": str.casefold, "phone": str}


class MemoryStore:
    """The rows of each kind in the order of creation, and an index of accounts by their unique fields."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.clock = clock
        self.accounts: dict[str, AccountRow] = {}
        self.organizations: dict[str, OrganizationRow] = {}
        self.roles: dict[str, RoleRow] = {}
        self.own_organization: str | None = None
        self.own_user: str | None = None
        self._taken: dict[tuple[str, str], AccountRow] = {}
        self._last_sequence = 0

    def next_sequence(self) -> int:
        """Return the next number in the order of all rows."""
        self._last_sequence += 1
        return self._last_sequence

    def new_id(self, kind: str) -> tuple[str, int]:
        """Return a new row's id, such as `user_7`, and its number in the order of all rows. Neither is used again."""
        sequence = self.next_sequence()
        return f"{kind}_{sequence}", sequence

    # Finding

    def account(self, user_id: str, operation: str) -> AccountRow:
        """Return an account, or raise `NotFoundError`."""
        return _found(self.accounts, user_id, "account", operation)

    def organization(self, organization_id: str | None, operation: str) -> OrganizationRow:
        """Return an organization (for None, the first one), or raise `NotFoundError`."""
        return _found(self.organizations, organization_id or self.own_organization or "", "organization", operation)

    def role(self, role: str, operation: str) -> RoleRow:
        """Return the role with this id, or else with this name, or raise `NotFoundError`."""
        if role in self.roles:
            return self.roles[role]
        for row in self.roles.values():
            if row.name == role:
                return row
        raise unknown_name_error(role, [row.name for row in self.roles.values()], provider=NAME, operation=operation)

    def roles_of(self, names: Sequence[str], operation: str) -> dict[str, RoleRow]:
        """Return the roles with these ids or names, by id, or raise `NotFoundError`."""
        found = (self.role(name, operation) for name in names)
        return {row.id: row for row in found}

    def invitation(self, organization: OrganizationRow, invitation_id: str, operation: str) -> InvitationRow:
        """Return an invitation to the organization, or raise `NotFoundError`."""
        return _found(organization.invitations, invitation_id, "invitation", operation)

    def holder(self, field: str, value: str) -> AccountRow | None:
        """Return the account with this username, address or phone number, or None."""
        return self._taken.get((field, _UNIQUE[field](value)))

    # Changing

    def new_organization(self, name: str, description: str | None) -> OrganizationRow:
        """Create an organization."""
        row_id, sequence = self.new_id("organization")
        row = OrganizationRow(id=row_id, sequence=sequence, created_at=self.clock(), name=name, description=description)
        self.organizations[row.id] = row
        return row

    def new_role(self, name: str, operation: str) -> RoleRow:
        """Create a role, or raise `ConflictError` if the name is taken."""
        self._refuse_role(name, operation)
        row_id, sequence = self.new_id("role")
        row = RoleRow(id=row_id, sequence=sequence, created_at=self.clock(), name=name)
        self.roles[row.id] = row
        return row

    def rename_role(self, role: RoleRow, name: str, operation: str) -> None:
        """Rename a role, or raise `ConflictError` if the name is taken."""
        if name != role.name:
            self._refuse_role(name, operation)
        role.name = name

    def new_account(self, fields: Mapping[str, str | None], *, has_password: bool, operation: str) -> AccountRow:
        """Create an account, or raise `ConflictError` if its username, address or phone number is taken."""
        row_id, sequence = self.new_id("user")
        row = AccountRow(id=row_id, sequence=sequence, created_at=self.clock(), has_password=has_password)
        self.change(row, fields, operation)
        self.accounts[row.id] = row
        return row

    def join(self, organization: OrganizationRow, account: AccountRow, roles: Mapping[str, RoleRow]) -> MemberRow:
        """Make an account a member, if it is not, and add these roles."""
        member = organization.members.get(account.id)
        if member is None:
            # A number of its own: a user who joins while a list is read is at the end of the list.
            member = MemberRow(id=account.id, sequence=self.next_sequence(), created_at=self.clock(), account=account)
            organization.members[account.id] = member
        member.roles |= roles
        return member

    def change(self, account: AccountRow, fields: Mapping[str, str | None], operation: str) -> None:
        """Set these fields of an account, all or none, or raise `ConflictError` if one is taken."""
        self._claim(account, {field: fields[field] for field in _UNIQUE if field in fields}, operation)
        for field, value in fields.items():
            setattr(account, field, value)

    def delete(self, account: AccountRow) -> None:
        """Delete an account and its memberships, and remove it as the inviter of invitations."""
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
        """Delete a role, and take it from members and invitations."""
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
                # Do not echo the value: it may be an e-mail address.
                raise conflict(f"the {field} is taken.", operation, code=f"{field}_taken")
        for field, value in values.items():
            before = getattr(account, field)
            if before is not None:
                self._taken.pop((field, _UNIQUE[field](before)), None)
            if value is not None:
                self._taken[field, _UNIQUE[field](value)] = account


def not_found(message: str, operation: str) -> NotFoundError:
    """Return a `NotFoundError`."""
    return NotFoundError(message, provider=NAME, operation=operation)


def conflict(message: str, operation: str, code: str | None = None) -> ConflictError:
    """Return a `ConflictError`."""
    return ConflictError(message, provider=NAME, operation=operation, code=code)


def _found(rows: Mapping[str, RowT], row_id: str, what: str, operation: str) -> RowT:
    if row_id in rows:
        return rows[row_id]
    raise not_found(f"there is no {what} {row_id}.", operation)
