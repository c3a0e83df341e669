"""Run orgsdk's conformance kit against the provider and its server: `python -m pytest`."""

from __future__ import annotations

from threading import Thread
from typing import TYPE_CHECKING

import pytest
from acme_server import AcmeServer
from orgsdk_acme import Acme

from orgsdk import OrgClient
from orgsdk.testing.conformance import ProviderConformance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

METHODS = {"users.create": "POST", "users.update": "PATCH", "users.list": "GET"}


@pytest.fixture
def server() -> Iterator[AcmeServer]:
    with AcmeServer() as server:
        thread = Thread(target=server.serve_forever, args=[0.01])
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
async def client(server: AcmeServer) -> AsyncIterator[OrgClient[Acme]]:
    async with OrgClient(Acme(server.token, server.url), organization="choir") as client:
        yield client


class TestAcme(ProviderConformance):
    @pytest.fixture
    def max_users(self) -> int:
        return 20

    @pytest.fixture
    def lose_response(self, server: AcmeServer) -> Callable[[str], None]:
        return lambda operation: server.lose.add(METHODS[operation])

    @pytest.fixture
    def known_secrets(self, server: AcmeServer) -> list[str]:
        return [server.token]


@pytest.mark.anyio
async def test_a_create_whose_response_was_lost_is_sent_again_with_its_key(
    client: OrgClient[Acme], server: AcmeServer
) -> None:
    server.lose.add("POST")
    ada = await client.organization().users.create(email="ada@example.com", name="Ada Lovelace")
    assert (ada.adopted, len(server.answers), list(server.people["choir"])) == (False, 1, [ada.id])
