"""Mapping files: the arguments of `read_roster` in TOML."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st

from orgsdk.bulk import FileError, read_roster
from orgsdk.bulk.roster.mapping_file import format_mapping
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pathlib import Path

MAPPING = """\
encoding = "cp1252"
delimiter = ";"

[columns]
external_id = "Schülernummer"
username = "Kürzel"
roles = "Art"
state = "Status"

[roles]
"Schüler" = "student"
Gast = ""

[enabled]
Aktiv = "active"
Ausgetreten = "gone"
Beurlaubt = false
"""
ROSTER = """\
Schülernummer;Kürzel;Art;Status;Klasse
1;ada;Schüler;Aktiv;7a
2;bo;Gast;Aktiv;7a
3;cy;Lehrer;Ausgetreten;
4;di;Lehrer;Beurlaubt;
"""


def test_a_mapping_file_describes_a_format_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "school.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "a.csv").write_text(ROSTER, "cp1252")
    roster = read_roster(tmp_path / "a.csv", mapping=tmp_path / "school.toml")
    assert [(row.username, row.roles, row.state) for row in roster.users] == [
        ("ada", ("student",), "active"),
        ("cy", ("Lehrer",), "gone"),
        ("di", ("Lehrer",), "suspended"),
    ]


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({"Lehrer": "teacher"}, ["student", "teacher", "teacher"]),
        ({"Schüler": "pupil"}, ["pupil", "Lehrer", "Lehrer"]),
        ({"Lehrer": None, "Gast": "guest"}, ["student", "guest"]),
    ],
)
def test_an_argument_replaces_a_line_of_the_mapping_file(
    tmp_path: Path, roles: dict[str, str | None], expected: list[str]
) -> None:
    (tmp_path / "school.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "a.csv").write_text(ROSTER, "cp1252")
    replaced = read_roster(tmp_path / "a.csv", mapping=tmp_path / "school.toml", roles=roles)
    assert [row.roles for row in replaced.users] == [(role,) for role in expected]


def test_a_list_of_roles_replaces_those_of_the_mapping_file(tmp_path: Path) -> None:
    (tmp_path / "school.toml").write_text(MAPPING, "utf-8")
    (tmp_path / "a.csv").write_text(ROSTER, "cp1252")
    roles = ["Schüler", "Gast", "Lehrer"]
    replaced = read_roster(tmp_path / "a.csv", mapping=tmp_path / "school.toml", roles=roles)
    assert [row.roles for row in replaced.users] == [("Schüler",), ("Gast",), ("Lehrer",), ("Lehrer",)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[columns", "it is not TOML"),
        ("colums = {}", "unknown key 'colums' \\(did you mean 'columns'\\?\\)"),
        ('columns = "x"', "columns must be a table"),
        ("[columns]\nemail = 1", "'email' in columns must be a text"),
        ("ignore = [1]", "ignore must be a list of texts"),
        ("complete = 1", "complete must be true or false"),
        ("header_line = true", "header_line must be a whole number"),
        ('[enabled]\nweg = "left"', "the word 'weg' must be active, suspended, gone"),
    ],
)
def test_an_invalid_mapping_file_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "m.toml").write_text(text)
    (tmp_path / "a.csv").write_text("username\nada\n")
    with pytest.raises(InvalidArgumentError, match=message):
        read_roster(tmp_path / "a.csv", mapping=tmp_path / "m.toml")


def test_a_missing_mapping_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileError, match=r"m\.toml"):
        read_roster(tmp_path / "a.csv", mapping=tmp_path / "m.toml")


_TEXTS = st.text(st.characters(blacklist_categories=["Cs"]), max_size=20)


@given(
    st.fixed_dictionaries(
        {"preset": _TEXTS, "ignore": st.lists(_TEXTS), "columns": st.dictionaries(_TEXTS, _TEXTS)},
        optional={"complete": st.booleans(), "header_line": st.integers(1, 99)},
    ),
    st.lists(_TEXTS),
)
def test_what_is_written_is_read_again(values: dict[str, Any], comments: list[str]) -> None:
    assert tomllib.loads(format_mapping(values, comments)) == values
