"""Which mocks of HTTP libraries see a client's requests, as docs/testing.md states it."""

from __future__ import annotations

import socket

import httpx
import pytest
import respx

from orgsdk import NotSentError, OrgClient
from orgsdk.providers import Flat

pytestmark = pytest.mark.anyio

USERS = [{"id": "0123456789abcdef01234567", "username": "ada"}]


@pytest.fixture
def closed_address() -> str:
    """Return an address that nobody listens at, for requests that a mock does not see."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{unused.getsockname()[1]}/v2"


async def _count(provider: Flat) -> int:
    async with OrgClient(provider, max_attempts=1) as client:
        return len(await client.organization().users.list())


async def test_respx_sees_the_default_client(closed_address: str) -> None:
    with respx.mock() as mock:
        mock.get().respond(json=USERS)
        assert await _count(Flat("t0ken", base_url=closed_address)) == 1


@pytest.mark.parametrize(("using", "library"), [("httpx", "httpx"), ("httpcore", "httpx2")])
async def test_other_mocks_do_not_see_the_default_client(closed_address: str, using: str, library: str) -> None:
    with respx.mock(using=using, assert_all_called=False) as mock:
        mock.get().respond(json=USERS)
        with pytest.raises(NotSentError):
            await _count(Flat("t0ken", base_url=closed_address, http_library=library))  # type: ignore[arg-type]  # a parameter
        assert not mock.calls


@pytest.mark.parametrize("using", ["httpx", "httpcore"])
async def test_a_client_of_the_callers_is_seen(closed_address: str, using: str) -> None:
    with respx.mock(using=using) as mock:
        mock.get().respond(json=USERS)
        async with httpx.AsyncClient() as http_client:
            assert await _count(Flat("t0ken", base_url=closed_address, http_client=http_client)) == 1
