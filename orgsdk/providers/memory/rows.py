"""The stored rows of each kind, and each row as the JSON object that its record is read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Final

from orgsdk.domain import USER_FIELDS, Invitation, Organization, RecordReader, Role, User

if TYPE_CHECKING:
    from pydantic import JsonValue

    Wire = dict[str, JsonValue]

USER_READER: Final = RecordReader(User)
ORGANIZATION_READER: Final = RecordReader(Organization)
INVITATION_READER: Final = RecordReader(Invitation)
ROLE_READER: Final = RecordReader(Role)


@dataclass(slots=True, kw_only=True, eq=False)
class MemoryRow:
    """Base class of the rows: the id, and the number in the order of all rows, which is never used again."""

    id: str
    sequence: int
    created_at: datetime


@dataclass(slots=True, kw_only=True, eq=False)
class RoleRow(MemoryRow):
    """A role."""

    name: str
    description: str | None = None
    kind: str | None = None
    scopes: tuple[str, ...] = ()

    def wire(self) -> Wire:
        """Return the row as JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "kind": self.kind,
            "scopes": list(self.scopes),
            "created_at": self.created_at.isoformat(),
        }


@dataclass(slots=True, kw_only=True, eq=False)
class AccountRow(MemoryRow):
    """An account. Of its password, only the existence is stored."""

    external_id: str | None = None
    username: str | None = None
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    name: str | None = field(default=None, repr=False)
    given_name: str | None = field(default=None, repr=False)
    family_name: str | None = field(default=None, repr=False)
    locale: str | None = None
    has_password: bool = False
    is_suspended: bool = False

    def wire(self) -> Wire:
        """Return the account as JSON, without roles."""
        return {
            "id": self.id,
            **{name: getattr(self, name) for name in USER_FIELDS},
            "is_suspended": self.is_suspended,
            "has_password": self.has_password,
            "created_at": self.created_at.isoformat(),
            "roles": [],
        }

    def mentions(self, text: str) -> bool:
        """Return whether a search for `text` (in lower case) finds the account."""
        fields = (
            *(self.id, self.external_id, self.username, self.email, self.phone),
            *(self.name, self.given_name, self.family_name),
        )
        return any(text in value.casefold() for value in fields if value is not None)


@dataclass(slots=True, kw_only=True, eq=False)
class MemberRow(MemoryRow):
    """A membership: an account and its roles, in the order in which they were added."""

    account: AccountRow
    roles: dict[str, RoleRow] = field(default_factory=dict[str, RoleRow])

    def wire(self) -> Wire:
        """Return the account as JSON, with these roles."""
        return {**self.account.wire(), "roles": [role.name for role in self.roles.values()]}


@dataclass(slots=True, kw_only=True, eq=False)
class InvitationRow(MemoryRow):
    """An invitation."""

    organization_id: str
    email: str = field(repr=False)
    roles: dict[str, RoleRow]
    expires_at: datetime
    inviter_id: str | None
    messages: int
    ended: str | None = None
    accepted_user_id: str | None = None

    def status(self, now: datetime) -> str:
        """Return the status at this time."""
        return self.ended or ("pending" if now < self.expires_at else "expired")

    def wire(self, now: datetime) -> Wire:
        """Return the row as JSON."""
        return {
            "id": self.id,
            "organization_id": self.organization_id,
            "email": self.email,
            "status": self.status(now),
            "roles": [role.name for role in self.roles.values()],
            "inviter_id": self.inviter_id,
            "accepted_user_id": self.accepted_user_id,
            "messages": self.messages,
            "created_at": self.created_at.isoformat(),
            "expires_at": self.expires_at.isoformat(),
        }


@dataclass(slots=True, kw_only=True, eq=False)
class OrganizationRow(MemoryRow):
    """An organization, its members by account id, and its invitations."""

    name: str
    description: str | None = None
    members: dict[str, MemberRow] = field(default_factory=dict[str, MemberRow], repr=False)
    invitations: dict[str, InvitationRow] = field(default_factory=dict[str, InvitationRow], repr=False)

    def wire(self) -> Wire:
        """Return the row as JSON."""
        return {
            "id": self.id,
            "name": self.name,
            "description": self.description,
            "created_at": self.created_at.isoformat(),
        }
