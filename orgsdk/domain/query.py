"""What a list is asked for, typed, before a provider turns it into its own parameters."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OrganizationQuery:
    """Narrow a list of organizations to those whose name or id contains `query`."""

    query: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuery:
    """Narrow a list of users: to those that `query` finds, and to those that hold the role called `role`."""

    query: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleQuery:
    """Narrow a list of roles to those whose name contains `query`."""

    query: str | None = None
