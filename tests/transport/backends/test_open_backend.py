"""Opening the backend: with the first request, and with a clear error if it cannot be opened."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.errors import ConfigurationError, NotSentError
from orgsdk.transport import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from respx import MockRouter

    from tests.transport.conftest import Connect

pytestmark = pytest.mark.anyio

THINGS = Request("list_things", "GET", "/things")


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


async def test_nothing_is_opened_before_the_first_request(connect: Connect, api: MockRouter) -> None:
    api.get("/things").respond(json=[])
    transport = connect()
    assert transport._sender._backend is None
    await transport.send(THINGS)
    backend = transport._sender._backend
    assert backend is not None
    await transport.send(THINGS)
    assert transport._sender._backend is backend


@pytest.mark.parametrize("library", ["httpx2", "aiohttp"])
async def test_a_library_that_is_not_installed_is_named(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, library: str
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(sys.modules, f"orgsdk.transport.backends.{library}", raising=False)
    with pytest.raises(
        ConfigurationError,
        match=rf'{library} is not installed. In your checkout of orgsdk, run: pip install "\.\[{library}\]"',
    ):
        await connect(http_library=library).send(THINGS)


async def test_an_unknown_kind_of_client_is_named(connect: Connect) -> None:
    with pytest.raises(ConfigurationError, match="http_client is of type dict: pass an AsyncClient of httpx or httpx2"):
        await connect(http_client={}).send(THINGS)


async def test_a_forked_process_sends_nothing_and_closes_nothing(
    connect: Connect, api: MockRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    route = api.get("/things").respond(json=[])
    transport = connect()
    await transport.send(THINGS)
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(NotSentError, match="used before this process was forked"):
        await transport.send(THINGS)
    backend: Any = transport._sender._backend
    await transport.aclose()
    assert not backend._closed
    assert route.call_count == 1
    await backend.aclose()
