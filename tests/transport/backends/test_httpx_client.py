"""The caller's own httpx client: it sends the requests and adds nothing to them."""

from __future__ import annotations

import gzip
import logging
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.errors import APIError, DecodeError, NotSentError, RequestTimeoutError, TransportError
from orgsdk.transport import Request
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from tests.transport.conftest import Connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


THINGS = Request("list_things", "GET", "/things")


def client(answer: Callable[[httpx.Request], httpx.Response], **settings: Any) -> httpx.AsyncClient:
    return mock_client(answer, **settings)


async def test_the_clients_own_settings_are_not_sent(connect: Connect) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=[], headers={"set-cookie": "session=1"})

    settings: dict[str, Any] = {
        "auth": ("caller", "password"),
        "cookies": {"theirs": "1"},
        "headers": {"x-theirs": "1", "user-agent": "theirs"},
        "params": {"theirs": "1"},
        "base_url": "http://other.localhost",
    }
    async with client(answer, **settings) as own:
        transport = connect(http_client=own)
        await transport.send(THINGS)
        await transport.send(THINGS)
    assert [str(request.url) for request in seen] == ["http://provider.localhost/things"] * 2
    for request in seen:
        assert [name for name, _ in request.headers.multi_items()] == [
            "host",
            "accept",
            "accept-encoding",
            "user-agent",
            "authorization",
        ]
        assert request.headers["authorization"] == "Bearer t0ken"
        assert request.headers["user-agent"].startswith("orgsdk/")


async def test_the_client_stays_open(connect: Connect) -> None:
    async with client(lambda request: httpx.Response(200, json=[])) as own:
        transport = connect(http_client=own)
        await transport.send(THINGS)
        await transport.aclose()
        assert not own.is_closed
        with pytest.raises(NotSentError, match="the client is closed"):
            await transport.send(THINGS)


async def test_a_closed_client_sends_nothing(connect: Connect) -> None:
    own = client(lambda request: httpx.Response(200, json=[]))
    await own.aclose()
    with pytest.raises(NotSentError, match="your http_client is closed"):
        await connect(http_client=own).send(THINGS)


async def test_a_redirect_is_not_followed_even_if_the_client_would(connect: Connect) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"location": "http://evil.localhost/"})

    async with client(answer, follow_redirects=True) as own:
        with pytest.raises(APIError):
            await connect(http_client=own).send(THINGS)
    assert seen == ["provider.localhost"]


@pytest.mark.parametrize(
    ("failure", "error", "requested"),
    [
        (httpx.PoolTimeout("full"), NotSentError, 3),
        (httpx.ProxyError("no"), NotSentError, 3),
        (httpx.UnsupportedProtocol("gopher"), NotSentError, 3),
        (httpx.ConnectTimeout("slow"), NotSentError, 3),
        (httpx.WriteError("broken"), TransportError, 3),
        (httpx.WriteTimeout("slow"), RequestTimeoutError, 3),
        (httpx.CloseError("broken"), TransportError, 3),
    ],
)
async def test_an_exception_of_the_client_becomes_an_org_error(
    connect: Connect, failure: Exception, error: type[Exception], requested: int
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise failure

    async with client(answer) as own:
        with pytest.raises(error) as caught:
            await connect(http_client=own).send(THINGS)
    assert type(caught.value) is error
    assert len(seen) == requested


@pytest.mark.parametrize("packed", [True, False])
async def test_a_hook_of_the_client_may_read_the_response(connect: Connect, packed: bool) -> None:
    async def read(response: httpx.Response) -> None:
        await response.aread()

    def answer(request: httpx.Request) -> httpx.Response:
        headers = {"content-type": "application/json", **({"content-encoding": "gzip"} if packed else {})}
        return httpx.Response(200, stream=Body(gzip.compress(b"[1]") if packed else b"[1]"), headers=headers)

    async with client(answer, event_hooks={"response": [read]}) as own:
        assert (await connect(http_client=own).send(THINGS)).content == b"[1]"
        with pytest.raises(DecodeError, match="larger than 2 bytes"):
            await connect(http_client=own, max_body=2).send(THINGS)


async def test_a_hook_that_reads_a_damaged_response_ends_in_a_decode_error(connect: Connect) -> None:
    async def read(response: httpx.Response) -> None:
        raise httpx.DecodingError("bad gzip")  # like `aread`, which on trio leaves one of httpx's generators suspended

    async with client(lambda _: httpx.Response(200), event_hooks={"response": [read]}) as own:
        with pytest.raises(DecodeError, match=r"cannot be read \(DecodingError: bad gzip"):
            await connect(http_client=own).send(THINGS)


class Body(httpx.AsyncByteStream):
    """A body that is received byte by byte. Not a generator: a suspended one would warn."""

    def __init__(self, content: bytes) -> None:
        self._bytes = iter(content)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        for byte in self._bytes:
            return bytes([byte])
        raise StopAsyncIteration


async def test_orgsdks_requests_are_not_in_the_clients_log(connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    async with client(lambda request: httpx.Response(200, json=[])) as own:
        with caplog.at_level(logging.DEBUG):
            await connect(http_client=own).send(Request("list_things", "GET", "/things", query=[("q", "canary")]))
            assert "canary" not in caplog.text
            await own.get("http://elsewhere.localhost/theirs")
    assert "http://elsewhere.localhost/theirs" in caplog.text, "what the caller sends is logged as ever"


async def test_the_clients_own_timeout_applies(connect: Connect) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"] == {"connect": 1.0, "read": 2.0, "write": 3.0, "pool": 4.0}
        return httpx.Response(200, json=[])

    async with client(answer, timeout=httpx.Timeout(connect=1, read=2, write=3, pool=4)) as own:
        await connect(http_client=own).send(THINGS)
