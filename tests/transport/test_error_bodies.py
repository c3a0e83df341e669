"""The explanation in an error response is found in every usual format, for both providers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from orgsdk.providers.flat.errors import read_problem as read_flat_problem
from orgsdk.providers.logto.errors import read_problem as read_logto_problem
from orgsdk.transport import ErrorBody, Headers, Request, Response, read_error_body
from orgsdk.transport.errors import error_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport import ProviderProblem

    ReadProblem = Callable[[Response], ProviderProblem]

JSON, PROBLEM, TEXT, HTML = "application/json", "application/problem+json", "text/plain", "text/html; charset=utf-8"


def response(body: object, media_type: str = JSON, status: int = 400) -> Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Response(status, Headers((("Content-Type", media_type),) if media_type else ()), content)


FORMATS: list[tuple[object, str, str | None, str | None]] = [
    # RFC 9457
    ({"title": "Out of credit.", "detail": "It costs 50."}, PROBLEM, "Out of credit: It costs 50.", None),
    ({"type": "https://e.example/credit", "title": "No"}, PROBLEM, "No", "https://e.example/credit"),
    ({"type": "about:blank", "title": "Not Found", "status": 404}, PROBLEM, "Not Found", None),
    ({"type": "about:blank", "detail": "gone"}, PROBLEM, "gone", None),
    # RFC 6749
    ({"error": "invalid_grant", "error_description": "expired"}, JSON, "expired", "invalid_grant"),
    ({"error": "invalid_grant"}, JSON, None, "invalid_grant"),
    ({"error": "Something went wrong"}, JSON, "Something went wrong", None),
    # one message, or several
    ({"code": "c", "message": "m"}, JSON, "m", "c"),
    ({"code": 400, "message": "m"}, JSON, "m", None),
    ({"code": "c", "message": "m", "title": "t", "detail": "d"}, JSON, "m", "c"),
    ({"message": ["a", "b"]}, JSON, "a; b", None),
    ({"message": ["a", "", None, "b", "c", "d"]}, JSON, "a; and 3 more", None),
    ({"message": ["a"], "error": "Bad Request", "statusCode": 400}, JSON, "a", None),
    ({"message": {"text": 1}, "detail": "d"}, JSON, "d", None),
    ({"error": {"message": "m", "code": "c"}}, JSON, "m", "c"),
    ({"error": {"message": "m", "type": "t", "code": None}}, JSON, "m", "t"),
    ({"error": {"errors": [{"message": "m"}]}}, JSON, "m", None),
    ({"errors": [{"message": "a", "code": "c"}, {"message": "b"}]}, JSON, "a; b", "c"),
    ({"errors": [{"title": "t", "detail": "d"}]}, JSON, "t: d", None),
    ({"errors": ["a", "b"]}, JSON, "a; b", None),
    ({"errors": {"name": ["is taken"]}}, JSON, None, None),
    ({"errors": []}, JSON, None, None),
    ({"detail": [{"loc": ["body", "x"], "msg": "field required"}]}, JSON, "field required", None),
    (["a", {"message": "b"}], JSON, "a; b", None),
    ({"error": {"error": {"error": {"error": {"message": "m"}}}}}, JSON, "m", None),
    ({"error": {"error": {"error": {"error": {"error": {"message": "too deep"}}}}}}, JSON, None, None),
    ([[[["m"]]]], JSON, "m", None),
    ([[[[["too deep"]]]]], JSON, None, None),
    ("just a text", JSON, "just a text", None),
    ({"message": "  "}, JSON, None, None),
    (b"7", JSON, None, None),
    (b"null", JSON, None, None),
    (b'{"message": "m"}', "", "m", None),
    (b'{"message": "m"}', TEXT, "m", None),
    # no JSON
    (b"default backend - 404\n", TEXT, "default backend - 404", None),
    (b"upstream connect error", "", "upstream connect error", None),
    (b"caf\xe9", TEXT, "caf\ufffd", None),
    (b"{broken", JSON, None, None),
    (b"", TEXT, None, None),
    (b"<html><head><TITLE lang='en'>\n502 Bad &amp; Gateway </title><body>nginx", HTML, "502 Bad & Gateway", None),
    (b"<!doctype html><title>No</title>", "", "No", None),
    (b"<title>D\xe9sol\xe9</title>", HTML, "D\ufffdsol\ufffd", None),
    (b"<h1>Not Found</h1>", HTML, None, None),
    (b"<title></title>", HTML, None, None),
    (b"<html><title>No</title>", TEXT, None, None),
    (b"<?xml version='1.0'?><Error/>", "application/xml", None, None),
    (b"\x00\x01", "application/octet-stream", None, None),
]


@pytest.mark.parametrize(("body", "media_type", "message", "code"), FORMATS)
def test_the_explanation_and_the_code_are_found(
    body: object, media_type: str, message: str | None, code: str | None
) -> None:
    assert read_error_body(response(body, media_type)) == ErrorBody(message, code)


@pytest.mark.parametrize("read_problem", [read_flat_problem, read_logto_problem])
@pytest.mark.parametrize(("body", "media_type", "message", "code"), FORMATS)
def test_both_providers_show_it(
    read_problem: ReadProblem, body: object, media_type: str, message: str | None, code: str | None
) -> None:
    problem = read_problem(response(body, media_type))
    assert problem.message == (message or "answered 400 without an explanation")
    assert problem.code == code


@pytest.mark.parametrize("read_problem", [read_flat_problem, read_logto_problem])
@pytest.mark.parametrize(
    "body",
    [
        {"error": {"code": "not_found", "message": "no"}},
        {"errors": [{"code": "entity.not_found", "message": "no"}]},
        {"type": "entity.not_found", "title": "no"},
        {"error": "Not Found", "message": "No message available"},
        {"code": "not a code", "message": "no"},
    ],
)
def test_a_code_in_another_format_does_not_make_it_the_providers_own(read_problem: ReadProblem, body: object) -> None:
    assert not read_problem(response(body, status=404)).is_own


@pytest.mark.parametrize("read_problem", [read_flat_problem, read_logto_problem])
def test_problem_details_are_not_the_providers_own(read_problem: ReadProblem) -> None:
    body = {"code": "entity.not_found", "message": "no"}
    assert not read_problem(response(body, PROBLEM, 404)).is_own
    assert read_problem(response(body, JSON, 404)).is_own


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"a\x1b[31m\x00b\r\n\tc\x9b" + b" x" * 100_000, TEXT),
        (b"<title>a\x1b[31m\x00b\r\n\tc&#155;" + b" x" * 100_000 + b"</title>", HTML),
        ({"message": "a\x1b[31m\x00b\r\n\tc\x9b" + " x" * 100_000}, JSON),
    ],
)
def test_what_is_shown_is_bounded_and_has_no_control_characters(body: object, media_type: str) -> None:
    found = response(body, media_type)
    message = error_for("acme", Request("op", "GET", "/"), found, read_flat_problem(found)).message
    assert message.startswith("a[31mb c")
    assert message.isprintable()
    assert len(message) <= 500


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"errors":' * 50_000, b"<title" * 100_000, b"<title>" * 100_000])
@pytest.mark.parametrize("media_type", [JSON, HTML])
def test_a_hostile_body_has_no_explanation(body: bytes, media_type: str) -> None:
    assert read_error_body(response(body, media_type)) == ErrorBody()


def test_nested_messages_are_read_to_a_bounded_depth() -> None:
    body: object = "m"
    for _ in range(50):
        body = {"error": body}
    assert read_error_body(response({"error": {"error": {"message": "m"}}})).message == "m"
    assert read_error_body(response(body)) == ErrorBody()
