"""All backends behave alike: httpx, httpx2, and aiohttp on asyncio."""

from __future__ import annotations

import gzip
import socket
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio
import pytest
from pydantic import SecretStr

from orgsdk.errors import (
    ConfigurationError,
    DecodeError,
    NotSentError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from orgsdk.options import CallOptions
from orgsdk.providers.flat.errors import read_problem
from orgsdk.sandbox.faults import CloseConnection, DripBody, Hang, Respond, TruncateBody, TruncateGzip
from orgsdk.transport import BearerToken, Request, Safety, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from orgsdk.sandbox import Sandbox
    from orgsdk.transport.backends.libraries import HTTPLibrary
    from tests.transport.conftest import MakeResponse, Serve

pytestmark = pytest.mark.anyio

ME = Request(operation="get_authenticated_user", method="GET", path="/me", safety=Safety.UNSAFE)


@pytest.fixture
def anyio_backend(loop_and_library: tuple[str, HTTPLibrary]) -> str:
    return loop_and_library[0]


def made(base_url: str, token: str, library: HTTPLibrary, *, timeout: float = 30, max_body: int = 10**6) -> Transport:
    return Transport(
        provider="flat",
        base_url=base_url,
        auth=BearerToken(SecretStr(token)),
        read_problem=read_problem,
        http_library=library,
        max_body=max_body,
    ).with_options(CallOptions(timeout=timeout, max_attempts=1, headers=(("x-trace", "7"),)))


@pytest.fixture
async def transport(sandbox: Sandbox, library: HTTPLibrary) -> AsyncIterator[Transport]:
    transport = made(sandbox.flat_url, sandbox.flat.token, library)
    yield transport
    await transport.aclose()


async def test_no_header_is_added_by_the_library(transport: Transport, sandbox: Sandbox) -> None:
    await transport.send(ME)
    sent = dict(sandbox.requests[0].headers)
    assert sandbox.requests[0].authorized
    assert sent.pop("user-agent").startswith("orgsdk/")
    assert sent.pop("host") == sandbox.flat_url.removeprefix("http://").removesuffix("/v2")
    assert sent.pop("connection", "keep-alive") == "keep-alive"
    assert sent == {"accept": "application/json", "accept-encoding": "gzip, deflate", "x-trace": "7"}


@pytest.mark.undocumented("a made-up parameter shows how queries are quoted")
async def test_a_quoted_cursor_is_sent_unchanged(transport: Transport, sandbox: Sandbox) -> None:
    request = Request(operation="x", method="GET", path="/me", query=[("next", "a+b/c=%2B")])
    await transport.send(request)
    assert sandbox.requests[0].query == "next=a%2Bb%2Fc%3D%252B"


async def test_a_body_is_sent_completely(transport: Transport, sandbox: Sandbox) -> None:
    body = b'{"username": "ada", "password": "hunter22"}'
    request = Request(
        operation="create_organization_user",
        method="POST",
        path="/organizations/users",
        body=body,
        content_type="application/json",
    )
    await transport.send(request)
    assert sandbox.requests[0].body == body
    assert sandbox.requests[0].headers["content-length"] == str(len(body))
    assert sandbox.requests[0].headers["content-type"] == "application/json"


async def test_many_requests_share_few_connections(transport: Transport, sandbox: Sandbox) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(50):
            group.start_soon(transport.send, ME)
    assert len(sandbox.requests) == 50


async def test_a_compressed_response_is_decompressed(transport: Transport, sandbox: Sandbox) -> None:
    headers = (("content-type", "application/json"), ("content-encoding", "gzip"))
    sandbox.flat_faults.add(Respond(200, gzip.compress(b'{"a": 1}'), headers))
    assert (await transport.send(ME)).content == b'{"a": 1}'


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (CloseConnection(after_commit=True), TransportError),
        (CloseConnection(reset=True), TransportError),
        (TruncateBody(at=10), TransportError),
        (TruncateGzip(), DecodeError),
        (Respond(503), ServerError),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, type) else value.__name__,
)
async def test_each_fault_is_the_same_error(
    transport: Transport,
    sandbox: Sandbox,
    fault: Respond | CloseConnection | TruncateBody | TruncateGzip,
    error: type[Exception],
) -> None:
    sandbox.flat_faults.add(fault)
    with pytest.raises(error) as caught:
        await transport.send(ME)
    assert type(caught.value) is error
    assert (await transport.send(ME)).status == 200


@pytest.mark.undocumented("/me takes GET alone, but the fault strikes before that matters")
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_no_library_retries_a_request(transport: Transport, sandbox: Sandbox, method: str) -> None:
    await transport.send(ME)  # so that the connection is a reused one
    closed = sandbox.flat_faults.add(CloseConnection(after_commit=True), times=None)
    with pytest.raises(TransportError):
        await transport.send(replace(ME, method=method))
    assert closed.seen == 1


@pytest.mark.parametrize("fault", [Hang(), DripBody(size=1, seconds=0.005)], ids=["hang", "drip"])
async def test_an_endless_response_ends_at_the_deadline(
    sandbox: Sandbox, library: HTTPLibrary, fault: Hang | DripBody
) -> None:
    transport = made(sandbox.flat_url, sandbox.flat.token, library, timeout=0.2)
    sandbox.flat_faults.add(fault)
    with pytest.raises(RequestTimeoutError):
        await transport.send(ME)
    await transport.aclose()


async def test_a_body_above_the_limit_is_rejected(sandbox: Sandbox, library: HTTPLibrary) -> None:
    transport = made(sandbox.flat_url, sandbox.flat.token, library, max_body=50)
    with pytest.raises(DecodeError, match="larger than 50 bytes"):
        await transport.send(ME)
    await transport.aclose()


async def test_a_closed_port_is_reported_as_not_sent(library: HTTPLibrary) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    transport = made(f"http://127.0.0.1:{port}", "t", library)
    with pytest.raises(NotSentError):
        await transport.send(ME)
    await transport.aclose()


@pytest.mark.undocumented("it is not the provider that is asked")
async def test_a_proxy_in_the_environment_gets_no_token(
    serve: Serve, answer: MakeResponse, library: HTTPLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serve(answer(b"", status="403 Forbidden", then="close")) as server:
        monkeypatch.setenv("https_proxy", server.url)
        monkeypatch.setenv("no_proxy", "")
        transport = made("https://provider.example", "t0ken", library)
        with pytest.raises(NotSentError):
            await transport.send(ME)
        await transport.aclose()
    assert server.heads[0][0] == "CONNECT provider.example:443 HTTP/1.1"
    assert "t0ken" not in "".join(server.heads[0])


async def test_a_redirect_is_not_followed(transport: Transport, sandbox: Sandbox) -> None:
    sandbox.flat_faults.add(Respond(302, headers=(("location", f"{sandbox.flat_url}/me"),)))
    with pytest.raises(Exception, match="302"):
        await transport.send(ME)
    assert len(sandbox.requests) == 1


@pytest.mark.parametrize("loop_and_library", [("trio", "aiohttp")], indirect=True, ids=["trio-aiohttp"])
async def test_aiohttp_requires_asyncio(transport: Transport) -> None:
    with pytest.raises(ConfigurationError, match="asyncio only"):
        await transport.send(ME)
