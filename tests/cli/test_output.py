"""Text on its way to a terminal, errors on their way to an exit code, users on their way into columns."""

from __future__ import annotations

import io
import json
import sys

import pytest
from rich.console import Console

from orgsdk import (
    APIError,
    AuthenticationError,
    ConfigurationError,
    InvalidArgumentError,
    InvalidCursorError,
    NotFoundError,
    OrgClient,
    PermissionDeniedError,
    RateLimitError,
    UnsupportedError,
    User,
)
from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import DeclinedError, ExitCode, MissingExtraError, UsageError, exit_code, report
from orgsdk.cli.output.console import clean, count_noun, discard_output, escape_json, supports_unicode
from orgsdk.cli.output.formats import RowTable, fit_widths
from orgsdk.cli.output.rows import USERS, to_row

COLUMNS = USERS.columns


def _api(kind: type[APIError]) -> APIError:
    return kind("no such\nthing.", provider="flat", operation="list")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("two\nlines\tand\r\nmore\u2028", "two lines and more"),
        ("\x1b[31mred\x07\x9b", "\ufffd[31mred\ufffd\ufffd"),
        ("\u202eada\u202c \u2066x\u2069", "ada x"),
        ("nim\u200cfasele \U0001f469\u200d\U0001f4bb", "nim\u200cfasele \U0001f469\u200d\U0001f4bb"),
        ("[bold]:smile:[/bold]", "[bold]:smile:[/bold]"),
    ],
)
def test_text_is_cleaned_of_what_steers_a_terminal(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_a_json_document_steers_no_terminal_and_loses_nothing() -> None:
    name = "\x1b[31m\x7f\x9b2J\u2028\u202eada\u202c\u2066\u2069 Zo\u00eb"
    text = escape_json(json.dumps(name, ensure_ascii=False))
    assert json.loads(text) == name
    assert text == r'"\u001b[31m\u007f\u009b2J\u2028\u202eada\u202c\u2066\u2069 Zo' + '\u00eb"'


def test_one_is_singular() -> None:
    assert [count_noun(number, "user") for number in (0, 1, 2, 1000)] == ["0 users", "1 user", "2 users", "1,000 users"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (_api(AuthenticationError), ExitCode.SIGN_IN),
        (_api(PermissionDeniedError), ExitCode.SIGN_IN),
        (ConfigurationError("no"), ExitCode.USAGE),
        (InvalidArgumentError("no"), ExitCode.USAGE),
        (InvalidCursorError("no"), ExitCode.USAGE),
        (UnsupportedError("flat", "that"), ExitCode.USAGE),
        (UsageError("no"), ExitCode.USAGE),
        (_api(NotFoundError), ExitCode.FAILURE),
        (MissingExtraError("no"), ExitCode.FAILURE),
        (DeclinedError("no"), ExitCode.FAILURE),
        (OSError("no"), ExitCode.FAILURE),
    ],
)
def test_every_error_has_its_exit_code(error: Exception, code: ExitCode) -> None:
    assert exit_code(error) is code


def test_an_error_and_its_notes_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    error = _api(NotFoundError)
    error.add_note("stopped after 2 users")
    assert report(error) is ExitCode.FAILURE
    assert report(OSError("no number, no text of the system's")) is ExitCode.FAILURE
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == (
        "orgsdk: flat list: no such thing; stopped after 2 users\norgsdk: no number, no text of the system's\n"
    )


def test_a_rate_limit_without_an_end_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RateLimitError) as raised, add_error_notes(OrgClient.memory()):
        raise RateLimitError("too many.", provider="memory", operation="list")
    report(raised.value)
    assert capsys.readouterr().err == "orgsdk: memory list: too many\n"


def test_of_many_left_behind_the_first_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    error = NotFoundError("gone.", provider="logto", operation="add")
    error.partial_result = tuple(f"u{number}" for number in range(12))
    report(error)
    assert capsys.readouterr().err.endswith(": u0, u1, u2, u3, u4, u5, u6, u7, u8, u9 and 2 more\n")


def test_output_that_is_no_file_is_discarded_without_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Stuck())
    discard_output()


@pytest.mark.parametrize(
    ("encoding", "speaks"), [("utf-8", True), ("UTF8", True), ("utf-16", True), ("ascii", False), ("cp1252", False)]
)
def test_only_unicode_encodings_take_every_character(
    monkeypatch: pytest.MonkeyPatch, encoding: str, *, speaks: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert supports_unicode() is speaks


def test_a_stream_without_an_encoding_is_taken_with_care(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.StringIO())
    assert not supports_unicode()


def _user(**fields: str) -> User:
    return User(**{"id": "0" * 24, "username": "ada", **fields}, roles=("admin", "teacher"))


def _printed(width: int, *pages: list[User]) -> list[str]:
    console = Console(file=io.StringIO(), width=width)
    table = RowTable(width, COLUMNS)
    for page in pages:
        console.print(table.rows([to_row(user, COLUMNS) for user in page]))
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def test_a_table_is_headed_once_and_its_columns_stay_where_they_are() -> None:
    first, second = _printed(120, [_user(email="ada@example.org")], [_user(name="Bo")])[::2]
    assert first.split() == list(COLUMNS)
    assert second.index("Bo") == first.index(" name") + 1
    assert "admin, teacher" in second


def test_what_does_not_fit_goes_on_below_and_an_id_stays_whole() -> None:
    address = "a.very.long.name.of.somebody@a-long-name-of-a-school.example.org"
    lines = _printed(80, [_user(email=address, name="[bold]Ada[/bold]\nLovelace")])
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("0" * 24 + "  ada")
    at, end = lines[0].index("email"), lines[0].index("roles")
    assert "".join(line[at:end].strip() for line in lines[1:]) == address
    assert "[bold]Ada" in " ".join(lines)


def test_an_address_stays_whole_in_80_columns_and_what_has_spaces_goes_on_below() -> None:
    address = "augusta.king@example.org"
    lines = _printed(80, [_user(username="augusta", email=address, name="Augusta Ada King")])
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("0" * 24 + "  augusta")
    assert address in lines[1]
    assert "Augusta" in lines[1]
    assert "King" in " ".join(lines[2:])


def test_room_for_later_pages_takes_none_from_what_is_there() -> None:
    lines = _printed(80, [_user(username="augusta", email="a@b.org", name="Augusta Ada King")])
    assert len(lines) == 2


def test_a_later_page_with_longer_values_keeps_them_whole() -> None:
    name = "x" * 60
    lines = _printed(120, [_user()], [_user(name=name)])
    assert "".join(lines).count("x") == 60


@pytest.mark.parametrize("available", [10, 30, 60, 100, 500])
def test_columns_narrow_down_to_a_least_width_and_the_id_last(available: int) -> None:
    widths = fit_widths(COLUMNS, [24, 20, 30, 40, 15], available)
    assert sum(widths) <= max(available, 4 * len(COLUMNS))
    assert min(widths) >= 4
    assert widths[0] == 24 or max(widths[1:]) <= 7
