"""`-` as an argument: ids, a roster or a password from standard input."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.errors import UsageError
from orgsdk.cli.standard_input import parse_ids

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ran


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Return a function that sets standard input."""

    def set_input(text: str) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode()), encoding="utf-8"))

    return set_input


@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_users_are_added_from_a_list(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], pipe: Callable[[str], None], form: str
) -> None:
    reach("logto")
    for name in ("ada", "bo"):
        orgsdk("accounts", "create", "--username", name)
    shown = ("--fields", "id", "--format", form)
    listed = [orgsdk("accounts", "find", "--username", name, *shown).out for name in ("ada", "bo")]
    pipe(listed[0] + (listed[1] if form == "ndjson" else listed[1].removeprefix("id\n")))
    ran = orgsdk("users", "add", "-")
    assert (ran.code, ran.err) == (0, "orgsdk: added 2 users\n")
    assert orgsdk("users", "count").out == "1002\n"
    pipe(listed[0])
    assert '"ada"' in orgsdk("users", "get", "-").out
    pipe(listed[0])
    assert orgsdk("users", "remove", "-", "--account", "keep", "--yes").code == 0
    assert orgsdk("users", "count").out == "1001\n"


def test_a_command_for_one_user_refuses_two_ids(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], pipe: Callable[[str], None]
) -> None:
    reach("logto")
    for text, counted in (("a\nb\n", "2 ids"), ("", "0 ids")):
        pipe(text)
        ran = orgsdk("users", "remove", "-", "--account", "delete", "--yes")
        assert (ran.code, ran.err) == (64, f"orgsdk: standard input has {counted}, but the command needs one\n")


@pytest.mark.parametrize("roster_format", ["csv", "jsonl"])
def test_a_roster_comes_from_standard_input(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], pipe: Callable[[str], None], roster_format: str
) -> None:
    reach("logto")
    text = orgsdk("export", "--format", roster_format).out
    pipe(text)
    ran = orgsdk("plan", "-")
    assert (ran.code, "to do: nothing" in ran.out) == (0, True)
    pipe(text)
    assert orgsdk("plan", "-", "other.csv").err == (
        "orgsdk: standard input is one file: name the others, or pipe them one by one\n"
    )


def test_a_password_comes_from_standard_input(
    orgsdk: Callable[..., Ran], reach: Callable[[str], None], pipe: Callable[[str], None]
) -> None:
    reach("logto")
    pipe("a correct horse 77\n")
    assert orgsdk("users", "create", "--username", "ada", "--password-file", "-").code == 0
    pipe("")
    assert orgsdk("users", "create", "--username", "bo", "--password-file", "-").code == 64


def test_a_terminal_is_not_read(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stdin in (Terminal(), None):
        monkeypatch.setattr(sys, "stdin", stdin)
        ran = orgsdk("users", "get", "-")
        assert (ran.code, ran.err) == (
            64,
            "orgsdk: - reads standard input, but nothing is piped to the command\n",
        )


@pytest.mark.parametrize("line", ['{"id": 7}', "{}", '["a"]', "two words", '{"id": "a"', '{"name": "a"}', "[1]"])
def test_a_line_that_is_not_an_id_is_an_error_with_its_number(line: str) -> None:
    with pytest.raises(UsageError, match=r"^standard input, line 2: "):
        parse_ids(["a", line])


def test_empty_lines_and_the_header_of_csv_are_skipped() -> None:
    assert parse_ids(["id", "", " a ", '{"id": "b", "name": "c"}', "id"]) == ["a", "b", "id"]
