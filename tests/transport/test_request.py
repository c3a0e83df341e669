"""Requests, headers and responses as plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, strategies as st
from pydantic import SecretStr

from orgsdk.errors import InvalidArgumentError
from orgsdk.events import RequestSent
from orgsdk.options import CallOptions
from orgsdk.transport import Headers, Request, Response
from orgsdk.transport.backends.base import OutgoingRequest
from orgsdk.transport.request import Call

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.events import Event

LINES = Headers((("Link", "<a>"), ("Content-Type", "Application/JSON; charset=utf-8"), ("link", "<b>")))


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ([], "/users"),
        ([("limit", "5")], "/users?limit=5"),
        ([("role", "teacher"), ("role", "admin")], "/users?role=teacher&role=admin"),
        ([("q", "a b&c=d+e/é#?")], "/users?q=a+b%26c%3Dd%2Be%2F%C3%A9%23%3F"),
        ([("q", "\r\nHost: evil.example")], "/users?q=%0D%0AHost%3A+evil.example"),
        ([("next", "")], "/users?next="),
    ],
)
def test_every_query_is_encoded(query: list[tuple[str, str]], target: str) -> None:
    assert Request("list", "GET", "/users", query=query).target == target


@given(st.lists(st.tuples(st.text(), st.text()), min_size=1))
@example([("page_size", "100"), ("next", "a-b.c~d_e")])
def test_a_query_is_encoded_as_a_form(query: list[tuple[str, str]]) -> None:
    assert Request("list", "GET", "/users", query=query).target == f"/users?{urlencode(query)}"


def test_a_lone_surrogate_is_rejected() -> None:
    with pytest.raises(InvalidArgumentError, match="lone surrogate"):
        _ = Request("list", "GET", "/users", query=[("q", "ada\ud800")]).target


def test_a_repr_shows_no_personal_data_and_no_secret() -> None:
    request = Request("create", "POST", "/users", query=[("q", "ada@example.org")], body=b"hunter2")
    outgoing = OutgoingRequest("GET", "http://x.example/?q=ada", [], b"hunter2", SecretStr("Bearer t0ken"))
    for shown in (repr(request), repr(outgoing), repr(Response(200, LINES, b"hunter2"))):
        assert not any(secret in shown for secret in ("ada", "hunter2", "t0ken"))


def test_headers_are_found_in_any_case_and_in_order() -> None:
    assert LINES.get("LINK") == "<a>"
    assert LINES.get_all("Link") == ["<a>", "<b>"]
    assert (LINES.get("etag"), LINES.get_all("etag")) == (None, [])
    assert LINES.lines[0] == ("Link", "<a>")


def test_headers_are_a_mapping() -> None:
    assert isinstance(LINES, Mapping)
    assert (LINES["lInK"], LINES["content-TYPE"]) == ("<a>", "Application/JSON; charset=utf-8")
    assert ("LINK" in LINES, "etag" in LINES) == (True, False)
    assert (list(LINES), len(LINES)) == (["link", "content-type"], 2)
    assert dict(LINES) == {"link": "<a>", "content-type": "Application/JSON; charset=utf-8"}
    assert dict(LINES) == LINES
    assert LINES.get("etag", "none") == "none"
    with pytest.raises(KeyError, match="etag"):
        LINES["etag"]


def test_headers_are_equal_whatever_the_case_of_their_names() -> None:
    assert Headers((("ETag", "1"),)) == Headers((("etag", "1"),)) == {"etag": "1"}
    assert hash(Headers((("ETag", "1"),))) == hash(Headers((("etag", "1"),)))
    assert Headers((("a", "1"), ("b", "2"))) != Headers((("a", "1"),))
    assert Headers() != 5
    assert (repr(LINES), repr(Headers())) == ("Headers(link, content-type)", "Headers()")


@pytest.mark.parametrize(
    ("headers", "media_type"),
    [(LINES, "application/json"), (Headers((("content-type", " text/HTML "),)), "text/html"), (Headers(), "")],
)
def test_the_media_type_has_no_parameters(headers: Headers, media_type: str) -> None:
    assert Response(200, headers, b"").media_type == media_type


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b'{"code": "X"}', {"code": "X"}),
        (b"", {}),
        (b"[]", {}),
        (b"null", {}),
        (b'"text"', {}),
        (b"<html>", {}),
        (b"\xff\xfe", {}),
        (b"[" * 100_000, {}),
        (b'{"n": ' + b"1" * 5000 + b"}", {}),
    ],
)
def test_json_object_is_empty_for_other_bodies(content: bytes, found: dict[str, object]) -> None:
    assert Response(500, Headers(), content).json_object() == found


# Events


EVENT = RequestSent(provider="acme", operation="list_things", attempt=1)


def _call(on_event: Callable[[Event], object] | None) -> Call:
    return Call(Request("list_things", "GET", "/things"), CallOptions(on_event=cast("Any", on_event)), math.inf)


def test_an_event_is_passed_to_the_hook_as_it_is() -> None:
    events: list[Event] = []
    call = _call(events.append)
    assert call.has_listeners
    call.emit(EVENT)
    assert events == [EVENT]
    assert events[0] is EVENT


def test_a_call_without_a_hook_has_no_listeners() -> None:
    call = _call(None)
    assert not call.has_listeners
    call.emit(EVENT)


def test_an_exception_of_the_hook_is_logged_by_its_class_alone(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: Event) -> None:
        raise LookupError("ada@example.org")

    _call(fail).emit(EVENT)
    assert caplog.messages == ["acme list_things: on_event raised LookupError"]
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_an_exit_of_the_hook_is_raised() -> None:
    def leave(event: Event) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        _call(leave).emit(EVENT)


def test_an_awaitable_of_the_hook_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async def later() -> None:
        raise AssertionError("never awaited")

    _call(lambda event: later()).emit(EVENT)
    assert caplog.messages == ["on_event returned an awaitable, which is never awaited: pass a plain function."]
