"""The memory provider passes the conformance kit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.testing.conformance import ProviderConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from orgsdk.providers import Memory


class TestMemory(ProviderConformance):
    @pytest.fixture
    async def client(self) -> AsyncIterator[OrgClient[Memory]]:
        async with OrgClient.memory(users=3) as client:
            yield client

    @pytest.fixture
    def max_users(self) -> int:
        return 10

    @pytest.fixture
    def lose_response(self, client: OrgClient[Memory]) -> Callable[[str], None]:
        return client.provider.lose_response
