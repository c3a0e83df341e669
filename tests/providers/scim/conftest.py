"""A client of scim2-server in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.providers.scim.servers import Peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from orgsdk import OrgClient
    from orgsdk.providers import SCIM
    from orgsdk.resources import OrganizationHandle


@pytest.fixture
def peer() -> Peer:
    return Peer()


@pytest.fixture
async def client(peer: Peer) -> AsyncIterator[OrgClient[SCIM]]:
    async with peer.client(max_attempts=1) as client:
        yield client


@pytest.fixture
def org(client: OrgClient[SCIM]) -> OrganizationHandle:
    return client.organization()
