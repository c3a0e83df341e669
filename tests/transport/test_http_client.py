"""A caller's own httpx client: it carries the requests and adds nothing of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.errors import BadRequestError, NotSentError, RequestTimeoutError, TransportError
from orgsdk.transport import Request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.transport.conftest import Connect

pytestmark = pytest.mark.anyio

THINGS = Request("list_things", "GET", "/things")


def client(answer: Callable[[httpx.Request], httpx.Response], **settings: Any) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.MockTransport(answer), **settings)


async def test_nothing_of_the_clients_own_goes_to_the_provider(connect: Connect) -> None:
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


async def test_a_client_that_its_owner_has_closed_sends_nothing(connect: Connect) -> None:
    own = client(lambda request: httpx.Response(200, json=[]))
    await own.aclose()
    with pytest.raises(NotSentError, match="your http_client is closed"):
        await connect(http_client=own).send(THINGS)


async def test_a_redirect_is_not_followed_though_the_client_would(connect: Connect) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.host)
        return httpx.Response(302, headers={"location": "http://evil.localhost/"})

    async with client(answer, follow_redirects=True) as own:
        with pytest.raises(BadRequestError):
            await connect(http_client=own).send(THINGS)
    assert seen == ["provider.localhost"]


@pytest.mark.parametrize(
    ("failure", "error", "asked"),
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
async def test_a_failure_of_the_client_is_one_of_orgsdks_errors(
    connect: Connect, failure: Exception, error: type[Exception], asked: int
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        raise failure

    async with client(answer) as own:
        with pytest.raises(error) as caught:
            await connect(http_client=own).send(THINGS)
    assert type(caught.value) is error
    assert len(seen) == asked


async def test_the_clients_own_time_out_holds(connect: Connect) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.extensions["timeout"] == {"connect": 1.0, "read": 2.0, "write": 3.0, "pool": 4.0}
        return httpx.Response(200, json=[])

    async with client(answer, timeout=httpx.Timeout(connect=1, read=2, write=3, pool=4)) as own:
        await connect(http_client=own).send(THINGS)
