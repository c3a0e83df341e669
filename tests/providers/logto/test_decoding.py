"""Decoding of Logto's responses and errors, and settings, without I/O."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from orgsdk import ConfigurationError, InvalidArgumentError
from orgsdk.providers.logto import Logto, errors, records, requests
from orgsdk.providers.logto.provider import check_endpoint, default_resource
from orgsdk.transport import Headers, ProviderProblem, Response
from orgsdk.transport.errors import error_for

LINK = '<http://127.0.0.1:3301/organizations?page=2&page_size=1>; rel="{}"'


@pytest.mark.parametrize(
    ("headers", "following", "total"),
    [
        ([("Total-Number", "3"), ("Link", LINK.format("first")), ("Link", LINK.format("next"))], "2", 3),
        # All relations are in one line: a proxy may join them.
        ([("total-number", "3"), ("link", f"{LINK.format('first')}, {LINK.format('next')}")], "2", 3),
        # Links have priority over the total, because the list may change.
        ([("Total-Number", "9"), ("Link", LINK.format("first"))], None, 9),
        ([("Link", LINK.format("next"))], "2", None),
        # Without links, the total decides. Without both, a full page is followed by another one.
        ([("Total-Number", "2")], "2", 2),
        ([("Total-Number", "1")], None, 1),
        ([], "2", None),
        *[
            ([("Total-Number", garbage), ("Link", LINK.format("next"))], "2", None)
            for garbage in ("", "many", "-1", "1.5", "1e3", "٣", "9" * 16)
        ],
    ],
)
def test_the_next_page_is_read_from_the_headers(
    headers: list[tuple[str, str]], following: str | None, total: int | None
) -> None:
    found = requests.PAGING.read(["a"], None, 1, headers=Headers(tuple(headers)), metadata={})
    assert (found.next, found.previous, found.total) == (following, None, total)


def test_a_page_that_is_not_full_ends_a_list_without_headers() -> None:
    found = requests.PAGING.read(["a"], "4", 2, headers=Headers(), metadata={})
    assert (found.next, found.previous) == (None, "3")


def test_times_are_utc_from_epoch_milliseconds() -> None:
    row = {"id": "u", "createdAt": 1795353866681, "lastSignInAt": None, "updatedAt": 0}
    (user,) = records.user_reader.many(json.dumps([row]).encode())
    assert user.created_at == datetime(2026, 11, 22, 13, 24, 26, 681000, tzinfo=UTC)
    assert user.created_at is not None
    assert user.created_at.utcoffset() == UTC.utcoffset(None)
    assert user.last_active_at is None


@pytest.mark.parametrize(
    ("expected", "roles"),
    [({}, ()), ({"organizationRoles": None}, ()), ({"organizationRoles": [{"name": "a", "x": 1}]}, ("a",))],
)
def test_roles_are_read_as_names(expected: dict[str, Any], roles: tuple[str, ...]) -> None:
    (user,) = records.user_reader.many(json.dumps([{"id": "u", **expected}]).encode())
    assert user.roles == roles
    assert user.model_dump()["roles"] == roles
    assert json.loads(user.model_dump_json())["roles"] == list(roles)


def test_users_of_the_same_roles_share_one_tuple() -> None:
    # The names are in one order, whatever order Logto sends them in. A stored user has no copy of its own.
    held = [[{"name": "conductor"}, {"name": "admin"}], [{"name": "admin"}, {"name": "conductor"}]]
    rows = [{"id": f"u{number}", "organizationRoles": held[number % 2]} for number in range(4)]
    users = records.user_reader.many(json.dumps(rows).encode())
    assert [user.roles for user in users] == [("admin", "conductor")] * 4
    assert len({id(user.roles) for user in users}) <= 2


def test_a_user_with_minimal_fields_and_one_with_unknown_fields() -> None:
    full: dict[str, Any] = {
        "id": "b",
        "name": "Bo",
        "primaryEmail": "bo@example.org",
        "primaryPhone": "61412345678",
        "avatar": "https://cdn.test/b.png",
        "profile": {"givenName": "B", "familyName": "O", "nickname": "bo"},
        "isSuspended": True,
        "organizationRoles": [{"id": "r1", "name": "admin"}, {"id": "r2", "name": "conductor"}],
        "instrument": ["oboe"],
    }
    bare, user = records.user_reader.many(json.dumps([{"id": "a", "profile": {}}, full]).encode())
    assert (bare.username, bare.email, bare.roles, bare.given_name, bare.is_suspended) == (None, None, (), None, None)
    assert (user.email, user.phone, user.picture_url) == ("bo@example.org", "61412345678", "https://cdn.test/b.png")
    assert (user.given_name, user.family_name, user.is_suspended) == ("B", "O", True)
    assert user.roles == ("admin", "conductor")
    assert user.raw["instrument"] == ["oboe"]


JSON = ("Content-Type", "application/json; charset=utf-8")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            {"code": "guard.invalid_input", "message": "m", "details": "d", "data": {"payload": {"sub": "app"}}},
            ProviderProblem(message="m", code="guard.invalid_input", details="d", request_id="r", is_own=True),
        ),
        (
            {"code": "oidc.invalid_client", "message": "m", "error": "invalid_client", "error_description": "e"},
            ProviderProblem(message="e", code="oidc.invalid_client", request_id="r", is_own=True),
        ),
        (
            {"message": "Unexpected end of JSON input"},
            ProviderProblem(message="Unexpected end of JSON input", request_id="r", is_own=False),
        ),
        (
            {"code": [], "message": [], "details": {}},
            ProviderProblem(message="answered 400 without an explanation", request_id="r", is_own=False),
        ),
        ("Not Found", ProviderProblem(message="Not Found", request_id="r", is_own=False)),
    ],
)
def test_an_error_body_is_read_as_far_as_possible(body: object, problem: ProviderProblem) -> None:
    response = Response(400, Headers((("Logto-Core-Request-Id", "r"), JSON)), json.dumps(body).encode())
    assert errors.read_problem(response) == problem


def test_an_error_body_without_json_is_accepted() -> None:
    problem = errors.read_problem(Response(404, Headers(), b"Not Found"))
    assert problem == ProviderProblem(message="Not Found", is_own=False)


def test_no_e_mail_address_of_an_error_body_reaches_the_error() -> None:
    body = {"code": "request.invalid_input", "message": "bob@example.org is a member", "details": "ask bob@example.org"}
    response = Response(422, Headers(), json.dumps(body).encode())
    error = error_for("logto", requests.organizations.get_organization("o"), response, errors.read_problem(response))
    assert "bob" not in f"{error} {vars(error)}"
    assert "is a member" in str(error)


@pytest.mark.parametrize(
    ("endpoint", "resource"),
    [
        ("https://tenant.logto.app", "https://tenant.logto.app/api"),
        ("https://TENANT.logto.app:443", "https://tenant.logto.app/api"),
        ("https://auth.example.org", "https://default.logto.app/api"),
        ("https://logto.app.example.org", "https://default.logto.app/api"),
        ("https://notlogto.app", "https://default.logto.app/api"),
        ("http://127.0.0.1:3301", "https://default.logto.app/api"),
    ],
)
def test_the_default_resource_is_the_tenants_own_on_logto_cloud(endpoint: str, resource: str) -> None:
    assert default_resource(endpoint) == resource


def test_an_endpoint_loses_its_slash_and_may_have_a_path() -> None:
    assert check_endpoint("https://t.logto.app/") == "https://t.logto.app"
    assert check_endpoint("https://example.org/auth/") == "https://example.org/auth"


@pytest.mark.parametrize("endpoint", ["https://t.logto.app/api", "https://t.logto.app/oidc/", "http://t.logto.app", ""])
def test_an_invalid_endpoint_is_refused(endpoint: str) -> None:
    with pytest.raises(ConfigurationError, match="LOGTO_ENDPOINT"):
        check_endpoint(endpoint)


def test_a_tenant_has_no_default_organization() -> None:
    provider = Logto("https://t.logto.app", app_id="a", app_secret="s")
    with pytest.raises(InvalidArgumentError, match="Logto needs an organization's id"):
        provider.users(None)
