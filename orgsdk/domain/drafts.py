"""What a write sends, typed, before a provider turns it into its own fields.

In what changes a thing, `UNSET` leaves a field as it is and None clears it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from orgsdk.domain.unset import UNSET, UnsetType

if TYPE_CHECKING:
    from datetime import datetime

    from pydantic import SecretStr


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDraft:
    """An account to be made."""

    external_id: str | None = None
    username: str | None = None
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    password: SecretStr | None = None
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserChanges:
    """What is to be changed of an account."""

    external_id: str | UnsetType | None = UNSET
    username: str | UnsetType | None = UNSET
    email: str | UnsetType | None = field(default=UNSET, repr=False)
    phone: str | UnsetType | None = field(default=UNSET, repr=False)
    name: str | UnsetType | None = UNSET
    given_name: str | UnsetType | None = UNSET
    family_name: str | UnsetType | None = UNSET
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
