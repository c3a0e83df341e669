"""A simulated server on a loopback port, in the same event loop, with TLS or without, that counts its connections."""

from __future__ import annotations

import ssl
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream
from anyio.streams.tls import TLSStream
from pydantic import SecretStr

from orgsdk.transport.backends.base import OutgoingRequest
from orgsdk.transport.backends.failures import RequestNotSent, ResponseLost, ResponseTimedOut
from tests.reliability.network import Exchange, Network

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from ssl import SSLContext

    from anyio.abc import ByteStream

    from tests.reliability.network import Wire
    from tests.reliability.servers import SimulatedServers


_ENDED = (
    *(anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead, anyio.ClosedResourceError),
    ssl.SSLError,
)


@dataclass(slots=True, eq=False)
class Server:
    """A server over real sockets. `received` has the request lines.

    `change` can change each response. The network's plan injects a fault into an exchange, and `send` replaces the
    sending of a response: it gets the number of the exchange, and returns whether the connection stays open.
    `connect_delay` is the seconds between the connection and its TLS handshake.
    """

    network: Network
    change: Callable[[Wire], Wire] = lambda wire: wire
    send: Callable[[ByteStream, int, bytes], Awaitable[bool]] | None = None
    tls: SSLContext | None = None
    connect_delay: float = 0.0
    open: int = 0
    accepted: int = 0
    received: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        return f"http://127.0.0.1:{self.port}" if self.tls is None else f"https://localhost:{self.port}"

    async def serve_connection(self, stream: ByteStream) -> None:
        """Serve one connection until it ends."""
        self.open += 1
        self.accepted += 1
        try:
            await anyio.sleep(self.connect_delay)
            if self.tls is not None:
                stream = await TLSStream.wrap(stream, server_side=True, ssl_context=self.tls, standard_compatible=False)
            async with stream:
                buffered = BufferedByteReceiveStream(stream)
                while await self._exchange(stream, buffered):
                    pass
        except (*_ENDED, RequestNotSent, ResponseLost, ResponseTimedOut):
            pass
        finally:
            self.open -= 1

    async def _exchange(self, stream: ByteStream, buffered: BufferedByteReceiveStream) -> bool:
        head = (await buffered.receive_until(b"\r\n\r\n", 65536)).decode("latin-1")
        line, *rest = head.split("\r\n")
        method, target, _ = line.split(" ")
        self.received.append(line)
        headers = [(name, value.strip()) for name, _, value in (one.partition(":") for one in rest)]
        fields = {name.lower(): value for name, value in headers}
        length = int(fields.get("content-length", "0"))
        body = await buffered.receive_exactly(length) if length else b""
        passed = [line for line in headers if line[0].lower() not in {"host", "authorization"}]
        authorization = SecretStr(fields["authorization"]) if "authorization" in fields else None
        self.network.sent += 1
        number = self.network.sent
        outgoing = OutgoingRequest(method, self.origin + target, passed, body, authorization)
        self.network.outgoing.append(outgoing)
        exchange = Exchange(self.network, number, outgoing)
        wire = self.change(await self.network.plan(exchange)(exchange))
        sent = [line for line in wire.headers if line[0].lower() != "content-length"]
        sent.append(("content-length", str(len(wire.body))))
        start = "".join(f"{name}: {value}\r\n" for name, value in sent)
        if self.send is not None:
            return await self.send(stream, number, f"HTTP/1.1 {wire.status} -\r\n{start}\r\n".encode() + wire.body)
        # In pieces, each of which makes the client wait again.
        for piece in (f"HTTP/1.1 {wire.status} -\r\n{start}\r\n".encode(), wire.body[:9], wire.body[9:]):
            await anyio.sleep(0.001)
            if piece:
                await stream.send(piece)
        return True


@asynccontextmanager
async def serving(servers: SimulatedServers, tls: SSLContext | None = None) -> AsyncIterator[Server]:
    """Yield a server, and close it at the end."""
    async with anyio.create_task_group() as tasks:
        server = Server(Network(servers, tasks), tls=tls)
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        server.port = listener.extra(anyio.abc.SocketAttribute.local_port)

        async def serve() -> None:
            async with listener:
                await listener.serve(server.serve_connection)

        tasks.start_soon(serve)
        yield server
        tasks.cancel_scope.cancel()
