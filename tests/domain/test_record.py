"""Records: raw JSON, immutability, copies and pickles."""

from __future__ import annotations

import copy
import json
import pickle
import sys
import tracemalloc
from typing import TYPE_CHECKING

import pytest
from pydantic import Field, ValidationError

from orgsdk.domain import Invitation, Organization, Record, RecordReader, Role, User
from orgsdk.domain.record import Document, mark_adopted
from orgsdk.errors import DecodeError

if TYPE_CHECKING:
    from collections.abc import Callable


class WireUser(User):
    """A user whose fields stand elsewhere on the wire."""

    email: str | None = Field(None, validation_alias="primaryEmail")


READER: RecordReader[WireUser] = RecordReader(WireUser)
ADA = {"id": "u1", "primaryEmail": "ada@example.org", "customData": {"instrument": "engine"}, "license": None}
BOB = {"id": "u2", "primaryEmail": None, "groups": ["5B"]}
PAGE = json.dumps([ADA, BOB]).encode()
COPIES: dict[str, Callable[[User], User]] = {
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "model_copy": lambda user: user.model_copy(),
    "pickle": lambda user: pickle.loads(pickle.dumps(user)),
    "old pickle": lambda user: pickle.loads(pickle.dumps(user, protocol=0)),
}


@pytest.fixture
def decodes(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Note every text that is decoded for `raw`."""
    texts: list[bytes] = []
    original = json.loads

    def loads(text: bytes) -> object:
        texts.append(text)
        return original(text)

    monkeypatch.setattr("orgsdk.domain.record.json.loads", loads)
    return texts


def test_raw_includes_unknown_fields() -> None:
    assert [user.raw for user in READER.many(PAGE)] == [ADA, BOB]
    assert READER.one(json.dumps(ADA).encode()).raw == ADA


def test_a_page_is_decoded_for_raw_once_on_first_use(decodes: list[bytes]) -> None:
    ada, bob = READER.many(PAGE)
    assert (ada.id, ada.email) == ("u1", "ada@example.org")
    assert decodes == []
    assert (ada.raw, bob.raw, ada.raw) == (ADA, BOB, ADA)
    assert decodes == [PAGE]


@pytest.mark.parametrize("method", ["copy", "deepcopy", "model_copy"])
def test_a_copy_shares_the_decoded_page(decodes: list[bytes], method: str) -> None:
    ada, _ = READER.many(PAGE)
    assert COPIES[method](ada).raw is ada.raw
    assert decodes == [PAGE]


def test_raw_of_a_constructed_record_is_empty() -> None:
    assert Role(id="r1", name="teacher").raw == {}
    assert pickle.loads(pickle.dumps(Role(id="r1", name="teacher"))).raw == {}


def test_raw_of_a_non_object_is_empty() -> None:
    assert Document(b"[1, 2]").item(0) == {}
    assert Document(b"null").item(None) == {}


@pytest.mark.parametrize(
    "extra",
    [b'"big": ' + b"9" * 5000, b'"big": -' + b"9" * 5000, b'"deep": ' + b"[" * 100_000],
    ids=["huge integer", "huge negative integer", "deep"],
)
def test_raw_that_python_cannot_decode_raises(extra: bytes) -> None:
    document = Document(b'[{"id": "ada@example.org", ' + extra + b"}]")
    for _ in range(2):
        with pytest.raises(DecodeError, match="json cannot decode the response") as caught:
            document.item(0)
        assert caught.value.__context__ is None, "json's own error holds the whole answer"


# To older pydantic the sign is one of the digits.
@pytest.mark.parametrize("extra", [b"9" * 4300, b"-" + b"9" * 4299, b"1e999", b"[" * 190 + b"]" * 190])
def test_every_record_read_has_raw(extra: bytes) -> None:
    assert RecordReader(User).one(b'{"id": "u1", "extra": ' + extra + b"}").raw["id"] == "u1"


def test_raw_respects_the_limit_of_digits_of_the_process() -> None:
    user = RecordReader(User).one(b'{"id": "u1", "big": ' + b"9" * 4000 + b"}")
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        with pytest.raises(DecodeError, match="cannot decode"):
            _ = user.raw
    finally:
        sys.set_int_max_str_digits(before)
    assert user.raw["id"] == "u1"


@pytest.mark.parametrize("method", COPIES)
def test_a_copy_keeps_its_own_raw(method: str) -> None:
    copies = [COPIES[method](user) for user in READER.many(PAGE)]
    assert [(type(user), user.id, user.raw) for user in copies] == [(WireUser, "u1", ADA), (WireUser, "u2", BOB)]
    assert copies == READER.many(PAGE)


@pytest.mark.parametrize("method", COPIES)
def test_a_copy_of_a_constructed_record_is_equal(method: str) -> None:
    role = User(id="u1", name="Ada")
    assert COPIES[method](role) == role
    assert COPIES[method](role).raw == {}


@pytest.mark.parametrize("method", COPIES)
def test_a_copy_of_an_adopted_record_is_adopted(method: str) -> None:
    ada, bob = READER.many(PAGE)
    mark_adopted(ada)
    assert (COPIES[method](ada).adopted, COPIES[method](bob).adopted, User(id="u1").adopted) == (True, False, False)
    assert COPIES[method](ada).raw == ADA
    assert ada == READER.many(PAGE)[0], "how it was come by makes no other user of it"


def test_a_pickle_contains_only_its_own_record() -> None:
    _, bob = READER.many(PAGE)
    assert b"ada@example.org" not in pickle.dumps(bob)
    assert pickle.loads(pickle.dumps(pickle.loads(pickle.dumps(bob)))).raw == BOB


def test_a_changed_copy_keeps_raw() -> None:
    (ada, _) = READER.many(PAGE)
    renamed = ada.model_copy(update={"name": "Ada L."})
    assert (renamed.name, ada.name, renamed.raw) == ("Ada L.", None, ADA)


@pytest.mark.parametrize("change", [("name", "Eve"), ("raw", {}), ("brand_new", 1)])
def test_a_record_is_immutable(change: tuple[str, object]) -> None:
    (ada, _) = READER.many(PAGE)
    with pytest.raises((ValidationError, AttributeError)):
        setattr(ada, *change)
    assert (ada, ada.raw) == (READER.many(PAGE)[0], ADA)


def test_records_are_compared_by_their_fields_and_hashable() -> None:
    again = READER.many(json.dumps([ADA | {"license": "ignored"}]).encode())
    assert set(READER.many(PAGE)) | set(again) == set(READER.many(PAGE))
    assert READER.many(PAGE)[0] != User(id="u1", email="ada@example.org")


def test_an_unknown_field_is_not_an_attribute() -> None:
    (ada, _) = READER.many(PAGE)
    assert "customData" not in ada.model_dump()
    assert not hasattr(ada, "customData")


def test_an_unknown_role_is_a_plain_string() -> None:
    user = RecordReader(User).one(b'{"id": "u1", "roles": ["teacher", "grandmaster"]}')
    assert user.roles == ("teacher", "grandmaster")
    invitation = RecordReader(Invitation).one(b'{"id": "i1", "status": "on hold"}')
    assert invitation.status == "on hold"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"id": 7}',
        b'{"id": "\xff"}',
        b'{"id": "u1", "extra": "\xff"}',
        b'{"id": "u1", "extra": ' + b"9" * 5000 + b"}",
        b'{"id": "u1", "extra": ' + b"[" * 100_000 + b"}",
    ],
    ids=lambda content: content[:40],
)
def test_an_invalid_user_is_rejected(content: bytes) -> None:
    with pytest.raises(ValidationError):
        RecordReader(User).one(content)
    with pytest.raises(ValidationError):
        RecordReader(User).many(b"[" + content + b"1]")


@pytest.mark.parametrize("kind", [Organization, User, Role, Invitation])
def test_a_record_needs_only_its_id(kind: type[Record]) -> None:
    required = {name for name, field in kind.model_fields.items() if field.is_required()}
    assert required == {User: {"id"}, Organization: {"id"}, Role: {"id", "name"}, Invitation: {"id", "status"}}[kind]


def test_records_share_the_bytes_of_their_page() -> None:
    count, padding = 200, "x" * 20_000
    content = json.dumps([{"id": f"u{n}", "customData": padding} for n in range(count)]).encode()
    READER.many(PAGE)  # the validator is built on first use
    tracemalloc.start()
    try:
        users = READER.many(content)
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # A user is about 2 KB; with its own 20 KB of raw the page would take ten times as much.
    assert kept < count * 4_000
    assert users[-1].raw["customData"] == padding


def test_users_of_a_page_share_equal_sets_of_fields() -> None:
    page = b'[{"id": "a", "name": "A"}, {"id": "b"}, {"id": "c", "name": "C"}]'
    first, second, third = RecordReader(User).many(page)
    assert [user.model_fields_set for user in (first, second, third)] == [{"id", "name"}, {"id"}, {"id", "name"}]
    assert first.model_fields_set is third.model_fields_set
    changed = third.model_copy(update={"email": "c@example.org"})
    assert (changed.model_fields_set, first.model_fields_set) == ({"id", "name", "email"}, {"id", "name"})
