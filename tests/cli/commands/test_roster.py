"""`orgsdk roster inspect`, and the options of `orgsdk plan` that say how a roster is read."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk.cli.errors import UsageError
from orgsdk.cli.options.roster import RosterOptions, parse_files

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ran

    Run = Callable[..., Ran]

OWN = "Kennung;Mail;Art\n" + "".join(f"0{n};user{n}@example.org;{'Lehrer' if n % 2 else 'Kind'}\n" for n in range(10))


def test_inspect_shows_what_each_column_is_taken_for(
    orgsdk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "users.csv").write_text("user_id,login_id,email,status\n1,ada,ada@example.org,deleted\n2,bo,,active\n")
    ran = orgsdk("roster", "inspect", "users.csv")
    assert (ran.code, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "users.csv: csv, 2 rows; Canvas users (preset canvas)"
    assert lines[2].split() == ["column", "read", "as", "filled", "different", "values"]
    assert lines[5].split()[:4] == ["email", "email", "1", "1"]
    assert "ada@example.org" not in ran.out
    assert "2 users; states: active 1, gone 1" in ran.out
    assert "users.csv: read as Canvas users (preset canvas)" in ran.out


def test_inspect_groups_problems_and_writes_a_mapping_that_plan_reads(
    orgsdk: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.csv").write_text(OWN)
    ran = orgsdk("roster", "inspect", "own.csv", "--write-mapping", "own.toml")
    assert ran.code == 0
    assert "problems:\n  unknown column 'Kennung'" in ran.out
    assert "--column FIELD=NAME maps a column to a field" in ran.out
    assert "own.toml" in ran.err
    text = (tmp_path / "own.toml").read_text("utf-8")
    assert 'email = "Mail"' in text
    assert "user1@example.org" not in text
    assert "exists" in orgsdk("roster", "inspect", "own.csv", "--write-mapping", "own.toml").err
    roster = RosterOptions(mapping=tmp_path / "own.toml", column=("roles=Art", "email=Mail")).read(tmp_path / "own.csv")
    assert [row.roles for row in roster.users][:2] == [("Kind",), ("Lehrer",)]


def test_inspect_reads_one_file(orgsdk: Run, tmp_path: Path) -> None:
    empty = "name one. orgsdk plan"
    for argument, message in (("-", "name it"), (str(tmp_path), f"{empty} {tmp_path} reads the whole folder")):
        ran = orgsdk("roster", "inspect", argument)
        assert (ran.code, ran.err) == (64, f"orgsdk: inspect reads one file: {message}\n")
    for name in ("orgs.csv", "users.csv"):
        (tmp_path / name).write_text("sourcedId\n")
    assert "name one of the folder (orgs.csv, users.csv)." in orgsdk("roster", "inspect", str(tmp_path)).err


@pytest.mark.parametrize(
    "text",
    [
        "dn: CN=Oskar Quennell,OU=Staff\nchangetype: add\n",
        "417,Oskar,Quennell,oskar@x.example\n418,Bo,Berg,bo@x.example\n",
        "Oskar,Quennell,pupil\nBo,Berg,pupil\n",
    ],
)
def test_inspect_shows_no_personal_data_of_a_file_without_a_header(orgsdk: Run, tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(text)
    ran = orgsdk("roster", "inspect", str(path), "--write-mapping", str(tmp_path / "a.toml"))
    mapping = (tmp_path / "a.toml").read_text("utf-8") if (tmp_path / "a.toml").exists() else ""
    assert not {word for word in ("Oskar", "Quennell", "oskar@") if word in ran.out + ran.err + mapping}
    assert ("LDIF, which is not read: export the users as CSV" in ran.err) == text.startswith("dn:")


# Files and their roles


def test_a_file_may_have_a_role(tmp_path: Path) -> None:
    odd = tmp_path / "a=b.csv"
    odd.write_text("username\nada\n")
    assert parse_files(["a.csv=student", "b.csv", f"{odd}", "c.csv="]) == {
        "a.csv": "student",
        "b.csv": None,
        str(odd): None,
        "c.csv": None,
    }
    assert parse_files([f"{odd}=x"]) == {str(odd): "x"}
    with pytest.raises(UsageError, match=r"a\.csv is named twice"):
        parse_files(["a.csv", "a.csv=student"])


def test_files_with_roles_are_read_as_one_roster(tmp_path: Path) -> None:
    (tmp_path / "students.csv").write_text("username\nada\n")
    (tmp_path / "teachers.csv").write_text("username\nbo\n")
    options = RosterOptions(map_role=("student=user",))
    roster = options.read(f"{tmp_path / 'students.csv'}=student", f"{tmp_path / 'teachers.csv'}=teacher")
    assert [(row.username, row.roles) for row in roster.users] == [("ada", ("user",)), ("bo", ("teacher",))]


def test_options_reach_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("user_id,login_id,status,Art\n7,ada,weg,x\n7,ada,weg,y\n")
    options = RosterOptions(
        preset="canvas",
        column=("roles=Art",),
        map_state=("weg=gone",),
        rows="memberships",
        id_prefix=("a.csv=S-",),
        complete=True,
    )
    (row,) = options.read(path).users
    assert (row.external_id, row.roles, row.state, row.word) == ("S-7", ("x", "y"), "gone", "weg")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (RosterOptions(map_state=("weg=left",)), "the state 'left' is not active, suspended or gone"),
        (RosterOptions(map_state=("weg",)), "--map-state WORD=STATE: 'weg' is not of that form"),
        (RosterOptions(id_prefix=("x",)), "--id-prefix FILE=PREFIX: 'x' is not of that form"),
        (RosterOptions(complete=True, partial=True), "--complete and --partial contradict each other: omit one"),
    ],
)
def test_an_invalid_option_is_named(tmp_path: Path, options: RosterOptions, message: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text("username\nada\n")
    with pytest.raises(UsageError) as caught:
        options.read(path)
    assert message in str(caught.value)
