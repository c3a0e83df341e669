"""The server of `orgsdk scim serve`: its socket, its health check, its log, and its end."""

from __future__ import annotations

import logging
import socket
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import anyio
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route

from orgsdk.cli.commands.sandbox import stop_signals
from orgsdk.cli.listening import QuietServer, is_loopback as is_loopback, listen as listen
from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from orgsdk.scim import IdMap

HEALTH_PATH: Final = "/health"
# The longest that a request can take is `GatewayOptions.timeout`, 20 s.
_GRACE_SECONDS: Final = 25
# Longer than the time for which nginx and Caddy keep idle connections, so that they close first.
_KEEP_ALIVE_SECONDS: Final = 130


def with_health_check(path: str, app: ASGIApp, id_map: IdMap) -> ASGIApp:
    """Return an app that serves the gateway below `path`, and answers `/health` without a token.

    The check reads the id map. It sends nothing to the provider, so that its rate limit is not used up.
    """

    async def health(_: Request) -> JSONResponse:
        try:
            with anyio.fail_after(5):
                await id_map.get("", "user", "")
        except (OrgError, TimeoutError):
            return JSONResponse({"status": "the id map cannot be read"}, status_code=503)
        return JSONResponse({"status": "ok"})

    return Starlette(routes=[Route(HEALTH_PATH, health), Mount(path, app)])


async def serve(app: ASGIApp, listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM. Requests that have arrived are answered first, for at most 25 seconds."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        lifespan="off",
        ws="none",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    server = QuietServer(config)
    with stop_signals() as signals:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_on_signal, server, signals)
            await server.serve(sockets=[listener])
            tasks.cancel_scope.cancel()


async def _stop_on_signal(server: QuietServer, signals: AsyncIterator[object]) -> None:
    await anext(signals)
    server.should_exit = True
    await anext(signals)  # the second one ends open requests
    server.force_exit = True


class _WithoutTraceback(logging.Formatter):
    """Write lines without tracebacks: the text of an exception could quote a value of a request."""

    def format(self, record: logging.LogRecord) -> str:
        kind = record.exc_info[0] if record.exc_info else None
        line = logging.makeLogRecord({**record.__dict__, "exc_info": None, "exc_text": None, "stack_info": None})
        return super().format(line).rstrip() + (f" ({kind.__name__})" if kind is not None else "")


@contextmanager
def log_to_stderr() -> Generator[None]:
    """Write the gateway's line for each request, and the server's errors, to stderr."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_WithoutTraceback("%(asctime)s %(levelname)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("orgsdk.scim", "uvicorn.error")]
    before = [(logger.level, logger.propagate) for logger in loggers]
    for logger, level in zip(loggers, (logging.INFO, logging.ERROR), strict=True):
        logger.addHandler(handler)
        logger.setLevel(level)
        logger.propagate = False
    try:
        yield
    finally:
        for logger, (level, propagate) in zip(loggers, before, strict=True):
            logger.removeHandler(handler)
            logger.setLevel(level)
            logger.propagate = propagate
