"""A connection that holds more than the response is not reused: the next call would take the rest as its response."""

from __future__ import annotations

import ssl
import threading
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import httpx2
import pytest
import trustme
from pydantic import SecretStr

from orgsdk.errors import APIError, NotFoundError, TransportError
from orgsdk.options import CallOptions
from orgsdk.transport import BearerToken, ProviderProblem, Request, Safety, Transport
from tests.transport.backends.raw_server import RawServer, raw_server

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator
    from pathlib import Path

    from orgsdk.transport.backends.libraries import HTTPLibrary

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("a made-up server")]

READ = Request("read", "GET", "/read")
REMOVE = Request("remove", "DELETE", "/remove", safety=Safety.UNSAFE)


def response(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n{headers}content-length: {len(body)}\r\n\r\n"
    return head.encode() + body


FORGED = response(b'"forged"')
# What the server sends for the first request. Its response is the digit 1.
SENT = {
    "a second response": response(b"1") + FORGED,
    "a response shorter than its body": response(b"1") + b'"forged"',
    "half a response": response(b"1") + FORGED[:20],
    "an empty line": response(b"1") + b"\r\n",
    "one byte": response(b"1") + b"x",
    "chunks": b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
    b"1\r\n1\r\n0\r\n\r\n" + FORGED,
    "a body of 204": b"HTTP/1.1 204 No Content\r\ncontent-type: application/json\r\n\r\n" + FORGED,
    "an error": response(b"1", status="404 Not Found") + FORGED,
    "a large body": response(b" " * 100_000 + b"1") + FORGED,
}


@pytest.fixture
def anyio_backend(loop_and_library: tuple[str, HTTPLibrary]) -> str:
    return loop_and_library[0]


@pytest.fixture(params=["own connections", "httpx client", "httpx2 client", "httpx client with a hook"])
def client(request: pytest.FixtureRequest, library: HTTPLibrary) -> str:
    if library != "httpx" and request.param != "own connections":
        pytest.skip("a caller's own client does not depend on the library")
    return str(request.param)


async def _read(received: Any) -> None:
    await received.aread()


@asynccontextmanager
async def connected(base_url: str, library: HTTPLibrary, client: str, **settings: Any) -> AsyncIterator[Transport]:
    async with AsyncExitStack() as stack:
        if client != "own connections":
            module: Any = httpx2 if client.startswith("httpx2") else httpx
            hooks = {"response": [_read]} if client.endswith("hook") else {}
            settings["http_client"] = await stack.enter_async_context(module.AsyncClient(event_hooks=hooks))
        transport = Transport(
            provider="acme",
            base_url=base_url,
            auth=BearerToken(SecretStr("t0ken")),
            read_problem=lambda response: ProviderProblem("no", is_own=True),
            http_library=library,
            **settings,
        )
        stack.push_async_callback(transport.aclose)
        yield transport.with_options(CallOptions(max_attempts=1, timeout=5))


async def first_and_second(transport: Transport) -> bytes:
    with suppress(NotFoundError, TransportError):  # aiohttp refuses a response that is followed by no HTTP
        await transport.send(READ)
    return (await transport.send(REMOVE)).content


@pytest.mark.parametrize("sent", SENT)
async def test_the_next_call_gets_its_own_response(library: HTTPLibrary, client: str, sent: str) -> None:
    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        while server.receive(connection):
            connection.sendall(SENT[sent] if len(server.heads) == 1 else response(b'"own"'))

    with raw_server(handle) as server:
        async with connected(f"http://127.0.0.1:{server.port}", library, client) as transport:
            assert await first_and_second(transport) == b'"own"'
    assert server.heads == ["GET /read HTTP/1.1", "DELETE /remove HTTP/1.1"]
    # aiohttp drops what is less than a response with its parser, which is a new one for each request.
    assert server.connections == 2 or (library == "aiohttp" and sent in {"half a response", "an empty line"})


async def test_bytes_that_arrive_later_spoil_the_connection_too(library: HTTPLibrary, client: str) -> None:
    go_on, sent = threading.Event(), threading.Event()

    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        while server.receive(connection):
            connection.sendall(response(b"1") if len(server.heads) == 1 else response(b'"own"'))
            if len(server.heads) == 1:
                go_on.wait(5)
                connection.sendall(FORGED)
                sent.set()

    with raw_server(handle) as server:
        async with connected(f"http://127.0.0.1:{server.port}", library, client) as transport:
            await transport.send(READ)
            go_on.set()
            assert sent.wait(5)  # blocks the event loop, so that no library can have read it meanwhile
            assert (await transport.send(REMOVE)).content == b'"own"'
    assert server.connections == 2


async def test_bytes_that_arrive_while_the_loop_runs_spoil_the_connection_too(
    library: HTTPLibrary, client: str
) -> None:
    go_on, sent = threading.Event(), threading.Event()

    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        while server.receive(connection):
            connection.sendall(response(b"1") if len(server.heads) == 1 else response(b'"own"'))
            if len(server.heads) == 1:
                go_on.wait(5)
                connection.sendall(FORGED)
                sent.set()

    with raw_server(handle) as server:
        async with connected(f"http://127.0.0.1:{server.port}", library, client) as transport:
            await transport.send(READ)
            go_on.set()
            await anyio.to_thread.run_sync(sent.wait, 5)
            for _ in range(10):
                await anyio.lowlevel.checkpoint()
            assert (await transport.send(REMOVE)).content == b'"own"'
    assert server.connections == 2


@pytest.mark.parametrize("writes", ["one record", "two records"])
async def test_it_holds_over_tls(
    library: HTTPLibrary, client: str, writes: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)

    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        # Records are encrypted here and sent in one piece, so that they arrive together.
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        secured = context.wrap_bio(incoming, outgoing, server_side=True)

        def run(step: Any, *arguments: Any) -> Any:
            while True:
                try:
                    return step(*arguments)
                except ssl.SSLWantReadError:
                    connection.sendall(outgoing.read())
                    received = connection.recv(65536)
                    if not received:
                        raise OSError from None
                    incoming.write(received)

        run(secured.do_handshake)
        while True:
            server.heads.append(run(secured.read, 65536).decode().split("\r\n")[0])
            if len(server.heads) > 1:
                secured.write(response(b'"own"'))
            elif writes == "one record":
                secured.write(response(b"1") + FORGED)
            else:
                secured.write(response(b"1"))
                secured.write(FORGED)
            connection.sendall(outgoing.read())

    with raw_server(handle) as server:
        async with connected(f"https://localhost:{server.port}", library, client) as transport:
            assert await first_and_second(transport) == b'"own"'
    assert server.connections == 2


async def test_a_connection_without_unread_bytes_is_reused(library: HTTPLibrary, client: str) -> None:
    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        while server.receive(connection):
            connection.sendall(response(b"1"))

    with raw_server(handle) as server:
        async with connected(f"http://127.0.0.1:{server.port}", library, client) as transport:
            for _ in range(5):
                await transport.send(READ)
    assert server.connections == 1


@pytest.mark.parametrize("body", [b"", b"{}", b" " * 100_000 + b"1"])
@pytest.mark.parametrize(
    ("status", "connections"),
    [("408 Request Timeout", 2), ("421 Misdirected Request", 2), ("425 Too Early", 1), ("409 Conflict", 1)],
)
async def test_a_misdirected_request_is_sent_again_on_a_new_connection(
    library: HTTPLibrary, client: str, status: str, connections: int, body: bytes
) -> None:
    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        while server.receive(connection):
            connection.sendall(response(body, status=status) if len(server.heads) == 1 else response(b'"own"'))

    with raw_server(handle) as server:
        async with connected(f"http://127.0.0.1:{server.port}", library, client) as transport:
            with pytest.raises(APIError):
                await transport.send(READ)
            assert (await transport.send(REMOVE)).content == b'"own"'
    assert server.connections == connections
