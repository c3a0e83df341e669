"""The wire and the process: one port for each latency, no framework in between."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import selectors
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.server.responses import COUNTING, Responses

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from multiprocessing.connection import Connection


class _Speaking(asyncio.Protocol):
    """Answer each request after the port's latency, counted from when the whole of it was there."""

    def __init__(self, answers: Responses, latency: float) -> None:
        self._answers = answers
        self._latency = latency
        self._seen = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._seen += data
        while True:
            head, end, rest = self._seen.partition(b"\r\n\r\n")
            length = _content_length(head)
            if not end or len(rest) < length:
                return
            self._seen = rest[length:]
            line = head.partition(b"\r\n")[0]
            answer = self._answers.to(line)
            if self._latency and COUNTING not in line:
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, answer)
            else:
                self._transport.write(answer)


def _content_length(head: bytes) -> int:
    _, found, after = head.lower().partition(b"\r\ncontent-length:")
    return int(after.partition(b"\r\n")[0]) if found else 0


def _serve(latencies: Sequence[float], distinct: int, ready: Connection) -> None:
    async def run() -> None:
        answers = Responses(distinct)
        # What is there stays: a collection that walks 100,000 rows would be a latency of its own.
        gc.freeze()
        gc.disable()
        loop = asyncio.get_running_loop()
        servers = [
            await loop.create_server(lambda latency=latency: _Speaking(answers, latency), "127.0.0.1", 0, backlog=512)  # type: ignore[misc]  # mypy infers no default argument of a lambda
            for latency in latencies
        ]
        ready.send([server.sockets[0].getsockname()[1] for server in servers])
        await asyncio.Event().wait()

    # epoll rounds a wait up to whole milliseconds, which would be 2 to 5 % of the latencies here; select does not.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(run())


@dataclass(frozen=True)
class Server:
    """Know where the server answers: `ports` by latency in seconds."""

    ports: dict[float, int]

    def address(self, tenant: str, latency: float = 0) -> str:
        """Give a tenant's address behind that latency."""
        return f"http://127.0.0.1:{self.ports[latency]}/{tenant}"


@contextmanager
def serving(latencies: Sequence[float] = (0,), *, distinct: int = 100_000) -> Iterator[Server]:
    """Run the server with a port for each latency in seconds, and `distinct` users that are all different."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_serve, args=(latencies, distinct, theirs), daemon=True
    )
    process.start()
    theirs.close()  # so that a server that dies ends the wait
    try:
        yield Server(dict(zip(latencies, ours.recv(), strict=True)))
    finally:
        process.terminate()
        process.join()
