"""A transport to a mocked provider, and a loopback server with byte-exact responses."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Literal, Protocol

import anyio
import pytest
import respx
from anyio.streams.buffered import BufferedByteReceiveStream
from pydantic import SecretStr

from orgsdk.options import CallOptions
from orgsdk.transport import BearerToken, ProviderProblem, Response, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from anyio.abc import SocketStream

    from orgsdk.transport.backends.libraries import HTTPLibrary

# A loopback name, so that no test creates a TLS context.
BASE = "http://provider.localhost"


class Connect(Protocol):
    def __call__(self, base_url: str = BASE, **settings: Any) -> Transport: ...


def read_problem(response: Response) -> ProviderProblem:
    return ProviderProblem(str(response.json_object().get("message", "answered without an explanation")), is_own=True)


OPTIONS = {field.name for field in fields(CallOptions)}


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Return a function that creates a transport, closed after the test. Call options are accepted too."""
    async with AsyncExitStack() as stack:

        def make(base_url: str = BASE, **settings: Any) -> Transport:
            auth = BearerToken(SecretStr("t0ken"))
            defaults: dict[str, Any] = {"provider": "acme", "auth": auth, "read_problem": read_problem}
            own = {name: settings.pop(name) for name in OPTIONS & set(settings)}
            transport = Transport(base_url=base_url, **{**defaults, **settings})
            stack.push_async_callback(transport.aclose)
            return transport.with_options(CallOptions(**own))

        yield make


@pytest.fixture
def api() -> Iterator[respx.MockRouter]:
    """Return the mocked provider of `connect`. Without a route it rejects every request."""
    with respx.mock(base_url=BASE, assert_all_called=False) as router:
        yield router


@pytest.fixture(
    params=[
        ("asyncio", "httpx"),
        ("trio", "httpx"),
        ("asyncio", "httpx2"),
        ("trio", "httpx2"),
        ("asyncio", "aiohttp"),
    ],
    ids="-".join,
)
def loop_and_library(request: pytest.FixtureRequest) -> tuple[str, HTTPLibrary]:
    """Return an event loop and an HTTP library that runs on it. A module's `anyio_backend` returns the loop."""
    found: tuple[str, HTTPLibrary] = request.param
    return found


@pytest.fixture
def library(loop_and_library: tuple[str, HTTPLibrary]) -> HTTPLibrary:
    return loop_and_library[1]


@dataclass(frozen=True)
class CannedResponse:
    """The bytes of one response, and what the server does afterwards."""

    content: bytes
    then: Literal["keep", "close", "hang"] = "keep"


@dataclass
class Server:
    """What a loopback server received."""

    url: str
    heads: list[list[str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    connections: int = 0
    responded: anyio.Event = field(default_factory=anyio.Event)
    hung_up: anyio.Event = field(default_factory=anyio.Event)


class Serve(Protocol):
    def __call__(self, *answers: CannedResponse) -> AbstractAsyncContextManager[Server]: ...


@pytest.fixture
def serve() -> Serve:
    """Return a function that starts a server. It answers the nth request with the nth response."""
    return _serve


@asynccontextmanager
async def _serve(*answers: CannedResponse) -> AsyncIterator[Server]:
    waiting = iter(answers)
    async with await anyio.create_tcp_listener(local_host="127.0.0.1") as listener, anyio.create_task_group() as tasks:
        port = listener.extra(anyio.abc.SocketAttribute.local_port)
        server = Server(f"http://127.0.0.1:{port}")

        async def handle(stream: SocketStream) -> None:
            server.connections += 1
            async with stream:
                received = BufferedByteReceiveStream(stream)
                try:
                    while await _exchange(server, stream, received, waiting):
                        pass
                except (anyio.IncompleteRead, anyio.EndOfStream, anyio.BrokenResourceError):
                    server.hung_up.set()

        tasks.start_soon(listener.serve, handle)
        try:
            yield server
        finally:
            tasks.cancel_scope.cancel()


async def _exchange(
    server: Server, stream: SocketStream, received: BufferedByteReceiveStream, waiting: Iterator[CannedResponse]
) -> bool:
    head = (await received.receive_until(b"\r\n\r\n", 65536)).decode().splitlines()
    length = next((int(line[15:]) for line in head if line.lower().startswith("content-length:")), 0)
    server.heads.append(head)
    server.bodies.append(await received.receive_exactly(length) if length else b"")
    answer = next(waiting)
    await stream.send(answer.content)
    server.responded.set()
    if answer.then == "hang":
        await received.receive()
    return answer.then == "keep"


class MakeResponse(Protocol):
    def __call__(
        self,
        content: bytes = b"{}",
        *headers: str,
        status: str = "200 OK",
        length: int | None = None,
        then: Literal["keep", "close", "hang"] = "keep",
    ) -> CannedResponse: ...


@pytest.fixture
def answer() -> MakeResponse:
    """Return a function that builds a response. `length` may announce more than there is."""

    def write(
        content: bytes = b"{}",
        *headers: str,
        status: str = "200 OK",
        length: int | None = None,
        then: Literal["keep", "close", "hang"] = "keep",
    ) -> CannedResponse:
        promised = len(content) if length is None else length
        lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {promised}", *headers]
        return CannedResponse("\r\n".join(lines).encode() + b"\r\n\r\n" + content, then)

    return write
