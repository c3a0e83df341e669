"""What a list is asked for, typed, before a provider turns it into its own parameters."""

from __future__ import annotations

from dataclasses import dataclass, field


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
