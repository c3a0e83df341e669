"""Flat's error responses become exceptions."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from orgsdk import APIError, RateLimitError
from orgsdk.providers.flat.errors import read_problem
from orgsdk.transport import Headers, ProviderProblem, Response

JSON = ("Content-Type", "application/json")
RESET = ("X-RateLimit-Reset", "1900000000")
RESETS_AT = datetime.fromtimestamp(1_900_000_000, UTC)


@pytest.mark.parametrize(
    ("status", "code", "headers", "kind", "resets_at"),
    [
        (403, "API_RATE_LIMIT_EXCEEDED", (RESET,), RateLimitError, RESETS_AT),
        (403, "API_RATE_LIMIT_EXCEEDED", (), RateLimitError, None),
        (403, "API_RATE_LIMIT_EXCEEDED", (("X-RateLimit-Reset", "soon"),), RateLimitError, None),
        (429, "TOO_MANY", (RESET,), RateLimitError, RESETS_AT),
        # A 403 without the code is a missing permission, even with 0 remaining: never retried (facts/flat.md).
        (403, "FORBIDDEN", (RESET, ("X-RateLimit-Remaining", "0")), None, None),
        (403, "QUOTA_EXCEEDED", (RESET,), None, None),
        (402, "API_RATE_LIMIT_EXCEEDED", (), None, None),
    ],
)
def test_an_exceeded_limit_is_distinguished_from_a_missing_permission(
    status: int,
    code: str,
    headers: tuple[tuple[str, str], ...],
    kind: type[APIError] | None,
    resets_at: datetime | None,
) -> None:
    body = json.dumps({"code": code, "message": "m"}).encode()
    problem = read_problem(Response(status, Headers(headers), body))
    assert (problem.kind, problem.resets_at, problem.code, problem.message) == (kind, resets_at, code, "m")


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (
            b'{"code": "INVALID", "message": "No", "id": "r1", "param": "limit"}',
            ProviderProblem(message="No", code="INVALID", details="parameter limit", request_id="r1", is_own=True),
        ),
        (
            b'{"error": "invalid_grant", "error_description": "Used before"}',
            ProviderProblem(message="Used before", code="invalid_grant", is_own=True),
        ),
        (
            b'{"error": "invalid_client"}',
            ProviderProblem(message="answered 400 without an explanation", code="invalid_client", is_own=True),
        ),
        (
            b'{"code": 7, "message": null, "id": [], "param": {}}',
            ProviderProblem(message="answered 400 without an explanation", is_own=False),
        ),
        (b"[]", ProviderProblem(message="answered 400 without an explanation", is_own=False)),
        (b"<html>", ProviderProblem(message="answered 400 without an explanation", is_own=False)),
        (b"", ProviderProblem(message="answered 400 without an explanation", is_own=False)),
    ],
)
def test_an_error_body_may_be_incomplete(body: bytes, problem: ProviderProblem) -> None:
    assert read_problem(Response(400, Headers((JSON,)), body)) == problem


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("text/plain", b"default backend - 404"),
        ("text/plain", b'{"code": "NOT_FOUND", "message": "m"}'),
        ("text/html", b"<h1>404 Not Found</h1>"),
        ("application/json", b'{"message": "no Route matched with those values"}'),
        ("application/problem+json", b'{"title": "Not Found", "status": 404}'),
    ],
)
def test_a_404_without_flats_format_is_not_flats_own(content_type: str, body: bytes) -> None:
    assert not read_problem(Response(404, Headers((("Content-Type", content_type),)), body)).is_own
