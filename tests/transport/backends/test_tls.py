"""TLS with every HTTP library: the certificate is verified before anything is sent."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

import anyio
import pytest
import trustme
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSListener
from pydantic import SecretStr

from orgsdk.errors import NotSentError
from orgsdk.options import CallOptions
from orgsdk.transport import BearerToken, ProviderProblem, Request, Response, Safety, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anyio.abc import ByteStream

    from orgsdk.transport.backends.libraries import HTTPLibrary

pytestmark = pytest.mark.anyio

LIST = Request(operation="list_users", method="GET", path="/users", safety=Safety.SAFE)
CALLS = 8
_RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n[]"


class Server:
    """What a TLS server received: the heads of requests, and the number of completed handshakes."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.heads: list[str] = []
        self.handshakes = 0

    async def serve(self, stream: ByteStream) -> None:
        self.handshakes += 1
        received = BufferedByteReceiveStream(stream)
        async with stream:
            with suppress(anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
                while True:
                    self.heads.append((await received.receive_until(b"\r\n\r\n", 65536)).decode().lower())
                    await stream.send(_RESPONSE)


@asynccontextmanager
async def serving(certificate: trustme.LeafCert) -> AsyncIterator[Server]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as plain, anyio.create_task_group() as tasks:
        server = Server(plain.extra(anyio.abc.SocketAttribute.local_port))
        tasks.start_soon(TLSListener(plain, context, standard_compatible=False).serve, server.serve)
        yield server
        tasks.cancel_scope.cancel()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust the authority through the environment, which OpenSSL and every library read."""
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


@pytest.fixture
def anyio_backend(loop_and_library: tuple[str, HTTPLibrary]) -> str:
    return loop_and_library[0]


@asynccontextmanager
async def connected(server: Server, library: HTTPLibrary) -> AsyncIterator[Transport]:
    transport = Transport(
        provider="acme",
        base_url=f"https://localhost:{server.port}",
        auth=BearerToken(SecretStr("t0ken")),
        read_problem=lambda response: ProviderProblem("no"),
        http_library=library,
    )
    try:
        yield transport.with_options(CallOptions(max_attempts=1))
    finally:
        await transport.aclose()


@pytest.mark.usefixtures("trusted")
async def test_many_requests_share_one_tls_context_and_their_connections(
    authority: trustme.CA, library: HTTPLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def counted(context: ssl.SSLContext, *arguments: object, **named: object) -> None:
        loaded.append(context)
        load(context, *arguments, **named)  # type: ignore[arg-type]  # passed on unchanged

    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", counted)
    answers: list[Response] = []

    async def ask(transport: Transport) -> None:
        answers.append(await transport.send(LIST))

    async with (
        serving(authority.issue_cert("localhost")) as server,
        connected(server, library) as transport,
    ):
        for _ in range(2):
            async with anyio.create_task_group() as tasks:
                for _ in range(CALLS):
                    tasks.start_soon(ask, transport)
        assert server.handshakes <= CALLS
    assert [answer.status for answer in answers] == [200] * 2 * CALLS
    assert len(server.heads) == 2 * CALLS
    assert len({id(context) for context in loaded}) <= 1


@pytest.mark.parametrize("name", ["localhost", "elsewhere.example"])
async def test_an_untrusted_server_gets_no_request(
    authority: trustme.CA,
    library: HTTPLibrary,
    name: str,
    request: pytest.FixtureRequest,
) -> None:
    if name != "localhost":
        request.getfixturevalue("trusted")  # a trusted authority, but a certificate for another name
    async with serving(authority.issue_cert(name)) as server, connected(server, library) as transport:
        with pytest.raises(NotSentError):
            await transport.send(LIST)
    assert server.heads == []


@pytest.mark.usefixtures("trusted")
async def test_a_netrc_file_does_not_replace_the_token(
    authority: trustme.CA,
    library: HTTPLibrary,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file = tmp_path / "netrc"
    file.write_text("default login user password secret\n", "utf-8")
    file.chmod(0o600)
    monkeypatch.setenv("NETRC", str(file))
    async with (
        serving(authority.issue_cert("localhost")) as server,
        connected(server, library) as transport,
    ):
        await transport.send(LIST)
    assert [line for line in server.heads[0].splitlines() if line.startswith("authorization")] == [
        "authorization: bearer t0ken"
    ]
