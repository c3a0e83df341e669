"""Escaping of CSV cells: nothing dangerous is left, and reading undoes it exactly."""

from __future__ import annotations

import csv
import io
import unicodedata

import pytest
from hypothesis import example, given, settings, strategies as st

from orgsdk.bulk.csv_cells import escape_cell, unescape_cell

_FORMULA_STARTS = "=+-@\uff1d\uff0b\uff0d\uff20"
_TEXTS = st.text(st.one_of(st.sampled_from("'\\u001b=+-@;,|\t\r\n\x1b\x9b \u2028\u202e\""), st.characters()))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\uff1d1", "'=1", "''=1"])
def test_formula_gets_an_apostrophe(text: str) -> None:
    assert escape_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("\t=1", "'\\u0009=1"),
        ("\r=1", "'\\u000d=1"),
        ("\x1b[31mred\x9b", "'\\u001b[31mred\\u009b"),
        ("two\nlines", "'two\\u000alines"),
        ("\u202eabc", "'\\u202eabc"),
        # Spreadsheets of some countries split cells at semicolons.
        ("a;=1+1", "'a;\\u003d1+1"),
        ('a, "@SUM(1)', "'a, \"\\u0040SUM(1)"),
        ("=a\\b", "'=a\\\\b"),
        ("'\\u001b", "''\\\\u001b"),
    ],
)
def test_control_characters_and_inner_formulas_are_written_as_codes(text: str, cell: str) -> None:
    assert escape_cell(text) == cell
    assert unescape_cell(cell) == text


@pytest.mark.parametrize(
    "text", ["", "ada", "1=1", "a@b.c", "'t Hooft", "'", "DOMAIN\\ada", "\\u001b", "Doe, Jane; Dr."]
)
def test_other_cells_are_unchanged_in_both_directions(text: str) -> None:
    assert escape_cell(text) == text
    assert unescape_cell(text) == text


@settings(deadline=None)
@given(_TEXTS)
@example("'" * 5_000 + "=1")
def test_reading_undoes_the_escaping_exactly(text: str) -> None:
    cell = escape_cell(text)
    assert unescape_cell(cell) == text
    assert not any(unicodedata.category(character) in {"Cc", "Cs"} for character in cell)
    for delimiter in ",;|":
        line = io.StringIO()
        csv.writer(line, lineterminator="\n").writerow(["first", cell, "last"])
        for part in line.getvalue().split(delimiter):
            assert part.strip(' "\n')[:1] not in {*_FORMULA_STARTS}
