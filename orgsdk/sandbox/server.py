"""The sandbox: a Flat and a Logto server on loopback ports."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import anyio
import anyio.to_thread

from orgsdk.sandbox.fault_middleware import FaultMiddleware
from orgsdk.sandbox.faults import Faults
from orgsdk.sandbox.flat.app import create_app as create_flat_app
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.logto.app import create_app as create_logto_app
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.loopback import HOST, LoopbackServer
from orgsdk.sandbox.request_log import LogMiddleware, RequestLog
from orgsdk.sandbox.roster import Person, default_roster, read_roster


class Sandbox:
    """Run a Flat and a Logto server on loopback ports, both seeded with the people of one roster.

    Use it as an async context manager (asyncio or trio), or call `start` and `stop`.

    Args:
        roster: the people, or the path of a roster file; left out, the roster of the package.
        flat_port: the port of the Flat server; 0 takes a free one.
        logto_port: the port of the Logto server; 0 takes a free one.
    """

    def __init__(
        self,
        roster: Sequence[Person] | Path | str | None = None,
        *,
        flat_port: int = 0,
        logto_port: int = 0,
    ) -> None:
        self._people = _people(roster)
        self._ports = (flat_port, logto_port)
        self._running: ExitStack | None = None
        self._bound: tuple[int, int] | None = None
        self.flat: FlatState = FlatState(self._people)
        """What the Flat server holds; `token` and `organization_id` lead to it."""
        self.logto: LogtoState = LogtoState(self._people)
        """What the Logto server holds; `app_id`, `app_secret` and `organization_id` lead to it."""
        self.requests: RequestLog = RequestLog()
        """Every exchange with either server, in order."""
        self.flat_faults: Faults = Faults()
        """What goes wrong at the Flat server."""
        self.logto_faults: Faults = Faults()
        """What goes wrong at the Logto server."""

    @property
    def flat_url(self) -> str:
        """Return the Flat server's base URL, the version part included."""
        return f"http://{HOST}:{self._started()[0]}/v2"

    @property
    def logto_url(self) -> str:
        """Return the Logto server's endpoint, without a path."""
        return f"http://{HOST}:{self._started()[1]}"

    def start(self) -> None:
        """Start both servers and return once they answer.

        Raises:
            OSError: a port is taken.
            RuntimeError: the sandbox runs already, or a server could not start.
        """
        if self._running is not None:
            raise RuntimeError("the sandbox is started already")
        with ExitStack() as stack:
            faulty_flat = FaultMiddleware(create_flat_app(self.flat), self.flat_faults)
            faulty_logto = FaultMiddleware(create_logto_app(self.logto), self.logto_faults)
            flat_app = LogMiddleware(faulty_flat, self.requests, "flat")
            logto_app = LogMiddleware(faulty_logto, self.requests, "logto")
            servers: list[LoopbackServer] = []
            for app, port in zip((flat_app, logto_app), self._ports, strict=True):
                server = LoopbackServer(app, port)
                stack.callback(server.stop)
                servers.append(server)
            for server in servers:
                server.start()
            self._bound = (servers[0].port, servers[1].port)
            self._running = stack.pop_all()

    def stop(self) -> None:
        """Stop both servers and close their ports; state and log stay readable."""
        self._clear_faults()
        running, self._running, self._bound = self._running, None, None
        if running is not None:
            running.close()

    def reset(self) -> None:
        """Seed both servers anew from the roster and clear log and faults; tokens, ids and ports stay."""
        # First, so that nothing held by a fault is done to the new state.
        self._clear_faults()
        self.flat.seed(self._people)
        self.logto.seed(self._people)
        self.requests.clear()

    async def __aenter__(self) -> Self:
        await anyio.to_thread.run_sync(self.start)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A cancelled caller must not leave two servers behind.
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.stop)

    def _clear_faults(self) -> None:
        self.flat_faults.clear()
        self.logto_faults.clear()

    def _started(self) -> tuple[int, int]:
        if self._bound is None:
            raise RuntimeError("the sandbox is not started")
        return self._bound


def _people(roster: Sequence[Person] | Path | str | None) -> list[Person]:
    if roster is None:
        return default_roster()
    if isinstance(roster, str | Path):
        return read_roster(roster)
    return list(roster)
