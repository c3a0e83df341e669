"""Rosters from JSON arrays, and from objects with a list in them."""

from __future__ import annotations

import io
import json
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from orgsdk.bulk import Roster, SourceError, UserSpec, read_json, read_jsonl
from orgsdk.bulk.roster.json_stream import JsonItems


def read(document: object, **settings: object) -> Roster:
    content = document if isinstance(document, bytes) else json.dumps(document, indent=1).encode()
    return read_json(io.BytesIO(content), **settings)  # type: ignore[arg-type]  # different in each test


def problems_of(document: object, **settings: object) -> list[str]:
    with pytest.raises(SourceError) as caught:
        read(document, **settings)
    return [str(problem).removeprefix("the file, ") for problem in caught.value.problems]


ADA = {"username": "ada", "email": "ada@example.org"}
BOB = {"username": "bob", "roles": ["student"]}


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("name", [None, "users", "data", "Resources", "Users"])
def test_array_and_object_with_a_list_are_read(name: str | None, indent: int | None) -> None:
    document = [ADA, BOB] if name is None else {"realm": {"users": [1]}, "count": 2, name: [ADA, BOB], "other": []}
    roster = read(json.dumps(document, indent=indent).encode())
    assert [(user.username, user.email, user.roles) for user in roster.users] == [
        ("ada", "ada@example.org", None),
        ("bob", None, ("student",)),
    ]
    assert (roster.columns, roster.incomplete, roster.notes) == (("username", "email", "roles"), False, ())


def test_origin_has_the_line_and_the_number_of_the_item() -> None:
    assert [user.origin for user in read([ADA, BOB]).users] == ["the file, line 2, item 1", "the file, line 6, item 2"]


def test_list_is_named() -> None:
    document = {"result": {"page": 1, "people": [ADA]}, "users": [BOB]}
    assert [user.username for user in read(document, items="result.people").users] == ["ada"]
    assert problems_of({"peple": [ADA], "n": 1}) == [
        "the file: the object has no list users or data or Resources or Users (choices: peple)"
    ]
    assert problems_of({"people": [ADA]}, items="peopel") == [
        "the file: the object has no list 'peopel' (did you mean 'people'?)"
    ]
    assert "more than one list" in problems_of({"users": [ADA], "data": [BOB]})[0]


def test_nested_fields_have_dotted_names() -> None:
    document: list[dict[str, object]] = [
        {
            "id": "1",
            "profile": {"login": "ada", "name": {"first": "Ada"}},
            "emails": [{"value": "ada@example.org"}, {"value": "b@x"}],
            "groups": [{"name": "teacher"}, {"name": "admin"}],
            "urn:x:2.0": {"number": 7},
        },
        {"id": "2", "profile": {"login": "bob"}, "emails": [], "profile.login": "other"},
    ]
    columns = {
        "username": "profile.login",
        "given_name": "profile.name.first",
        "email": "emails.0.value",
        "roles": "groups.name",
        "external_id": "urn:x:2.0.number",
    }
    ada, bob = read(document, columns=columns).users
    assert (ada.username, ada.given_name, ada.email, ada.roles, ada.external_id) == (
        "ada",
        "Ada",
        "ada@example.org",
        ("teacher", "admin"),
        "7",
    )
    assert (bob.username, bob.email, bob.roles, bob.external_id) == ("other", None, None, None)
    lines = "".join(json.dumps(one) + "\n" for one in document).encode()
    assert [user.username for user in read_jsonl(io.BytesIO(lines), columns=columns).users] == ["ada", "other"]


def test_missing_dotted_name_has_a_suggestion() -> None:
    message = problems_of([{"profile": {"login": "ada"}}], columns={"username": "profile.logn"})[-1]
    assert message == "the file: no object has the name 'profile.logn' for username (did you mean 'profile.login'?)"


def test_list_where_a_text_is_expected_is_a_problem() -> None:
    (message,) = problems_of([{"id": "1", "mails": ["a@x", "b@x"]}], columns={"external_id": "id", "email": "mails"})
    assert message == "line 2, item 1: the email must be text or a whole number"


@pytest.mark.parametrize(
    "beside",
    [
        {"totalResults": 5},
        {"total": 3},
        {"list_metadata": {"after": "user_1"}},
        {"next": "https://example.org/2"},
        {"nextPageToken": "x"},
    ],
)
def test_page_is_incomplete(beside: dict[str, object]) -> None:
    roster = read({**beside, "data": [ADA, BOB]})
    assert roster.incomplete
    assert "it is one page" in roster.notes[0]
    assert not read({**beside, "data": [ADA, BOB]}, complete=True).incomplete


@pytest.mark.parametrize("beside", [{"totalResults": 2}, {"list_metadata": {"after": None}}, {"next": ""}])
def test_list_with_all_users_is_complete(beside: dict[str, object]) -> None:
    assert not read({"data": [ADA, BOB], **beside}).incomplete


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "line 1: the file is empty"),
        (b"7", "line 1: the file is neither an array nor an object of JSON"),
        (b"[", "line 1: the file is not JSON ("),
        (b'[{"username": "a"}', "line 1: the file is not JSON (',' is missing), or it is truncated"),
        (b'[{"username": "a"},\n{"username": ', "line 2: the file is not JSON ("),
        (b'[{"username": "a"},]', "line 1: the file is not JSON ("),
        (b'{"users": [{"username": "a"}]', "line 1: the file is not JSON, or it is truncated"),
        (b'{"users": [{"username": "a"}], "n": 1', "line 1: the file is not JSON"),
        (b'{"users": [], "users": []}', "line 1: the file is not JSON (a name occurs twice)"),
        (b'[{"username": "a", "username": "b"}]', "line 1: the file is not JSON (a name occurs twice)"),
        (b'[{"username": NaN}]', "line 1: the file is not JSON (NaN is not JSON)"),
        (b'["ada"]', "line 1, item 1: the item is not an object"),
        (b'{"username": "a"}\n{"username": "b"}\n', "line 2: there is text after the end of the JSON: if each line"),
        (b'[{"username": "\xff"}]', "line 1: the byte 0xFF is not utf-8"),
        (b"[" * 100_000, "line 1: the file is not JSON (it is nested too deeply)"),
        (b'[{"username": "' + b"a" * 1_100_000 + b'"}]', "line 1: a value is longer than 1,000,000 characters"),
    ],
)
def test_file_that_is_no_json_is_refused(content: bytes, problem: str) -> None:
    assert problems_of(content)[0].startswith(problem)


def test_truncated_file_is_refused_at_any_byte() -> None:
    content = json.dumps(
        {"realm": "x", "users": [ADA, {**BOB, "name": "Zoë 李"}], "n": [1]}, ensure_ascii=False
    ).encode()
    for size in range(len(content)):
        assert problems_of(content[:size])


def test_large_value_beside_the_list_is_passed_over() -> None:
    document = {"clients": [{"secret": "x" * 100_000}] * 20, "users": [ADA], "roles": {"realm": ["y" * 300_000]}}
    assert len(read(document).users) == 1


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(VALUES, max_size=5), st.sampled_from([None, 1]), st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_items_are_the_same_in_parts_of_any_length(items: list[object], indent: int | None, sizes: list[int]) -> None:
    for document in (items, {"a": [1], "users": items, "b": {"c": items}}):
        text, position = json.dumps(document, indent=indent), 0
        parts: list[str] = []
        while position < len(text):
            size = sizes[len(parts) % len(sizes)]
            parts.append(text[position : position + size])
            position += size
        assert [item for _, item in JsonItems(parts)] == items


@given(VALUES, st.integers(0, 40))
def test_other_documents_raise_only_source_errors(document: object, cut: int) -> None:
    for shape in (document, [document], {"users": [document]}, [{"username": document, "roles": document}]):
        content = json.dumps(shape).encode()
        for part in (content, content[:cut]):
            with suppress(SourceError):
                assert all(isinstance(user, UserSpec) for user in read(part).users)
