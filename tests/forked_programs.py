"""The programs `orgsdk` and `python FILE` for scripts, forked from one process that has loaded orgsdk.

A new process would spend half a second on imports before each command. A forked program gets no signals: tests of
signals, encodings and warnings start the real program (`program` in tests/cli).
"""

from __future__ import annotations

import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import traceback
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from orgsdk import cli
from orgsdk.providers.discovery import load_provider, provider_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_PROGRAM = """\
#!{python} -IS
import json, os, socket, sys
if sys.argv[0].endswith("python") and not sys.argv[1].endswith(".py"):
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b"!"], [0, 1, 2])
    server.sendall(json.dumps([sys.argv, dict(os.environ), os.getcwd()]).encode())
    server.shutdown(socket.SHUT_WR)
    sys.exit((server.recv(1) or b"\\xff")[0])
"""


@contextmanager
def forked_programs(folder: Path, *packages: str) -> Iterator[Path]:
    """Yield a folder with the programs, which start at once and can import from the folders `packages` too."""
    address, programs = str(folder / "s"), folder / "bin"
    programs.mkdir()
    for name in ("orgsdk", "python"):
        program = programs / name
        program.write_text(_PROGRAM.format(python=sys.executable, address=address), "utf-8")
        program.chmod(0o755)
    command = [sys.executable, "-m", "tests.forked_programs", address]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [*packages, *sys.path]))}
    # In a session without a terminal: a program that asks for a password would ask on that of the test run.
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, start_new_session=True) as server:
        try:
            assert server.stdout is not None
            assert server.stdout.readline() == b"ready\n"
            yield programs
        finally:
            server.terminate()


def _serve(address: str) -> None:
    # What most commands import.
    for name in ("httpcore", "orgsdk.blocking", "orgsdk.bulk", "orgsdk.cli.app"):
        import_module(name)
    for name in provider_names():
        load_provider(name)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(address)
        server.listen()
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the children
        while True:
            client, _ = server.accept()
            if os.fork() == 0:
                server.close()
                _supervise(client)
            client.close()


def _supervise(client: socket.socket) -> NoReturn:
    """Run one command in a child, and send its exit code, however it ends."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, streams, _, _ = socket.recv_fds(client, 1, 3)
    with client.makefile("rb") as request:
        arguments, environ, folder = json.load(request)
    child = os.fork()
    if child == 0:
        client.close()
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        _run(arguments, environ, folder)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    client.sendall(bytes([code if code >= 0 else 128 - code]))
    os._exit(0)


def _run(arguments: list[str], environ: dict[str, str], folder: str) -> NoReturn:
    """Run a command with the arguments, the variables, the folder and the streams of its caller."""
    program, *rest = arguments
    code: object = 0
    try:
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environ)
        if program.endswith("orgsdk"):
            sys.argv = arguments
            code = cli.main()
        else:
            sys.argv, sys.path[0] = rest, folder
            runpy.run_path(rest[0], run_name="__main__")
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if isinstance(code, str):
        sys.stderr.write(f"{code}\n")
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    _serve(sys.argv[1])
