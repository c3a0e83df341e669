"""A server of plain blocking sockets in a thread: it shares no code with the client, and can break every rule."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Handle = Callable[[socket.socket, int], None]


@dataclass
class RawServer:
    """The server's port, and the request heads that it received, in order."""

    port: int
    heads: list[str] = field(default_factory=list)
    connections: int = 0
    sockets: list[socket.socket] = field(default_factory=list)

    def receive(self, connection: socket.socket) -> str:
        """Read one request up to its body, and remember its head. Return "" if the client closed the connection."""
        received = b""
        while b"\r\n\r\n" not in received:
            part = connection.recv(65536)
            if not part:
                return ""
            received += part
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        length = next((int(line[15:]) for line in lines if line.lower().startswith("content-length:")), 0)
        while len(body) < length:
            body += connection.recv(65536)
        self.heads.append(lines[0])
        return lines[0]


@contextmanager
def raw_server(handle: Callable[[RawServer, socket.socket, int], None]) -> Iterator[RawServer]:
    """Yield a server that calls `handle` with each connection and its number from 0, in a thread of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = RawServer(listener.getsockname()[1])

    def serve(connection: socket.socket, number: int) -> None:
        with suppress(OSError), connection:
            handle(server, connection, number)

    def accept() -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.settimeout(5)
                server.sockets.append(connection)
                server.connections += 1
                threads.append(threading.Thread(target=serve, args=(connection, server.connections - 1)))
                threads[-1].start()

    threads = [threading.Thread(target=accept)]
    threads[0].start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in server.sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(10)
