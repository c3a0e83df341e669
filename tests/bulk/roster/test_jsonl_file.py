"""Rosters from JSON Lines files."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import pytest
from hypothesis import example, given, strategies as st

from orgsdk.bulk import Roster, SourceError, UserSpec, read_jsonl
from orgsdk.errors import InvalidArgumentError


def read(text: str | bytes, **settings: object) -> Roster:
    content = text if isinstance(text, bytes) else text.encode()
    return read_jsonl(io.BytesIO(content), **settings)  # type: ignore[arg-type]  # different in each test


def problems_of(text: str | bytes, **settings: object) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(text, **settings)
    return [str(problem).removeprefix("the file, ") for problem in caught.value.problems]


def test_object_becomes_a_row() -> None:
    roster = read(
        '{"external_id": 17, "email": "ada@example.org", "roles": ["teacher", "admin", ""], "enabled": true}\n'
        "\n"
        '{"username": "bob", "name": null, "roles": "a;b", "enabled": "no"}\r\n'
        '{"username": "cy", "roles": [], "first_name": " Cy "}\n'
    )
    assert roster.users == [
        UserSpec(external_id="17", email="ada@example.org", roles=("teacher", "admin"), origin="the file, line 1"),
        UserSpec(username="bob", roles=("a", "b"), state="suspended", word="no", origin="the file, line 3"),
        UserSpec(username="cy", roles=(), given_name="Cy", origin="the file, line 4"),
    ]
    assert roster.columns == ("external_id", "email", "roles", "enabled", "username", "name", "first_name")
    assert not roster.incomplete


def test_columns_maps_names() -> None:
    text = '{"sis": "1", "mail": "a@b", "password": "x"}\n{"sis": "2", "more": {}}\n'
    users = read(text, columns={"external_id": "sis", "email": "mail"}).users
    assert [(user.external_id, user.email) for user in users] == [("1", "a@b"), ("2", None)]


def test_missing_mapped_name_is_a_problem_with_a_suggestion() -> None:
    assert problems_of('{"sis": "1", "mial": "a@b"}\n', columns={"external_id": "sis", "email": "mail"}) == [
        "the file: no object has the name 'mail' for email (did you mean 'mial'?)"
    ]


def test_names_are_ignored_and_roles_are_mapped() -> None:
    text = '{"username": "ada", "role": "t", "class": "5A"}\n{"username": "bob", "role": ["p"]}\n'
    assert [user.roles for user in read(text, ignore=["class"], roles={"t": "teacher", "p": None}).users] == [
        ("teacher",)
    ]


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("", "line 1: the file is empty"),
        ('{"username": ada}', "line 1: the line is not a JSON object (Expecting value, character 14)"),
        ('{"username": "ada", "username": "eve"}', "line 1: the line is not a JSON object (a name occurs twice)"),
        ('{"username": NaN}', "line 1: the line is not a JSON object (NaN is not JSON)"),
        ("[" * 100_000, "line 1: the line is not a JSON object ("),
        ('["ada"]', "line 1: the line is not a JSON object: write one {…} for each line"),
        ("{}", "line 1: the line has none of the columns external_id,"),
        ('{"username": 1.5}', "line 1: the username must be text or a whole number"),
        ('{"username": true}', "line 1: the username must be text or a whole number"),
        ('{"username": "a", "roles": {"b": 1}}', "line 1: the roles must be text or a whole number"),
        ('{"username": "a", "roles": [["b"]]}', "line 1: the role must be text or a whole number"),
        ('{"username": "a", "enabled": 2}', "line 1: unknown word '2' for enabled (choices: true"),
        ('{"username": "a\\ud800"}', "line 1: the username contains half of a surrogate pair"),
        ('{"username": "a", "roles": ["\\ud800"]}', "line 1: the role contains half of a surrogate pair"),
        ('{"username": "a", "roles": "a\\nb"}', "line 1: the role contains a line break or another control character"),
        (json.dumps({"username": "a", "name": "\x1b" * 1_001}), "line 1: the name has 1,001 characters"),
        ('{"user\\ud800": "a"}', "line 1: a name contains a line break or another control character"),
        ('{"username": "a", "pasword": "x", "Password": "y"}', "line 1: there is a column 'Password': a roster"),
        ('{"name": "a"}', "line 1: there is no key column"),
        ('{"username": "a", "email": "b"}', "line 1: the email is invalid"),
    ],
)
def test_invalid_line_is_a_problem(line: str, problem: str) -> None:
    assert problems_of(f"{line}\n" if line else "")[0].startswith(problem)


def test_duplicate_key_names_both_lines() -> None:
    assert problems_of('{"username": "a"}\n\n{"username": " a ", "name": "A"}\n') == [
        "line 3: the username is the same as in the file, line 1, but the name differs"
    ]


def test_unknown_name_is_one_problem() -> None:
    text = '{"username": "a", "emial": "x"}\n' * 3
    (message,) = problems_of(text)
    assert message.startswith("line 1: unknown column 'emial' (did you mean 'email'?): map it to a field")


def test_problems_of_an_unrelated_file_are_limited() -> None:
    text = "".join(f'{{"username": "u{n}", "key{n}": 1}}\n' for n in range(1_500))
    assert problems_of(text)[-1] == "line 1000: the file has over 1,000 different names: its objects are not users"
    with pytest.raises(SourceError, match="and 980 more"):
        read(text)


def test_undecodable_bytes_and_too_long_records() -> None:
    assert problems_of(b'{"username": "a"}\n{"username": "\xff"}\n')[0].startswith("line 2: the byte 0xFF is not utf-8")
    assert problems_of('{"username": "' + "a" * 1_100_000)[0].startswith("line 1: the record is longer than 1,000,000")


def test_invalid_arguments_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="columns names the unknown field 'mail'"):
        read("{}\n", columns={"mail": "mail"})


def test_file_truncated_within_a_line_is_never_complete() -> None:
    content = '{"username": "zoë", "roles": ["a"]}\n{"username": "li", "name": "李"}\n'.encode()
    for cut in range(len(content)):
        try:
            roster = read(content[:cut])
        except SourceError:
            continue
        assert roster.incomplete or content[cut - 1 : cut] == b"\n"
    assert read(content[:-1]).incomplete
    assert not read(content[:-1], complete=True).incomplete
    assert "may be truncated" in problems_of(content[:-3])[0]


@pytest.mark.parametrize("rest", ["1", "17", "-", "1.", "tru", "true", "null", "nul", '"ada', '"ada"', "[", "[]", "{"])
@pytest.mark.parametrize("complete", [None, True, False])
def test_truncated_object_is_a_problem(rest: str, complete: bool | None) -> None:
    # A truncated number is valid JSON.
    (message,) = problems_of(f'{{"external_id": 1}}\n{rest}', complete=complete)
    assert message.startswith("line 2: the line is not a JSON object")


def test_last_object_without_a_line_end_is_read() -> None:
    users = read('{"external_id": 1, "name": "Ada"}\n{"external_id": 2, "name": "Bob"}').users
    assert [(user.external_id, user.name) for user in users] == [("1", "Ada"), ("2", "Bob")]


# Without spaces of another width and invisible characters, which are removed.
_LETTERS = st.characters(
    exclude_categories=["C", "M", "Z"],
    exclude_characters="\u115f\u1160\u2800\u3164\uffa0\ufffd",
    include_characters=" ",
)


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.none() | st.text(_LETTERS, max_size=20)},
            optional={"enabled": st.booleans(), "roles": st.lists(st.sampled_from(["a", "b"]), min_size=1)},
        ),
        min_size=1,
    ),
    st.booleans(),
)
def test_what_the_standard_library_writes_is_read_back(people: list[dict[str, object]], ascii_: bool) -> None:
    rows = [{"external_id": f"S{row}", **person} for row, person in enumerate(people)]
    users = read("".join(json.dumps(row, ensure_ascii=ascii_) + "\n" for row in rows)).users
    assert [(user.external_id, user.name, user.enabled, user.roles) for user in users] == [
        (
            row["external_id"],
            str(row["name"] or "").strip() or None,
            row.get("enabled", True),
            tuple(dict.fromkeys(row["roles"])) if "roles" in row else None,  # type: ignore[call-overload]  # a list
        )
        for row in rows
    ]


@given(st.binary(max_size=200) | st.text(max_size=50).map(lambda text: json.dumps({"username": text}).encode()))
@example(b'{"username": "\\ud800"}')
def test_random_bytes_raise_only_source_errors(content: bytes) -> None:
    for head in (b"", b'{"username": "a"}\n', b'{"roles": ['):
        with suppress(SourceError):
            read(head + content)
