"""A client of a memory provider, with virtual time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from orgsdk.providers import Memory
    from orgsdk.resources import OrganizationHandle


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


@pytest.fixture
async def client() -> AsyncIterator[OrgClient[Memory]]:
    async with OrgClient.memory(users=12) as client:
        yield client


@pytest.fixture
def memory(client: OrgClient[Memory]) -> Memory:
    return client.provider


@pytest.fixture
def org(client: OrgClient[Memory]) -> OrganizationHandle:
    """Return the organization that everything begins with."""
    return client.organization()
