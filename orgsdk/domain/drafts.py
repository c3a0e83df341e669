"""Drafts, changes and list queries: the typed input of the contract's verbs, and `UNSET`.

In what changes a thing, `UNSET` leaves a field as it is and None clears it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from orgsdk.domain.fields import UserFieldValues, default_for_fields

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr


class Unset(Enum):
    """Mark what was left out of an update, where None means to clear it."""

    UNSET = "unset"

    def __repr__(self) -> str:
        return "UNSET"

    def __bool__(self) -> Literal[False]:
        return False


UNSET: Final = Unset.UNSET
"""What is left out of an update, and stays as it is."""
UnsetType: TypeAlias = Literal[Unset.UNSET]
"""The type of `UNSET`, for annotations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationQuery:
    """Narrow a list of organizations to those whose name or id contains `query`; `complete` has each come once."""

    query: str | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuery:
    """Narrow a list of users: to those that `query` finds, and to those that hold the role called `role`.

    `complete` has each of them come once, whatever changes meanwhile.
    """

    query: str | None = field(default=None, repr=False)  # often a person's address
    role: str | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleQuery:
    """Narrow a list of roles to those whose name contains `query`."""

    query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationQuery:
    """Narrow a list of invitations: to those of one status, and to those of one address."""

    status: str | None = None
    email: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft(UserFieldValues[str | None]):
    """An account to create. A field that is None is left out.

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
    """An invitation to be made; `expires_at` is in UTC, None for the provider's own time."""

    email: str = field(repr=False)
    roles: tuple[str, ...] = ()
    expires_at: datetime | None = None
    inviter_id: str | None = None
    send: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationDraft:
    """An organization to be made."""

    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationChanges:
    """What is to be changed of an organization."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleDraft:
    """A role to be made; `scopes` are names."""

    name: str
    description: str | None = None
    kind: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleChanges:
    """What is to be changed of a role; `scopes` replaces all of them."""

    name: str | UnsetType = UNSET
    description: str | UnsetType | None = UNSET
    scopes: tuple[str, ...] | UnsetType = UNSET
