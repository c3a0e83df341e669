"""Providers in memory that plans are applied to, and rows of new users."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.bulk import UserSpec
from orgsdk.domain import Capability
from orgsdk.providers import Memory

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

ERROR_ARGS: dict[str, Any] = {"provider": "memory", "operation": "test"}


class Plain(Memory):
    """A provider without accounts that are not members, like Flat."""

    capabilities = Memory.capabilities - {
        Capability.USERS_ADD,
        *(capability for capability in Capability if capability.value.startswith("accounts.")),
    }


def new(count: int, **values: Any) -> list[UserSpec]:
    """Return rows of new users."""
    return [
        UserSpec(
            username=f"new{n}", email=f"new{n}@example.com", origin=f"row {n}", **{"roles": ("student",), **values}
        )
        for n in range(count)
    ]


async def usernames(org: OrganizationHandle) -> set[str]:
    return {user.username or "" async for user in org.users.list()}


def create(memory: Memory) -> str:
    """Return the operation that creates an account."""
    return "accounts.create" if Capability.ACCOUNTS_CREATE in memory.capabilities else "users.create"
