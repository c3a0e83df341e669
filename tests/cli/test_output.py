"""Output: text for terminals, errors as exit codes, users as table rows."""

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
    PermissionDeniedError,
    RateLimitError,
    UnsupportedError,
    User,
)
from orgsdk._messages import count_noun
from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import DeclinedError, ExitCode, MissingExtraError, UsageError, exit_code, report
from orgsdk.cli.output.console import clean, discard_output, escape_json, supports_unicode
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
def test_text_is_cleaned_of_control_characters(text: str, shown: str) -> None:
    assert clean(text) == shown


def test_json_escapes_control_characters() -> None:
    name = "\x1b[31m\x7f\x9b2J\u2028\u202eada\u202c\u2066\u2069 Zo\u00eb"
    text = escape_json(json.dumps(name, ensure_ascii=False))
    assert json.loads(text) == name
    assert text == r'"\u001b[31m\u007f\u009b2J\u2028\u202eada\u202c\u2066\u2069 Zo' + '\u00eb"'


def test_count_noun_uses_the_singular_for_one() -> None:
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


def test_a_rate_limit_without_a_reset_time_has_no_note(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RateLimitError) as raised, add_error_notes():
        raise RateLimitError("too many.", provider="memory", operation="list")
    report(raised.value)
    assert capsys.readouterr().err == "orgsdk: memory list: too many\n"


def test_at_most_ten_partial_results_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    error = NotFoundError("gone.", provider="logto", operation="add")
    error.partial_result = tuple(f"u{number}" for number in range(12))
    report(error)
    assert capsys.readouterr().err.endswith(": u0, u1, u2, u3, u4, u5, u6, u7, u8, u9 and 2 more\n")


def test_output_to_a_stream_without_a_file_is_discarded(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stuck(io.StringIO):
        def flush(self) -> None:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stdout", Stuck())
    discard_output()


@pytest.mark.parametrize(
    ("encoding", "speaks"), [("utf-8", True), ("UTF8", True), ("utf-16", True), ("ascii", False), ("cp1252", False)]
)
def test_only_unicode_encodings_support_every_character(
    monkeypatch: pytest.MonkeyPatch, encoding: str, *, speaks: bool
) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
    assert supports_unicode() is speaks


def test_a_stream_without_an_encoding_does_not_support_unicode(monkeypatch: pytest.MonkeyPatch) -> None:
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


def test_a_table_has_one_header_and_fixed_columns() -> None:
    first, second = _printed(120, [_user(email="ada@example.org")], [_user(name="Bo")])[::2]
    assert first.split() == list(COLUMNS)
    assert second.index("Bo") == first.index(" name") + 1
    assert "admin, teacher" in second


def test_a_long_value_continues_below_and_an_id_is_not_broken() -> None:
    address = "a.very.long.name.of.a.person1@a-long-name-of-a-school.example.org"
    lines = _printed(80, [_user(email=address, name="[bold]Ada[/bold]\nLovelace")])
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("0" * 24 + "  ada")
    at, end = lines[0].index("email"), lines[0].index("roles")
    assert "".join(line[at:end].strip() for line in lines[1:]) == address
    assert "[bold]Ada" in " ".join(lines)


def test_in_80_columns_an_email_is_not_broken_and_other_values_continue_below() -> None:
    address = "augusta.king@example.org"
    lines = _printed(80, [_user(username="augusta", email=address, name="Augusta Ada King")])
    assert max(map(len, lines)) <= 80
    assert lines[1].startswith("0" * 24 + "  augusta")
    assert address in lines[1]
    assert "Augusta" in lines[1]
    assert "King" in " ".join(lines[2:])


def test_space_for_later_pages_does_not_narrow_the_first_page() -> None:
    lines = _printed(80, [_user(username="augusta", email="a@b.org", name="Augusta Ada King")])
    assert len(lines) == 2


def test_longer_values_on_a_later_page_are_not_cut() -> None:
    name = "x" * 60
    lines = _printed(120, [_user()], [_user(name=name)])
    assert "".join(lines).count("x") == 60


@pytest.mark.parametrize("width", [40, 48, 56])
def test_in_a_narrow_terminal_each_user_is_a_list_and_the_id_is_whole(width: int) -> None:
    lines = _printed(width, [_user(email="augusta.king@example.org"), _user(name="x" * 60)], [_user(name="Bo")])
    assert max(map(len, lines)) <= width
    assert [line for line in lines if line.startswith("id ")] == [f"id        {'0' * 24}"] * 3
    assert "email     augusta.king@example.org" in lines
    assert "".join(lines).count("x") == 60 + 1  # and the one of "example"
    assert lines.count("name      Bo") == 1


@pytest.mark.parametrize("available", [10, 30, 60, 100, 500])
def test_columns_narrow_to_a_minimum_width_and_the_id_last(available: int) -> None:
    widths = fit_widths(COLUMNS, [24, 20, 30, 40, 15], available)
    assert sum(widths) <= max(available, 4 * len(COLUMNS))
    assert min(widths) >= 4
    assert widths[0] == 24 or max(widths[1:]) <= 7
