"""Providers in memory that plans are applied to, and people who are not there yet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.bulk import UserSpec
from orgsdk.domain import Capability
from orgsdk.providers import Memory

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

ERROR_ARGS: dict[str, Any] = {"provider": "memory", "operation": "test"}


class Plain(Memory):
    """A provider without accounts beside its members, as Flat is."""

    capabilities = Memory.capabilities - {
        Capability.USERS_ADD,
        *(capability for capability in Capability if capability.value.startswith("accounts.")),
    }


def new(count: int, **said: Any) -> list[UserSpec]:
    """Give people who are not there yet."""
    return [
        UserSpec(username=f"new{n}", email=f"new{n}@example.com", origin=f"row {n}", **{"roles": ("student",), **said})
        for n in range(count)
    ]


async def usernames(org: OrganizationHandle) -> set[str]:
    return {user.username or "" async for user in org.users.list()}


def create(memory: Memory) -> str:
    """Give the operation that makes an account."""
    return "accounts.create" if Capability.ACCOUNTS_CREATE in memory.capabilities else "users.create"
