"""`orgsdk demo`: its output, and its exit code if something is wrong."""

from __future__ import annotations

import inspect
import io
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from rich.cells import cell_len

import orgsdk.cli.commands.demo as demo
from orgsdk.cli import main
from orgsdk.cli.commands.demo import ListResult
from orgsdk.domain import User
from orgsdk.sandbox.roster import COLUMNS, default_roster

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Program, Ran


def _roster(folder: Path, people: int) -> str:
    rows = [f"S{number},person{number},p{number}@example.org,Ada,Nr{number},teacher,5A" for number in range(people)]
    file = folder / "roster.csv"
    file.write_text("\n".join([",".join(COLUMNS), *rows, ""]), "utf-8")
    return str(file)


@pytest.fixture(scope="module")
def shown() -> str:
    """Return the output of one demo in a pipe."""
    stream = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stdout", stream)
        for name in ("COLUMNS", "FORCE_COLOR"):
            patch.delenv(name, raising=False)
        assert main(["demo"]) == 0
    stream.seek(0)
    return stream.read()


def test_the_demo_starts_with_a_heading_and_ends_with_next_steps(shown: str) -> None:
    lines = shown.splitlines()
    assert lines[0] == "orgsdk demo: one organization, three providers, the same code"
    ending = "\n".join(lines[lines.index("What to do next:") :])
    for word in (
        "FLAT_ACCESS_TOKEN",
        "LOGTO_ENDPOINT",
        "WORKOS_API_KEY",
        "SCIM_BASE_URL",
        "orgsdk scim serve",
        "ORGSDK_ORGANIZATION",
        "orgsdk users list",
        "README",
    ):
        assert word in ending


def test_the_demo_counts_users_and_requests_of_each_provider(shown: str) -> None:
    assert "Flat: 1,000 users" in shown
    assert "Logto: 1,000 users" in shown
    assert "WorkOS: 1,000 users" in shown
    assert "Listed with 1 request, in " in shown
    assert "Listed with 10 requests, in " in shown
    assert "Listed with 10 requests, and 1 for an access token, in " in shown
    assert "... and 995 more" in shown
    assert "Each listed every user of the roster" in shown


def test_the_demo_shows_the_first_users(shown: str) -> None:
    first = default_roster()[0]
    assert f"{first.username} " in shown
    assert f" {first.first_name} {first.last_name} " in shown
    assert f" {first.email} " in shown


def test_the_demo_resumes_from_a_cursor_in_a_second_client(shown: str) -> None:
    sixth = default_roster()[5]
    words = " ".join(shown.split())
    assert words.count("A page of 5 ended with the cursor ") == 3
    assert words.count("a second client resumed from it") == 3
    assert f"The first user after it is {sixth.first_name} {sixth.last_name}, user 6 of the list." in words


def test_the_demo_runs_the_code_that_it_shows(shown: str) -> None:
    line = "[user async for user in org.users.list()]"
    assert line in shown
    assert line in inspect.getsource(demo.list_users)


def test_the_demo_plans_and_applies_at_each_provider(shown: str) -> None:
    words = " ".join(shown.split())
    assert words.count("1,000 members: 998 with a row (997 unchanged)") == 3
    assert words.count("+ create 3 accounts ~ update 1 user - end 2 memberships") == 3
    assert words.count("6 planned: 3 created, 1 updated, 2 removed. A second plan is empty.") == 3
    source = inspect.getsource(demo.match_roster)
    assert all(line in shown and line in source for line in demo.CODE)


def test_in_a_pipe_the_demo_has_no_escapes_and_at_most_80_columns(shown: str) -> None:
    assert "\x1b" not in shown
    assert max(cell_len(line.rstrip()) for line in shown.splitlines()) <= 80


def test_no_email_is_cut_at_any_width(orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "50")
    shown = orgsdk("demo", "--show", "1")
    assert shown.code == 0
    assert "\N{HORIZONTAL ELLIPSIS}" not in shown.out
    monkeypatch.setenv("COLUMNS", "120")
    assert str(default_roster()[0].email) in orgsdk("demo", "--show", "8").out


def test_the_demo_respects_no_color(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "\x1b[3" not in orgsdk("demo", "--roster", _roster(tmp_path, 7)).out


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1"])
def test_an_encoding_without_some_letters_replaces_them(
    program: Callable[..., Program], tmp_path: Path, encoding: str
) -> None:
    roster = Path(_roster(tmp_path, 7))
    roster.write_text(roster.read_text("utf-8").replace("Ada", "Björn"), "utf-8")
    ran = program("demo", "--roster", str(roster), encoding=encoding).end()
    assert (ran.code, ran.err) == (0, "")
    assert ("Bj?rn Nr0" in ran.out, "Björn Nr0" in ran.out) == (encoding == "ascii", encoding != "ascii")
    assert "Logto: 7 users" in ran.out


def test_the_demo_accepts_a_roster_file(orgsdk: Callable[..., Ran], tmp_path: Path) -> None:
    ran = orgsdk("demo", "--roster", _roster(tmp_path, 7), "--show", "2")
    assert ran.code == 0
    assert " ".join(ran.out.split()).count("7 users") == 4
    assert ran.out.count("... and 5 more") == 3
    assert "person0" in ran.out


@pytest.mark.parametrize("people", [0, 1, 5])
def test_a_roster_that_fits_on_one_page_has_no_cursor(orgsdk: Callable[..., Ran], tmp_path: Path, people: int) -> None:
    ran = orgsdk("demo", "--roster", _roster(tmp_path, people))
    assert ran.code == 0
    assert ran.out.count("there is no cursor to resume from") == 3
    assert "more" not in ran.out


def test_an_invalid_roster_is_one_line(orgsdk: Callable[..., Ran], tmp_path: Path) -> None:
    missing = orgsdk("demo", "--roster", str(tmp_path / "none.csv"))
    assert (missing.code, missing.out) == (64, "")
    assert missing.err == f"orgsdk: --roster: {tmp_path / 'none.csv'}: No such file or directory\n"
    assert orgsdk("demo", "--roster", str(tmp_path)).code == 64
    wrong = tmp_path / "wrong.csv"
    wrong.write_text("a,b\n1,2\n", "utf-8")
    ran = orgsdk("demo", "--roster", str(wrong))
    assert ran.code == 64
    assert "line 1: no column" in ran.err
    wrong.write_text(",".join(COLUMNS) + "\n" + "x" * 200_000, "utf-8")
    ran = orgsdk("demo", "--roster", str(wrong))
    assert ran.code == 64
    assert ran.err.startswith("orgsdk: --roster: ")
    assert ran.err.count("\n") == 1


# A demo with a wrong result reports it, and does not exit with 0.


def _users(count: int) -> list[User]:
    return [User(id=f"u{number}", username=f"person{number}") for number in range(count)]


GOOD = ListResult(_users(7), requests=1, token_requests=0, seconds=0.1, cursor="c" * 40, resumed=_users(7)[5])


@pytest.mark.parametrize(
    ("result", "message"),
    [
        (replace(GOOD, users=_users(6)), "A list differs from the roster"),
        (replace(GOOD, resumed=_users(7)[6]), "not user 6 of the list"),
        (replace(GOOD, resumed=None), "received no user"),
        (replace(GOOD, cursor=None, resumed=None), "there is no cursor"),
    ],
)
def test_a_wrong_list_fails_the_demo(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, result: ListResult, message: str
) -> None:
    async def made_up(*_: object) -> ListResult:
        return result

    roster = _roster(tmp_path, 7)
    monkeypatch.setattr(demo, "_list", made_up)
    ran = orgsdk("demo", "--roster", roster)
    assert ran.code == 1
    assert message in " ".join(ran.out.split())


def test_an_incomplete_run_fails_the_demo(
    orgsdk: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(demo, "_NEW_USERS", 4)
    complete_roster = demo.changed_roster
    monkeypatch.setattr(demo, "changed_roster", lambda people, roles: complete_roster(people, roles)[:-1])
    ran = orgsdk("demo", "--roster", _roster(tmp_path, 2))
    assert ran.code == 1
    assert ran.out.count("Some changes were not made. This is a bug, please report it.") == 3
