"""Sandbox: a Flat, a Logto and a WorkOS server on loopback ports."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self, cast

import anyio
import anyio.to_thread
from starlette.types import ASGIApp

from orgsdk.sandbox.fault_middleware import FaultMiddleware
from orgsdk.sandbox.faults import Faults
from orgsdk.sandbox.flat.app import create_app as create_flat_app
from orgsdk.sandbox.flat.state import FlatState
from orgsdk.sandbox.logto.app import create_app as create_logto_app
from orgsdk.sandbox.logto.state import LogtoState
from orgsdk.sandbox.loopback import HOST, LoopbackServer
from orgsdk.sandbox.request_log import LogMiddleware, Provider, RequestLog
from orgsdk.sandbox.roster import Person, default_roster, read_roster
from orgsdk.sandbox.workos.app import create_app as create_workos_app
from orgsdk.sandbox.workos.state import WorkOSState

_MAX_PORT = 65_535


class Sandbox:
    """A Flat, a Logto and a WorkOS server on loopback ports, all seeded with the people of one roster.

    Use the sandbox as ``async with`` (asyncio or trio), or call `start` and `stop`.

    Args:
        roster: The people, or the path of a roster file. Default: the roster of the package.
        flat_port: Port of the Flat server; 0 takes a free port.
        logto_port: Port of the Logto server; 0 takes a free port.
        workos_port: Port of the WorkOS server; 0 takes a free port.
        flat_token: Access token of the Flat server. Default: a new random one. Logto's secret is always the same.
        workos_api_key: API key of the WorkOS server. Default: one that is always the same.

    Attributes:
        flat: State of the Flat server, such as `token` and `organization_id`.
        logto: State of the Logto server, such as `app_id`, `app_secret` and `organization_id`.
        workos: State of the WorkOS server, such as `api_key` and `organization_id`.
        requests: Every exchange with any of the servers, in order.
        flat_faults: Faults injected into the Flat server.
        logto_faults: Faults injected into the Logto server.
        workos_faults: Faults injected into the WorkOS server.

    The sandbox imports nothing of the client, so it raises Python's own errors. The message names the argument.

    Raises:
        RosterError: The roster file is invalid.
        OSError: The roster file cannot be read.
        TypeError: An argument is of the wrong type.
        ValueError: A port is out of range, or the token has a character that no header can hold.

    Example:
            from orgsdk import Flat
            from orgsdk.sandbox import Sandbox

            async with Sandbox() as sandbox:
                provider = Flat(token=sandbox.flat.token, base_url=sandbox.flat_url)
    """

    def __init__(
        self,
        roster: Sequence[Person] | Path | str | None = None,
        *,
        flat_port: int = 0,
        logto_port: int = 0,
        workos_port: int = 0,
        flat_token: str | None = None,
        workos_api_key: str | None = None,
    ) -> None:
        self._ports: dict[Provider, int] = {"flat": flat_port, "logto": logto_port, "workos": workos_port}
        for provider, port in self._ports.items():
            _check_port(f"{provider}_port", port)
        for argument, token in (("flat_token", flat_token), ("workos_api_key", workos_api_key)):
            if token is not None:
                _check_token(argument, token)
        self._people = _people(roster)
        self._running: ExitStack | None = None
        self._bound: dict[Provider, int] | None = None
        self.flat: FlatState = FlatState(self._people, token=flat_token)
        self.logto: LogtoState = LogtoState(self._people)
        self.workos: WorkOSState = WorkOSState(self._people, api_key=workos_api_key)
        self.requests: RequestLog = RequestLog()
        self.flat_faults: Faults = Faults()
        self.logto_faults: Faults = Faults()
        self.workos_faults: Faults = Faults()

    @property
    def flat_url(self) -> str:
        """Base URL of the Flat server, with `/v2`.

        Raises:
            RuntimeError: The sandbox is not started.
        """
        return f"http://{HOST}:{self._port_of('flat')}/v2"

    @property
    def logto_url(self) -> str:
        """Endpoint of the Logto server, without a path.

        Raises:
            RuntimeError: The sandbox is not started.
        """
        return f"http://{HOST}:{self._port_of('logto')}"

    @property
    def workos_url(self) -> str:
        """Base URL of the WorkOS server, without a path.

        Raises:
            RuntimeError: The sandbox is not started.
        """
        return f"http://{HOST}:{self._port_of('workos')}"

    def start(self) -> None:
        """Start the servers and wait until they accept requests.

        Raises:
            OSError: A port is in use.
            RuntimeError: The sandbox is already started, or a server did not start.
        """
        if self._running is not None:
            raise RuntimeError("the sandbox is already started")
        with ExitStack() as stack:
            servers: dict[Provider, LoopbackServer] = {}
            for provider, app in self._apps().items():
                servers[provider] = LoopbackServer(app, self._ports[provider])
                stack.callback(servers[provider].stop)
            for server in servers.values():
                server.start()
            self._bound = {provider: server.port for provider, server in servers.items()}
            self._running = stack.pop_all()

    def _apps(self) -> dict[Provider, ASGIApp]:
        apps: dict[Provider, tuple[ASGIApp, Faults]] = {
            "flat": (create_flat_app(self.flat), self.flat_faults),
            "logto": (create_logto_app(self.logto), self.logto_faults),
            "workos": (create_workos_app(self.workos), self.workos_faults),
        }
        return {
            provider: LogMiddleware(FaultMiddleware(app, faults), self.requests, provider)
            for provider, (app, faults) in apps.items()
        }

    def stop(self) -> None:
        """Stop the servers and close their ports. State and log stay readable."""
        self._clear_faults()
        running, self._running, self._bound = self._running, None, None
        if running is not None:
            running.close()

    def reset(self) -> None:
        """Seed the servers again from the roster and clear log and faults. Tokens, ids and ports do not change."""
        # First, so that no request held by a fault changes the new state.
        self._clear_faults()
        self.flat.seed(self._people)
        self.logto.seed(self._people)
        self.workos.seed(self._people)
        self.requests.clear(in_progress=True)

    async def __aenter__(self) -> Self:
        await anyio.to_thread.run_sync(self.start)
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        # A cancelled caller must not leave servers behind.
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(self.stop)

    def _clear_faults(self) -> None:
        self.flat_faults.clear()
        self.logto_faults.clear()
        self.workos_faults.clear()

    def _port_of(self, provider: Provider) -> int:
        if self._bound is None:
            raise RuntimeError("the sandbox is not started: use `async with` or call `start()`")
        return self._bound[provider]


def _people(roster: object) -> list[Person]:
    if roster is None:
        return default_roster()
    if isinstance(roster, str | Path):
        return read_roster(roster)
    people: list[Person] = []
    for one in cast("Iterable[object]", roster) if isinstance(roster, Iterable) else [roster]:
        if not isinstance(one, Person):
            raise TypeError(f"roster has a value of type {type(one).__name__}: pass Person objects, or a path")
        people.append(one)
    return people


def _check_port(argument: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{argument} is of type {type(value).__name__}: pass a port number")
    if not 0 <= value <= _MAX_PORT:
        raise ValueError(f"{argument} is not a port: pass 0 to {_MAX_PORT}; 0 takes a free port")


def _check_token(argument: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{argument} is of type {type(value).__name__}: pass a string")
    if not value or any(not "!" <= character <= "~" for character in value):
        raise ValueError(f"{argument} is empty, or has a space or another character that no header can hold")
