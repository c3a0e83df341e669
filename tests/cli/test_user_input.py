"""Prompts in this process; `test_terminal` tests them on a pseudo-terminal."""

from __future__ import annotations

import getpass
import io
import sys

import pytest

from orgsdk.cli.errors import DeclinedError, UsageError
from orgsdk.cli.options.fields import PasswordOptions
from orgsdk.cli.settings import load_settings
from orgsdk.cli.user_input import ask_secret, confirm


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("typed", "meant"), [("y\n", True), (" Yes \n", True), ("n\n", False), ("yess\n", False), ("", False)]
)
def test_only_yes_confirms(monkeypatch: pytest.MonkeyPatch, typed: str, *, meant: bool) -> None:
    shown = _Terminal()
    monkeypatch.setattr(sys, "stdin", _Terminal(typed))
    monkeypatch.setattr(sys, "stderr", shown)
    if meant:
        confirm("delete\nit", yes=False)
    else:
        with pytest.raises(DeclinedError, match="nothing was changed"):
            confirm("delete\nit", yes=False)
    # After Ctrl-D the line has not been ended.
    assert shown.getvalue() == "delete it? [y/N] " + ("" if typed else "\n")


def test_yes_skips_the_question(capsys: pytest.CaptureFixture[str]) -> None:
    confirm("delete it", yes=True)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("missing", ["stdin", "stderr"])
def test_without_a_terminal_confirm_raises(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    for name in {"stdin", "stderr"} - {missing}:
        monkeypatch.setattr(sys, name, _Terminal())
    monkeypatch.setattr(sys, missing, io.StringIO())
    with pytest.raises(UsageError, match=r"delete it\? There is no terminal to ask at: pass --yes"):
        confirm("delete it", yes=False)


def test_ask_secret_returns_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda prompt, stream: f" {prompt}x ")
    assert ask_secret("FLAT_ACCESS_TOKEN") == "FLAT_ACCESS_TOKEN: x"


@pytest.mark.parametrize("end", [EOFError(), None])
def test_an_empty_answer_is_an_error(monkeypatch: pytest.MonkeyPatch, end: Exception | None) -> None:
    def ask(prompt: str, stream: object) -> str:
        if end:
            raise end
        return "  "

    monkeypatch.setattr(getpass, "getpass", ask)
    with pytest.raises(UsageError, match="FLAT_ACCESS_TOKEN is empty: nothing was typed"):
        ask_secret("FLAT_ACCESS_TOKEN")


def test_a_missing_secret_setting_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Terminal())
    monkeypatch.setattr(sys, "stderr", _Terminal())
    monkeypatch.setattr(getpass, "getpass", lambda prompt, stream: "typed")
    settings = {"LOGTO_ENDPOINT": "https://t.logto.app", "LOGTO_APP_ID": "an-app"}
    assert load_settings(settings, provider=None, profile=None) == {**settings, "LOGTO_APP_SECRET": "typed"}


def test_ask_password_reads_from_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(getpass, "getpass", lambda prompt, stream: "typed")
    asked = PasswordOptions(ask_password=True).read()
    assert asked is not None
    assert asked.get_secret_value() == "typed"
    assert PasswordOptions().read() is None
