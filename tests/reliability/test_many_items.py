"""A huge response of tiny items ends soon: the number of items is bounded before they are built."""

from __future__ import annotations

import time
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
BYTES = 6_000_000
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


@pytest.mark.parametrize("item", TINY)
@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize("provider", ["flat", "logto"])
async def test_a_huge_response_is_refused_within_bounds(provider: str, read: str, item: str) -> None:
    body = b"[" + b",".join([TINY[item]] * (BYTES // (len(TINY[item]) + 1))) + b"]"
    own = client(provider, body)
    started = time.process_time()
    with pytest.raises(DecodeError) as caught:
        await READS[read](own)
    # It was 85 s. Parsing alone takes up to 2 s here, and three times as long under coverage.
    assert time.process_time() - started < 20
    assert len(str(caught.value)) < 500


@pytest.mark.parametrize("provider", ["flat", "logto"])
async def test_a_page_of_more_than_was_asked_for_is_refused(provider: str) -> None:
    with pytest.raises(DecodeError, match="the response has 11 items, and 10 were requested"):
        await client(provider, b"[" + b",".join([TINY["valid"]] * 11) + b"]").organization().users.list(page_size=10)
