"""SCIM passes the conformance kit against scim2-server, by index and by cursor, with PATCH and with PUT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.testing.conformance import ProviderConformance
from tests.providers.scim.servers import CURSORS, TOKEN, WITHOUT_PATCH, Peer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from orgsdk import OrgClient
    from orgsdk.providers import SCIM

REQUESTS = {
    "users.create": "POST /Users",
    "users.update": "PATCH /Users",
    "users.list": "GET /Users",
    "roles.create": "POST /Groups",
}


# On one loop each, because the server takes most of the time: they differ in the requests, not in the loop.
class TestSCIM(ProviderConformance):
    features: dict[str, Any] = {}  # noqa: RUF012  # not changed

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "asyncio"

    @pytest.fixture
    def peer(self) -> Peer:
        return Peer(self.features)

    @pytest.fixture
    async def client(self, peer: Peer) -> AsyncIterator[OrgClient[SCIM]]:
        async with peer.client() as client:
            yield client

    @pytest.fixture
    def max_users(self) -> int:
        return 10

    @pytest.fixture
    def known_secrets(self) -> list[str]:
        return [TOKEN]

    @pytest.fixture
    def lose_response(self, peer: Peer) -> Callable[[str], None]:
        def lose(operation: str) -> None:
            lost = [REQUESTS[operation]]

            def after(request: httpx.Request, response: httpx.Response) -> httpx.Response:
                if peer.calls[-1:] == lost:
                    lost.clear()
                    raise httpx.ReadError("the connection was closed")
                return response

            peer.after = after

        return lose


class TestCursors(TestSCIM):
    features = CURSORS

    @pytest.fixture
    def anyio_backend(self) -> str:
        return "trio"


@pytest.mark.proof
class TestPut(TestSCIM):
    features = WITHOUT_PATCH
