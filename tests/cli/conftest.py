"""Fixtures that run the command line without this machine's settings, in this process or in a new one."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

from orgsdk.cli import main
from orgsdk.cli.commands.sandbox import sandbox_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orgsdk.sandbox import Sandbox

_OURS = ("FLAT_", "LOGTO_", "ORGSDK_", "SCIM_", "WORKOS_")
_OUTPUT = ("COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "PYTHONIOENCODING", "PYTHONUTF8")
PROGRAM = "import sys; from orgsdk.cli import main; sys.exit(main())"


@dataclass(frozen=True)
class Ran:
    """Exit code and output of a run."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Program:
    """A run in a new process."""

    process: subprocess.Popen[str]

    def line(self) -> str:
        """Wait for the next line on stdout."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip("\n")

    def leave(self) -> None:
        """Close the reading end of stdout, as `head` does."""
        assert self.process.stdout is not None
        self.process.stdout.close()

    def end(self, by: signal.Signals | None = None) -> Ran:
        """Wait for the end, after sending a signal if one is given."""
        if by is not None:
            self.process.send_signal(by)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        if self.process.stdout.closed:
            err = self.process.stderr.read()
            return Ran(self.process.wait(60), "", err)
        out, err = self.process.communicate(timeout=60)
        return Ran(self.process.returncode, out, err)


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in list(os.environ):
        if name.startswith(_OURS) or name in _OUTPUT:
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "no-config-of-this-machine"))


@pytest.fixture
def orgsdk(capsys: pytest.CaptureFixture[str]) -> Callable[..., Ran]:
    """Return a function that runs the command line in this process."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        code = main(arguments)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return run


@pytest.fixture
def program() -> Iterator[Callable[..., Program]]:
    """Return a function that starts the command line in a new process, with warnings as errors."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str, code: str = PROGRAM, encoding: str = "utf-8", **environment: str) -> Program:
        process = subprocess.Popen(
            [sys.executable, "-W", "error", "-c", code, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding=encoding,
            env={**os.environ, "PYTHONIOENCODING": encoding, **environment},
        )
        started.append(process)
        return Program(process)

    yield start
    for process in started:
        process.kill()
        process.communicate(timeout=60)


Ended = tuple[int, str, str]


@pytest.fixture
def on_a_terminal(programs: str) -> Callable[..., Ended]:
    """Return `run_on_a_terminal` with a program that starts at once."""
    return partial(run_on_a_terminal, [f"{programs.split(os.pathsep)[0]}/orgsdk"])


def run_on_a_terminal(program: list[str], typed: str | None, *arguments: str) -> Ended:
    """Run a program on a pseudo-terminal; return its code, its stdout and what the terminal shows.

    At each question the next line of `typed` is typed, or Ctrl-C where it is None.
    """
    leader, follower = os.openpty()
    process = subprocess.Popen(
        [*program, *arguments],
        stdin=follower,
        stdout=subprocess.PIPE,
        stderr=follower,
        start_new_session=True,
    )
    os.close(follower)
    shown = b""
    answers = [None] if typed is None else typed.splitlines(keepends=True)
    while answers and (read := _read(leader)):
        shown += read
        if shown.rstrip().endswith((b":", b"[y/N]")):
            answer = answers.pop(0)
            if answer is None:
                process.send_signal(signal.SIGINT)
            else:
                os.write(leader, answer.encode())
    out, _ = process.communicate(timeout=60)
    while read := _read(leader):
        shown += read
    os.close(leader)
    return process.returncode, out.decode(), shown.decode()


def _read(leader: int) -> bytes:
    try:
        return os.read(leader, 1024)
    except OSError:  # how Linux reports that the other end is closed
        return b""


@pytest.fixture
def reach(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets the environment to one of the sandbox's providers."""

    def set_environment(provider: str) -> None:
        for name, value in sandbox_settings(sandbox)[provider].items():
            monkeypatch.setenv(name, value)

    return set_environment


@pytest.fixture(params=["flat", "logto"])
def provider(request: pytest.FixtureRequest, reach: Callable[[str], None]) -> str:
    """Return each provider; the environment selects it."""
    name = str(request.param)
    reach(name)
    return name


@dataclass
class TwoPages:
    """A server like Flat's whose first page has two users; the test sets the second page."""

    status: int = 404
    holds: bool = False
    asked: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)

    def answer(self, path: str) -> tuple[int, object]:
        if "next=" not in path:
            return 200, [{"id": f"{number:024x}", "username": f"user{number}"} for number in (1, 2)]
        self.asked.set()
        if self.holds:
            self.released.wait(60)
        return self.status, {"code": "MADE_UP", "message": "as the test states"}


@pytest.fixture
def two_pages(monkeypatch: pytest.MonkeyPatch) -> Iterator[TwoPages]:
    """Return a server that the environment selects; it has two users per page."""
    pages = TwoPages()

    class Handler(BaseHTTPRequestHandler):
        wbufsize = -1  # one packet per response

        def do_GET(self) -> None:
            status, body = pages.answer(self.path)
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(content)))
            self.send_header("link", f'<http://{self.headers["host"]}/organizations/users?next=abc>; rel="next"')
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the name is the base class's
            """Log nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            """Log no interrupted program: it would appear in the stderr of the next test."""

    with Server(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        monkeypatch.setenv("FLAT_ACCESS_TOKEN", "a-token-of-the-test")
        monkeypatch.setenv("FLAT_BASE_URL", f"http://127.0.0.1:{server.server_address[1]}")
        yield pages
        pages.released.set()
        server.shutdown()
        thread.join()
