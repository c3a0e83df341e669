"""The server that a command runs: its socket, and uvicorn without its own signal handlers."""

from __future__ import annotations

import ipaddress
import os
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Generator


class QuietServer(uvicorn.Server):
    """A uvicorn server that leaves signals to the command: its own raises them again, and the exit code is theirs."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Catch no signal."""
        yield


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def listen(host: str, port: int, *, prefix: str = "") -> socket.socket:
    """Return a listening socket. Raise `UsageError` if the address is not this machine's, or the port is taken.

    `prefix` is that of the options: "status-" for `--status-host` and `--status-port`.
    """
    host = host.strip("[]")
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise UsageError(f"--{prefix}host: {host} is not an address of this machine") from None
    listener = socket.socket(family, kind, protocol or socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a restart need not wait
        listener.bind(address)
        listener.listen(2048)
    except OSError as error:
        listener.close()
        raise UsageError(
            f"cannot listen on {host}:{port}: {error.strerror}; stop the other program, or pass --{prefix}port"
        ) from None
    return listener
