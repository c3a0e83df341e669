"""Recorded responses of a real Logto, decoded by the provider."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnprocessableError,
)
from orgsdk.domain import JsonReader
from orgsdk.providers.logto import errors, models, records
from orgsdk.providers.logto.requests import PAGING
from orgsdk.transport import Headers, Request, Response
from orgsdk.transport.errors import error_for

if TYPE_CHECKING:
    from orgsdk.domain import Record, RecordReader

Recording = dict[str, Any]

ERRORS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    405: BadRequestError,
    422: UnprocessableError,
    429: RateLimitError,
    431: BadRequestError,
    500: ServerError,
    501: ServerError,
}
BY_CODE: dict[str | None, type[APIError]] = {
    # The limit belongs to one recipient, not to the tenant, so the transport sees no rate limit (test_invitations.py).
    errors.MESSAGE_LIMIT_CODE: BadRequestError,
    "entity.unique_integrity_violation": ConflictError,
    "user.email_already_in_use": ConflictError,
    "user.phone_already_in_use": ConflictError,
    "user.username_already_in_use": ConflictError,
}
ID = "[0-9a-z]+"
REQUEST = Request("recorded", "GET", "/recorded")


def response(recorded: Recording) -> Response:
    answer = recorded["response"]
    content = json.dumps(answer["json"]) if "json" in answer else answer["text"]
    # `headers` joins the lines of one name; `raw_headers` has each line.
    raw = [tuple(line) for line in answer.get("raw_headers", ())]
    names = {name.lower() for name, _ in raw}
    lines = [*raw, *((name, value) for name, value in answer["headers"].items() if name.lower() not in names)]
    return Response(answer["status"], Headers(tuple(lines)), content.encode())


def answered(recordings: list[Recording], path: str) -> list[Recording]:
    return [
        recorded
        for recorded in recordings
        if recorded["request"]["method"] == "GET"
        and recorded["response"]["status"] == 200
        and "json" in recorded["response"]
        and re.fullmatch(path, recorded["request"]["path"])
    ]


@pytest.mark.parametrize(
    ("path", "reader", "at_least"),
    [
        (f"/api/organizations/{ID}/users", records.user_reader, 15),
        ("/api/users", records.user_reader, 10),
        ("/api/organizations", records.organization_reader, 15),
        ("/api/organization-roles", records.role_reader, 3),
    ],
)
def test_every_recorded_list_is_read(
    recordings: list[Recording], path: str, reader: RecordReader[Record], at_least: int
) -> None:
    found = answered(recordings, path)
    assert len(found) >= at_least
    for recorded in found:
        query = recorded["request"].get("query") or {}
        position, size = str(query.get("page") or 1), str(query.get("page_size") or 20)
        if not all(re.fullmatch(r"\d{1,9}", number) for number in (position, size)):
            continue  # recorded to see how Logto reads page 1.5 or 0x2; this client never sends it
        answer = response(recorded)
        items = reader.many(answer.content, int(size))
        page = PAGING.read(items, position, int(size), headers=answer.headers, metadata={})
        rows = recorded["response"]["json"]
        assert [item.raw for item in page.items] == rows, recorded["op"]
        assert page.total == int(answer.headers.get("total-number") or -1), recorded["op"]
        following = 'rel="next"' in (recorded["response"]["headers"].get("link") or "")
        assert page.next == (str(int(position) + 1) if following else None), recorded["op"]


def test_recorded_members_are_read(recordings: list[Recording]) -> None:
    compared = 0
    for recorded in answered(recordings, f"/api/organizations/{ID}/users"):
        for row, user in zip(
            recorded["response"]["json"], records.user_reader.many(response(recorded).content), strict=True
        ):
            compared += 1
            assert (user.id, user.email, user.username) == (row["id"], row["primaryEmail"], row["username"])
            assert user.roles == tuple(role["name"] for role in row["organizationRoles"])
            assert user.created_at is not None
            assert round(user.created_at.timestamp() * 1000) == row["createdAt"]
    assert compared >= 10


def test_each_recorded_organization_is_read(recordings: list[Recording]) -> None:
    found = answered(recordings, f"/api/organizations/{ID}")
    assert found
    for recorded in found:
        organization = records.organization_reader.one(response(recorded).content)
        row = recorded["response"]["json"]
        assert (organization.id, organization.name) == (row["id"], row["name"])


def test_recorded_roles_have_the_names_of_their_scopes(recordings: list[Recording]) -> None:
    for recorded in answered(recordings, "/api/organization-roles"):
        for row, role in zip(
            recorded["response"]["json"], records.role_reader.many(response(recorded).content), strict=True
        ):
            assert (role.name, role.kind) == (row["name"], row["type"])
            assert role.scopes == tuple(scope["name"] for scope in row["scopes"])


MODELS: list[tuple[str, str, JsonReader[Any]]] = [
    ("(GET|PATCH)", f"/api/organizations/{ID}", JsonReader(models.TenantOrganization)),
    ("(GET|POST)", "/api/organizations", JsonReader(models.TenantOrganization)),
    ("GET", f"/api/organizations/{ID}/users", JsonReader(models.OrganizationUser)),
    ("POST", f"/api/organizations/{ID}/users", JsonReader(models.AddedOrganizationUsers)),
    ("GET", f"/api/organizations/{ID}/users/{ID}/roles", JsonReader(models.OrganizationRole)),
    ("POST", f"/api/organizations/{ID}/users/{ID}/roles", JsonReader(models.AssignedOrganizationRoles)),
    ("GET", f"/api/organizations/{ID}/users/{ID}/scopes", JsonReader(models.OrganizationScope)),
    ("(GET|POST)", f"/api/organizations/{ID}/jit/email-domains", JsonReader(models.OrganizationJitEmailDomain)),
    ("GET", f"/api/organizations/{ID}/jit/roles", JsonReader(models.OrganizationRole)),
    ("(GET|POST|PATCH)", f"/api/organization-roles(/{ID})?", JsonReader(models.OrganizationRole)),
    ("GET", f"/api/organization-roles/{ID}/scopes", JsonReader(models.OrganizationScope)),
    ("GET", f"/api/organization-roles/{ID}/resource-scopes", JsonReader(models.ResourceScope)),
    ("(GET|POST|PATCH)", f"/api/organization-scopes(/{ID})?", JsonReader(models.OrganizationScope)),
    ("(GET|POST)", "/api/organization-invitations", JsonReader(models.OrganizationInvitation)),
    ("(GET|PUT)", f"/api/organization-invitations/{ID}(/status)?", JsonReader(models.OrganizationInvitation)),
    ("(GET|POST|PATCH)", f"/api/users(/{ID}(/is-suspended|/password)?)?", JsonReader(models.TenantUser)),
    ("PATCH", f"/api/users/{ID}/profile", JsonReader(models.UserProfile)),
    ("GET", f"/api/users/{ID}/has-password", JsonReader(models.UserHasPassword)),
    ("GET", f"/api/users/{ID}/organizations", JsonReader(models.UserOrganization)),
    ("GET", f"/api/users/{ID}/roles", JsonReader(models.UserRole)),
    ("POST", f"/api/users/{ID}/roles", JsonReader(models.AssignedUserRoles)),
]


@pytest.mark.parametrize(("method", "path", "reader"), MODELS)
def test_every_recorded_response_is_read_into_a_model_completely(
    recordings: list[Recording], method: str, path: str, reader: JsonReader[models.LogtoResponseModel]
) -> None:
    compared = 0
    for recorded in recordings:
        request, answer = recorded["request"], recorded["response"]
        ours = re.fullmatch(method, request["method"]) and re.fullmatch(path, request["path"])
        if not ours or answer["status"] not in {200, 201} or "json" not in answer:
            continue
        compared += 1
        rows, content = answer["json"], response(recorded).content
        found = reader.many(content) if isinstance(rows, list) else [reader.one(content)]
        for row, model in zip(rows if isinstance(rows, list) else [rows], found, strict=True):
            dumped = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
            if dumped.get("passwordDigest"):
                dumped["passwordDigest"] = row["passwordDigest"]  # the model hides it
            assert dumped == row, recorded["op"]
            assert not model.model_extra, recorded["op"]
    assert compared


def test_every_recorded_error_has_the_right_class(recordings: list[Recording]) -> None:
    failed = [recorded for recorded in recordings if recorded["response"]["status"] >= 400]
    assert len(failed) > 200
    for recorded in failed:
        answer = response(recorded)
        error = error_for("logto", REQUEST, answer, errors.read_problem(answer))
        body = recorded["response"].get("json") or {}
        expected = BY_CODE.get(body.get("code"), ERRORS[answer.status])
        if answer.status == 404 and answer.media_type != "application/json":
            expected = APIError  # of an unknown path or an oversized body: no object is missing
        assert type(error) is expected, recorded["op"]
        assert error.code == body.get("code"), recorded["op"]
        assert error.request_id == recorded["response"]["headers"].get("logto-core-request-id"), recorded["op"]
        assert error.message, recorded["op"]
        assert (error.details is None) is ("details" not in body), recorded["op"]


def test_no_recorded_error_shows_an_address_a_token_or_a_claim(recordings: list[Recording]) -> None:
    claims: set[str] = set()
    shown: list[str] = []
    for recorded in recordings:
        if recorded["response"]["status"] >= 400:
            answer = response(recorded)
            error = error_for("logto", REQUEST, answer, errors.read_problem(answer))
            shown.append(f"{error} {vars(error)}")
            data = (recorded["response"].get("json") or {}).get("data") or {}
            payload = data.get("payload", {})
            claims |= {str(payload[name]) for name in ("jti", "sub") if name in payload}
    assert claims
    everything = "\n".join(shown)
    assert not [claim for claim in claims if claim in everything]
    assert not re.search(r"\S@\S|eyJ|Bearer \w", everything)
