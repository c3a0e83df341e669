"""A gateway process that can be killed at any moment, and starts again at once.

A process that has loaded orgsdk forks the gateway: a new one would take a second for its imports. The socket stays
open over a kill, so that a request waits for the next gateway, or its connection breaks.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from orgsdk import OrgClient
from orgsdk.cli.scim_server import log_to_stderr, serve, with_health_check
from orgsdk.scim import AuditLog, DeactivationLimit, GatewayOptions, IdMap, TokenStore, gateway

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LIMIT = DeactivationLimit(users=10**6, share=1, always=10**6)


@dataclass
class Killable:
    """The process that forks the gateway. `pid` is the gateway's, 0 while none runs."""

    process: subprocess.Popen[str]
    address: str
    pid: int = 0

    def start(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write("start\n")
        self.process.stdin.flush()
        self.pid = int(self.process.stdout.readline())

    def kill(self) -> None:
        """Kill the gateway with -9, and wait for its end."""
        assert self.process.stdout is not None
        os.kill(self.pid, signal.SIGKILL)
        assert self.process.stdout.readline() == "ended\n"
        self.pid = 0


@contextmanager
def killable(settings: Mapping[str, str], *, listener: socket.socket | None = None) -> Iterator[Killable]:
    """Yield a gateway that runs. Two of them can share a socket.

    Args:
        settings: The variables of the provider, `map`, `on_delete`, `on_deactivate`, `role_order`, `audit` and `log`.
        listener: The socket. Default: one of its own.
    """
    with listener or socket.create_server(("127.0.0.1", 0)) as own:
        port = own.getsockname()[1]
        command = [sys.executable, "-m", "tests.scim.killable", str(own.fileno()), json.dumps(dict(settings))]
        with (
            Path(settings["log"]).open("a") as log,
            subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                pass_fds=[own.fileno()],
            ) as process,
        ):
            running = Killable(process, f"http://127.0.0.1:{port}/scim/v2")
            running.start()
            try:
                yield running
            finally:
                if running.pid:
                    running.kill()
                assert process.stdin is not None
                process.stdin.close()


async def _serve(listener: socket.socket, settings: Mapping[str, str]) -> None:
    id_map = IdMap.open(settings["map"])
    options = GatewayOptions(
        on_delete="delete" if settings["on_delete"] == "delete" else "keep",
        on_deactivate="end_membership" if settings["on_deactivate"] == "end_membership" else "suspend",
        role_order=tuple(settings["role_order"].split()),
        max_deactivations=_LIMIT,
    )
    async with OrgClient.from_env(environ=settings) as client:
        app = gateway(
            client,
            options=options,
            organization=settings["ORGSDK_ORGANIZATION"] or None,
            tokens=TokenStore(id_map.database),
            id_map=id_map,
            audit=AuditLog(settings["audit"]),
        )
        await serve(with_health_check("/scim/v2", app, id_map), listener)


def main() -> None:
    """Fork a gateway for each line of standard input, and wait for its end."""
    listener = socket.socket(fileno=int(sys.argv[1]))
    settings = json.loads(sys.argv[2])
    for _ in sys.stdin:
        pid = os.fork()
        if not pid:
            with log_to_stderr():
                anyio.run(_serve, listener, settings)
            os._exit(0)
        sys.stdout.write(f"{pid}\n")
        sys.stdout.flush()
        os.waitpid(pid, 0)
        sys.stdout.write("ended\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
