"""What `orgsdk roster inspect` knows of a file: its columns, without personal data."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import read_roster
from orgsdk.bulk.roster.inspection import Inspection, cut_value, group_problems, inspect_file, mapping_of
from orgsdk.bulk.roster.mapping_file import format_mapping
from orgsdk.bulk.roster.preset_rows import ReadOptions
from orgsdk.bulk.roster.read_roster import make_options
from orgsdk.bulk.roster.rows import RowOptions
from orgsdk.bulk.roster.spec import RosterProblem
from tests.bulk.roster.preset_files import FILES, PresetFile

if TYPE_CHECKING:
    from pathlib import Path

OWN = "Student ID,Mail,Klasse,Vorname,role\n" + "".join(
    f"0{n},user{n}@example.org,7a,Name{n},pupil\n" for n in range(20)
)

OKTA = "login,firstName,lastName,email\nada,A,B,a@example.org\n"
CANVAS = "user_id,login_id,status\n1,ada,left\n"


def inspect(text: str, name: str = "a.csv") -> Inspection:
    return inspect_file(io.BytesIO(text.encode()), name, ReadOptions(), None)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.title}-{file.name}")
def test_each_system_is_named_and_no_address_is_shown(file: PresetFile) -> None:
    found = inspect(file.text, file.name)
    assert found.match is not None
    assert found.match.layout.title == file.title
    shown = repr([column.samples for column in found.columns])
    assert not any(row[2] and row[2] in shown for row in file.rows)


def test_columns_are_counted_and_cut() -> None:
    columns = {column.name: column for column in inspect(OWN).columns}
    assert {name: (column.filled, len(column.values)) for name, column in columns.items()} == {
        "Student ID": (20, 20),
        "Mail": (20, 20),
        "Klasse": (20, 1),
        "Vorname": (20, 20),
        "role": (20, 1),
    }
    assert columns["role"].read_as == "roles"
    assert columns["role"].samples == ["pupil (20)"]
    assert columns["Mail"].samples[0] == "u…@e….org"
    assert columns["Vorname"].samples[0] == "N… (5)"


@pytest.mark.parametrize(
    ("value", "cut"),
    [
        ("ada@example.org", "a…@e….org"),
        ("Ada", "A… (3)"),
        ("a", "a"),
        ("@x", "@… (2)"),
        ("a@", "a…@…."),
        ("\u200bAda\u202e", "A… (5)"),
    ],
)
def test_a_value_is_cut(value: str, cut: str) -> None:
    assert cut_value(value) == cut


def test_problems_are_grouped_with_the_first_row() -> None:
    problems = [RosterProblem("a, line 2", "x"), RosterProblem("a, line 3", "y"), RosterProblem("a, line 4", "x")]
    assert group_problems(problems) == [("x", 2, "a, line 2"), ("y", 1, "a, line 3")]


def test_the_mapping_of_a_file_reads_it(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(OWN)
    values, comments = mapping_of(inspect(OWN), ReadOptions())
    assert values["columns"] == {"roles": "role", "external_id": "Student ID", "email": "Mail"}
    assert values["roles"] == {"pupil": "pupil"}
    (tmp_path / "m.toml").write_text(format_mapping(values, comments))
    roster = read_roster(tmp_path / "a.csv", mapping=tmp_path / "m.toml")
    assert len(roster.users) == 20
    assert (roster.users[0].external_id, roster.users[0].email, roster.users[0].roles) == (
        "00",
        "user0@example.org",
        ("pupil",),
    )


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.title}-{file.name}")
def test_the_mapping_of_a_system_reads_the_same_rows(tmp_path: Path, file: PresetFile) -> None:
    (tmp_path / file.name).write_text(file.text)
    values, comments = mapping_of(inspect(file.text, file.name), ReadOptions())
    (tmp_path / "m.toml").write_text(format_mapping(values, comments))
    assert read_roster(tmp_path / file.name, mapping=tmp_path / "m.toml") == read_roster(tmp_path / file.name)


@pytest.mark.parametrize(
    ("text", "options", "preset"),
    [
        (OKTA, ReadOptions(columns={"roles": "lastName"}), "okta"),
        (
            OKTA,
            ReadOptions(complete=True, ignore=("login",)),
            "okta",
        ),
        (
            CANVAS,
            ReadOptions(row_options=RowOptions(enabled={"left": False})),
            "canvas",
        ),
        (OWN, ReadOptions(ignore=("Klasse",), row_options=RowOptions(roles={"pupil": None, "x": "y"})), "csv"),
        ("username,firstname,lastname,email\nada,Ada,L,a@example.org\n", ReadOptions(), "csv"),  # not Moodle
    ],
)
def test_the_mapping_has_the_options_of_the_inspection(
    tmp_path: Path, text: str, options: ReadOptions, preset: str
) -> None:
    (tmp_path / "a.csv").write_text(text)
    found = inspect_file(io.BytesIO(text.encode()), "a.csv", options, None)
    values, comments = mapping_of(found, options)
    (tmp_path / "m.toml").write_text(format_mapping(values, comments))
    again, _ = make_options({}, tmp_path / "m.toml")
    assert {**(options.columns or {})}.items() <= {**(again.columns or {})}.items()
    assert (list(again.ignore), again.complete) == (list(options.ignore), options.complete)
    assert again.row_options.enabled == options.row_options.enabled
    assert {**(options.row_options.roles or {})}.items() <= {**(again.row_options.roles or {})}.items()  # type: ignore[dict-item]  # a mapping here
    assert values["preset"] == preset
