"""What a failure means for the request: whatever a backend raises is "not sent", or may have been carried out."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio
import anyio.lowlevel
import h11
import httpcore
import httpx
import httpx2
import pytest
import trustme
from aiohttp.client_reqrep import ConnectionKey
from pydantic import SecretStr

from orgsdk.errors import NotSentError, OrgError, RequestTimeoutError, TransportError
from orgsdk.options import CallOptions
from orgsdk.transport import BearerToken, ProviderProblem, Request, Response, Safety, Transport
from orgsdk.transport.backends.failures import (
    AttemptProgress,
    RequestNotSent,
    ResponseLost,
    ResponseTimedOut,
    ResponseUnreadable,
    failure_of,
)
from tests.transport.backends.raw_server import RawServer, raw_server

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from orgsdk.transport.backends.libraries import HTTPLibrary

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("a made-up server")]

CREATE = Request("create_thing", "POST", "/things", body=b"{}", content_type="application/json", safety=Safety.UNSAFE)
OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}"


@pytest.fixture
def anyio_backend(loop_and_library: tuple[str, HTTPLibrary]) -> str:
    return loop_and_library[0]


@asynccontextmanager
async def connected(base_url: str, library: HTTPLibrary, **settings: Any) -> AsyncIterator[Transport]:
    transport = Transport(
        provider="acme",
        base_url=base_url,
        auth=BearerToken(SecretStr("t0ken")),
        read_problem=lambda response: ProviderProblem("no"),
        http_library=library,
        **settings,
    )
    try:
        yield transport
    finally:
        await transport.aclose()


async def error_of(base_url: str, library: HTTPLibrary, **options: Any) -> OrgError:
    async with connected(base_url, library) as transport:
        with pytest.raises(OrgError) as caught:
            await transport.with_options(CallOptions(**options)).send(CREATE)
        return caught.value


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def server_context(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


# TLS


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("garbage", [b"\x17\x03\x03\x00\x20" + b"\x00" * 32, b"HTTP/1.1 200 OK\r\n\r\n" * 10])
async def test_tls_that_breaks_after_the_request_may_have_been_carried_out(
    authority: trustme.CA, library: HTTPLibrary, garbage: bytes
) -> None:
    context = server_context(authority)

    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        raw = connection.dup()
        with context.wrap_socket(connection, server_side=True) as secured:
            server.receive(secured)
            raw.sendall(garbage)
            with raw:
                raw.recv(65536)

    with raw_server(handle) as server:
        error = await error_of(f"https://localhost:{server.port}", library)
    assert type(error) is TransportError
    assert error.may_have_happened
    assert len(server.heads) == 1


@pytest.mark.usefixtures("trusted")
async def test_a_required_client_certificate_is_an_org_error(authority: trustme.CA, library: HTTPLibrary) -> None:
    context = server_context(authority)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)

    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        with context.wrap_socket(connection, server_side=True):
            pytest.fail("no client certificate was presented")

    with raw_server(handle) as server:
        error = await error_of(f"https://localhost:{server.port}", library)
    assert isinstance(error, TransportError)


@pytest.mark.usefixtures("trusted")
async def test_a_refused_certificate_is_not_retried(authority: trustme.CA, library: HTTPLibrary) -> None:
    context = server_context(authority, "elsewhere.example")

    def handle(server: RawServer, connection: socket.socket, number: int) -> None:
        context.wrap_socket(connection, server_side=True)

    with raw_server(handle) as server:
        error = await error_of(f"https://localhost:{server.port}", library)
    assert isinstance(error, NotSentError)
    assert not error.retryable
    assert server.connections == 1


# Connecting


async def test_a_connect_that_hangs_is_not_sent(library: HTTPLibrary) -> None:
    # A listener with a full backlog accepts no further connection.
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        port = listener.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(("127.0.0.1", port))
            error = await error_of(f"http://127.0.0.1:{port}", library, timeout=0.3)
        finally:
            for filler in fillers:
                filler.close()
    assert type(error) is NotSentError
    assert not error.may_have_happened


@pytest.mark.usefixtures("trusted")
async def test_a_tls_handshake_that_hangs_is_not_sent(library: HTTPLibrary) -> None:
    with raw_server(lambda server, connection, number: time.sleep(0.6)) as server:
        error = await error_of(f"https://localhost:{server.port}", library, timeout=0.3)
    assert type(error) is NotSentError


def close_after_request(server: RawServer, connection: socket.socket, number: int) -> None:
    server.receive(connection)


def answer_nothing(server: RawServer, connection: socket.socket, number: int) -> None:
    server.receive(connection)
    connection.recv(1)


def answer_garbage(server: RawServer, connection: socket.socket, number: int) -> None:
    server.receive(connection)
    connection.sendall(b"\x00\x01\x02 no HTTP\r\n\r\n")


def close_after_connect(server: RawServer, connection: socket.socket, number: int) -> None:
    server.receive(connection)
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")


@pytest.mark.parametrize("handle", [close_after_request, answer_nothing, answer_garbage, close_after_connect])
async def test_a_proxy_that_makes_no_tunnel_has_sent_nothing(
    library: HTTPLibrary, monkeypatch: pytest.MonkeyPatch, handle: Callable[[RawServer, socket.socket, int], None]
) -> None:
    with raw_server(handle) as server:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("no_proxy", "")
        error = await error_of("https://provider.example", library, timeout=1.0, max_attempts=1)
    assert type(error) is NotSentError
    assert server.heads == ["CONNECT provider.example:443 HTTP/1.1"]


@pytest.mark.parametrize(
    ("handle", "kind"),
    [(close_after_request, TransportError), (answer_nothing, RequestTimeoutError), (answer_garbage, TransportError)],
)
async def test_a_server_that_received_the_request_may_have_carried_it_out(
    library: HTTPLibrary, handle: Callable[[RawServer, socket.socket, int], None], kind: type[OrgError]
) -> None:
    with raw_server(handle) as server:
        error = await error_of(f"http://127.0.0.1:{server.port}", library, timeout=0.5)
    assert type(error) is kind
    assert error.may_have_happened


@pytest.mark.parametrize("httpx_or_2", [httpx, httpx2])
async def test_a_callers_own_client_reports_that_it_is_connecting(
    library: HTTPLibrary, monkeypatch: pytest.MonkeyPatch, httpx_or_2: Any
) -> None:
    with raw_server(close_after_request) as server:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{server.port}")
        monkeypatch.setenv("no_proxy", "")
        async with (
            httpx_or_2.AsyncClient() as own,
            connected("https://provider.example", library, http_client=own) as to,
        ):
            with pytest.raises(NotSentError):
                await to.with_options(CallOptions(max_attempts=1)).send(CREATE)


async def test_a_hanging_transport_that_reports_nothing_may_have_sent(library: HTTPLibrary) -> None:
    class Own(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await anyio.sleep_forever()
            raise AssertionError

    async with (
        httpx.AsyncClient(transport=Own()) as own,
        connected("http://127.0.0.1:1", library, http_client=own) as transport,
    ):
        with pytest.raises(RequestTimeoutError):
            await transport.with_options(CallOptions(timeout=0.1)).send(CREATE)


# Whatever a backend raises


class UnknownError(Exception):
    """An exception of no known library."""


@pytest.mark.parametrize(
    "raised",
    [
        ssl.SSLError(1, "record layer failure"),
        RuntimeError("Event loop is closed"),
        ValueError("t0ken"),
        UnicodeError("label too long"),
        OSError(5, "Input/output error"),
        h11.LocalProtocolError("Illegal header value b'Bearer t0ken'"),
        httpx.InvalidURL("t0ken"),
        KeyError("t0ken"),
        UnknownError("t0ken"),
        ExceptionGroup("several", [OSError("a"), ExceptionGroup("inner", [UnknownError("t0ken")])]),
        aiohttp.ClientPayloadError("t0ken"),
        httpcore.LocalProtocolError("Illegal header value b'Bearer t0ken'"),
    ],
    ids=lambda raised: type(raised).__name__,
)
async def test_whatever_a_backend_raises_is_an_org_error(library: HTTPLibrary, raised: Exception) -> None:
    class Broken:
        proxy: Any = None
        reads_environment = False

        async def send(self, outgoing: object) -> Response:
            raise raised

        async def aclose(self) -> None:
            """Do nothing."""

    async with connected("http://127.0.0.1:1", library) as transport:
        transport._sender._open_backend = Broken
        with pytest.raises(TransportError) as caught:
            await transport.send(CREATE)
    assert caught.value.may_have_happened
    assert "t0ken" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("error", "is_connecting", "kind"),
    [
        (httpx.ConnectError("no"), False, RequestNotSent),
        (httpx2.PoolTimeout("full"), False, RequestNotSent),
        (httpcore.ProxyError("403"), False, RequestNotSent),
        (httpx.ReadTimeout("slow"), False, ResponseTimedOut),
        (httpx.ReadError("reset"), False, ResponseLost),
        (httpx.ReadError("reset"), True, RequestNotSent),
        (httpx.DecodingError("gzip"), False, ResponseUnreadable),
        (aiohttp.ServerTimeoutError(), False, ResponseTimedOut),
        (aiohttp.ServerDisconnectedError(), False, ResponseLost),
        (aiohttp.ServerDisconnectedError(), True, RequestNotSent),
        (TimeoutError(), False, ResponseTimedOut),
        (TimeoutError(), True, RequestNotSent),
        (ResponseTimedOut("slow"), False, ResponseTimedOut),
        (ExceptionGroup("g", [UnicodeError("x")]), True, RequestNotSent),
        (UnknownError(), True, RequestNotSent),
    ],
    ids=repr,
)
def test_the_meaning_of_an_exception(error: Exception, is_connecting: bool, kind: type[Exception]) -> None:
    assert type(failure_of(error, is_connecting=is_connecting)) is kind


@pytest.mark.parametrize(
    ("error", "is_connecting", "text"),
    [
        (httpx.ReadError("reset by peer"), False, "ReadError: reset by peer"),
        (httpx.ReadError(""), False, "ReadError"),
        (httpx.ReadTimeout("slow"), False, "ReadTimeout: slow"),
        (httpx.DecodingError("gzip"), False, "DecodingError: gzip"),
        (httpx.ConnectError("All connection attempts failed"), True, "ConnectError: All connection attempts failed"),
        # The texts of these may quote the request.
        (h11.LocalProtocolError("Illegal header value"), False, "LocalProtocolError"),
        (aiohttp.ClientPayloadError("https://x.example"), False, "ClientPayloadError"),
        (UnknownError("t0ken"), False, "UnknownError"),
        (UnknownError("t0ken"), True, "UnknownError"),
        (TimeoutError("t0ken"), False, "TimeoutError"),
        (ExceptionGroup("g", [ExceptionGroup("inner", [httpx.ReadError("reset")])]), False, "ReadError: reset"),
    ],
    ids=repr,
)
def test_the_text_of_a_failure_never_quotes_the_request(error: Exception, is_connecting: bool, text: str) -> None:
    assert str(failure_of(error, is_connecting=is_connecting)) == text


REFUSED = ssl.SSLCertVerificationError(1, "certificate has expired")
KEY = ConnectionKey("x.example", 443, True, True, None, None, None)


def raised_from(cause: Exception, steps: int = 1) -> Exception:
    for _ in range(steps):
        error = httpx.ConnectError("handshake")
        error.__cause__ = cause
        cause = error
    return cause


@pytest.mark.parametrize(
    ("error", "retryable"),
    [
        (REFUSED, False),
        (raised_from(REFUSED), False),
        (raised_from(REFUSED, 9), False),
        (ExceptionGroup("several addresses", [raised_from(REFUSED)]), False),
        (aiohttp.ClientConnectorCertificateError(KEY, REFUSED), False),
        (aiohttp.ClientConnectorError(KEY, REFUSED), False),
        (aiohttp.ClientConnectorError(KEY, OSError(111, "refused")), True),
        (raised_from(ssl.SSLError(1, "handshake failure")), True),
        (httpx.ConnectError("refused"), True),
    ],
    ids=repr,
)
def test_only_a_refused_certificate_is_not_worth_another_attempt(error: Exception, retryable: bool) -> None:
    failure = failure_of(error, is_connecting=True)
    assert isinstance(failure, RequestNotSent)
    assert failure.retryable is retryable
    advice = "set SSL_CERT_FILE to a file with the certificate of its issuer"
    assert failure.advice == (None if retryable else advice)


def test_an_error_in_a_circle_of_causes_is_read() -> None:
    error = httpx.ConnectError("one")
    error.__cause__ = error.__context__ = ValueError("two")
    error.__cause__.__cause__ = error
    assert isinstance(failure_of(error, is_connecting=True), RequestNotSent)


class Stream:
    """A connection that takes a moment to close."""

    closed = False

    async def aclose(self) -> None:
        await anyio.lowlevel.checkpoint()
        self.closed = True
        raise OSError("it was closed by the server")


@pytest.mark.parametrize("kind", ["connect_tcp", "connect_unix_socket"])
async def test_a_connection_is_closed_if_it_is_left_before_the_request(loop_and_library: object, kind: str) -> None:
    progress, stream = AttemptProgress(), Stream()
    await progress.trace(f"connection.{kind}.started", {})
    assert progress.is_connecting
    await progress.trace(f"connection.{kind}.complete", {"return_value": stream})
    tunnel = httpcore.Request("CONNECT", "https://x.example")
    await progress.trace("http11.send_request_headers.started", {"request": tunnel})
    assert progress.is_connecting
    with anyio.CancelScope() as scope:
        scope.cancel()
        await progress.close_unfinished()
    assert stream.closed


async def test_a_connection_that_sends_a_request_is_not_closed(loop_and_library: object) -> None:
    progress, stream = AttemptProgress(), Stream()
    await progress.trace("connection.connect_tcp.started", {})
    await progress.trace("connection.connect_tcp.complete", {"return_value": stream})
    request = httpcore.Request("GET", "https://x.example")
    await progress.trace("http11.send_request_headers.started", {"request": request})
    assert not progress.is_connecting
    await progress.close_unfinished()
    assert not stream.closed
