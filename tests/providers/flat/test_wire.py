"""Flat's requests and error answers, without I/O."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from orgsdk import APIError, InvalidArgumentError, InvalidCursorError, RateLimitError
from orgsdk.domain import UserQuery
from orgsdk.providers.flat import wire
from orgsdk.transport import Headers, Problem, Response


@pytest.mark.parametrize(
    ("query", "position", "page_size", "target"),
    [
        (UserQuery(), None, 1000, "/organizations/users?limit=1000"),
        (UserQuery(query=""), None, 1, "/organizations/users?limit=1"),
        (UserQuery(query="é&=+ %"), None, 5, "/organizations/users?q=%C3%A9%26%3D%2B+%25&limit=5"),
        (UserQuery(role="admin"), "next:a+b/c==", 5, "/organizations/users?role=admin&limit=5&next=a%2Bb%2Fc%3D%3D"),
        (UserQuery(), "previous:x:y", 5, "/organizations/users?limit=5&previous=x%3Ay"),
    ],
)
def test_a_page_is_asked_for(query: UserQuery, position: str | None, page_size: int, target: str) -> None:
    request = wire.list_organization_users(query, position, page_size)
    assert (request.method, request.target, request.body) == ("GET", target, None)


def test_a_count_takes_the_filters_and_no_limit() -> None:
    request = wire.count_orga_users(UserQuery(query="a", role="user"))
    assert (request.method, request.target) == ("GET", "/organizations/users/count?q=a&role=user")


def test_the_account_is_asked_for() -> None:
    assert wire.get_authenticated_user().target == "/me"


@pytest.mark.parametrize("role", ["user", "teacher", "admin", "accountAdmin"])
def test_flats_own_roles_are_taken(role: str) -> None:
    assert wire.filters(UserQuery(role=role)) == [("role", role)]


@pytest.mark.parametrize("role", ["student", "Teacher", "accountadmin", " admin"])
def test_another_role_is_refused(role: str) -> None:
    with pytest.raises(InvalidArgumentError, match="Flat has no role"):
        wire.filters(UserQuery(role=role))


@pytest.mark.parametrize("position", ["", "2", "next:", "limit:1000", "q:x"])
def test_a_position_that_names_no_page_is_refused(position: str) -> None:
    with pytest.raises(InvalidCursorError):
        wire.list_organization_users(UserQuery(), position, 10)


RESET = ("X-RateLimit-Reset", "1900000000")
RESETS_AT = datetime.fromtimestamp(1_900_000_000, UTC)


@pytest.mark.parametrize(
    ("status", "code", "headers", "kind", "resets_at"),
    [
        (403, "API_RATE_LIMIT_EXCEEDED", (RESET,), RateLimitError, RESETS_AT),
        (403, "API_RATE_LIMIT_EXCEEDED", (), RateLimitError, None),
        (403, "API_RATE_LIMIT_EXCEEDED", (("X-RateLimit-Reset", "soon"),), RateLimitError, None),
        (429, "TOO_MANY", (RESET,), RateLimitError, RESETS_AT),
        # A plain 403 is a refusal, even with nothing left: never to be repeated (facts/flat.md, Rate limit).
        (403, "FORBIDDEN", (RESET, ("X-RateLimit-Remaining", "0")), None, None),
        (403, "QUOTA_EXCEEDED", (RESET,), None, None),
        (402, "API_RATE_LIMIT_EXCEEDED", (), None, None),
    ],
)
def test_exhaustion_is_told_from_a_refusal(
    status: int,
    code: str,
    headers: tuple[tuple[str, str], ...],
    kind: type[APIError] | None,
    resets_at: datetime | None,
) -> None:
    body = json.dumps({"code": code, "message": "m"}).encode()
    problem = wire.read_problem(Response(status, Headers(headers), body))
    assert (problem.kind, problem.resets_at, problem.code, problem.message) == (kind, resets_at, code, "m")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            b'{"code": "INVALID", "message": "No", "id": "r1", "param": "limit"}',
            Problem(message="No", code="INVALID", details="parameter limit", request_id="r1"),
        ),
        (
            b'{"code": 7, "message": null, "id": [], "param": {}}',
            Problem(message="answered 400 without an explanation"),
        ),
        (b"[]", Problem(message="answered 400 without an explanation")),
        (b"<html>", Problem(message="answered 400 without an explanation")),
        (b"", Problem(message="answered 400 without an explanation")),
    ],
)
def test_an_error_body_is_read_as_far_as_it_goes(body: bytes, problem: Problem) -> None:
    assert wire.read_problem(Response(400, Headers(), body)) == problem
