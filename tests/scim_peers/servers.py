"""SCIM servers of npm packages, for peer tests. Each is started by the program of its name beside this file.

`ORGSDK_SCIM_PEERS_ENV` names a folder that keeps the installed packages from one run to the next.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

PACKAGES = {
    "better_auth": ("better-auth@1.7.25", "@better-auth/scim@1.7.5"),
    "polis": ("@boxyhq/saml-jackson@26.2.0",),
    "scimmy": ("scimmy@1.3.5", "scimmy-routers@1.3.2", "express@4"),
}


@dataclass(frozen=True)
class SCIMPeer:
    """A running server."""

    url: str
    token: str


def install(name: str, folder: Path) -> None:
    """Install the packages of a server in a folder. Skips the test if that is impossible.

    Args:
        name: Name of the server.
        folder: The folder. Packages that are there already are used again.
    """
    if shutil.which("node") is None or (npm := shutil.which("npm")) is None:
        pytest.skip("no SCIM server from npm: Node is not installed")
    if not (folder / "node_modules").exists():
        folder.mkdir(parents=True, exist_ok=True)
        # The pins of better-auth's packages conflict.
        flags = ["--no-audit", "--no-fund", "--ignore-scripts", "--legacy-peer-deps"]
        command = [npm, "install", "--prefix", str(folder), *flags, *PACKAGES[name]]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode:
            shutil.rmtree(folder / "node_modules", ignore_errors=True)
            pytest.skip(f"no SCIM server {name}: {made.stderr.strip().splitlines()[-1:]}")


@contextmanager
def run_peer(name: str, folder: Path) -> Iterator[SCIMPeer]:
    """Run a server without users.

    Args:
        name: Name of the server.
        folder: The folder that its packages are installed in.

    Yields:
        The running server.
    """
    program = folder / f"{name}.mjs"  # beside its packages, which it imports
    shutil.copyfile(Path(__file__).with_name(program.name), program)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    token = secrets.token_urlsafe(32)
    command = ["node", str(program), str(port), token]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            # It prints the path of the service when it is ready.
            path = next((line.strip() for line in process.stdout if line.startswith("/")), None)
            if path is None:
                pytest.fail(f"the server {name} did not start")
            yield SCIMPeer(f"http://127.0.0.1:{port}{path}", token)
        finally:
            process.terminate()
            process.stdout.close()


@contextmanager
def peer(name: str, cache: Path) -> Iterator[SCIMPeer]:
    """Install and run a server.

    Args:
        name: Name of the server.
        cache: A folder for its packages, if `ORGSDK_SCIM_PEERS_ENV` names none.

    Yields:
        The running server.
    """
    folder = Path(os.environ.get("ORGSDK_SCIM_PEERS_ENV") or cache) / name
    install(name, folder)
    with run_peer(name, folder) as running:
        yield running
