"""`read_roster` with Excel workbooks, written by openpyxl and by XlsxWriter."""

from __future__ import annotations

import re
import sys
import zipfile
from datetime import date
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
import xlsxwriter

from orgsdk.bulk import Roster, SourceError, read_roster
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

HEADER = ("external_id", "username", "given_name", "role", "enabled")


def book(path: Path, *rows: Sequence[Any], formats: dict[str, str] | None = None) -> Path:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for cell, number_format in (formats or {}).items():
        sheet[cell].number_format = number_format
    workbook.save(path)
    return path


def problems_of(path: Path, **named: Any) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read_roster(path, **named)
    return [str(problem) for problem in caught.value.problems]


def seen(roster: Roster) -> list[tuple[object, ...]]:
    return [(row.external_id, row.username, row.given_name, row.roles, row.state) for row in roster.users]


def test_a_workbook_is_read_as_a_table(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        HEADER,
        ("00417", "ada", "Ada", "teacher;admin", True),
        (),
        ("00418", "bo", None, None, False),
        ("00419", "cy", "Cy", "student", "yes"),
    )
    roster = read_roster(path)
    assert seen(roster) == [
        ("00417", "ada", "Ada", ("teacher", "admin"), "active"),
        ("00418", "bo", None, (), "suspended"),
        ("00419", "cy", "Cy", ("student",), "active"),
    ]
    assert [row.origin for row in roster.users] == ["a.xlsx, line 2", "a.xlsx, line 4", "a.xlsx, line 5"]
    assert roster.columns == HEADER
    assert read_roster(path).fingerprint == roster.fingerprint


def test_another_programs_workbook_is_read_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = xlsxwriter.Workbook(path)
    sheet = workbook.add_worksheet("People")
    sheet.write_row(0, 0, HEADER)
    sheet.write_row(1, 0, ("00417", "ada", "Ada", "teacher", True))
    sheet.write_formula(2, 0, '="00418"', None, "00418")
    sheet.write_row(2, 1, ("bo", "Bo", "student", False))
    workbook.add_worksheet("Notes")
    workbook.close()
    assert [row.external_id for row in read_roster(path).users] == ["00417", "00418"]


def test_numbers_are_ids_if_no_digit_is_lost(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", HEADER, (417, "ada"), (418.0, "bo"))
    assert [row.external_id for row in read_roster(path).users] == ["417", "418"]
    path = book(tmp_path / "a.xlsx", HEADER, (417, "ada"), ("00418", "bo"), formats={"A2": "00000"})
    assert [row.external_id for row in read_roster(path).users] == ["00417", "00418"]


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (1.234567890123457e16, "scientific"),
        (4.5, "decimal"),
        ("#N/A", "#N/A"),
        ("=1/0", "error of a spreadsheet"),
        ("=A1", "error of a spreadsheet"),  # openpyxl stores no value
        ("4.17E+12", "scientific"),
    ],
)
def test_a_value_that_was_lost_is_refused(tmp_path: Path, value: object, message: str) -> None:
    (problem,) = problems_of(book(tmp_path / "a.xlsx", HEADER, (value, "ada")))
    assert problem.startswith("a.xlsx, line 2: the external_id is ")
    assert message in problem


def test_a_column_of_ids_with_numbers_and_texts_is_refused(tmp_path: Path) -> None:
    found = problems_of(book(tmp_path / "a.xlsx", HEADER, (417, "ada"), ("00418", "bo")))
    message = "the external_id is a text, but in line 2 a number, and numbers have no leading zeros"
    assert found == [f"a.xlsx, line 3: {message}: format the column as text"]


def test_a_date_in_a_name_or_key_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(book(tmp_path / "a.xlsx", HEADER, (date(2026, 3, 2), "ada")))
    assert problem.startswith("a.xlsx, line 2: the external_id is a date")


def test_the_sheet_is_the_only_visible_one_with_data(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    workbook.create_sheet("Empty")
    for title, name in (("One", "ada"), ("Two", "bo")):
        sheet = workbook.create_sheet(title)
        sheet.append(["username"])
        sheet.append([name])
    workbook.save(path)
    assert problems_of(path) == ["a.xlsx: which sheet has the users? Sheets: One, Two"]
    assert read_roster(path, sheet="Two").users[0].username == "bo"
    assert problems_of(path, sheet="Three")[0].startswith("a.xlsx: which sheet")
    workbook["Two"].sheet_state = "hidden"
    workbook.save(path)
    roster = read_roster(path)
    assert roster.users[0].username == "ada"
    assert roster.notes == ("the sheet 'One' is read; 1 hidden sheet with data not read",)


def test_a_title_above_the_header_is_named(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("Alder School",), (), HEADER, ("1", "ada"))
    found = problems_of(path)
    assert "a.xlsx, line 1" in found[0]
    assert found[1:] == ["a.xlsx, line 3: the header seems to be here"]
    with pytest.raises(SourceError, match="pass header_line=3"):
        read_roster(path)
    assert read_roster(path, header_line=3).users[0].origin == "a.xlsx, line 4"


def test_a_value_beyond_the_header_is_refused(tmp_path: Path) -> None:
    found = problems_of(book(tmp_path / "a.xlsx", ("username",), ("ada", None, "note"), ("bo", None)))
    assert found == ["a.xlsx, line 2: the row has a value to the right of the header"]


def test_a_system_is_recognized_in_a_workbook(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", ("user_id", "login_id", "status"), ("1", "ada", "deleted"))
    roster = read_roster(path)
    assert (roster.users[0].state, roster.notes[0]) == ("gone", "a.xlsx: read as Canvas users (preset canvas)")


@pytest.mark.parametrize("cut", [100, 1000, -30])
def test_a_damaged_workbook_is_refused(tmp_path: Path, cut: int) -> None:
    path = book(tmp_path / "a.xlsx", HEADER, ("1", "ada"))
    path.write_bytes(path.read_bytes()[:cut])
    (problem,) = problems_of(path)
    assert problem.startswith("a.xlsx: ")


def test_without_the_extra_the_error_has_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = book(tmp_path / "a.xlsx", HEADER, ("1", "ada"))
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ConfigurationError, match=r"Excel workbooks need openpyxl.*excel"):
        read_roster(path)


@pytest.mark.parametrize("size", ["A1", "A1:A9", "A1:B2", "B2:C3", "A1:ZZ900"])
def test_the_size_that_a_sheet_states_is_not_trusted(tmp_path: Path, size: str) -> None:
    path = book(tmp_path / "whole.xlsx", HEADER, ("1", "ada"), ("2", "bo"), (), ("3", "cy", None, "student"))
    stale = tmp_path / "a.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(stale, "w") as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "xl/worksheets/sheet1.xml":
                part, replaced = re.subn(rb'<dimension ref="[^"]*"', f'<dimension ref="{size}"'.encode(), part)
                assert replaced == 1
            target.writestr(name, part)
    assert seen(read_roster(stale)) == seen(read_roster(path))
    assert [row.origin for row in read_roster(stale).users] == ["a.xlsx, line 2", "a.xlsx, line 3", "a.xlsx, line 5"]


@pytest.mark.parametrize("number_format", ["0", "#,##0", "0_);(0)", "[$-409]0", "0.00", '#,##0 "\u20ac"', "General"])
def test_numbers_among_texts_are_refused_whatever_their_format_is(tmp_path: Path, number_format: str) -> None:
    path = book(tmp_path / "a.xlsx", HEADER, ("00417", "ada"), (418, "bo"), formats={"A3": number_format})
    (problem,) = problems_of(path)
    assert problem.startswith("a.xlsx, line 3: the external_id is a number, but in line 2 a text")


@pytest.mark.parametrize(
    "number_format", ["000-000", '"S"0', '0000"B"', "\\S0000", "00000;@", "000-00-0000", "[Red]00 00"]
)
def test_an_id_that_is_shown_with_other_characters_is_refused(tmp_path: Path, number_format: str) -> None:
    path = book(tmp_path / "a.xlsx", HEADER, (417, "ada"), formats={"A2": number_format})
    (problem,) = problems_of(path)
    assert problem.startswith("a.xlsx, line 2: the external_id is a number that its format shows with other characters")


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ("A2:A3", "line 2: the external_id is one cell for lines 2 to 3: unmerge the cells"),
        ("B3:B4", "line 3: the username is one cell for lines 3 to 4: unmerge the cells"),
        ("C2:D2", "line 2: the given_name is one cell for several columns: unmerge the cells"),
    ],
)
@pytest.mark.parametrize("program", ["openpyxl", "XlsxWriter"])
def test_merged_cells_are_refused(tmp_path: Path, cells: str, problem: str, program: str) -> None:
    path = tmp_path / "a.xlsx"
    rows = [HEADER, *((f"0{n}", f"u{n}", "A", "student", True) for n in range(1, 4))]
    if program == "XlsxWriter":
        workbook = xlsxwriter.Workbook(path)
        sheet = workbook.add_worksheet()
        for line, values in enumerate(rows):
            sheet.write_row(line, 0, values)
        sheet.merge_range(cells, "x1")
        workbook.close()
    else:
        book(path, *rows)
        other = openpyxl.load_workbook(path)
        assert other.active is not None
        other.active.merge_cells(cells)
        other.save(path)
    assert f"a.xlsx, {problem}" in problems_of(path)


def test_merged_cells_above_the_header_and_in_other_columns_are_passed_over(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx", ("People",), HEADER, *((f"0{n}", f"u{n}", "A", "student", True, "x") for n in (1, 2))
    )
    workbook = openpyxl.load_workbook(path)
    assert workbook.active is not None
    workbook.active.cell(2, 6, "note")
    workbook.active.merge_cells("A1:F1")
    workbook.active.merge_cells("F3:F4")
    workbook.save(path)
    found = read_roster(path, header_line=2, ignore=["note"])
    assert [row.external_id for row in found.users] == ["01", "02"]
