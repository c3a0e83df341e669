r"""Odd values of a provider: each unsets its field, not its page, and `raw` keeps it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any

import pytest
from pydantic import BaseModel, Field, ValidationError

from orgsdk.domain import Invitation, JsonReader, Record, RecordReader, Role, User, json_reader
from orgsdk.providers.flat import records as flat
from orgsdk.providers.flat.models import UserDetailsAdmin
from orgsdk.providers.logto import records as logto
from orgsdk.providers.logto.models import OrganizationInvitation, OrganizationUser

if TYPE_CHECKING:
    from collections.abc import Mapping

MEMORY: RecordReader[User] = RecordReader(User)
HALF = "x\ud83d"
NORMAL: Mapping[RecordReader[User], dict[str, Any]] = {
    flat.user_reader: {
        "printableName": "Ada",
        "firstname": "Ada",
        "organizationRole": "teacher",
        "lastActivityDate": "2026-01-01T00:00:00Z",
    },
    logto.user_reader: {
        "name": "Ada",
        "profile": {"givenName": "Ada", "familyName": "L"},
        "organizationRoles": [{"id": "r", "name": "teacher"}],
        "lastSignInAt": 1_767_225_600_000,
    },
    MEMORY: {"name": "Ada", "given_name": "Ada", "roles": ["teacher"], "last_active_at": "2026-01-01T00:00:00Z"},
}
ODD_VALUES: list[tuple[RecordReader[User], dict[str, Any], str]] = [
    (flat.user_reader, {"printableName": HALF}, "name"),
    (flat.user_reader, {"lastname": "\udc00"}, "family_name"),
    (flat.user_reader, {"lastActivityDate": ""}, "last_active_at"),
    (flat.user_reader, {"lastActivityDate": "yesterday"}, "last_active_at"),
    (flat.user_reader, {"lastActivityDate": {}}, "last_active_at"),
    (flat.user_reader, {"organizationRole": 7}, "roles"),
    (flat.user_reader, {"organizationRole": HALF}, "roles"),
    (flat.user_reader, {"email": ["ada@example.org"]}, "email"),
    (logto.user_reader, {"name": HALF}, "name"),
    (logto.user_reader, {"profile": {"givenName": HALF, "familyName": "L"}}, "given_name"),
    (logto.user_reader, {"profile": {"givenName": 7, "familyName": "L"}}, "given_name"),
    (logto.user_reader, {"organizationRoles": [{"id": "r"}]}, "roles"),
    (logto.user_reader, {"organizationRoles": [{"id": "r", "name": HALF}]}, "roles"),
    (logto.user_reader, {"organizationRoles": "teacher"}, "roles"),
    (logto.user_reader, {"lastSignInAt": ""}, "last_active_at"),
    (logto.user_reader, {"lastSignInAt": 1e30}, "last_active_at"),
    (logto.user_reader, {"isSuspended": "perhaps"}, "is_suspended"),
    (logto.user_reader, {"customData": {"externalId": HALF}}, "external_id"),
    (MEMORY, {"name": HALF}, "name"),
    (MEMORY, {"roles": None}, "roles"),
    (MEMORY, {"roles": ["teacher", 7]}, "roles"),
    (MEMORY, {"created_at": True}, "created_at"),
]


@pytest.mark.parametrize(("reader", "odd", "field"), ODD_VALUES)
def test_an_odd_value_unsets_its_field_not_its_page(
    reader: RecordReader[User], odd: dict[str, Any], field: str
) -> None:
    rows = [{"id": f"u{number}", **NORMAL[reader]} for number in range(1_000)]
    before = reader.many(json.dumps(rows).encode())
    rows[400] |= odd
    content = json.dumps(rows).encode()
    page = reader.many(content)
    assert [user.id for user in page] == [user.id for user in before]
    assert getattr(page[400], field) == User.model_fields[field].default
    assert page[400].model_dump(exclude={field}) == before[400].model_dump(exclude={field})
    assert page[:400] + page[401:] == before[:400] + before[401:]
    assert page[400].raw == rows[400], "raw has the odd value"
    assert page[999].raw == rows[999]
    assert reader.one(json.dumps(rows[400]).encode()) == page[400]
    page[400].model_dump_json().encode()


@pytest.mark.parametrize("extra", [{"bio": HALF}, {HALF: 1}, {"bio": [{"deep": [HALF]}]}], ids=ascii)
def test_half_a_surrogate_pair_outside_the_fields_changes_nothing(extra: dict[str, Any]) -> None:
    (user,) = MEMORY.many(json.dumps([{"id": "u1", "name": "Ada", **extra}]).encode())
    assert (user, user.raw) == (User(id="u1", name="Ada"), {"id": "u1", "name": "Ada", **extra})


def test_a_whole_surrogate_pair_is_a_character() -> None:
    (user, _) = MEMORY.many(rb'[{"id": "u1", "name": "x\ud83d\ude00"}, {"id": "u2", "name": "\ud83d"}]')
    assert user.name == "x\N{GRINNING FACE}"


def test_deep_nesting_outside_the_fields_changes_nothing() -> None:
    (user,) = MEMORY.many(b'[{"id": "u1", "extra": ' + b"[" * 300 + b"]" * 300 + b"}]")
    assert (user.id, "extra" in user.raw) == ("u1", True)


def test_several_odd_values_of_a_page_unset_their_fields() -> None:
    page = [{"id": "u1", "name": HALF, "email": 7, "created_at": ""}, {"id": "u2", "roles": 7, "locale": "fr"}]
    assert MEMORY.many(json.dumps(page).encode()) == [User(id="u1"), User(id="u2", locale="fr")]


@pytest.mark.parametrize("odd", [7, HALF, None, []], ids=ascii)
def test_a_required_text_that_is_odd_is_empty(odd: object) -> None:
    role = RecordReader(Role).one(json.dumps({"id": "r1", "name": odd}).encode())
    assert (role.id, role.name, role.raw["name"]) == ("r1", "", odd)
    invitation = logto.invitation_reader.one(json.dumps({"id": "i1", "status": odd, "invitee": "a@b.c"}).encode())
    assert (invitation.id, invitation.status, invitation.email) == ("i1", "", "a@b.c")


@pytest.mark.parametrize("used_by", [[7], [HALF], [{}]], ids=ascii)
def test_an_odd_id_of_who_accepted_leaves_the_invitation_accepted(used_by: list[object]) -> None:
    content = json.dumps({"id": "i1", "usedBy": used_by, "organizationRole": 7}).encode()
    invitation = flat.invitation_reader.one(content)
    assert (invitation.status, invitation.accepted_user_id, invitation.roles) == ("accepted", None, ())


def test_an_odd_value_of_a_native_model_unsets_its_field() -> None:
    license_ = {"id": "l1", "mode": "site", "expirationDate": ""}
    row = {"id": "u1", "username": HALF, "firstname": 7, "license": license_, "groups": ["g1", HALF], "novelty": 1}
    (user,) = JsonReader(UserDetailsAdmin).many(json.dumps([row]).encode())
    assert (user.username, user.firstname, user.groups, user.model_extra) == ("", None, (), {"novelty": 1})
    assert user.license is not None
    assert (user.license.id, user.license.expiration_date) == ("l1", None)
    member = JsonReader(OrganizationUser).one(
        json.dumps({"id": "u1", "createdAt": "", "profile": {"nickname": 7, "gender": "f"}}).encode()
    )
    assert (member.created_at, member.profile and member.profile.gender) == (None, "f")


@pytest.mark.parametrize(
    "row",
    [
        {},
        {"id": None},
        {"id": 7},
        {"id": HALF},
        {"id": {}, "name": 7},
        {"name": "Ada"},
        None,
        7,
        HALF,
        [],
    ],
    ids=ascii,
)
def test_an_object_without_a_valid_id_is_refused(row: object) -> None:
    with pytest.raises(ValidationError):
        MEMORY.one(json.dumps(row).encode())
    with pytest.raises(ValidationError) as caught:
        MEMORY.many(json.dumps([{"id": "u1", "name": HALF}, row]).encode())
    assert {problem["loc"][0] for problem in caught.value.errors()} == {1}, "only what cannot be repaired is an error"


def test_a_missing_required_text_is_refused() -> None:
    with pytest.raises(ValidationError):
        RecordReader(Role).many(b'[{"id": "r1"}]')
    with pytest.raises(ValidationError):
        RecordReader(Invitation).one(b'{"id": "i1", "email": 7}')
    with pytest.raises(ValidationError):
        JsonReader(OrganizationInvitation).one(b'{"id": "i1", "invitee": "a@b.c"}')


class Strict(BaseModel):
    """A required text that must not be empty, and a required number."""

    id: str
    code: Annotated[str, Field(min_length=1)] = "none"
    label: Annotated[str, Field(min_length=1)]


def test_a_required_text_that_must_not_be_empty_is_refused() -> None:
    assert JsonReader(Strict).one(b'{"id": "a", "code": "", "label": "l"}').code == "none"
    with pytest.raises(ValidationError):
        JsonReader(Strict).one(b'{"id": "a", "label": ""}')


def test_a_normal_page_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("the slow path ran")

    monkeypatch.setattr(json_reader, "repair", fail)
    monkeypatch.setattr(json_reader, "_decode", fail)
    for reader, fields in NORMAL.items():
        assert len(reader.many(json.dumps([{"id": "u1", **fields}, {"id": "u2"}]).encode())) == 2


def test_a_huge_page_of_odd_values_is_refused_without_repair(monkeypatch: pytest.MonkeyPatch) -> None:
    repaired: list[object] = []

    def note(item: object, _: object) -> object:
        repaired.append(item)
        return item

    monkeypatch.setattr(json_reader, "repair", note)
    with pytest.raises(ValidationError):
        MEMORY.many(b"[" + b",".join([b'{"id": "u", "name": 7}'] * 10_001) + b"]")
    with pytest.raises(ValidationError):
        MEMORY.many(b'[{"id": "u", "name": "\\ud83d"}' + b" " * 10)
    assert repaired == []


def test_an_object_with_very_many_odd_values_is_refused() -> None:
    with pytest.raises(ValidationError):
        MEMORY.one(json.dumps({"id": "u1", "roles": [7] * 1_001}).encode())
    assert MEMORY.one(json.dumps({"id": "u1", "roles": [7] * 1_000}).encode()).roles == ()


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"1" * 400, b"0.1", b"NaN"])
def test_odd_numbers_outside_the_fields_do_not_hinder_the_repair(number: bytes) -> None:
    (user,) = MEMORY.many(b'[{"id": "u1", "name": 7, "n": ' + number + b"}]")
    assert (user.name, "n" in user.raw) == (None, True)


def test_records_of_a_repaired_page_are_records() -> None:
    (first, second) = MEMORY.many(b'[{"id": "u1", "name": 7}, {"id": "u2", "name": "Bob"}]')
    assert isinstance(first, Record)
    assert (first.raw, second.raw) == ({"id": "u1", "name": 7}, {"id": "u2", "name": "Bob"})
