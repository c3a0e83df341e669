"""A simulated server on a loopback port, in the same event loop, that counts its connections."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream

from orgsdk.transport.backends.base import OutgoingRequest
from tests.reliability.network import Network, Wire

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from anyio.abc import SocketStream

    from tests.reliability.servers import SimulatedServers


@dataclass(slots=True, eq=False)
class Server:
    """A server over real sockets. `change` can change each response; `received` has the request lines."""

    network: Network
    change: Callable[[Wire], Wire] = lambda wire: wire
    open: int = 0
    accepted: int = 0
    received: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def origin(self) -> str:
        """Return scheme, host and port."""
        return f"http://127.0.0.1:{self.port}"

    async def serve_connection(self, stream: SocketStream) -> None:
        """Serve one connection until it ends."""
        self.open += 1
        self.accepted += 1
        try:
            async with stream:
                buffered = BufferedByteReceiveStream(stream)
                while await self._exchange(stream, buffered):
                    pass
        except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead, anyio.ClosedResourceError):
            pass
        finally:
            self.open -= 1

    async def _exchange(self, stream: SocketStream, buffered: BufferedByteReceiveStream) -> bool:
        head = (await buffered.receive_until(b"\r\n\r\n", 65536)).decode("latin-1")
        line, *rest = head.split("\r\n")
        method, target, _ = line.split(" ")
        self.received.append(line)
        headers = [(name, value.strip()) for name, _, value in (one.partition(":") for one in rest)]
        fields = {name.lower(): value for name, value in headers}
        length = int(fields.get("content-length", "0"))
        body = await buffered.receive_exactly(length) if length else b""
        passed = [line for line in headers if line[0].lower() not in {"host", "authorization"}]
        outgoing = OutgoingRequest(method, self.origin + target, passed, body, None)
        wire = self.change(await self.network.serve(outgoing, fields.get("authorization")))
        sent = [line for line in wire.headers if line[0].lower() != "content-length"]
        sent.append(("content-length", str(len(wire.body))))
        start = "".join(f"{name}: {value}\r\n" for name, value in sent)
        # In pieces, each of which makes the client wait again.
        for piece in (f"HTTP/1.1 {wire.status} -\r\n{start}\r\n".encode(), wire.body[:9], wire.body[9:]):
            await anyio.sleep(0.001)
            if piece:
                await stream.send(piece)
        return True


@asynccontextmanager
async def serving(servers: SimulatedServers) -> AsyncIterator[Server]:
    """Yield a server, and close it at the end."""
    async with anyio.create_task_group() as tasks:
        server = Server(Network(servers, tasks))
        listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
        server.port = listener.extra(anyio.abc.SocketAttribute.local_port)

        async def serve() -> None:
            async with listener:
                await listener.serve(server.serve_connection)

        tasks.start_soon(serve)
        yield server
        tasks.cancel_scope.cancel()
