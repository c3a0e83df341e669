"""A record that is read back from its own dump is equal to the first one."""

from __future__ import annotations

import copy
import itertools
import json
import pickle
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk.domain import Invitation, Organization, RecordReader, Role, User
from orgsdk.providers.flat import models as flat_models, records as flat
from orgsdk.providers.logto import models as logto_models, records as logto
from orgsdk.providers.workos import models as workos_models, records as workos

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic import BaseModel

    from orgsdk.providers.http import EnvelopeReader

    Reader = RecordReader[Any] | EnvelopeReader[Any]

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
WORKOS_TIMES = {"created_at": "2026-01-01T00:00:00.123Z", "updated_at": "2026-01-02T00:00:00.123Z"}
WORKOS_USER = {
    "id": "user_1",
    "email": "ada@example.org",
    "email_verified": True,
    "external_id": "e1",
    "locale": "fr",
    "first_name": "Ada",
    "last_name": "L",
    "name": "Ada L",
    "profile_picture_url": "https://example.org/p",
    "metadata": {"a": "b"},
    "last_sign_in_at": "2026-01-03T00:00:00.123Z",
    **WORKOS_TIMES,
}
WORKOS_MEMBERSHIP = {
    "id": "om_1",
    "user_id": "user_1",
    "organization_id": "org_1",
    "organization_name": "School",
    "status": "inactive",
    "role": {"slug": "teacher"},
    "roles": [{"slug": "teacher"}, {"slug": "admin"}],
    "user": WORKOS_USER,
    "directory_managed": False,
    "custom_attributes": {},
    **WORKOS_TIMES,
}
WORKOS_INVITATION = {
    "id": "invitation_1",
    "email": "ada@example.org",
    "state": "accepted",
    "organization_id": "org_1",
    "inviter_user_id": "user_2",
    "accepted_user_id": "user_1",
    "role_slug": "teacher",
    "accept_invitation_url": "https://example.org/i",
    "expires_at": "2026-01-04T00:00:00.123Z",
    **WORKOS_TIMES,
}
WORKOS_ROLE = {
    "id": "role_1",
    "slug": "teacher",
    "name": "Teacher",
    "description": None,
    "type": "EnvironmentRole",
    "permissions": ["users:read", "users:write"],
    **WORKOS_TIMES,
}
MEMORY_USER = {
    **{name: f"{name}" for name in User.model_fields if name not in {"roles", "created_at", "last_active_at"}},
    "is_suspended": False,
    "roles": ["teacher"],
    "created_at": "2026-01-01T00:00:00+02:00",
}
RECORDS: list[tuple[Reader, dict[str, Any]]] = [
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
    (workos.account_reader, WORKOS_USER),
    (workos.member_reader, WORKOS_MEMBERSHIP),
    (workos.member_reader, {**WORKOS_MEMBERSHIP, "status": "active"}),
    (workos.member_reader, {**WORKOS_MEMBERSHIP, "status": "pending", "roles": [], "user": None}),
    (workos.member_reader, {"id": "om_1", "user_id": "user_1", "role": {"slug": "teacher"}}),
    (workos.invitation_reader, WORKOS_INVITATION),
    (workos.invitation_reader, {**WORKOS_INVITATION, "state": "pending", "role_slug": None}),
    (workos.role_reader, WORKOS_ROLE),
    (workos.role_reader, {**WORKOS_ROLE, "permissions": []}),
    (workos.organization_reader, {"id": "org_1", "name": "School", "domains": [], **WORKOS_TIMES}),
    (RecordReader(User), MEMORY_USER),
    (RecordReader(Organization), {"id": "o1", "name": "School", "created_at": "2026-01-01T00:00:00Z"}),
    (RecordReader(Role), {"id": "r1", "name": "teacher", "scopes": ["read"], "kind": "User"}),
    (RecordReader(Invitation), {"id": "i1", "status": "expired", "roles": ["a", "b"], "changed_member": True}),
]


@pytest.mark.parametrize(("reader", "row"), RECORDS)
def test_a_record_read_back_from_its_dump_is_equal(reader: Reader, row: dict[str, Any]) -> None:
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
def test_raw_stays_behind_in_a_dump_and_not_in_a_pickle(reader: Reader, row: dict[str, Any]) -> None:
    record = reader.one(json.dumps(row).encode())
    assert type(record).model_validate_json(record.model_dump_json()).raw == {}
    assert pickle.loads(pickle.dumps(record)).raw == row


def test_every_field_of_a_full_record_is_set() -> None:
    full: list[tuple[Reader, dict[str, Any]]] = [
        (flat.user_reader, FLAT_USER),
        (logto.user_reader, LOGTO_USER),
        (logto.invitation_reader, LOGTO_INVITATION),
        (workos.account_reader, WORKOS_USER),
        (workos.member_reader, WORKOS_MEMBERSHIP),
        (workos.invitation_reader, WORKOS_INVITATION),
    ]
    missing: dict[Reader, set[str]] = {
        flat.user_reader: {"external_id", "phone", "locale", "is_suspended", "created_at"},
        logto.invitation_reader: {"url", "changed_member"},
        workos.account_reader: {"username", "phone", "roles", "is_suspended"},
        workos.member_reader: {"username", "phone"},
        workos.invitation_reader: {"changed_member"},
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
    (workos_models.WorkOSUser, {**WORKOS_USER, "new": {"a": [1]}}),
    (workos_models.OrganizationMembership, {**WORKOS_MEMBERSHIP, "new": 1}),
    (workos_models.WorkOSRole, WORKOS_ROLE),
    (workos_models.WorkOSOrganization, {"id": "org_1", "name": "School", "metadata": {"a": "b"}, **WORKOS_TIMES}),
]


@pytest.mark.parametrize(("model", "row"), NATIVE)
def test_a_native_model_read_back_from_its_dump_is_equal(model: type[BaseModel], row: dict[str, Any]) -> None:
    found = model.model_validate_json(json.dumps(row))
    for by_alias in (False, True):
        assert model.model_validate_json(found.model_dump_json(by_alias=by_alias)) == found
        assert model.model_validate(found.model_dump(by_alias=by_alias)) == found


SECRETS: list[tuple[type[BaseModel], dict[str, Any], set[str]]] = [
    (
        workos_models.WorkOSInvitation,
        {**WORKOS_INVITATION, "token": "tok-4711"},
        {"token", "accept_invitation_url"},
    ),
    (
        workos_models.WebhookEndpoint,
        {"id": "we_1", "endpoint_url": "https://a.example", "secret": "s-4711"},
        {"secret"},
    ),
    (flat_models.UserSigninLink, {"url": "https://flat.example/?t=4711", "token": "4711"}, {"url", "token"}),
    (logto_models.TenantUser, {**LOGTO_USER, "passwordDigest": "digest-4711"}, {"password_digest"}),
]


@pytest.mark.parametrize(("model", "row", "secrets"), SECRETS)
def test_a_secret_is_in_no_json_and_reads_back_as_missing(
    model: type[BaseModel], row: dict[str, Any], secrets: set[str]
) -> None:
    found = model.model_validate_json(json.dumps(row))
    shown = found.model_dump_json()
    assert "4711" not in shown
    again = model.model_validate_json(shown)
    assert again == found.model_copy(update=dict.fromkeys(secrets))
    assert again.model_dump_json() == shown
    assert model.model_validate(found.model_dump()) == found


ODD: tuple[Any, ...] = ("x\ud83d", "\0", "", 7, 1.5, True, [], ["a"], {}, {"a": 1}, None)


def paths(value: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each value in a row."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, each in inner:
        yield from paths(each, (*path, key))


@pytest.mark.parametrize(("reader", "row"), RECORDS)
def test_an_odd_value_in_any_field_leaves_a_record_that_can_be_written_and_read_back(
    reader: Reader, row: dict[str, Any]
) -> None:
    ids = {("id",), ("user_id",), ("user",), ("user", "id")}  # without its id a record is refused
    for path, odd in itertools.product(paths(row), ODD):
        if path not in ids:
            bad: Any = copy.deepcopy(row)
            target = bad
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = odd
            record = reader.one(json.dumps(bad).encode())
            assert type(record).model_validate_json(record.model_dump_json()) == record, (path, odd)
