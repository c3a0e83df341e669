"""Rosters from CSV files."""

from __future__ import annotations

import csv
import hashlib
import io
import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, strategies as st

from orgsdk.bulk import FileError, Roster, SourceError, UserSpec, read_csv
from orgsdk.domain import EMAIL_FORM
from orgsdk.errors import InvalidArgumentError

if TYPE_CHECKING:
    from pathlib import Path

NOT_ENDED = "the last line has no line end: the file may be truncated"
PLAIN = "external_id,username,email,given_name,family_name,roles\nS1,ada,ada@example.org,Ada,Lovelace,teacher;admin\n"


def read(text: str | bytes, **settings: object) -> Roster:
    content = text if isinstance(text, bytes) else text.encode()
    return read_csv(io.BytesIO(content), **settings)  # type: ignore[arg-type]  # different in each test


def problems_of(text: str | bytes, **settings: object) -> list[str]:
    """Return what is wrong, without the name of the file."""
    with pytest.raises(SourceError) as caught:
        read(text, **settings)
    return [str(problem).removeprefix("the file, ") for problem in caught.value.problems]


# What is right


def test_row_becomes_a_user_spec() -> None:
    roster = read(PLAIN)
    assert roster.users == [
        UserSpec(
            external_id="S1",
            username="ada",
            email="ada@example.org",
            given_name="Ada",
            family_name="Lovelace",
            roles=("teacher", "admin"),
            origin="the file, line 2",
        )
    ]
    assert roster.columns == ("external_id", "username", "email", "given_name", "family_name", "roles")
    assert not roster.incomplete


def test_roster_has_the_file_name_and_the_sha256_of_its_bytes(tmp_path: Path) -> None:
    file = tmp_path / "roster.csv"
    file.write_bytes(PLAIN.encode())
    roster = read_csv(file)
    assert (roster.name, roster.users[0].origin) == ("roster.csv", "roster.csv, line 2")
    assert roster.fingerprint == hashlib.sha256(PLAIN.encode()).hexdigest()
    assert read_csv(str(file)).fingerprint == roster.fingerprint
    with file.open("rb") as stream:
        assert read_csv(stream) == roster
        assert not stream.closed
    with pytest.raises(FileError):
        read_csv(tmp_path / "none.csv")


def test_empty_cell_is_none() -> None:
    (user,) = read("username,email,roles,enabled\n ada , ,,\n").users
    assert (user.username, user.email, user.roles, user.enabled) == ("ada", None, None, True)


def test_separators_alone_define_no_roles() -> None:
    assert read("username,role\nada, ; | \n").users[0].roles is None


@pytest.mark.parametrize(
    ("cell", "enabled"), [("true", True), ("No", False), ("0", False), ("INACTIVE", False), (" y ", True), ("", True)]
)
def test_enabled_accepts_the_words_of_spreadsheets(cell: str, enabled: bool) -> None:
    user = read(f"username,enabled\nada,{cell}\n").users[0]
    assert (user.enabled, user.state, user.word) == (
        enabled,
        "active" if enabled else "suspended",
        None if enabled else cell,
    )


@pytest.mark.parametrize(
    ("cell", "state"), [("active", "active"), ("", "active"), ("Suspended", "suspended"), (" toBeDeleted ", "gone")]
)
def test_state_column(cell: str, state: str) -> None:
    user = read(f"username,state\nada,{cell}\n").users[0]
    assert (user.state, user.word) == (state, cell.strip() if state != "active" else None)


@pytest.mark.parametrize(
    ("cells", "state", "word"),
    [
        ("active,no", "suspended", "no"),
        ("suspended,yes", "suspended", "suspended"),
        ("deleted,no", "gone", "deleted"),
        (",", "active", None),
    ],
)
def test_of_two_columns_the_stricter_one_states_the_state(cells: str, state: str, word: str | None) -> None:
    user = read(f"username,state,enabled\nada,{cells}\n").users[0]
    assert (user.state, user.word) == (state, word)


def test_common_column_names_are_accepted() -> None:
    (user,) = read("E-Mail,First Name,lastname,ROLE\nada@example.org,Ada,Lovelace,teacher\n").users
    assert (user.email, user.given_name, user.family_name, user.roles) == (
        "ada@example.org",
        "Ada",
        "Lovelace",
        ("teacher",),
    )


def test_columns_reads_only_the_mapped_columns() -> None:
    text = "Student ID,Mail,Password,Remarks\n17,ada@example.org,secret,late\n"
    (user,) = read(text, columns={"external_id": "Student ID", "email": "Mail"}).users
    assert user == UserSpec(external_id="17", email="ada@example.org", origin="the file, line 2")


def test_columns_are_ignored_by_name() -> None:
    assert read("username,group\nada,5A\n", ignore=["group"]).users[0].username == "ada"


def test_roles_are_mapped_and_users_without_a_role_left_out() -> None:
    text = "username,roles\nada,teacher|mentor\nbob,parent\ncy,parent;teacher\ndi,\n"
    users = read(text, roles={"mentor": "teacher", "parent": None}).users
    assert [(user.username, user.roles) for user in users] == [
        ("ada", ("teacher",)),
        ("cy", ("teacher",)),
        ("di", ()),
    ]


def test_more_different_roles_than_the_cache_holds() -> None:
    users = read("username,role\n" + "".join(f"u{number},r{number % 1_200}\n" for number in range(2_400))).users
    assert [user.roles for user in users] == [(f"r{number % 1_200}",) for number in range(2_400)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
def test_delimiters_line_ends_and_encodings_are_found(delimiter: str, end: str, encoding: str) -> None:
    text = f"username{delimiter}name{end}zoë{delimiter}Zoë Ångström{end}li{delimiter}李{end}"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    users = read((mark + text).encode(encoding)).users
    assert [(user.username, user.name, user.origin) for user in users] == [
        ("zoë", "Zoë Ångström", "the file, line 2"),
        ("li", "李", "the file, line 3"),
    ]


def test_delimiter_within_quotes_is_ignored() -> None:
    assert read('"username";"name"\nada;"a,b,c"\n').users[0].name == "a,b,c"


def test_encoding_with_and_without_a_byte_order_mark() -> None:
    text = "username,name\nzoe,Zoë\n"
    assert read(text.encode("cp1252"), encoding="cp1252").users[0].name == "Zoë"
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le"):
        marked = ("\ufeff" + text).encode("utf-16-le" if "16" in encoding else "utf-8")
        assert read(marked, encoding=encoding).users[0].name == "Zoë"


def test_blank_rows_are_skipped() -> None:
    assert [user.origin for user in read("username,name\n\n,\n , \nada,A\n\n").users] == ["the file, line 5"]


def test_column_without_a_name_must_be_empty() -> None:
    assert len(read("username,,\nada,,\n").users) == 1
    assert problems_of("username,,\nada,,\nbob,,x\n") == ["line 3: column 3 has a value, but no name"]


def test_problem_names_the_first_line_of_a_record() -> None:
    text = 'username,note,email\nada,"one\ntwo\r\nthree",\nbob,,\n"cy","x",\n\nada,,x@example.org\n'
    assert problems_of(text, columns={"username": "username", "email": "email"}) == [
        "line 8: the username is the same as in the file, line 2, but the email differs"
    ]


# What is wrong


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "line 1: the file is empty: the first line must contain the column names"),
        ("\nusername\n", "line 1: the line is blank: the first line must contain the column names"),
        ('username,"na\n', "line 1: a quote in this row is never closed: the file may be truncated"),
        (f"{'x' * 200_000}\n", "line 1: the line has none of the columns"),
        (b'username,"na\nm\xff"\n', "line 2: the byte 0xFF is not utf-8"),
        ("username,emial\n", "line 1: unknown column 'emial' (did you mean 'email'?): map it"),
        ("username,Group\n", "line 1: unknown column 'Group'"),
        ("username,a@example.org\n", "line 1: unknown column number 2"),
        ("ada,ada@example.org\n", "line 1: the line has none of the columns external_id, username, email"),
        (
            "username,username\n",
            "line 1: the columns 'username' and 'username' both contain the username: remove one of them",
        ),
        (
            "given_name,first_name,email\n",
            "line 1: the columns 'given_name' and 'first_name' both contain the given_name",
        ),
        ("name,roles\n", "line 1: there is no key column: add external_id or email or username"),
        ("username,Initial Password\n", "line 1: there is a column 'Initial Password': a roster contains no passwords"),
        ("username,pwd\n", "line 1: there is a column 'pwd': a roster contains no passwords"),
        ("username,name\nada\n", "line 2: the row has 1 cell, the header has 2"),
        (
            "username,name\nada,a,b\n",
            "line 2: the row has 3 cells, the header has 2: write a cell that contains ',' in quotes",
        ),
        ("username,name\nada,a\nbo", f"line 3: {NOT_ENDED}"),
        ("username,name\nada,a\nbob,b", f"line 3: {NOT_ENDED}"),
        ("username,name\nada,a\nbob,b\n ", f"line 4: {NOT_ENDED}"),
        ('username,name\nada,a\nbob,"b\nc"', f"line 4: {NOT_ENDED}"),
        ("username,name", f"line 1: {NOT_ENDED}"),
        ('username,"na\nme"', f"line 2: {NOT_ENDED}"),
        ('username,name\nada,"a', "line 2: a quote in this row is never closed: the file may be truncated"),
        ('username,name\nada,"a"b\n', "line 2: text follows a closing quote"),
        ("username,name\nada,\0\n", "line 2: the line contains a NUL character"),
        ("username,name\n,Ada\n", "line 2: the row has no key: external_id, email, username are all empty"),
        (
            "username,email\nada,a b@c\n",
            f"line 2: the email is invalid: write {EMAIL_FORM}",
        ),
        ("username,email\nada,ada@\u2665.org\n", "line 2: the email is invalid: its domain is not valid in DNS"),
        (
            "username,enabled\nada,maybe\n",
            "line 2: unknown word 'maybe' for enabled (choices: true, yes, 1, ja, wahr, oui,",
        ),
        ('username,name\nada,"A\nB"\n', "line 2: the name contains a line break or another control character"),
        (f"username,name\nada,{'x' * 1001}\n", "line 2: the name has 1,001 characters: at most 1,000 are allowed"),
        (f'username,name\nada,"{"x" * 200_000}\n', "line 2: a quote in this row is never closed"),
        (f"username\n{'x' * 1_100_000}", "line 2: the record is longer than 1,000,000 characters: is a quote open?"),
        (f"username\nada\n{'x' * 1_100_000}\n", "line 3: the record is longer than 1,000,000 characters"),
        (",".join(["username"] * 1001) + "\n", "line 1: there are 1,001 columns: at most 1,000 are allowed"),
    ],
)
def test_invalid_row_is_a_problem(text: str | bytes, problem: str) -> None:
    (message,) = problems_of(text)
    assert message.startswith(problem)


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"columns": {"email": "E Mail"}}, "there is no column 'E Mail' for email (did you mean 'e-mail'?)"),
        ({"columns": {"email": "Name"}}, "2 columns have the name 'Name': rename all but one"),
        ({"columns": {"name": "e-mail"}}, "no key column is mapped: map external_id or"),
        ({"ignore": ["Nmae", "Name"]}, "there is no column 'Nmae' to ignore (did you mean 'Name'?)"),
    ],
)
def test_columns_that_do_not_match_the_header(settings: dict[str, object], problem: str) -> None:
    (message,) = problems_of("e-mail,Name,Name\n", **settings)
    assert message.startswith(f"line 1: {problem}")


def test_missing_header_does_not_repeat_an_address() -> None:
    with pytest.raises(SourceError) as caught:
        read("ada@example.org,teacher\nbob@example.org,teacher\n", columns={"email": "mail"})
    assert "@" not in str(caught.value)


def test_unknown_role_has_a_suggestion() -> None:
    assert problems_of("username,role\nada,techer\n", roles=["teacher", "admin"]) == [
        "line 2: unknown role 'techer' (did you mean 'teacher'?)"
    ]


def test_address_in_the_column_of_the_roles_is_not_repeated() -> None:
    # The cells of a row may be shifted.
    assert problems_of("username,role\nada,ada@example.org\n", roles=["teacher"]) == [
        "line 2: unknown role '[address]' (choices: teacher)"
    ]


@pytest.mark.parametrize("field", ["external_id", "username", "email"])
def test_duplicate_key_names_both_lines(field: str) -> None:
    value = "zoe@b\u00fccher.example" if field == "email" else "Zoe\u0308"
    again = "ZOE@xn--bcher-kva.example" if field == "email" else "Zo\u00eb"
    assert problems_of(f"{field},name\n{value},A\nother@example.org,B\n{again},C\n") == [
        f"line 4: the {field} is the same as in the file, line 2, but the name differs"
    ]


def test_all_problems_are_raised_at_once() -> None:
    assert problems_of("username,email\nada,x\n\nbob\ncy,y\n") == [
        f"line 2: the email is invalid: write {EMAIL_FORM}",
        "line 4: the row has 1 cell, the header has 2",
        f"line 5: the email is invalid: write {EMAIL_FORM}",
    ]


def test_all_problems_are_kept_and_shown_as_one_group() -> None:
    with pytest.raises(SourceError, match=r"1,234 rows \(.*lines 2, 3, 4, …\): the row has 1 cell") as caught:
        read_csv(io.BytesIO(b"username,name\n" + b"ada\n" * 1_234))
    assert len(caught.value.problems) == 1_234
    assert len(str(caught.value).splitlines()) == 2


def test_undecodable_bytes_name_their_line_beyond_the_first_chunk() -> None:
    rows = "".join(f"user{number},Ada\r\n" for number in range(20_000))
    text = f"username,name\r\n{rows}zoe,Zoë\r\nlast,Last\r\n"
    (message,) = problems_of(text.encode("cp1252"))
    assert message == (
        "line 20002: the byte 0xEB is not utf-8: save the file as UTF-8, or pass its encoding, such as cp1252"
    )
    (message,) = problems_of(text.encode("cp1252") + b"\x81", encoding="cp1252")
    assert message == "line 20004: the byte 0x81 is not cp1252: pass the encoding of the file"


def test_problems_before_undecodable_bytes_are_raised_too() -> None:
    assert problems_of(b"username,name\nada\nb\xfcb,B\n") == [
        "line 2: the row has 1 cell, the header has 2",
        "line 3: the byte 0xFC is not utf-8: save the file as UTF-8, or pass its encoding, such as cp1252",
    ]


@pytest.mark.parametrize(
    ("content", "settings", "problem"),
    [
        ("\ufeffusername\n".encode("utf-32-le"), {}, "the file is UTF-32: save it as UTF-8"),
        (PLAIN.encode("utf-8-sig"), {"encoding": "cp1252"}, "the file has the byte order mark of utf-8: omit"),
        (PLAIN.encode("utf-16"), {"encoding": "utf-16-be"}, "the file has the byte order mark of utf-16-le"),
        (PLAIN.encode("utf-16-le"), {}, "the line contains a NUL character: the file is damaged, or UTF-16 without"),
        (PLAIN.encode("utf-16")[:-1], {}, "the byte 0x"),
        (PLAIN.encode("utf-16-le"), {"encoding": "U16"}, "no byte order mark: pass utf-16-le or utf-16-be"),
        (b"username\xff\n", {}, "the byte 0xFF is not utf-8"),
    ],
)
def test_encoding_that_does_not_match_the_bytes(content: bytes, settings: dict[str, object], problem: str) -> None:
    assert problem in problems_of(content, **settings)[-1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"encoding": "utf-9"}, "Unknown text encoding 'utf-9'"),
        ({"encoding": "base64"}, "Unknown text encoding 'base64'"),
        ({"encoding": "punycode"}, "Unknown text encoding 'punycode'"),
        ({"delimiter": "::"}, "The delimiter is '::'"),
        ({"delimiter": '"'}, "The delimiter is"),
        ({"columns": {"mail": "Mail"}}, "columns names the unknown field 'mail' (did you mean 'email'?)"),
        ({"columns": {"password": "Password"}}, "columns names 'password': a roster contains no passwords"),
    ],
)
def test_invalid_arguments_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        read(PLAIN, **settings)
    assert str(caught.value).startswith(message)


def test_file_open_for_text_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match='open it with mode "rb"'):
        read_csv(io.StringIO(PLAIN))  # type: ignore[arg-type]  # the mistake of a newcomer


def test_short_reads_are_combined() -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size or 0, 1))

    roster = read_csv(Slow(("\ufeff" + PLAIN.replace("\n", "\r\n")).encode()))
    assert [user.origin for user in roster.users] == ["the file, line 2"]


@pytest.mark.parametrize(
    ("text", "argument", "option"),
    [
        ("username,Group\n", 'ignore=["NAME"]', "--ignore NAME"),
        ("username,Group\n", 'columns={"email": "NAME"}', "--column FIELD=NAME"),
        ("username", "complete=True", "--complete"),
    ],
)
def test_the_error_names_the_argument_that_solves_it_and_the_command_its_option(
    text: str, argument: str, option: str
) -> None:
    with pytest.raises(SourceError) as caught:
        read(text)
    assert argument in str(caught.value).splitlines()[-1]
    (advice,) = caught.value.advice
    assert option in advice.command
    assert "--" not in str(caught.value)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # pickled in the line itself


# A file that was cut


def test_last_line_without_a_line_end_is_refused_unless_complete() -> None:
    for complete in (None, False):
        assert problems_of(PLAIN[:-1], complete=complete) == [f"line 2: {NOT_ENDED}"]
    whole = read(PLAIN[:-1], complete=True)
    assert (whole.users, whole.incomplete) == (read(PLAIN).users, False)
    assert problems_of("username,name\nada,a\nbo", complete=True) == [
        "line 3: the row has 1 cell, the header has 2",
    ]


def test_complete_false_makes_the_roster_incomplete() -> None:
    assert read(PLAIN, complete=False).incomplete
    assert not read(PLAIN.replace("\n", "\r")).incomplete


def test_other_problems_are_raised_with_a_missing_line_end() -> None:
    messages = problems_of("username,email\nada,x\nbob,bob@example.or")
    assert [one.partition(":")[0] for one in messages] == ["line 2", "line 3"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_file_truncated_within_a_row_is_refused(encoding: str) -> None:
    text = (
        "external_id,username,name,roles\r\n"
        'S1,ada,"Lovelace, Ada ""Countess""",teacher\r\n'
        'S2,zoë,"Zoë\xa0Ångström",teacher;admin\r\n'
        "S3,li,Lí,\r\n"
    )
    settings: dict[str, object] = {} if encoding != "cp1252" else {"encoding": encoding}
    content = text.encode(encoding)
    whole = read(content, **settings)
    ends = {len(text[: position + 1].encode(encoding)) for position, letter in enumerate(text) if letter in "\r\n"}
    for cut in range(len(content)):
        if cut in ends:
            users = read(content[:cut], **settings).users
            assert users == whole.users[: len(users)]
        else:
            assert problems_of(content[:cut], **settings)


# Generated contents

# Without spaces of another width and invisible characters, which are removed.
_CELLS = st.text(
    st.characters(
        exclude_categories=["C", "M", "Z"],
        exclude_characters="\u115f\u1160\u2800\u3164\uffa0\ufffd",
        include_characters=" ",
    ),
    max_size=20,
)
_PEOPLE = st.lists(st.tuples(_CELLS, _CELLS, st.booleans()), max_size=8)


@given(_PEOPLE, st.sampled_from(",;\t"), st.sampled_from(["\n", "\r\n", "\r"]), st.booleans())
def test_what_the_standard_library_writes_is_read_back(
    people: list[tuple[str, str, bool]], delimiter: str, end: str, quoted: bool
) -> None:
    stream = io.StringIO()
    writer = csv.writer(
        stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    )
    writer.writerow(["external_id", "name", "family_name", "enabled"])
    writer.writerows((f"S{row}", name, family, enabled) for row, (name, family, enabled) in enumerate(people))
    users = read(stream.getvalue()).users
    assert [(user.external_id, user.name, user.family_name, user.enabled) for user in users] == [
        (f"S{row}", name.strip() or None, family.strip() or None, enabled)
        for row, (name, family, enabled) in enumerate(people)
    ]


@given(st.binary(max_size=300), st.sampled_from([None, "utf-8", "cp1252", "utf-16", "utf-7", "shift_jis"]))
@example(b'username\n"', None)
@example(b"\xff\xfe", None)
@example(b"\xff\xfe\x00\xd8", None)
def test_random_bytes_raise_only_source_errors(content: bytes, encoding: str | None) -> None:
    for head in (b"", b"username,name\n", b'"username";roles;enabled\r\n'):
        try:
            roster = read(head + content, encoding=encoding)
        except SourceError:
            continue
        else:
            assert all(user.username or user.email or user.external_id for user in roster.users)
