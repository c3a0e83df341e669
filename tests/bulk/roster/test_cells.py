"""What spreadsheets, programs and pasting leave in cells: removed, unchanged or refused."""

from __future__ import annotations

import csv
import io
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, strategies as st

from orgsdk.bulk import Roster, SourceError, read_csv, read_json
from orgsdk.bulk.csv_cells import escape_cell, unescape_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

FIELDS = "external_id,username,email,phone,given_name,role"
ROW = {
    "external_id": "S-17",
    "username": "ada",
    "email": "ada@example.org",
    "phone": "+15550100",
    "given_name": "Ada",
    "role": "teacher",
}


def read_rows(*rows: dict[str, str], **settings: object) -> Roster:
    """Read rows, of which each has all columns."""
    text = "\n".join([FIELDS, *(",".join(quote({**ROW, **row}[field]) for field in ROW) for row in rows), ""])
    return read_csv(io.BytesIO(text.encode()), **settings)  # type: ignore[arg-type]  # different in each test


def quote(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if any(letter in cell for letter in ',"') else cell


def value_of(field: str, cell: str) -> object:
    (user,) = read_rows({field: cell}).users
    return user.roles if field == "role" else getattr(user, field)


def problem_of(field: str, cell: str) -> str:
    with pytest.raises(SourceError) as caught:
        read_rows({field: cell})
    (problem,) = caught.value.problems
    assert problem.origin == "the file, line 2"
    shown, _, _ = problem.message.partition(", such as")
    assert cell not in shown
    return problem.message


# Characters that nobody sees

INVISIBLE = [
    "\u200b",
    "\ufeff",
    "\u2060",
    "\u00ad",
    "\u200e",
    "\u200f",
    "\u202a",
    "\u202e",
    "\u2066",
    "\u2069",
    "\u061c",
]
OTHERS = ["\u180e", "\u2800", "\u2062", "\u3164", "\u115f", "\U000e0041", "\u200c", "\u200d", "\ufe0f"]


@pytest.mark.parametrize("character", [*INVISIBLE, *OTHERS])
@pytest.mark.parametrize("field", ["external_id", "username", "email", "phone"])
def test_invisible_character_is_removed_at_the_ends_of_a_key(field: str, character: str) -> None:
    roster = read_rows({field: f" {character}{ROW[field]}{character} {character}"})
    assert getattr(roster.users[0], field) == ROW[field]
    assert roster.notes == ("invisible characters were removed from 1 cell: the file, line 2",)


@pytest.mark.parametrize("character", [*INVISIBLE, *OTHERS])
@pytest.mark.parametrize("field", ["external_id", "username", "email", "phone"])
def test_invisible_character_inside_a_key_is_refused_by_name(field: str, character: str) -> None:
    value = ROW[field]
    message = problem_of(field, value[:2] + character + value[2:])
    assert message.startswith(f"the {field} contains the character U+{ord(character):04X}")


def test_character_is_named() -> None:
    assert problem_of("username", "a\u200bda") == (
        "the username contains the character U+200B ZERO WIDTH SPACE: remove it"
    )
    assert problem_of("email", "a\u00a0da@example.org").startswith(
        "the email contains the character U+00A0 NO-BREAK SPACE"
    )


@pytest.mark.parametrize("character", [*INVISIBLE, *OTHERS])
def test_invisible_character_in_a_role_or_a_column_name_is_removed(character: str) -> None:
    assert value_of("role", f"tea{character}cher{character}") == ("teacher",)
    text = f"{character}user{character}name,na{character}me\nada,Ada\n"
    assert read_csv(io.BytesIO(text.encode())).users[0].name == "Ada"


@pytest.mark.parametrize("character", INVISIBLE)
def test_invisible_character_at_the_ends_of_a_name_is_removed(character: str) -> None:
    assert value_of("given_name", f"{character}Ada {character}") == "Ada"


@pytest.mark.parametrize("name", ["\u0645\u06cc\u200c\u062e", "ക്ഷ\u200dമ", "അവന്\u200d", "葛\U000e0100城", "Il\u00adva"])
def test_name_keeps_its_joiners_and_variants(name: str) -> None:
    assert value_of("given_name", name) == name


@pytest.mark.parametrize("space", ["\u00a0", "\u2003", "\u2009", "\u202f", "\u3000"])
def test_other_space_is_removed_at_the_ends_and_becomes_a_space_in_a_name(space: str) -> None:
    assert value_of("given_name", f"{space}Ada{space}May{space}") == "Ada May"
    assert value_of("username", f"{space}ada{space}") == "ada"
    assert value_of("role", f"head{space}teacher") == ("head teacher",)
    assert f"U+{ord(space):04X}" in problem_of("username", f"ada{space}may")


def test_two_keys_that_become_one_are_a_duplicate() -> None:
    with pytest.raises(SourceError, match="line 3: the external_id is the same as in the file, line 2, but"):
        read_rows({}, {"external_id": "S-17\u200b", "given_name": "Eve"})


@pytest.mark.parametrize("character", ["\u2028", "\u2029", "\x0b", "\x0c", "\x1f", "\x85"])
@pytest.mark.parametrize("field", ["username", "given_name"])
def test_line_separator_in_a_cell_is_refused(field: str, character: str) -> None:
    assert problem_of(field, f"a{character}b") == f"the {field} contains a line break or another control character"


# Traces of spreadsheets


@pytest.mark.parametrize(("cell", "value"), [('="00123"', "00123"), ('=" 00123 "', "00123"), ('="a""b"', 'a"b')])
def test_text_formula_is_read_as_its_text(cell: str, value: str) -> None:
    roster = read_rows({"external_id": cell, "given_name": '="Ada"'})
    assert (roster.users[0].external_id, roster.users[0].given_name) == (value, "Ada")
    assert roster.notes == ('the form ="…" was removed from 2 cells: the file, line 2',)


def test_text_formula_without_quotes_around_the_cell_is_read() -> None:
    text = 'external_id,name\n="00418",Ada\n=""" ",Bob\n'
    with suppress(SourceError):
        read_csv(io.BytesIO(text.encode()))
    assert read_csv(io.BytesIO(b'external_id,name\n="00418",Ada\n')).users[0].external_id == "00418"


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("external_id", "'00123", "00123"),
        ("phone", "'015550100", "015550100"),
        ("phone", "'+15550100", "+15550100"),
        ("username", "'@ada", "@ada"),
        ("username", "'t_hooft", "'t_hooft"),
        ("given_name", "'t", "'t"),
        ("given_name", "'1", "'1"),
    ],
)
def test_apostrophe_is_removed_before_a_digit_or_a_formula_in_keys(field: str, cell: str, value: str) -> None:
    assert value_of(field, cell) == value


@pytest.mark.parametrize(
    "cell", ["4.17E+12", "1,23E+15", "1E+05", "1e+5", "-1.5E-07", "4.17e+12", "1.23457E11", "+1.2E+100"]
)
@pytest.mark.parametrize("field", ["external_id", "username", "phone"])
def test_scientific_notation_is_refused(field: str, cell: str) -> None:
    assert problem_of(field, cell).startswith(f"the {field} is a number in scientific notation")


@pytest.mark.parametrize("cell", ["417.0", "417,0", "417.", "0.0", "417.00"])
@pytest.mark.parametrize("field", ["external_id", "username", "phone"])
def test_decimal_point_is_refused(field: str, cell: str) -> None:
    assert problem_of(field, cell).startswith(f"the {field} is a number with a decimal point")


@pytest.mark.parametrize("cell", ["2E5", "E12", "1E", "12e", "417.5", "4.1.7", "00417", "2-Mar", "v1.0", "555.0100"])
def test_real_codes_are_unchanged(cell: str) -> None:
    assert value_of("external_id", cell) == cell


ERRORS = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#n/a", "#####"]
LOCALIZED = ["#NV", "#N/D", "#BEZUG!", "#WERT!", "#NOM?", "#¡REF!", "#¿NOMBRE?", "#ZAHL!", "#\u041d/\u0414", "#ССЫЛКА!"]
OF_PROGRAMS = ["#ERROR!", "Err:502", "#FIELD!", "#GETTING_DATA!", "#SAKNAS!", "#YOK"]
# Without the mark, and in other languages.
UNMARKED = ["#REF", "#VALUE", "#DIV/0", "#GETTING_DATA", "Loading...", "#N/B", "#N/DISP", "#NENÍ_K_DISPOZICI"]


@pytest.mark.parametrize("cell", [*ERRORS, *LOCALIZED, *OF_PROGRAMS, *UNMARKED])
@pytest.mark.parametrize("field", ["external_id", "email", "given_name", "role"])
def test_error_of_a_spreadsheet_is_refused(field: str, cell: str) -> None:
    assert problem_of(field, cell).startswith(f"the {field} is an error of a spreadsheet")


def test_error_in_a_column_that_is_not_read_is_passed_over() -> None:
    text = "username,note\nada,#N/A\n"
    assert read_csv(io.BytesIO(text.encode()), ignore=["note"]).users[0].username == "ada"


@pytest.mark.parametrize(
    "cell",
    ["null", "NULL", "None", "NaN", "nan", "n/a", "N/A", "-", "--", "\u2013", "?", "nil", "undefined", "NA", "(null)"],
)
@pytest.mark.parametrize("field", ["external_id", "username", "email", "phone"])
def test_word_for_an_empty_cell_is_refused_in_a_key(field: str, cell: str) -> None:
    assert problem_of(field, cell).startswith(f"the {field} is a word for an empty cell")


@pytest.mark.parametrize("name", ["Null", "None", "NaN", "Nan", "Na", "-"])
def test_word_for_an_empty_cell_is_unchanged_in_a_name(name: str) -> None:
    assert value_of("given_name", name) == name


@pytest.mark.parametrize("username", ["na", "nandi", "nulla", "blank", "#1", "total_war", "a-", "_ada"])
def test_usernames_like_such_words_are_unchanged(username: str) -> None:
    assert value_of("username", username) == username


@pytest.mark.parametrize(
    "cell",
    ["Total", "Grand total:", "TOTAL 3", "Page 1", "page 1 of 7", "(3 rows)", "Summe", "Gesamtsumme:", "totaal 3"],
)
def test_line_of_a_report_is_refused(cell: str) -> None:
    assert problem_of("external_id", cell).startswith("the external_id is a line of a report")


@pytest.mark.parametrize("field", ["external_id", "email", "given_name", "role"])
def test_lost_letter_is_refused(field: str) -> None:
    assert problem_of(field, "Zo\ufffd").startswith(f"the {field} contains U+FFFD")


@pytest.mark.parametrize("name", ["ZoÃ«", "LindstrÃ¶m", "Ã…sa", "MarÃ\xada", "Ð\u02dcÐ²Ð°Ð½", "naÃ¯ve"])
def test_name_that_was_decoded_twice_is_a_note(name: str) -> None:
    roster = read_rows({"given_name": name})
    assert roster.users[0].given_name == name
    assert roster.notes[-1].startswith("1 cell may have been decoded twice")
    assert roster.notes[-1].endswith(": the file, line 2")


@pytest.mark.parametrize("name", ["Zoë", "Ángel", "Ärö", "Škoda", "Łódź", "Ivan", "Âge", "ÉÀ"])
def test_name_that_was_decoded_once_is_no_note(name: str) -> None:
    assert read_rows({"given_name": name}).notes == ()


def test_question_mark_in_a_name_is_a_note_with_its_rows() -> None:
    rows = [{"external_id": f"S{n}", "username": f"u{n}", "email": "", "given_name": "Zo?"} for n in range(7)]
    rows[0]["given_name"] = "M?ller"
    rows[6]["given_name"] = "M?ller"
    assert read_rows(*rows).notes == (
        "2 cells may have lost a letter: there is a question mark in a name: the file, lines 2, 8",
    )


@pytest.mark.parametrize(
    "cell",
    [
        "ada@x.example;",
        "<a@x>",
        "a@x..example",
        "a..b@x",
        ".a@x",
        "a.@x",
        "a@x,b@y",
        "a@x;b@y",
        '"Ada" <a@x>',
        '"a b"@x',
        "Ada <a@x.example>",
        "a@x.example.",
        "a@.x",
        "a b@x",
        "a@x y",
        "a@-x.example",
        "a@x-.example",
        "a@[1.2.3.4]",
        "a@x.example>",
        "(ada)a@x",
        "a\\b@x",
        "a@b@c",
        "a@x'",
        "a\uff20x.example",
        "mailto:a@x?subject=1",
        "tel:a@x",
    ],
)
def test_text_that_is_not_one_address_is_refused(cell: str) -> None:
    assert "email" in problem_of("email", cell)


def test_mailto_is_removed_and_counted() -> None:
    roster = read_rows({"email": " MailTo:Zoe@Example.ORG "})
    assert roster.users[0].email == "Zoe@Example.ORG"
    assert roster.notes == ("mailto: was removed from 1 cell: the file, line 2",)


def test_the_same_cells_are_refused_in_json() -> None:
    text = '[{"username": "a\\u200bda"}, {"username": "#N/A"}, {"external_id": "1.5E+12"}, {"email": "<a@x>"}]'
    with pytest.raises(SourceError) as caught:
        read_json(io.BytesIO(text.encode()))
    assert [problem.origin for problem in caught.value.problems] == [f"the file, line 1, item {n}" for n in range(1, 5)]


# Generated cells

CELLS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [*INVISIBLE, *OTHERS, *ERRORS, '="0"', "'0", "1E+05", "417.0", "null", "?", "Ã«", "\ufffd", " ", "|"]
    ),
)


@given(st.lists(CELLS, max_size=3).map("".join), st.sampled_from(sorted(ROW)))
@example("'\\u0000=", "username")
@example("|#N/A", "given_name")
def test_fast_and_careful_reading_agree(cell: str, field: str) -> None:
    """A row of usual cells is read at once. The cell is refused or read to the same text beside an unusual one."""
    try:
        cell.encode()
    except UnicodeEncodeError:
        return
    plain, unusual = ({field: cell}, {field: cell, "given_name" if field != "given_name" else "username": "x?"})
    assert outcomes(plain, field) == outcomes(unusual, field)


def outcomes(row: dict[str, str], field: str) -> Sequence[object]:
    try:
        return [user.roles if field == "role" else getattr(user, field) for user in read_rows(row, complete=True).users]
    except SourceError as error:
        return [problem.message for problem in error.problems]


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=10))
@example("'\u200b")
@example('="1"')
def test_name_that_was_exported_is_read_back(name: str) -> None:
    """`orgsdk export` writes a member's name so that it is read as it is, apart from its ends."""
    text = io.StringIO()
    text.write("username,name\nada," + '"' + escape_cell(name).replace('"', '""') + '"\n')
    with suppress(SourceError):  # such as an error of a spreadsheet, or a lost letter
        (user,) = read_csv(io.BytesIO(text.getvalue().encode())).users
        assert user.username == "ada"


@given(
    st.lists(
        st.tuples(CELLS, CELLS, st.sampled_from(["ada@x", "bob@x", "<ada@x>", "mailto:cy@x", "ada@x\u200b", ""])),
        max_size=6,
    )
)
def test_no_row_gets_a_key_that_its_own_cells_do_not_have(rows: list[tuple[str, str, str]]) -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([("external_id", "username", "email"), *rows])
    try:
        content = text.getvalue().encode()
    except UnicodeEncodeError:
        return
    try:
        roster = read_csv(io.BytesIO(content), on_error="skip", omit_shared_emails=True)
    except SourceError:  # NUL
        return
    by_line: dict[int, tuple[str, str, str]] = {}
    line = 2
    for row in rows:
        by_line[line] = row
        line += 1 + sum(io.StringIO(cell, newline=None).read().count("\n") for cell in row)
    for user in [*roster.users, *(row.spec for row in roster.rejected if row.spec)]:
        own = by_line[int((user.origin or "").rpartition(" ")[2])]
        for value, cell in zip((user.external_id, user.username, user.email), own, strict=True):
            assert value is None or value in cell or value in unescape_cell(cell.strip())
