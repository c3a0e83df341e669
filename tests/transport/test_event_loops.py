"""A client belongs to the event loop of its first call: another one raises an error, whatever the HTTP library."""

from __future__ import annotations

import asyncio
import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from orgsdk import NotSentError, OrgClient, blocking
from orgsdk.providers import Flat, Logto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orgsdk.sandbox import Sandbox

OTHER_LOOP = "belongs to the event loop of its first call, .* create one client in each event loop and close it there"

# Opened by the fixture, and closed by the test in the loop that used them.
_OWN_CLIENTS: list[httpx.AsyncClient] = []


@pytest.fixture(params=["flat", "flat by id", "logto", "httpx2", "aiohttp", "own client"])
def client(request: pytest.FixtureRequest, sandbox: Sandbox) -> OrgClient:
    kind, logto = request.param, sandbox.logto
    if kind == "logto":
        provider = Logto(sandbox.logto_url, app_id=logto.app_id, app_secret=logto.app_secret)
        return OrgClient(provider, organization=logto.organization_id)
    settings: dict[str, Any] = {
        "httpx2": {"http_library": "httpx2"},
        "aiohttp": {"http_library": "aiohttp"},
    }.get(kind, {})
    if kind == "own client":
        settings = {"http_client": httpx.AsyncClient()}
        _OWN_CLIENTS.append(settings["http_client"])
    organization = sandbox.flat.organization_id if kind == "flat by id" else None
    return OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url, **settings), organization=organization)


async def _count(client: OrgClient) -> int:
    return len(await client.organization().users.list(page_size=1))


async def _close(client: OrgClient) -> None:
    await client.aclose()


async def _close_everything(client: OrgClient) -> None:
    await client.aclose()
    for own in _OWN_CLIENTS:
        await own.aclose()
    _OWN_CLIENTS.clear()


@pytest.fixture
def loop() -> Iterator[Callable[[Any], Any]]:
    """Return a function that runs a coroutine in the client's own loop, which stays open until the end of the test."""
    with asyncio.Runner() as runner:
        yield runner.run


@pytest.mark.parametrize("second", ["asyncio", "trio"])
def test_a_second_event_loop_is_refused(
    client: OrgClient, loop: Callable[[Any], Any], sandbox: Sandbox, second: str
) -> None:
    assert loop(_count(client)) == 1
    sandbox.requests.clear()
    for other in (client, client.with_options(timeout=5)):
        with pytest.raises(NotSentError, match=OTHER_LOOP) as caught:
            anyio.run(_count, other, backend=second)
        assert caught.value.retryable is False
        assert caught.value.operation
    assert len(sandbox.requests) == 0
    assert loop(_count(client)) == 1  # its own loop is not disturbed
    loop(_close_everything(client))


@pytest.mark.parametrize("second", ["asyncio", "trio"])
def test_closing_in_a_second_event_loop_is_refused(client: OrgClient, loop: Callable[[Any], Any], second: str) -> None:
    assert loop(_count(client)) == 1
    with pytest.raises(NotSentError, match=OTHER_LOOP) as caught:
        anyio.run(_close, client, backend=second)
    assert caught.value.operation == "aclose"
    assert loop(_count(client)) == 1  # and it stays open
    loop(_close_everything(client))
    with pytest.raises(NotSentError, match="the client is closed"):
        loop(_count(client))


def test_a_client_of_a_loop_that_has_ended_is_refused(sandbox: Sandbox) -> None:
    client = OrgClient(Flat(sandbox.flat.token, base_url="http://127.0.0.1:1/v2"))
    with pytest.raises(NotSentError, match="could not connect"):
        anyio.run(_count, client.with_options(max_attempts=1))
    with pytest.raises(NotSentError, match=OTHER_LOOP):
        anyio.run(_count, client)


def test_one_of_several_threads_has_the_client(client: OrgClient) -> None:
    together = threading.Barrier(3)
    counts, refused = list[int](), list[NotSentError]()

    async def use() -> None:
        together.wait(10)
        try:
            counts.append(await _count(client))
        except NotSentError as error:
            refused.append(error)
        else:
            await _close_everything(client)

    threads = [threading.Thread(target=partial(anyio.run, use)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert counts == [1]
    # A thread may also come after the owner has closed the client.
    assert len(refused) == 2
    assert all("event loop" in str(error) or "is closed" in str(error) for error in refused)


def test_a_client_that_was_not_used_can_be_used_and_closed_anywhere(sandbox: Sandbox) -> None:
    async def close() -> None:
        async with OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
            clients.append(client)

    clients: list[OrgClient] = []
    anyio.run(close, backend="asyncio")
    anyio.run(clients[0].aclose, backend="trio")


def test_threads_share_a_blocking_client(sandbox: Sandbox) -> None:
    with blocking.OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
        counts: list[int] = []
        threads = [threading.Thread(target=lambda: counts.append(client.organization().users.count())) for _ in "abc"]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
        assert len(counts) == 3
