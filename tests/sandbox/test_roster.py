"""The roster: valid and invalid files, and the file that comes with the package."""

import importlib.util
import re
from pathlib import Path

import pytest

from orgsdk.sandbox import Person, RosterError, default_roster, read_roster

ROOT = Path(__file__).parents[2]
HEADER = "external_id,username,email,first_name,last_name,role,group"


def written(folder: Path, *rows: str, header: str = HEADER, encoding: str = "utf-8") -> Path:
    file = folder / "roster.csv"
    file.write_text("\n".join([header, *rows]) + "\n", encoding=encoding)
    return file


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_reads_people_with_and_without_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    file = written(
        tmp_path, "S1,zoe,zoe@example.org,Zoé,O'Brien,student,5B", "S2,wang,,伟,王,teacher,", encoding=encoding
    )
    assert read_roster(file) == [
        Person("S1", "zoe", "zoe@example.org", "Zoé", "O'Brien", "student", "5B"),
        Person("S2", "wang", None, "伟", "王", "teacher", None),
    ]


def test_accepts_the_path_as_text(tmp_path: Path) -> None:
    assert read_roster(str(written(tmp_path))) == []


def test_counts_lines_after_a_quoted_line_break(tmp_path: Path) -> None:
    file = written(tmp_path, 'S1,ada,,"Ada\nMaria",L,student,', "S2,bob,,B,B,pupil,")
    with pytest.raises(RosterError, match="line 4: unknown role 'pupil'"):
        read_roster(file)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["S1,ada,,A,L,student,", "S2,ada,,B,M,teacher,"], "line 3: username 'ada' is already used on line 2"),
        (["S1,ada,,A,L,Student,"], r"line 2: unknown role 'Student' \(known: admin, student, teacher\)"),
        (["S1, ,,A,L,student,"], "line 2: no username"),
        (["S1,ada,,A"], "line 2: no value for last_name, role"),
    ],
)
def test_an_error_names_the_line(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(RosterError, match=message):
        read_roster(written(tmp_path, *rows))


@pytest.mark.parametrize(
    ("header", "message"),
    [("external_id,username,email,first_name,last_name", "line 1: no column role"), ("", "line 1: no column")],
)
def test_an_error_names_the_missing_column(tmp_path: Path, header: str, message: str) -> None:
    with pytest.raises(RosterError, match=message):
        read_roster(written(tmp_path, header=header))


def test_rejects_another_encoding(tmp_path: Path) -> None:
    with pytest.raises(RosterError, match="not UTF-8"):
        read_roster(written(tmp_path, "S1,zoe,,Zoé,B,student,", encoding="latin-1"))


def test_the_default_roster_is_within_the_limits_of_both_providers() -> None:
    people = default_roster()
    assert len(people) == 1000
    assert all(re.fullmatch(r"[A-Za-z_]\w{0,29}", person.username, re.ASCII) for person in people)
    assert all(0 < len(person.first_name) <= 60 and 0 < len(person.last_name) <= 60 for person in people)
    emails = [person.email.casefold() for person in people if person.email is not None]
    assert len(set(emails)) == len(emails) < len(people)
    assert {email.rpartition("@")[2] for email in emails} == {"example.org", "example.com", "example.net"}
    assert all((person.group is not None) == (person.role == "student") for person in people)
    assert {role: sum(person.role == role for person in people) for role in ("admin", "teacher", "student")} == {
        "admin": 5,
        "teacher": 80,
        "student": 915,
    }


def test_the_roster_file_matches_its_script() -> None:
    spec = importlib.util.spec_from_file_location("make_roster", ROOT / "scripts" / "make_roster.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.TARGET.read_text(encoding="utf-8") == script.render(script.build_roster())
