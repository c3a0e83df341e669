"""Prompts on a pseudo-terminal; `test_user_input` tests them in this process."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.settings import load_settings
from orgsdk.errors import ConfigurationError
from tests.cli.conftest import PROGRAM, run_on_a_terminal

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.sandbox import Sandbox
    from tests.cli.conftest import Ended, Ran

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals are POSIX")


def test_a_terminal_asks_for_a_missing_secret_without_echo(
    on_a_terminal: Callable[..., Ended], sandbox: Sandbox, reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("logto")
    monkeypatch.delenv("LOGTO_APP_SECRET")
    code, out, shown = on_a_terminal(f"{sandbox.logto.app_secret}\n", "users", "count")
    assert (code, out) == (0, "1000\n")
    assert shown.startswith("LOGTO_APP_SECRET: ")
    assert sandbox.logto.app_secret not in shown


def test_an_empty_answer_is_not_a_secret(
    on_a_terminal: Callable[..., Ended], reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    reach("flat")
    monkeypatch.delenv("FLAT_ACCESS_TOKEN")
    code, out, shown = on_a_terminal("\n", "users", "count", "--provider", "flat")
    assert (code, out) == (64, "")
    assert "FLAT_ACCESS_TOKEN is empty: nothing was typed" in shown


@pytest.mark.parametrize("command", ["count", "remove"])
def test_ctrl_c_at_a_prompt_exits_with_130(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    reach("flat")
    user = orgsdk("users", "list", "--limit", "1", "--fields", "id").out.split('"')[3]
    arguments = {"count": (), "remove": (user, "--account", "keep")}[command]
    if command == "count":
        monkeypatch.setenv("FLAT_ACCESS_TOKEN", "")
    program = [sys.executable, "-W", "error", "-c", PROGRAM]
    code, out, shown = run_on_a_terminal(program, None, "users", command, *arguments)
    assert (code, out) == (130, "")
    assert "Traceback" not in shown
    assert shown.startswith(("FLAT_ACCESS_TOKEN: ", "flat: remove the user"))
    assert shown.endswith("\n")


@pytest.mark.parametrize(
    ("typed", "code", "message"),
    [
        ("y\n", 0, "deleted the organization"),
        ("n\n", 1, "nothing was changed"),
    ],
)
def test_destructive_commands_ask_on_a_terminal(
    on_a_terminal: Callable[..., Ended],
    orgsdk: Callable[..., Ran],
    reach: Callable[[str], None],
    typed: str,
    code: int,
    message: str,
) -> None:
    reach("logto")
    organization = orgsdk("organizations", "create", "Choir", "--fields", "id").out.split('"')[3]
    ended, out, shown = on_a_terminal(typed, "organizations", "remove", organization)
    assert (ended, out) == (code, "")
    assert shown.startswith(
        f"logto: delete the organization Choir (id {organization}) with its memberships and invitations"
    )
    assert "[y/N]" in shown
    assert message in shown
    assert orgsdk("organizations", "get", organization).code == (1 if code == 0 else 0)


@pytest.mark.parametrize("command", ["users", "accounts", "roles", "organizations", "invitations"])
def test_removing_shows_the_record_before_it_asks(
    on_a_terminal: Callable[..., Ended], orgsdk: Callable[..., Ran], reach: Callable[[str], None], command: str
) -> None:
    reach("logto")
    name = "augusta@example.org" if command == "invitations" else "augusta"
    made = {
        "users": ("--username", name),
        "accounts": ("--username", name),
        "invitations": (name, "--expires-in", "1d", "--no-send"),
    }.get(command, (name,))
    record = orgsdk(command, "create", *made, "--fields", "id").out.split('"')[3]
    keep = ("--account", "keep") if command == "users" else ()
    code, _, shown = on_a_terminal("n\n", command, "remove", record, *keep)
    assert (code, f"{name} (id {record})" in shown) == (1, True)
    assert orgsdk(command, "get", record).code == 0


def test_removing_an_unknown_record_does_not_ask(
    on_a_terminal: Callable[..., Ended], orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("logto")
    code, out, shown = on_a_terminal("y\n", "users", "remove", "nobody123456", "--account", "keep")
    assert (code, out, "[y/N]" in shown) == (1, "", False)
    assert "nobody123456" in shown


def test_ask_password_reads_from_the_terminal(
    on_a_terminal: Callable[..., Ended], orgsdk: Callable[..., Ran], reach: Callable[[str], None]
) -> None:
    reach("logto")
    code, out, shown = on_a_terminal("a correct horse 77\n", "users", "create", "--username", "ada", "--ask-password")
    assert (code, '"ada"' in out) == (0, True)
    assert "horse" not in out + shown


def test_without_a_terminal_a_missing_secret_is_named(orgsdk: Callable[..., Ran]) -> None:
    ran = orgsdk("users", "list", "--provider", "flat")
    assert (ran.code, ran.out) == (64, "")
    assert "FLAT_ACCESS_TOKEN is not set" in ran.err


def test_a_terminal_does_not_ask_for_a_setting_that_is_not_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert load_settings({"LOGTO_APP_ID": "x"}, provider="logto", profile=None)["ORGSDK_PROVIDER"] == "logto"
    with pytest.raises(ConfigurationError, match="LOGTO_ENDPOINT is not set"):
        ConnectionOptions(provider="logto").client()
