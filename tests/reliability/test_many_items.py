"""A huge response of tiny items ends soon: the number of items is bounded before they are built."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import httpx
import pytest

from orgsdk import DecodeError, OrgClient
from orgsdk.providers import Flat, Logto

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("the responses are made up")]

TINY = {
    "empty objects": b"{}",
    "numbers": b"1",
    "null": b"null",
    "arrays": b"[]",
    "valid": b'{"id":"aaaaaaaaaaaaaaaaaaaaaaaa","username":"a","name":"a"}',
}
BYTES = 2_000_000
TOKEN = {"access_token": "t", "expires_in": 3600}
ID = "a" * 24


def client(provider: str, body: bytes) -> OrgClient:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oidc/token":
            return httpx.Response(200, json=TOKEN)
        if request.url.path == "/v2/me":
            return httpx.Response(200, json={"id": ID, "organization": ID, "organizationRole": "admin"})
        return httpx.Response(200, content=body, headers={"content-type": "application/json"})

    http_client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    if provider == "flat":
        return OrgClient(Flat("t", http_client=http_client), organization=ID)
    logto = Logto("https://t.logto.app", app_id="a", app_secret="s", http_client=http_client)  # made up
    return OrgClient(logto, organization=ID)


READS: dict[str, Callable[[OrgClient], Awaitable[object]]] = {
    "users": lambda client: client.organization().users.list(),
    "users of a small page": lambda client: client.organization().users.list(page_size=10),
    "invitations": lambda client: client.organization().invitations.list(),
}


# Parsing does not depend on the event loop, and takes seconds.
_one_loop = pytest.mark.parametrize("anyio_backend", ["asyncio"])


@_one_loop
@pytest.mark.parametrize("item", TINY)
@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("provider", ["flat", "logto"])
async def test_a_huge_response_is_refused_within_bounds(provider: str, read: str, item: str) -> None:
    body = b"[" + b",".join([TINY[item]] * (BYTES // (len(TINY[item]) + 1))) + b"]"
    own = client(provider, body)
    started = time.process_time()
    with pytest.raises(DecodeError) as caught:
        await READS[read](own)
    # It was 28 s. Parsing alone takes up to 0.7 s here, and three times as long under coverage.
    assert time.process_time() - started < 7
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("provider", ["flat", "logto"])
async def test_a_page_of_more_than_was_asked_for_is_refused(provider: str) -> None:
    with pytest.raises(DecodeError, match="the response has 11 items, and 10 were requested"):
        await client(provider, b"[" + b",".join([TINY["valid"]] * 11) + b"]").organization().users.list(page_size=10)


@_one_loop
@pytest.mark.parametrize("provider", ["flat", "logto"])
@pytest.mark.parametrize("item", [*TINY, "odd", "mixed"])
@pytest.mark.parametrize(("page_size", "size"), [(10, 600_000), (100, 2_000_000)])
async def test_far_too_many_items_are_not_built(provider: str, item: str, page_size: int, size: int) -> None:
    items = {**TINY, "odd": b'{"id":"u","name":7,"username":7}', "mixed": TINY["valid"] + b",{}"}
    body = b"[" + (items[item] + b",") * (size // (len(items[item]) + 1)) + items[item] + b"]"
    own = client(provider, body)
    await _warm_up(provider)
    tracemalloc.start()
    try:
        with pytest.raises(DecodeError, match="too_long"):
            await own.organization().users.list(page_size=page_size)
        # Python's memory alone: the body once more, and no items. Building 10,000 users takes 10 MB.
        assert tracemalloc.get_traced_memory()[1] < size + 1_500_000
    finally:
        tracemalloc.stop()


async def _warm_up(provider: str) -> None:
    # The validators are built on first use.
    await client(provider, b"[]").organization().users.list(page_size=10)
    await client(provider, b"[]").organization().users.list(page_size=100)


@pytest.mark.parametrize("provider", ["flat", "logto"])
@pytest.mark.parametrize("excess", [1, 7, 40, 5_000])
async def test_items_beyond_the_page_size_are_refused(provider: str, excess: int) -> None:
    body = b"[" + b",".join([TINY["valid"]] * (10 + excess)) + b"]"
    with pytest.raises(DecodeError, match=r"were requested|too_long"):
        await client(provider, body).organization().users.list(page_size=10)


@pytest.mark.parametrize("provider", ["flat", "logto"])
async def test_few_items_with_much_in_them_are_read(provider: str) -> None:
    # More values than a usual page has: braces, commas and quotes in texts count for nothing.
    text = rb'"},{\",\"[,],{},\\\\"'
    much = b'"extra":[' + b",".join([text] * 30_000) + b"],"
    row = b"{" + much + TINY["valid"][1:]
    page = await client(provider, b"[" + row + b"," + row + b"]").organization().users.list(page_size=10)
    assert {user.id for user in page.items} == {"a" * 24}  # Logto's list leaves out repeated ids
    assert len(page.items[0].raw["extra"]) == 30_000  # type: ignore[arg-type]  # it is a list
