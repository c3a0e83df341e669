"""Every tutorial runs from its first block to its last, in an empty folder beside the checkout, as a reader follows it.

A comment above a block states what the reader does with it:

    <!-- file: app.py -->       saves it under this name; a later block of the same name replaces it
    <!-- append: app.py -->     adds it to the end of this file
    <!-- replace: app.py -->    replaces the function of this file that has the same name
    <!-- terminal: 2 -->        runs it in another terminal, where it keeps running until the page ends; the server's
                                port is in its arguments, or in an address that it prints
    <!-- output: all -->        sees this from the commands above (stdout and stderr); `…` as in blocks.py
    <!-- exit: 1 -->            expects this exit code of the commands
    <!-- url: http://… -->      opens this address; the block is the response's body

Installation is done by the suite: the lines that create an environment and install orgsdk must only be right. Port 8000
of a page is replaced by a free one.
"""

from __future__ import annotations

import ast
import os
import re
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.docs.blocks import ROOT, TUTORIALS, Block, blocks_of, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SETUP = re.compile(
    r"(git clone|cd |mkdir |python3? -m venv|\. \.venv/bin/activate|source \.venv/bin/activate|pip install).*"
)
_STARTED = 30  # seconds until a server of a page accepts connections, or has loaded a changed file


@dataclass
class Server:
    """A command in another terminal, and the file with what it prints."""

    command: str
    process: subprocess.Popen[str]
    output: Path

    @property
    def printed(self) -> str:
        return self.output.read_text("utf-8")

    def is_listening(self) -> bool:
        assert self.process.poll() is None, f"the server ended:\n{self.printed}"
        ports = re.findall(r"(?:port[ =]|http://127\.0\.0\.1:)(\d+)", self.command + self.printed)
        # A server may write its settings after it accepts connections.
        files = re.findall(r"--env-file (\S+)", self.command)
        is_written = all((self.output.parent / file).exists() for file in files)
        return is_written and bool(ports) and all(_accepts(int(port)) for port in ports)

    def starts(self) -> int:
        """Return how often uvicorn has started the app."""
        return self.printed.count("Application startup complete")


class Reader:
    """Follow a page: one folder, the commands of one terminal, and servers in other terminals."""

    def __init__(self, folder: Path, programs: str) -> None:
        self.folder = folder
        self._programs = programs
        self.printed = ""
        self._server: Server | None = None  # if the last command was in another terminal
        self._servers: list[Server] = []
        self._ports: dict[str, str] = {}
        removed = (
            "ORGSDK_",
            "FLAT_",
            "LOGTO_",
            "SCIM_",
            "WORKOS_",
            "PYTEST_",
            "COV_",
        )  # a reader's pytest has no options of ours
        kept = {name: value for name, value in os.environ.items() if not name.startswith(removed)}
        # Not `programs`: a server in another terminal is ended by a signal.
        real = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        self._environ = {**kept, "PATH": real, "HOME": str(folder), "COLUMNS": "120", "PYTHONUNBUFFERED": "1"}

    def follow(self, block: Block) -> None:
        text = self._with_free_ports(block.text)
        if change := {"file", "append", "replace"} & block.notes.keys():
            self._save(change.pop(), block, text)
        elif "output" in block.notes:
            self._compare(block, text)
        elif "url" in block.notes:
            self._open(block, text)
        elif block.language == "sh" and "terminal" in block.notes:
            self._serve(text)
        elif block.language == "sh":
            self._run(block, text)
        else:
            pytest.fail(f"{block.where}: nothing states what the reader does with this block")

    def _save(self, change: str, block: Block, text: str) -> None:
        file = self.folder / block.notes[change][0]
        if change == "append":
            between = "\n\n" if file.suffix == ".py" else ""
            text = f"{file.read_text('utf-8')}{between}{text}"
        elif change == "replace":
            text = _with_function(file.read_text("utf-8"), text)
        # uvicorn reloads for files that it knew before.
        reloading = [server for server in self._servers if "--reload" in server.command and file.exists()]
        starts = [server.starts() for server in reloading]
        file.write_text(text, "utf-8")
        loaded = _wait_until(lambda: all(server.starts() > n for server, n in zip(reloading, starts, strict=True)))
        assert loaded, f"{block.where}: the server does not load the changed file"

    def _compare(self, block: Block, text: str) -> None:
        if (server := self._server) is not None:
            # It may print its last line after it accepts connections.
            _wait_until(lambda: matches(text, server.printed))
            self.printed = server.printed
        assert matches(text, self.printed), f"{block.where} shows something else than:\n{self.printed}"

    def _with_free_ports(self, text: str) -> str:
        return re.sub(r"\b8[0-9]{3}\b", lambda found: self._ports.setdefault(found[0], str(_free_port())), text)

    def _commands(self, text: str) -> str:
        joined = text.replace("\\\n", " ")
        return "\n".join(line for line in joined.splitlines() if not _SETUP.fullmatch(line.strip()))

    def _run(self, block: Block, text: str) -> None:
        # The variables that a block exports are there in the next one.
        script = f"{self._commands(text)}\ncode=$?\nexport -p > .exported\nexit $code\n"
        exported = self.folder / ".exported"
        before = f". {exported}\n" if exported.exists() else ""
        ran = subprocess.run(
            ["bash", "-c", before + script],
            cwd=self.folder,
            env={**self._environ, "PATH": self._programs},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        self.printed, self._server = ran.stdout, None
        assert ran.returncode == int(block.notes.get("exit", ("0",))[0]), f"{block.where}\n{ran.stdout}"

    def _serve(self, text: str) -> None:
        command = self._commands(text).strip()
        output = self.folder / f".terminal-{len(self._servers)}"
        with output.open("w") as file:
            process = subprocess.Popen(
                ["bash", "-c", _last_line_replaces_shell(command)],
                cwd=self.folder,
                env=self._environ,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                text=True,
            )
        self._server = Server(command, process, output)
        self._servers.append(self._server)
        assert _wait_until(self._server.is_listening), f"the server does not start:\n{self._server.printed}"

    def _open(self, block: Block, text: str) -> None:
        address = self._with_free_ports(block.notes["url"][0])
        body = httpx.get(address, timeout=30, trust_env=False).text
        assert matches(text, body), f"{block.where}: {address} returns\n{body}"

    def close(self) -> None:
        for server in self._servers:
            server.process.terminate()
        for server in self._servers:
            server.process.wait(20)


def _wait_until(is_done: Callable[[], bool]) -> bool:
    ends = time.monotonic() + _STARTED
    while not is_done():
        if time.monotonic() > ends:
            return False
        time.sleep(0.1)
    return True


def _with_function(program: str, function: str) -> str:
    """Return a program in which a function, with its decorators, replaces the one of its name."""
    (new,) = ast.parse(function).body
    assert isinstance(new, ast.FunctionDef | ast.AsyncFunctionDef)
    (old,) = (node for node in ast.parse(program).body if getattr(node, "name", None) == new.name)
    assert isinstance(old, ast.FunctionDef | ast.AsyncFunctionDef)
    first = min(node.lineno for node in [old, *old.decorator_list])
    lines = program.splitlines(keepends=True)
    return "".join([*lines[: first - 1], function, *lines[old.end_lineno :]])


def _last_line_replaces_shell(commands: str) -> str:
    """Return the commands with `exec` before the last one, so that a signal ends the server and no shell."""
    *before, last = commands.splitlines()
    return "\n".join([*before, f"exec {last}"])


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def _accepts(port: int) -> bool:
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def reader(tmp_path: Path, programs: str) -> Iterator[Reader]:
    # The pages call the checkout ../orgsdk.
    (tmp_path / "orgsdk").symlink_to(ROOT)
    folder = tmp_path / "mine"
    folder.mkdir()
    created = Reader(folder, programs)
    yield created
    created.close()


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda page: page.stem)
def test_a_tutorial_works_from_its_first_block_to_its_last(page: Path, reader: Reader) -> None:
    blocks = blocks_of(page)
    fences = len(re.findall(r"^`{3,}", page.read_text("utf-8"), re.MULTILINE))
    assert fences == 2 * len(blocks), "a fence that the pattern does not match would never run"
    for block in blocks:
        reader.follow(block)


def test_the_fleet_of_the_page_is_that_of_the_example() -> None:
    (page,) = (page for page in TUTORIALS if page.name == "fleet-every-night.md")
    (block,) = (block for block in blocks_of(page) if block.notes.get("file") == ("fleet.toml",))
    assert block.text == (ROOT / "examples" / "fleet" / "fleet.toml").read_text("utf-8")


def test_what_a_tutorial_installs_exists() -> None:
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for page in TUTORIALS:
        found = re.findall(r'pip install .*?"\S*\[([\w,]+)\]"', page.read_text("utf-8"))
        assert found, page
        assert {extra for extras in found for extra in extras.split(",")} <= project["optional-dependencies"].keys()
