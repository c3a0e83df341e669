r"""Pages in an envelope: read once, with `raw`, with repaired values, and bounded."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, strategies as st
from pydantic import BaseModel, Field, ValidationError

from orgsdk.domain import RecordReader, User
from orgsdk.providers.http import EnvelopeReader

if TYPE_CHECKING:
    from collections.abc import Mapping

HALF = "x\ud83d"


class WireUser(User):
    """A user whose address has another name on the wire."""

    email: str | None = Field(None, validation_alias="primaryEmail")


class Item(BaseModel):
    """A model that is no record."""

    id: str
    size: int | None = None


USERS: EnvelopeReader[WireUser] = EnvelopeReader(WireUser)
RESOURCES: EnvelopeReader[WireUser] = EnvelopeReader(WireUser, items="Resources", total="totalResults")
ITEMS: EnvelopeReader[Item] = EnvelopeReader(Item, items="items")
ROWS: list[dict[str, Any]] = [
    {"id": f"u{number}", "primaryEmail": f"u{number}@example.org", "metadata": {"n": number}} for number in range(100)
]


def encode(value: object) -> bytes:
    return json.dumps(value).encode()


def test_the_items_and_the_other_members_are_read() -> None:
    content = encode({"object": "list", "data": ROWS, "list_metadata": {"before": None, "after": "u99"}, "items": 5})
    users, metadata = USERS.page(content, 100)
    assert users == RecordReader(WireUser).many(encode(ROWS))
    assert metadata == {"object": "list", "list_metadata": {"before": None, "after": "u99"}, "items": 5}
    assert USERS.many(content, 100) == users
    assert USERS.one(encode(ROWS[3])).raw == ROWS[3]


@pytest.mark.parametrize("reader", [RESOURCES, USERS], ids=["Resources", "data"])
def test_raw_of_each_record_is_its_own_object(reader: EnvelopeReader[WireUser]) -> None:
    name = "data" if reader is USERS else "Resources"
    users, _ = reader.page(encode({"totalResults": 100, name: ROWS, "more": [[1], {"id": "u0"}]}))
    assert [user.raw for user in users] == ROWS
    assert pickle.loads(pickle.dumps(users[7])).raw == ROWS[7]
    assert b"u8@example.org" not in pickle.dumps(users[7])


def test_the_bytes_are_decoded_for_raw_alone_and_once(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bytes] = []
    original = json.loads

    def loads(text: bytes) -> object:
        decoded.append(text)
        return original(text)

    content = encode({"data": ROWS, "next": "a"})
    monkeypatch.setattr("orgsdk.domain.record.json.loads", loads)
    users, _ = USERS.page(content)
    assert decoded == []
    assert (users[0].raw, users[99].raw, decoded) == (ROWS[0], ROWS[99], [content])


def test_models_that_are_no_records_are_read() -> None:
    assert ITEMS.page(b'{"items": [{"id": "a", "size": 1}], "n": 1}') == ([Item(id="a", size=1)], {"n": 1})
    assert ITEMS.one(b'{"id": "a"}') == Item(id="a")


@pytest.mark.parametrize(
    ("odd", "fields"),
    [
        ({"primaryEmail": 7}, {"email": None}),
        ({"primaryEmail": HALF}, {"email": None}),
        ({"created_at": "yesterday"}, {"created_at": None}),
        ({"roles": "teacher"}, {"roles": ()}),
        ({"extra": HALF}, {}),
        ({"extra": [[[[[]]]]] * 3, "name": 7}, {"name": None}),
    ],
    ids=ascii,
)
def test_an_odd_value_unsets_its_field_not_its_page(odd: dict[str, Any], fields: Mapping[str, object]) -> None:
    rows = [dict(row) for row in ROWS]
    rows[40] |= odd
    users, metadata = USERS.page(encode({"data": rows, "after": "x"}))
    before, _ = USERS.page(encode({"data": ROWS}))
    assert [user.id for user in users] == [row["id"] for row in ROWS]
    assert {name: getattr(users[40], name) for name in fields} == fields
    assert users[:40] + users[41:] == before[:40] + before[41:]
    assert (users[40].raw, users[99].raw, metadata) == (rows[40], rows[99], {"after": "x"})


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"7",
        b"[]",
        b'[{"id": "u1"}]',
        b"{}",
        b'{"data": null}',
        b'{"data": {}}',
        b'{"data": {"id": "u1"}}',
        b'{"data": "u1"}',
        b'{"Data": []}',
        b'{"error": "none", "totalResults": 0}',
        b'{"data": [7]}',
        b'{"data": [null]}',
        b'{"data": [{"id": 7}]}',
        b'{"data": [{"id": ""}, {"name": 7}]}',
        b'{"data": [{"id": "u1"}]',
        b'{"data": []} {}',
        b"\xff{}",
        b'{"data": ' + b"[" * 100_000,
        b'{"data": [], "m": ' + b"[" * 300 + b"]" * 300 + b"}",
    ],
    ids=lambda content: ascii(content[:40]),
)
def test_what_is_no_envelope_is_refused(content: bytes) -> None:
    with pytest.raises(ValidationError):
        USERS.page(content)


# The list would end too early if the cursor were unset, as the field of an item is.
@pytest.mark.parametrize("odd", [b'"x\\ud83d"', b'{"after": "x\\ud83d"}'])
def test_an_unreadable_member_beside_the_items_is_refused(odd: bytes) -> None:
    with pytest.raises(ValidationError):
        USERS.page(b'{"data": [{"id": "u1"}], "next": ' + odd + b"}")


def test_items_may_be_missing_only_if_the_total_is_zero() -> None:
    for empty in (b'{"totalResults": 0}', b'{"totalResults": 0, "Resources": null}', b'{"Resources": []}'):
        assert RESOURCES.page(empty)[0] == []
    for content in (b'{"totalResults": 1}', b'{"totalResults": "0"}', b'{"Resources": null}', b"{}"):
        with pytest.raises(ValidationError):
            RESOURCES.page(content)
    with pytest.raises(ValidationError) as caught:
        RESOURCES.page(b'{"totalResults": 3}')
    assert [(problem["type"], problem["loc"]) for problem in caught.value.errors()] == [("missing", ("Resources",))]


def test_an_error_states_the_index_of_the_item() -> None:
    with pytest.raises(ValidationError) as caught:
        USERS.page(b'{"data": [{"id": "u1"}, {"id": 7}]}')
    assert caught.value.errors()[0]["loc"] == ("data", 1, "id")


@pytest.mark.parametrize("count", [17, 1_000, 100_000])
def test_far_more_items_than_requested_are_refused_before_they_are_built(count: int) -> None:
    # The last item is invalid. It is not reached.
    content = b'{"a": {"b": 1, "c": [1, 2]}, "data": [' + b'{"id":"u"},' * count + b"{}]}"
    with pytest.raises(ValidationError) as caught:
        USERS.page(content, 10)
    assert [problem["type"] for problem in caught.value.errors()] == ["too_long"]


def test_tiny_items_are_counted_before_the_response_is_parsed() -> None:
    # Each is invalid: the first would be the error if they were parsed.
    with pytest.raises(ValidationError) as caught:
        USERS.page(b'{"data": [' + b"{}," * 100_000 + b"{}]}", 10)
    assert [(problem["type"], problem["loc"]) for problem in caught.value.errors()] == [("too_long", ())]


def test_metadata_with_many_members_is_no_excess_of_items() -> None:
    row = {"id": "u1", "bio": "," * 2_000}
    many = dict.fromkeys(map(str, range(300)), 1)
    assert len(USERS.page(encode({"data": [row], "m": many}), 1)[0]) == 1


@pytest.mark.parametrize("name", ["data", "Resources", "items", "value", "model_config", "id", "übergabe", "a.b"])
def test_any_name_of_a_member_can_have_the_items(name: str) -> None:
    users, metadata = EnvelopeReader(User, items=name).page(encode({name: [{"id": "u1"}], "other": name}))
    assert (users, users[0].raw, metadata) == ([User(id="u1")], {"id": "u1"}, {"other": name})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(
    st.lists(st.dictionaries(st.sampled_from(["name", "roles", "primaryEmail", "extra"]), JSON), max_size=5),
    st.dictionaries(st.sampled_from(["next", "total", "object", "m"]), JSON),
    st.booleans(),
)
def test_an_envelope_is_read_as_its_array(
    rows: list[dict[str, Any]], others: dict[str, Any], items_first: bool
) -> None:
    for number, row in enumerate(rows):
        row["id"] = f"u{number}"
    parts = [{"data": rows}, others]
    content = encode(parts[0] | parts[1] if items_first else parts[1] | parts[0])
    try:
        expected = RecordReader(WireUser).many(encode(rows))
    except ValidationError:
        with pytest.raises(ValidationError):
            USERS.page(content)
        return
    users, metadata = USERS.page(content)
    assert (users, metadata) == (expected, others)
    assert [user.raw for user in users] == rows


@given(st.binary(max_size=60) | JSON.map(encode))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    try:
        items, metadata = ITEMS.page(content)
    except ValidationError:
        return
    assert json.loads(content) == {"items": json.loads(content)["items"], **metadata}
    assert len(items) == len(json.loads(content)["items"])
