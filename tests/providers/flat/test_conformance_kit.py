"""Flat passes the conformance kit, on a separate sandbox with a small organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.providers import Flat
from orgsdk.sandbox import Sandbox, default_roster
from orgsdk.sandbox.faults import CloseConnection
from orgsdk.testing.conformance import ProviderConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

# The other tests compare these requests with the official document.
pytestmark = pytest.mark.undocumented("the kit sends no request that no other test sends")

REQUESTS = {
    "users.create": ("POST", "/v2/organizations/users"),
    "users.update": ("PUT", "/v2/organizations/users"),
    "users.list": ("GET", "/v2/organizations/users"),
    "invitations.create": ("POST", "/v2/organizations/invitations"),
}


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    sandbox = Sandbox(default_roster()[:5])
    sandbox.start()
    yield sandbox
    sandbox.stop()


class TestFlat(ProviderConformance):
    @pytest.fixture
    async def client(self, small: Sandbox) -> AsyncIterator[OrgClient[Flat]]:
        small.reset()
        async with OrgClient(Flat(token=small.flat.token, base_url=small.flat_url)) as client:
            yield client

    @pytest.fixture
    def max_users(self) -> int:
        return 10

    @pytest.fixture
    def known_secrets(self, small: Sandbox) -> list[str]:
        return [small.flat.token]

    @pytest.fixture
    def lose_response(self, small: Sandbox) -> Callable[[str], None]:
        def lose(operation: str) -> None:
            method, path = REQUESTS[operation]
            small.flat_faults.add(CloseConnection(after_commit=True), method=method, path=path, times=1)

        return lose
