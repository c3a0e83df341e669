"""`read_jsonl`: one object a line, told with its line where it is wrong."""

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
    return read_jsonl(io.BytesIO(content), **settings)  # type: ignore[arg-type]  # each test's own


def told(text: str | bytes, **settings: object) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(text, **settings)
    return [str(problem).removeprefix("the file, ") for problem in caught.value.problems]


def test_an_object_becomes_a_person() -> None:
    roster = read(
        '{"external_id": 17, "email": "ada@example.org", "roles": ["teacher", "admin", ""], "enabled": true}\n'
        "\n"
        '{"username": "bob", "name": null, "roles": "a;b", "enabled": "no"}\r\n'
        '{"username": "cy", "roles": [], "first_name": " Cy "}\n'
    )
    assert roster.users == [
        UserSpec(external_id="17", email="ada@example.org", roles=("teacher", "admin"), origin="the file, line 1"),
        UserSpec(username="bob", roles=("a", "b"), enabled=False, origin="the file, line 3"),
        UserSpec(username="cy", given_name="Cy", origin="the file, line 4"),
    ]
    assert roster.columns == ("external_id", "email", "roles", "enabled", "username", "name", "first_name")
    assert not roster.incomplete


def test_a_mapping_reads_the_files_own_names() -> None:
    text = '{"sis": "1", "mail": "a@b", "password": "x"}\n{"sis": "2", "more": {}}\n'
    users = read(text, columns={"external_id": "sis", "email": "mail"}).users
    assert [(user.external_id, user.email) for user in users] == [("1", "a@b"), ("2", None)]


def test_a_mapped_name_that_no_object_has_is_told_with_the_nearest() -> None:
    assert told('{"sis": "1", "mial": "a@b"}\n', columns={"external_id": "sis", "email": "mail"}) == [
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
        ('{"username": ada}', "line 1: this is no JSON object (Expecting value, character 14)"),
        ('{"username": "ada", "username": "eve"}', "line 1: this is no JSON object (a name stands twice in it)"),
        ('{"username": NaN}', "line 1: this is no JSON object (NaN is no JSON)"),
        ("[" * 100_000, "line 1: this is no JSON object ("),
        ('["ada"]', "line 1: this is JSON, but no object: write one {…} a line"),
        ("{}", "line 1: none of the names external_id,"),
        ('{"username": 1.5}', "line 1: the username is neither text nor a whole number"),
        ('{"username": true}', "line 1: the username is neither text nor a whole number"),
        ('{"username": "a", "roles": {"b": 1}}', "line 1: the roles is neither text nor a whole number"),
        ('{"username": "a", "roles": [["b"]]}', "line 1: the role is neither text nor a whole number"),
        ('{"username": "a", "enabled": 2}', "line 1: enabled is neither true nor false"),
        ('{"username": "a\\u0000"}', "line 1: the username has a line break or another control character in it"),
        ('{"username": "a\\ud800"}', "line 1: the username has a line break or another control character in it"),
        ('{"username": "a", "roles": ["\\ud800"]}', "line 1: the role has a line break or another control character"),
        ('{"user\\ud800": "a"}', "line 1: a name has a line break or another control character in it"),
        ('{"username": "a", "pasword": "x", "Password": "y"}', "line 1: there is a column 'Password': a roster"),
        ('{"name": "a"}', "line 1: no column tells who somebody is"),
        ('{"username": "a", "email": "b"}', "line 1: the email is no address"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str, problem: str) -> None:
    assert told(f"{line}\n" if line else "")[0].startswith(problem)


def test_two_lines_with_one_key_are_told_with_both() -> None:
    assert told('{"username": "a"}\n\n{"username": " a "}\n') == [
        "line 3: the username is that of the file, line 1 already"
    ]


def test_a_wrong_name_is_told_once_not_on_every_line() -> None:
    text = '{"username": "a", "emial": "x"}\n' * 3
    (said,) = told(text)
    assert said.startswith("line 1: the column 'emial' is none of orgsdk's (did you mean 'email'?): map it to a field")


def test_a_file_of_something_else_is_told_shortly() -> None:
    text = "".join(f'{{"username": "u{n}", "key{n}": 1}}\n' for n in range(1_500))
    assert told(text)[-1] == "and 899 more problems"
    assert told(text)[-2] == "line 1000: the file has over 1,000 names: its objects are no people"
    with pytest.raises(SourceError, match="and 82 more"):
        read(text)


def test_bytes_that_do_not_decode_and_records_without_end() -> None:
    assert told(b'{"username": "a"}\n{"username": "\xff"}\n')[0].startswith("line 2: the byte 0xFF is not utf-8")
    assert told('{"username": "' + "a" * 1_100_000)[0].startswith("line 1: the record is longer than 1,000,000")


def test_arguments_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="columns names the field 'mail'"):
        read("{}\n", columns={"mail": "mail"})


def test_cut_at_any_byte_it_never_passes_for_whole_but_between_lines() -> None:
    content = '{"username": "zoë", "roles": ["a"]}\n{"username": "li", "name": "李"}\n'.encode()
    for cut in range(len(content)):
        try:
            roster = read(content[:cut])
        except SourceError:
            continue
        assert roster.incomplete or content[cut - 1 : cut] == b"\n"
    assert read(content[:-1]).incomplete
    assert not read(content[:-1], complete=True).incomplete
    assert "it may be cut" in told(content[:-3])[0]


@pytest.mark.parametrize("stump", ["1", "17", "-", "1.", "tru", "true", "null", "nul", '"ada', '"ada"', "[", "[]", "{"])
@pytest.mark.parametrize("complete", [None, True, False])
def test_what_is_left_of_an_object_is_no_person(stump: str, complete: bool | None) -> None:
    # A number alone is JSON wherever it is cut.
    (said,) = told(f'{{"external_id": 1}}\n{stump}', complete=complete)
    assert said.startswith("line 2: this is ")


def test_an_object_is_whole_wherever_the_file_ends() -> None:
    users = read('{"external_id": 1, "name": "Ada"}\n{"external_id": 2, "name": "Bob"}').users
    assert [(user.external_id, user.name) for user in users] == [("1", "Ada"), ("2", "Bob")]


@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)},
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
def test_random_bytes_raise_nothing_but_a_source_error(content: bytes) -> None:
    for head in (b"", b'{"username": "a"}\n', b'{"roles": ['):
        with suppress(SourceError):
            read(head + content)
