"""`orgsdk sandbox`: servers in the foreground, and settings as shell commands."""

from __future__ import annotations

import builtins
import json
import os
import shlex
import signal
import socket
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

import orgsdk.cli.commands.sandbox as module

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Program, Ran


def _exported(line: str) -> tuple[str, str]:
    word, assignment = shlex.split(line)
    assert word == "export"
    name, _, value = assignment.partition("=")
    return name, value


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_the_printed_settings_connect_to_the_servers_until_a_signal(
    program: Callable[..., Program], orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, by: signal.Signals
) -> None:
    running = program("sandbox")
    groups: list[dict[str, str]] = []
    while len(groups) < 3 or "ORGSDK_ORGANIZATION" not in groups[-1]:
        line = running.line()
        if line.startswith("#"):
            groups.append({})
        elif line:
            groups[-1].update([_exported(line)])
    assert [group["ORGSDK_PROVIDER"] for group in groups] == ["flat", "logto", "workos"]
    assert groups[0].keys() == {"ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "FLAT_BASE_URL", "ORGSDK_ORGANIZATION"}
    assert groups[2].keys() == {"ORGSDK_PROVIDER", "WORKOS_API_KEY", "WORKOS_BASE_URL", "ORGSDK_ORGANIZATION"}
    # Pasted one after the other into one terminal: the last settings apply.
    for group in (*groups, *reversed(groups)):
        for name, value in group.items():
            monkeypatch.setenv(name, value)
        listed = orgsdk("users", "list", "--limit", "3")
        assert listed.code == 0
        assert listed.out.count("\n") == 3
    ran = running.end(by)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "orgsdk: a Flat, a Logto and a WorkOS server run on this machine, each with 1,000 users; Ctrl-C stops them",
        "orgsdk: paste one of the groups into another terminal, then run: orgsdk users list",
    ]


def test_the_sandbox_uses_the_given_ports(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once() -> AsyncIterator[object]:
        yield signal.SIGTERM

    @contextmanager
    def stopped() -> Iterator[AsyncIterator[object]]:
        yield at_once()

    monkeypatch.setattr(module, "stop_signals", stopped)
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        flat, logto, workos = [server.getsockname()[1] for server in servers]
        taken = orgsdk("sandbox", "--flat-port", str(flat))
    assert taken.code == 1
    assert taken.err == f"orgsdk: cannot listen on 127.0.0.1:{flat}: Address already in use\n"
    ports = ("--flat-port", str(flat), "--logto-port", str(logto), "--workos-port", str(workos))
    ran = orgsdk("sandbox", *ports)
    assert ran.code == 0
    assert f"export FLAT_BASE_URL=http://127.0.0.1:{flat}/v2\n" in ran.out
    assert f"export LOGTO_ENDPOINT=http://127.0.0.1:{logto}\n" in ran.out
    assert f"export WORKOS_BASE_URL=http://127.0.0.1:{workos}\n" in ran.out


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_both_signals_stop_the_sandbox(by: signal.Signals) -> None:
    async def signalled() -> object:
        with module.stop_signals() as signals:
            os.kill(os.getpid(), by)
            return await anext(signals)

    assert anyio.run(signalled) == by


def test_an_invalid_roster_is_rejected_before_a_server_starts(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("sandbox", "--roster", "no-such-roster.csv")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err == "orgsdk: --roster: no-such-roster.csv: No such file or directory\n"


def _refuse_sandbox(monkeypatch: pytest.MonkeyPatch, error: ImportError) -> None:
    original = builtins.__import__

    def refusing(name: str, *arguments: object) -> object:
        if name == "orgsdk.sandbox":
            raise error
        return original(name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refusing)


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_without_the_extra_the_message_names_it(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    error = ImportError("orgsdk.sandbox needs starlette")
    error.__cause__ = ModuleNotFoundError("No module named 'starlette'", name="starlette")
    _refuse_sandbox(monkeypatch, error)
    ran = orgsdk(command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == (
        "orgsdk: the sandbox needs starlette and uvicorn. "
        'In your checkout of orgsdk, run: pip install ".[cli,sandbox]"\n'
    )


def test_an_import_error_in_the_sandbox_is_not_reported_as_a_missing_extra(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    _refuse_sandbox(monkeypatch, ImportError("cannot import name 'gone'"))
    with pytest.raises(ImportError, match="gone"):
        orgsdk("demo")


@pytest.mark.parametrize("by_option", [True, False])
def test_a_file_of_settings_is_valid_after_a_restart(
    program: Callable[..., Program],
    orgsdk: Callable[..., Ran],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    *,
    by_option: bool,
) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(3)]
        flat, logto, workos = [str(server.getsockname()[1]) for server in servers]
    options = {"--flat-port": flat, "--logto-port": logto, "--workos-port": workos, "--token": "dev-token"}
    variables = {
        f"ORGSDK_SANDBOX_{name.strip('-').replace('-', '_').upper()}": value for name, value in options.items()
    }
    given = [word for option in options.items() for word in option] if by_option else []
    path = tmp_path / ".env"
    written: list[str] = []
    for provider in ("flat", "flat", "logto", "workos"):
        more = ("--env-file", str(path), "--provider", provider)
        running = program("sandbox", *given, *more, **({} if by_option else variables))
        assert running.process.stderr is not None
        lines = [running.process.stderr.readline() for _ in range(2)]
        assert f"wrote {path}; in another terminal, run: set -a; . {path}; set +a" in lines[1]
        written.append(path.read_text("utf-8"))
        for line in written[-1].splitlines():
            if not line.startswith("#"):
                monkeypatch.setenv(*line.split("=", 1))
        assert os.environ["FLAT_ACCESS_TOKEN"] == "dev-token"
        assert json.loads(orgsdk("whoami").out)["provider"] == provider
        # WorkOS counts no users.
        assert orgsdk("users", "list", "--limit", "3").out.count("\n") == 3
        assert running.end(signal.SIGTERM).code == 0
    assert written[0] == written[1]
    assert len(set(written)) == 3
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", ["A=1\n", "# mine\n", "\n"])
def test_a_file_with_other_settings_is_not_replaced(orgsdk: Callable[..., Ran], tmp_path: Path, content: str) -> None:
    path = tmp_path / ".env"
    path.write_text(content, "utf-8")
    ran = orgsdk("sandbox", "--env-file", str(path))
    assert (ran.code, ran.err.count("\n"), path.read_text("utf-8")) == (64, 1, content)


@pytest.mark.parametrize("token", ["a b", "", "a\nb", "ä"])
def test_a_token_that_no_header_can_carry_is_refused(orgsdk: Callable[..., Ran], token: str) -> None:
    ran = orgsdk("sandbox", "--token", token)
    assert (ran.code, ran.err.startswith("orgsdk: --token: ")) == (64, True)
