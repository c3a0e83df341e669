"""`orgsdk sandbox`: servers in the foreground, and settings that a shell can read."""

from __future__ import annotations

import builtins
import os
import shlex
import signal
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

import orgsdk.cli.commands.sandbox as module

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from tests.cli.conftest import Program, Ran


def _exported(line: str) -> tuple[str, str]:
    word, assignment = shlex.split(line)
    assert word == "export"
    name, _, value = assignment.partition("=")
    return name, value


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_its_settings_lead_to_both_servers_until_a_signal(
    program: Callable[..., Program], orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, by: signal.Signals
) -> None:
    running = program("sandbox")
    groups: list[dict[str, str]] = []
    while len(groups) < 2 or "ORGSDK_ORGANIZATION" not in groups[-1]:
        line = running.line()
        if line.startswith("#"):
            groups.append({})
        elif line:
            groups[-1].update([_exported(line)])
    assert [group["ORGSDK_PROVIDER"] for group in groups] == ["flat", "logto"]
    assert groups[0].keys() == {"ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "FLAT_BASE_URL", "ORGSDK_ORGANIZATION"}
    # Pasted one after the other into one terminal: the later settings win.
    for group in (*groups, *reversed(groups)):
        for name, value in group.items():
            monkeypatch.setenv(name, value)
        listed = orgsdk("users", "list", "--limit", "3")
        assert listed.code == 0
        assert listed.out.count("\n") == 3
    ran = running.end(by)
    assert (ran.code, ran.out) == (0, "")
    assert ran.err.splitlines() == [
        "orgsdk: a Flat and a Logto server run on this machine, each with 1,000 users; Ctrl-C stops them",
        "orgsdk: paste one of the two groups into another terminal, then run: orgsdk users list",
    ]


def test_it_takes_the_ports_that_it_is_given(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once() -> AsyncIterator[object]:
        yield signal.SIGTERM

    @contextmanager
    def stopped() -> Iterator[AsyncIterator[object]]:
        yield at_once()

    monkeypatch.setattr(module, "stop_signals", stopped)
    with socket.create_server(("127.0.0.1", 0)) as first, socket.create_server(("127.0.0.1", 0)) as second:
        flat, logto = first.getsockname()[1], second.getsockname()[1]
        taken = orgsdk("sandbox", "--flat-port", str(flat))
    assert taken.code == 1
    assert taken.err == f"orgsdk: cannot listen on 127.0.0.1:{flat}: Address already in use\n"
    ran = orgsdk("sandbox", "--flat-port", str(flat), "--logto-port", str(logto))
    assert ran.code == 0
    assert f"export FLAT_BASE_URL=http://127.0.0.1:{flat}/v2\n" in ran.out
    assert f"export LOGTO_ENDPOINT=http://127.0.0.1:{logto}\n" in ran.out


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGTERM])
def test_either_signal_stops_it(by: signal.Signals) -> None:
    async def signalled() -> object:
        with module.stop_signals() as signals:
            os.kill(os.getpid(), by)
            return await anext(signals)

    assert anyio.run(signalled) == by


def test_a_roster_that_cannot_be_used_is_refused_before_a_server_starts(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("sandbox", "--roster", "no-such-roster.csv")
    assert (ran.code, ran.out) == (64, "")
    assert ran.err == "orgsdk: --roster: no-such-roster.csv: No such file or directory\n"


def _refuse_sandbox(monkeypatch: pytest.MonkeyPatch, refusal: ImportError) -> None:
    original = builtins.__import__

    def refusing(name: str, *arguments: object) -> object:
        if name == "orgsdk.sandbox":
            raise refusal
        return original(name, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refusing)


@pytest.mark.parametrize("command", ["demo", "sandbox"])
def test_without_its_extra_it_says_what_to_install(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    refusal = ImportError("orgsdk.sandbox needs starlette")
    refusal.__cause__ = ModuleNotFoundError("No module named 'starlette'", name="starlette")
    _refuse_sandbox(monkeypatch, refusal)
    ran = orgsdk(command)
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == 'orgsdk: the sandbox needs starlette and uvicorn: pip install "orgsdk[cli,sandbox]"\n'


def test_a_fault_within_the_sandbox_is_not_taken_for_a_missing_extra(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    _refuse_sandbox(monkeypatch, ImportError("cannot import name 'gone'"))
    with pytest.raises(ImportError, match="gone"):
        orgsdk("demo")
