"""The primary one of a list as a field of a record."""

from __future__ import annotations

import json
from typing import Annotated, Any

import pytest
from pydantic import Field

from orgsdk.domain import RecordReader, User
from orgsdk.providers.http import PrimaryOf


class SCIMUser(User):
    """A user of a server with several addresses."""

    email: Annotated[str | None, PrimaryOf()] = Field(None, validation_alias="emails")
    phone: Annotated[str | None, PrimaryOf("number", primary="main")] = Field(None, validation_alias="phones")


READER: RecordReader[SCIMUser] = RecordReader(SCIMUser)


@pytest.mark.parametrize(
    ("emails", "email"),
    [
        ([{"value": "a"}, {"value": "b", "primary": True}, {"value": "c", "primary": True}], "b"),
        ([{"value": "a"}, {"value": "b", "primary": False}], "a"),
        ([{"value": "a"}, {"value": "b", "primary": "true"}], "a"),
        ([{"value": "a"}, {"primary": True}], "a"),
        ([{"value": ""}, {"value": None, "primary": True}, {"value": 7}, "x", None, {"value": "d"}], "d"),
        ({"value": "a"}, "a"),
        ([{"type": "work"}], None),
        ([], None),
        (None, None),
        (7, None),
        ("plain@example.org", "plain@example.org"),
    ],
)
def test_the_primary_value_is_read(emails: Any, email: str | None) -> None:
    content = json.dumps({"id": "u1", "emails": emails}).encode()
    user = READER.one(content)
    assert (user.email, user.raw) == (email, {"id": "u1", "emails": emails})
    assert READER.many(b"[" + content + b"]") == [user]


def test_the_members_may_have_other_names() -> None:
    phones = [{"number": "1", "primary": True}, {"number": "2", "main": True}]
    assert READER.one(json.dumps({"id": "u1", "phones": phones}).encode()).phone == "2"
    assert READER.one(b'{"id": "u1"}').phone is None


def test_a_record_is_read_back_from_its_dump() -> None:
    user = READER.one(b'{"id": "u1", "emails": [{"value": "a@example.org"}]}')
    assert SCIMUser.model_validate_json(user.model_dump_json()) == user
    assert SCIMUser(id="u1", email="a@example.org") == user
