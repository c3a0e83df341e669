"""Logto and the conformance kit, on a separate sandbox with a small organization."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.providers import Logto
from orgsdk.sandbox import Sandbox, default_roster
from orgsdk.sandbox.faults import CloseConnection
from orgsdk.testing.conformance import ProviderConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

# Other tests compare the requests of these verbs with the documents. Here every name is new.
pytestmark = pytest.mark.undocumented("the kit sends no request that no other test sends")

REQUESTS = {
    "organizations.create": ("POST", "/api/organizations"),
    "users.create": ("POST", "/api/users"),
    "users.update": ("PATCH", "/api/users"),
    "users.list": ("GET", "/api/organizations"),
    "accounts.create": ("POST", "/api/users"),
    "accounts.update": ("PATCH", "/api/users"),
    "invitations.create": ("POST", "/api/organization-invitations"),
    "roles.create": ("POST", "/api/organization-roles"),
}


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    sandbox = Sandbox(default_roster()[:5])
    sandbox.start()
    yield sandbox
    sandbox.stop()


class TestLogto(ProviderConformance):
    @pytest.fixture
    async def client(self, small: Sandbox) -> AsyncIterator[OrgClient[Logto]]:
        small.reset()
        state = small.logto
        provider = Logto(small.logto_url, app_id=state.app_id, app_secret=state.app_secret)
        async with OrgClient(provider, organization=state.organization_id) as client:
            yield client

    @pytest.fixture
    def max_users(self) -> int:
        return 10

    @pytest.fixture
    def known_secrets(self, small: Sandbox) -> list[str]:
        return [small.logto.app_secret]

    @pytest.fixture
    def lose_response(self, small: Sandbox) -> Callable[[str], None]:
        def lose(operation: str) -> None:
            method, path = REQUESTS[operation]
            small.logto_faults.add(CloseConnection(after_commit=True), method=method, path=path, times=1)

        return lose
