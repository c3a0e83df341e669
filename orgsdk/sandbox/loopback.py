"""One uvicorn server on a loopback port, in a thread of its own."""

import logging
import os
import socket
import struct
import threading
from typing import TYPE_CHECKING, Any

import anyio
import uvicorn
from anyio.from_thread import BlockingPortal
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = "127.0.0.1"
CLOSE_EXTENSION = "orgsdk.sandbox.close"
"""The ASGI extension that closes a request's connection: `close(reset=False)`, True for RST in the place of FIN."""
_THREAD = "sandbox:"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_GRACE_SECONDS = 0.2


class LoopbackServer:
    """Serve an ASGI app on 127.0.0.1; the port is bound, and queues connections, from the start."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self._socket = listen(port)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            loop="asyncio",
            http=_Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            proxy_headers=False,
            server_header=False,
            # Long enough that a client's idle connection does not end in the middle of a test run.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn.error").addFilter(_not_ours)
        self._server = _Server(config)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"{_THREAD}{self.port}", daemon=True)

    def start(self) -> None:
        """Run the server and return once it answers.

        Raises:
            RuntimeError: it could not start.
        """
        self._thread.start()
        ready = self._server.ready.wait(_START_SECONDS)
        if self._failure is not None or not ready:
            raise RuntimeError(f"the sandbox server on port {self.port} did not start") from self._failure

    def stop(self) -> None:
        """Close the port and every connection, and wait for the thread."""
        if self._thread.is_alive():
            self._server.interrupt()
            self._thread.join(_STOP_SECONDS)
        self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except BaseException as error:
            # uvicorn ends a failed start with SystemExit; `start` tells of it in the caller's thread.
            self._failure = error
        finally:
            self._server.ready.set()


def listen(port: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1; port 0 lets the system choose one.

    Raises:
        OSError: the port is taken or not allowed; the text names it.
    """
    # The protocol is named because asyncio sets TCP_NODELAY for it alone; without, a response of two writes
    # waits 40 ms for a delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # A sandbox started again on its port must not wait for old connections; elsewhere the option
            # would let two servers share the port.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, port))
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"cannot listen on {HOST}:{port}: {error.strerror}") from error
    return listener


def _not_ours(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.ERROR or not (record.threadName or "").startswith(_THREAD)


class _Connection(H11Protocol):
    """Offer every request a way to close its connection; of itself ASGI has none that leaves out the response."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Told to the configuration, it would silence every other uvicorn of the process, such as the app under test.
        self.access_log = False
        app = self.app

        def close(*, reset: bool) -> None:
            if reset:
                # To linger for no time is how a socket is told to send RST; Windows has shorter fields.
                no_time = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_time)
                transport.abort()
            else:
                transport.close()

        async def closable(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "extensions": {**scope.get("extensions", {}), CLOSE_EXTENSION: close}}, receive, send)

        self.app = closable


class _Server(uvicorn.Server):
    """Stop at once: uvicorn's own loop looks every 0.1 s, and its shutdown waits for as long again."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._wake: Callable[[], object] | None = None

    def interrupt(self) -> None:
        self.should_exit = True
        if self._wake is not None:
            self._wake()

    async def main_loop(self) -> None:
        stopped = anyio.Event()
        async with BlockingPortal() as portal:
            self._wake = lambda: portal.start_task_soon(stopped.set)
            self.ready.set()
            # uvicorn renews its `date` header on every tenth tick, of 0.1 s each.
            while not await self.on_tick(0):
                with anyio.move_on_after(1):
                    await stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if not await self._idle(_GRACE_SECONDS):
            # What still runs has no one to answer; a transport left open would end in a ResourceWarning.
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            for task in list(self.server_state.tasks):
                task.cancel()
            await self._idle(_GRACE_SECONDS)

    async def _idle(self, seconds: float) -> bool:
        with anyio.move_on_after(seconds) as scope:
            # uvicorn tells of a connection's end through these sets alone.
            while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                await anyio.sleep(0.001)
        return not scope.cancelled_caught
