"""Headers: lines before them, other spellings of names, and errors that show what was found."""

from __future__ import annotations

import csv
import io

import pytest

from orgsdk.bulk import Roster, SourceError, read_csv


def read(text: str, **settings: object) -> Roster:
    return read_csv(io.BytesIO(text.encode()), **settings)  # type: ignore[arg-type]  # different in each test


def problems_of(text: str, **settings: object) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(text, **settings)
    return [str(problem).removeprefix("the file, ") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("sep=;", ";"),
        ("SEP=,", ","),
        ('"sep=;"', ";"),
        ("sep=|", "|"),
        ("sep=\t", "\t"),
        ("sep=;;;", ";"),
        ("#TYPE Microsoft.ActiveDirectory.Management.ADUser", ","),
        ('"#TYPE System.Data.DataRow"', ","),
        ("version:v1.0", ","),
        ("version:v1.0,,,,", ","),
        ("Version:1.0", ","),
        ('"version:v1.0","",""', ","),
        ('"sep=;";"";""', ";"),
    ],
)
def test_line_that_a_program_writes_before_the_header_is_passed_over(line: str, delimiter: str) -> None:
    roster = read(f"{line}\nusername{delimiter}name\nada{delimiter}A,B;C\n".replace("A,B;C", '"A,B;C"'))
    assert [(user.username, user.name, user.origin) for user in roster.users] == [("ada", "A,B;C", "the file, line 3")]
    assert roster.notes == ("line 1 before the header was passed over",)
    assert problems_of(f"{line}\nusername{delimiter}name\nada\n")[0].startswith("line 3: the row has 1 cell")


def test_header_line_passes_over_the_lines_before() -> None:
    text = 'Roster of 3 May\n"made by ""hand\n\nusername;name\nada;Ada\n'
    roster = read(text, header_line=4)
    assert [(user.name, user.origin) for user in roster.users] == [("Ada", "the file, line 5")]
    assert problems_of(text.replace("ada;Ada", "ada"), header_line=4)[0].startswith("line 5: the row has 1 cell")
    assert problems_of(text, header_line=9) == ["the file: there is no line 9: the file has 5"]
    assert problems_of(text, header_line=3) == [
        "line 3: the line is blank: the first line must contain the column names"
    ]


def test_header_below_a_title_is_found_for_the_error() -> None:
    text = "Roster of the school,,\n,,\nusername,email,name\nada,ada@example.org,Ada\n"
    first, second = problems_of(text)
    assert first.endswith("the columns found are 'Roster of the school'")
    assert second == "line 3: the header seems to be here"
    with pytest.raises(SourceError, match="pass header_line=3"):
        read(text)
    assert read(text, header_line=3).users[0].username == "ada"


def test_header_below_a_title_is_found_with_mapped_columns() -> None:
    text = "Pupils;2026\nName;Kennung\nAda;a1\n"
    assert problems_of(text, columns={"username": "Kennung"})[-1] == "line 2: the header seems to be here"


def test_header_without_a_known_name_is_shown() -> None:
    (message,) = problems_of("Nom,Prénom,Courriel\nLovelace,Ada,ada@example.org\n")
    assert message.endswith("the columns found are 'Nom', 'Prénom', 'Courriel'")


@pytest.mark.parametrize(
    "text",
    [
        "ada,ada@example.org\nbob,bob@example.org\n",
        "12345,Ada,Lovelace\n12346,Bob,Bobson\n",
        "Ada,Lovelace,teacher\nBob,Bobson,teacher\n",
    ],
)
def test_row_without_a_header_is_not_shown(text: str) -> None:
    for settings in ({}, {"columns": {"username": "Login", "email": "Mail"}}):
        message = " ".join(problems_of(text, **settings))
        assert not any(cell in message for cell in text.replace("\n", ",").split(",") if cell)


@pytest.mark.parametrize(
    ("column", "field"),
    [
        ("externalId", "external_id"),
        ("externalID", "external_id"),
        ("userName", "username"),
        ("UserName", "username"),
        ("user name", "username"),
        ("emailAddress", "email"),
        ("Email Address", "email"),
        ("eMail", "email"),
        ("mail", "email"),
        ("givenName", "given_name"),
        ("firstName", "given_name"),
        ("FIRST_NAME", "given_name"),
        ("familyName", "family_name"),
        ("Surname", "family_name"),
        ("displayName", "name"),
        ("phoneNumber", "phone"),
        ("SamAccountName", "username"),
        ("\u200bgiven\u00a0name", "given_name"),
    ],
)
def test_usual_spellings_of_names_are_known(column: str, field: str) -> None:
    key = "external_id" if field != "external_id" else "locale"
    (user,) = read(f"{key},{column}\n" + ("S1" if key == "external_id" else "en") + ",a@b\n").users
    assert getattr(user, field) == "a@b"


def test_mapped_name_is_compared_without_invisible_characters() -> None:
    assert (
        read("\ufeff\u200bStudent\u00a0ID,x\n7,\n", columns={"external_id": "Student ID"}).users[0].external_id == "7"
    )


# Rows of another length


def test_empty_cells_beyond_the_header_are_passed_over_and_counted() -> None:
    roster = read("username,name\nada,Ada,\nbob,Bob,,,\ncy,Cy\n")
    assert [user.username for user in roster.users] == ["ada", "bob", "cy"]
    assert roster.notes == ("2 rows with empty cells beyond the header",)
    assert problems_of("username,name\nada,Ada,,see note\nbob\n") == [
        "line 2: the row has 4 cells, the header has 2: write a cell that contains ',' in quotes",
        "line 3: the row has 1 cell, the header has 2",
    ]


def test_totals_after_the_rows_are_refused() -> None:
    for line in ("Total,2,", ",2,", "2 rows", "Page 1,,"):
        assert problems_of(f"username,name,locale\nada,Ada,en\n{line}\n")[0].startswith("line 3: ")


# A large cell


def test_large_cell_in_a_column_that_is_not_read() -> None:
    limit = csv.field_size_limit()
    photo = "x" * 200_000
    text = f'username,photo\nada,{photo}\nbob,"{photo}"\n'
    assert [user.username for user in read(text, ignore=["photo"]).users] == ["ada", "bob"]
    assert csv.field_size_limit() == limit
    assert problems_of(f"username,name\nada,{photo}\n") == [
        "line 2: the name has 200,000 characters: at most 1,000 are allowed"
    ]
    assert csv.field_size_limit() == limit


@pytest.mark.parametrize("repeated", ["username,role", "\ufeffusername,role", "Username, ROLE ", '"username","role"'])
def test_header_of_a_file_that_was_joined_to_another_is_no_user(repeated: str) -> None:
    roster = read(f"username,role\nada,teacher\n{repeated}\nbob,student\n{repeated}\n")
    assert [user.username for user in roster.users] == ["ada", "bob"]
    assert roster.notes == ("2 rows that repeat the header",)


def test_row_with_some_of_the_names_of_the_header_is_a_user() -> None:
    roster = read("username,role\nusername,student\nada,role\n")
    assert [user.username for user in roster.users] == ["username", "ada"]
