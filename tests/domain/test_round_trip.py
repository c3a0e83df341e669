"""A record that is read back from its own dump is equal to the first one."""

from __future__ import annotations

import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.domain import Invitation, Organization, Record, RecordReader, Role, User
from orgsdk.providers.flat import models as flat_models, records as flat
from orgsdk.providers.logto import models as logto_models, records as logto

if TYPE_CHECKING:
    from pydantic import BaseModel

FLAT_USER = {
    "id": "u1",
    "printableName": "Ada L",
    "username": "ada",
    "firstname": "Ada",
    "lastname": "L",
    "email": "ada@example.org",
    "picture": "https://example.org/p",
    "organizationRole": "teacher",
    "lastActivityDate": "2026-01-01T00:00:00.123Z",
}
FLAT_INVITATION = {
    "id": "i1",
    "email": "ada@example.org",
    "organizationRole": "admin",
    "organization": "o1",
    "invitedBy": "u1",
    "htmlUrl": "https://example.org/i",
    "creationDate": "2026-01-01T00:00:00Z",
}
LOGTO_USER = {
    "id": "u1",
    "customData": {"externalId": "e1"},
    "username": "ada",
    "primaryEmail": "ada@example.org",
    "primaryPhone": "41790000000",
    "name": "Ada L",
    "profile": {"givenName": "Ada", "familyName": "L", "locale": "fr"},
    "avatar": "https://example.org/p",
    "organizationRoles": [{"id": "r1", "name": "teacher"}, {"id": "r2", "name": "admin"}],
    "isSuspended": True,
    "createdAt": 1_767_225_600_123,
    "lastSignInAt": 1_000,
}
LOGTO_INVITATION = {
    "id": "i1",
    "invitee": "ada@example.org",
    "status": "Accepted",
    "organizationRoles": [{"id": "r1", "name": "teacher"}],
    "organizationId": "o1",
    "inviterId": "u1",
    "acceptedUserId": "u2",
    "createdAt": 1_767_225_600_123,
    "expiresAt": 1_767_225_600_124,
}
MEMORY_USER = {
    **{name: f"{name}" for name in User.model_fields if name not in {"roles", "created_at", "last_active_at"}},
    "is_suspended": False,
    "roles": ["teacher"],
    "created_at": "2026-01-01T00:00:00+02:00",
}
RECORDS: list[tuple[RecordReader[Any], dict[str, Any]]] = [
    (flat.user_reader, FLAT_USER),
    (flat.user_reader, {"id": "u1", "name": "Ada"}),
    (flat.user_reader, {"id": "u1", "organizationRole": None, "lastActivityDate": None}),
    (flat.invitation_reader, FLAT_INVITATION),
    (flat.invitation_reader, {**FLAT_INVITATION, "usedBy": []}),
    (flat.invitation_reader, {**FLAT_INVITATION, "usedBy": ["u2"]}),
    (flat.account_reader, {"id": "u1", "organization": "o1"}),
    (logto.user_reader, LOGTO_USER),
    (logto.user_reader, {"id": "u1", "organizationRoles": None, "profile": {}, "customData": {}}),
    (logto.organization_reader, {"id": "o1", "name": "School", "description": "d", "createdAt": 1_000}),
    (logto.role_reader, {"id": "r1", "name": "teacher", "type": "User", "scopes": [{"id": "s", "name": "read"}]}),
    (logto.role_reader, {"id": "r1", "name": "teacher", "scopes": []}),
    (logto.role_reader, {"id": "r1", "name": "teacher"}),
    (logto.invitation_reader, LOGTO_INVITATION),
    (logto.invitation_reader, {**LOGTO_INVITATION, "status": "Pending", "organizationRoles": []}),
    (RecordReader(User), MEMORY_USER),
    (RecordReader(Organization), {"id": "o1", "name": "School", "created_at": "2026-01-01T00:00:00Z"}),
    (RecordReader(Role), {"id": "r1", "name": "teacher", "scopes": ["read"], "kind": "User"}),
    (RecordReader(Invitation), {"id": "i1", "status": "expired", "roles": ["a", "b"], "changed_member": True}),
]


@pytest.mark.parametrize(("reader", "row"), RECORDS)
def test_a_record_read_back_from_its_dump_is_equal(reader: RecordReader[Record], row: dict[str, Any]) -> None:
    record = reader.one(json.dumps(row).encode())
    kind = type(record)
    assert kind.model_validate_json(record.model_dump_json()) == record
    assert kind.model_validate_json(record.model_dump_json(by_alias=True)) == record
    assert kind.model_validate_json(record.model_dump_json(exclude_defaults=True, exclude_unset=True)) == record
    assert kind.model_validate(record.model_dump()) == record
    assert kind(**record.model_dump()) == record
    assert reader.one(record.model_dump_json().encode()) == record
    assert kind.model_validate_json(json.dumps(row)) == record, "by the provider's names too"


@pytest.mark.parametrize(("reader", "row"), RECORDS)
def test_raw_stays_behind_in_a_dump_and_not_in_a_pickle(reader: RecordReader[Record], row: dict[str, Any]) -> None:
    record = reader.one(json.dumps(row).encode())
    assert type(record).model_validate_json(record.model_dump_json()).raw == {}
    assert pickle.loads(pickle.dumps(record)).raw == row


def test_every_field_of_a_full_record_is_set() -> None:
    full: list[tuple[RecordReader[Any], dict[str, Any]]] = [
        (flat.user_reader, FLAT_USER),
        (logto.user_reader, LOGTO_USER),
        (logto.invitation_reader, LOGTO_INVITATION),
    ]
    missing: dict[RecordReader[Any], set[str]] = {
        flat.user_reader: {"external_id", "phone", "locale", "is_suspended", "created_at"},
        logto.invitation_reader: {"url", "changed_member"},
    }
    for reader, row in full:
        record = reader.one(json.dumps(row).encode())
        empty = {name for name, value in record if value in (None, (), False)}
        assert empty == missing.get(reader, set())


def test_a_record_of_an_application_reads_both_names() -> None:
    class Member(flat.FlatUser):
        """A record that an application has derived."""

    by_alias = Member.model_validate_json(b'{"id": "u1", "firstname": "Ada"}')
    assert by_alias == Member.model_validate_json(b'{"id": "u1", "given_name": "Ada"}')
    assert by_alias.given_name == "Ada"


NATIVE: list[tuple[type[BaseModel], dict[str, Any]]] = [
    (
        flat_models.UserDetailsAdmin,
        {**FLAT_USER, "license": {"id": "l", "expirationDate": "2026-01-01T00:00:00Z"}, "groups": ["g"], "new": 1},
    ),
    (flat_models.OrganizationInvitation, {**FLAT_INVITATION, "usedBy": ["u2"]}),
    (logto_models.OrganizationUser, {**LOGTO_USER, "new": {"a": [1]}}),
    (logto_models.TenantUser, {**LOGTO_USER, "ssoIdentities": [{"id": "s", "createdAt": 1_767_225_600_123}]}),
    (logto_models.OrganizationRole, {"id": "r1", "name": "teacher", "scopes": [{"id": "s", "name": "read"}]}),
    (logto_models.OrganizationInvitation, {**LOGTO_INVITATION, "tenantId": "t"}),
]


@pytest.mark.parametrize(("model", "row"), NATIVE)
def test_a_native_model_read_back_from_its_dump_is_equal(model: type[BaseModel], row: dict[str, Any]) -> None:
    found = model.model_validate_json(json.dumps(row))
    for by_alias in (False, True):
        assert model.model_validate_json(found.model_dump_json(by_alias=by_alias)) == found
        assert model.model_validate(found.model_dump(by_alias=by_alias)) == found
