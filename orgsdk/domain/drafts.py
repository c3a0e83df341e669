"""Drafts, changes and list queries: the typed input of the contract's verbs, and `UNSET`.

In changes, None clears a field and `UNSET` leaves it unchanged.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Final, Literal, TypeAlias

from pydantic import SecretStr

from orgsdk.domain.fields import UserFieldValues, default_for_fields


class Unset(Enum):
    """The type of `UNSET`: a field of an update that is left unchanged, whereas None clears it."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
"""The value of a field that an update leaves unchanged."""
UnsetType: TypeAlias = Literal[Unset.UNSET]
"""The type of `UNSET`, for annotations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationQuery:
    """Filters of a list of organizations.

    Attributes:
        query: Only organizations whose name or id contains this text.
        complete: Whether to yield each organization exactly once, although pages may shift.
    """

    query: str | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuery:
    """Filters of a list of users.

    Attributes:
        query: Only users that the provider's search finds by this text.
        role: Only users with the role of this name.
        complete: Whether to yield each user exactly once, although pages may shift.
    """

    query: str | None = field(default=None, repr=False)  # often an e-mail address
    role: str | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleQuery:
    """Filters of a list of roles.

    Attributes:
        query: Only roles whose name contains this text.
    """

    query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationQuery:
    """Filters of a list of invitations.

    Attributes:
        status: Only invitations with this status.
        email: Only invitations to this address.
    """

    status: str | None = None
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft(UserFieldValues[str | None]):
    """An account to create. Fields with the value None are not sent.

    Attributes:
        password: The first password. None to create an account without one, if the provider can.
        roles: Names or ids of roles.
    """

    password: SecretStr | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
@default_for_fields(UNSET)
class UserChanges(UserFieldValues[str | UnsetType | None]):
    """Changes of an account. None clears a field; `UNSET` leaves it unchanged.

    Attributes:
        password: The new password.
    """

    password: SecretStr | UnsetType = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationDraft:
    """An invitation to create.

    Attributes:
        email: The address to invite.
        roles: Names or ids of the roles that the invited user will have.
        expires_at: When the invitation ends, in UTC. None for the provider's default.
        inviter_id: Id of the user who invites.
        send: Whether the provider sends a message.
    """

    email: str = field(repr=False)
    roles: tuple[str, ...] = ()
    expires_at: datetime | None = None
    inviter_id: str | None = None
    send: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationDraft:
    """An organization to create.

    Attributes:
        name: The display name.
        description: A description.
    """

    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationChanges:
    """Changes of an organization.

    Attributes:
        name: The new display name.
        description: The new description. None clears it.
    """

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDraft:
    """A role to create.

    Attributes:
        name: The role's name.
        description: A description.
        kind: The provider's word for who can have the role.
        scopes: Names or ids of permissions.
    """

    name: str
    description: str | None = None
    kind: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanges:
    """Changes of a role.

    Attributes:
        name: The new name.
        description: The new description. None clears it.
        scopes: Names or ids of permissions. They replace the present ones.
    """

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    scopes: tuple[str, ...] | UnsetType = UNSET
