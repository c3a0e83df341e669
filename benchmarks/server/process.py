"""The server process: one port per latency, without a web framework."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import selectors
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from benchmarks.server.responses import COUNTING, Responses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection


class _Connection(asyncio.Protocol):
    """Respond to each request after the port's latency, counted from its last byte."""

    def __init__(self, responses: Responses, latency: float) -> None:
        self._responses = responses
        self._latency = latency
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        while True:
            head, end, rest = self._received.partition(b"\r\n\r\n")
            length = _content_length(head)
            if not end or len(rest) < length:
                return
            self._received = rest[length:]
            line = head.partition(b"\r\n")[0]
            response = self._responses.to(line)
            if self._latency and COUNTING not in line:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, response)
            else:
                self._transport.write(response)


def _content_length(head: bytes) -> int:
    _, found, after = head.lower().partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found else 0


def _serve(latencies: Sequence[float], distinct: int, ready: Connection) -> None:
    async def run() -> None:
        responses = Responses(distinct)
        # The rows live forever: a garbage collection over 100,000 rows would add latency.
        gc.freeze()
        gc.disable()
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(partial(_Connection, responses, latency), "127.0.0.1", 0, backlog=512)
            for latency in latencies
        ]
        ready.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.Event().wait()

    # epoll rounds a wait up to whole milliseconds, which would be 2 to 5 % of the latencies here; select does not.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(run())


@dataclass(frozen=True)
class Server:
    """The addresses of the server: its ports by latency in seconds."""

    ports: dict[float, int]

    @property
    def slowest(self) -> float:
        """Return the longest latency."""
        return max(self.ports)

    def address(self, tenant: str, latency: float = 0) -> str:
        """Return a tenant's address with a latency."""
        return f"http://127.0.0.1:{self.ports[latency]}/{tenant}"


@contextmanager
def serving(latencies: Sequence[float] = (0,), *, distinct: int = 100_000) -> Iterator[Server]:
    """Run the server with a port for each latency in seconds, and `distinct` different users."""
    receiver, sender = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(latencies, distinct, sender), daemon=True
    )
    process.start()
    sender.close()  # `recv` then ends if the server dies
    try:
        yield Server(dict(zip(latencies, receiver.recv(), strict=True)))
    finally:
        process.terminate()
        process.join()
