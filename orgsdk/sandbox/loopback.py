"""Loopback server: uvicorn on 127.0.0.1, in a separate thread."""

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
"""ASGI extension that closes a request's connection: `close(reset=False)`; True sends RST instead of FIN."""
_THREAD = "sandbox:"
_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_GRACE_SECONDS = 0.2


class LoopbackServer:
    """Serve an ASGI app on 127.0.0.1. The port is bound when the object is created; connections queue until `start`."""

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
            # Long enough that idle connections of a client survive a test run.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn.error").addFilter(_not_ours)
        self._server = _Server(config)
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name=f"{_THREAD}{self.port}", daemon=True)

    def start(self) -> None:
        """Start the server and wait until it accepts requests.

        Raises:
            RuntimeError: The server did not start.
        """
        self._thread.start()
        ready = self._server.ready.wait(_START_SECONDS)
        if self._failure is not None or not ready:
            raise RuntimeError(f"the sandbox server on port {self.port} did not start") from self._failure

    def stop(self) -> None:
        """Close the port and all connections, and wait for the thread to end."""
        if self._thread.is_alive():
            self._server.interrupt()
            self._thread.join(_STOP_SECONDS)
        self._socket.close()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except BaseException as error:
            # uvicorn ends a failed start with SystemExit; `start` raises it in the caller's thread.
            self._failure = error
        finally:
            self._server.ready.set()


def listen(port: int) -> socket.socket:
    """Return a listening socket on 127.0.0.1.

    Args:
        port: Port number; 0 lets the system choose a free port.

    Returns:
        The bound and listening socket.

    Raises:
        OSError: The port is in use or not permitted. The message names the port.
    """
    # Name the protocol: asyncio sets TCP_NODELAY only then. Without it, a response of two writes waits 40 ms for a
    # delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            # Do not wait for old connections when a sandbox restarts on its port. On Windows the option would let two
            # servers share the port.
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
    """Add the `CLOSE_EXTENSION` to every request; ASGI itself cannot close a connection without a response."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        # Set here, because uvicorn's configuration would silence other uvicorn servers of the process too.
        self.access_log = False
        app = self.app

        def close(*, reset: bool) -> None:
            if reset:
                # SO_LINGER with a timeout of 0 makes the socket send RST; the fields are shorter on Windows.
                no_time = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
                transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_time)
                transport.abort()
            else:
                transport.close()

        async def closable(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "extensions": {**scope.get("extensions", {}), CLOSE_EXTENSION: close}}, receive, send)

        self.app = closable


class _Server(uvicorn.Server):
    """A uvicorn server that stops at once; the original polls every 0.1 s and waits as long again in its shutdown."""

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
            # uvicorn renews its `date` header on every tenth tick; a tick is 0.1 s.
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
            # No client reads these responses any more; an open transport would cause a ResourceWarning.
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            for task in list(self.server_state.tasks):
                task.cancel()
            await self._idle(_GRACE_SECONDS)

    async def _idle(self, seconds: float) -> bool:
        with anyio.move_on_after(seconds) as scope:
            # uvicorn reports the end of a connection only by removing it from these sets.
            while self.server_state.connections or self.server_state.tasks:  # noqa: ASYNC110
                await anyio.sleep(0.001)
        return not scope.cancelled_caught
