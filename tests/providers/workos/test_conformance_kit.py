"""WorkOS passes the conformance kit, as the document describes it and as the emulators are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import OrgClient
from orgsdk.providers import WorkOS
from orgsdk.sandbox import Sandbox, default_roster
from orgsdk.sandbox.faults import CloseConnection
from orgsdk.sandbox.workos.variants import DOCUMENT, EMULATOR
from orgsdk.testing.conformance import ProviderConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from orgsdk.sandbox.workos.variants import Variant

_USERS = "/user_management/users"
REQUESTS = {
    "users.create": ("POST", _USERS),
    "accounts.create": ("POST", _USERS),
    "users.update": ("PUT", _USERS),
    "accounts.update": ("PUT", _USERS),
    "users.list": ("GET", "/user_management/organization_memberships"),
    "organizations.create": ("POST", "/organizations"),
    "invitations.create": ("POST", "/user_management/invitations"),
    "roles.create": ("POST", "/authorization/roles"),
}


@pytest.fixture(scope="module")
def small() -> Iterator[Sandbox]:
    sandbox = Sandbox(default_roster()[:5])
    sandbox.start()
    yield sandbox
    sandbox.stop()


class TestWorkOS(ProviderConformance):
    variant: Variant = DOCUMENT

    @pytest.fixture
    async def client(self, small: Sandbox) -> AsyncIterator[OrgClient[WorkOS]]:
        small.reset()
        small.workos.variant = self.variant
        provider = WorkOS(small.workos.api_key, base_url=small.workos_url)
        async with OrgClient(provider, organization=small.workos.organization_id) as client:
            yield client

    @pytest.fixture
    def max_users(self) -> int:
        return 10

    @pytest.fixture
    def known_secrets(self, small: Sandbox) -> list[str]:
        return [small.workos.api_key]

    @pytest.fixture
    def lose_response(self, small: Sandbox) -> Callable[[str], None]:
        def lose(operation: str) -> None:
            method, path = REQUESTS[operation]
            small.workos_faults.add(CloseConnection(after_commit=True), method=method, path=path, times=1)

        return lose


@pytest.mark.undocumented("the emulators have requests that the document does not have")
# On one loop: the emulators differ from the document in formats.
@pytest.mark.parametrize("anyio_backend", ["trio"])
class TestEmulator(TestWorkOS):
    variant: Variant = EMULATOR
