"""The transport against a provider that is mocked below httpx: its requests, and its results."""

from __future__ import annotations

import logging
import pickle
import traceback
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpx
import pytest

from orgsdk.errors import (
    APIError,
    ConfigurationError,
    DecodeError,
    InvalidArgumentError,
    NotFoundError,
    NotSentError,
    RequestTimeoutError,
    ServerError,
    TransportError,
)
from orgsdk.options import CallOptions
from orgsdk.transport import Request, Safety
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import Mapping

    from respx import MockRouter

    from orgsdk.transport import Transport
    from tests.transport.conftest import Connect

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


THINGS = Request("list_things", "GET", "/things", query=[("q", "ada@example.org")])
CREATE = Request(
    "create_thing", "POST", "/things", safety=Safety.UNSAFE, body=b'{"a": 1}', content_type="application/json"
)
REMOVE = Request("remove_thing", "DELETE", "/things/1", safety=Safety.IDEMPOTENT, expects_json=False)


async def test_a_request_has_these_headers_and_no_others(api: MockRouter, connect: Connect) -> None:
    route = api.get("/things").respond(json=[])
    await connect().send(THINGS)
    sent = route.calls.last.request
    assert (sent.method, str(sent.url)) == ("GET", "http://provider.localhost/things?q=ada%40example.org")
    assert sent.headers.multi_items() == [
        ("host", "provider.localhost"),
        ("accept", "application/json"),
        ("accept-encoding", "gzip, deflate"),
        ("user-agent", f"orgsdk/{version('orgsdk')}"),
        ("authorization", "Bearer t0ken"),
    ]


async def test_a_body_is_sent_unchanged_with_its_type(api: MockRouter, connect: Connect) -> None:
    route = api.post("/things").respond(201, json={"id": "1"})
    response = await connect().send(CREATE)
    sent = route.calls.last.request
    assert (sent.content, sent.headers["content-type"], sent.headers["content-length"]) == (
        b'{"a": 1}',
        "application/json",
        "8",
    )
    assert (response.status, response.json_object()) == (201, {"id": "1"})


async def test_the_path_of_the_base_url_is_kept(api: MockRouter, connect: Connect) -> None:
    api.get("/base/things").respond(json={"here": True})
    assert (await connect("http://provider.localhost/base").send(THINGS)).json_object() == {"here": True}


async def test_a_response_without_a_body_is_accepted(api: MockRouter, connect: Connect) -> None:
    api.delete("/things/1").respond(204)
    response = await connect().send(REMOVE)
    assert (response.status, response.content) == (204, b"")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON", "application/hal+json"]
)
async def test_json_is_accepted_under_each_media_type(api: MockRouter, connect: Connect, content_type: str) -> None:
    api.get("/things").respond(content=b"[]", headers={"content-type": content_type})
    assert (await connect().send(THINGS)).content == b"[]"


@pytest.mark.parametrize(
    ("headers", "named"),
    [
        ({"content-type": "text/html; charset=utf-8"}, "text/html"),
        ({"content-type": "text/plain"}, "text/plain"),
        ({"content-type": "application/jsonp"}, "application/jsonp"),
        ({}, "no content type"),
    ],
)
async def test_html_instead_of_json_is_an_error_that_names_the_address(
    api: MockRouter, connect: Connect, headers: dict[str, str], named: str
) -> None:
    # A wrong Logto address answers 200 with the sign-in page (facts/logto.md, section 9).
    route = api.get("/things").respond(content=b"<html>", headers=headers)
    with pytest.raises(DecodeError, match=r"Is http://provider.localhost the right address") as caught:
        await connect().send(THINGS)
    assert f"received 200 with {named} instead of JSON" in str(caught.value)
    assert route.call_count == 1


async def test_html_is_an_error_even_if_no_json_is_expected(api: MockRouter, connect: Connect) -> None:
    api.delete("/things/1").respond(200, content=b"<html>", headers={"content-type": "text/html"})
    with pytest.raises(DecodeError, match="received 200 with text/html instead of JSON"):
        await connect().send(REMOVE)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(api: MockRouter, connect: Connect, status: int) -> None:
    route = api.get("/things").respond(status, headers={"location": "http://evil.localhost/things"})
    with pytest.raises(APIError, match=r"redirects are not followed. Is http://provider.localhost the") as caught:
        await connect().send(THINGS)
    assert type(caught.value) is APIError  # no error about the arguments
    assert caught.value.status_code == status
    assert "evil" not in str(caught.value)
    assert route.call_count == 1


async def test_an_error_response_is_raised_as_its_exception(api: MockRouter, connect: Connect) -> None:
    api.get("/things").respond(404, json={"message": "no such thing"})
    with pytest.raises(NotFoundError, match=r"acme list_things \[404\]: no such thing"):
        await connect().send(THINGS)


@pytest.mark.parametrize(
    ("request_", "max_attempts", "requested"), [(THINGS, 3, 3), (THINGS, 1, 1), (REMOVE, 2, 2), (CREATE, 3, 1)]
)
async def test_a_failing_server_is_retried_as_often_as_is_safe(
    api: MockRouter, connect: Connect, request_: Request, max_attempts: int, requested: int
) -> None:
    route = api.route().respond(503)
    with pytest.raises(ServerError):
        await connect(max_attempts=max_attempts).send(request_)
    assert route.call_count == requested


async def test_a_lost_response_is_requested_again(api: MockRouter, connect: Connect) -> None:
    route = api.get("/things").mock(side_effect=[httpx.ReadError, httpx.Response(200, json=[])])
    assert (await connect().send(THINGS)).content == b"[]"
    assert route.call_count == 2


@pytest.mark.parametrize(
    ("signal", "error", "text"),
    [
        (
            httpx.ConnectError("refused"),
            NotSentError,
            r"could not connect to http://provider.localhost .*refused\): check the address, and that its server",
        ),
        (httpx.ConnectTimeout(""), NotSentError, r"could not connect to http://provider.localhost \(ConnectTimeout\)"),
        (httpx.ReadTimeout("slow"), RequestTimeoutError, r"no response in time \(ReadTimeout: slow\)"),
        (httpx.RemoteProtocolError("garbage"), TransportError, "the connection broke .*garbage"),
    ],
)
async def test_a_connection_failure_is_named(
    api: MockRouter, connect: Connect, signal: Exception, error: type[Exception], text: str
) -> None:
    api.get("/things").mock(side_effect=signal)
    with pytest.raises(error, match=f"^acme list_things: {text}") as caught:
        await connect(max_attempts=1).send(THINGS)
    assert type(caught.value) is error


async def test_an_unsafe_request_that_was_not_sent_is_retried(api: MockRouter, connect: Connect) -> None:
    route = api.post("/things").mock(side_effect=httpx.ConnectError("refused"))
    with pytest.raises(NotSentError):
        await connect().send(CREATE)
    assert route.call_count == 3


async def test_no_more_requests_than_the_limit_are_in_flight(connect: Connect) -> None:
    requested, may_respond = 0, anyio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        nonlocal requested
        requested += 1
        await may_respond.wait()
        return httpx.Response(200, json=[])

    async with mock_client(answer) as client:
        transport = connect(http_client=client, max_concurrency=4)
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(transport.send, THINGS)
            await anyio.wait_all_tasks_blocked()
            assert requested == 4
            may_respond.set()
    assert requested == 10


async def test_no_slot_is_held_during_the_pause_before_a_retry(
    api: MockRouter, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.transport.retry.RetryMiddleware._delay", lambda *_: 1e6)
    api.get("/things").respond(503)
    removed = api.delete("/things/1").respond(204)
    transport = connect(max_concurrency=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(transport.with_options(CallOptions(timeout=1e9)).send, THINGS)
        await anyio.sleep(1)
        await transport.send(REMOVE)
        tasks.cancel_scope.cancel()
    assert removed.call_count == 1


async def test_a_missing_response_ends_at_the_deadline(connect: Connect) -> None:
    requested = 0

    async def hang(request: httpx.Request) -> httpx.Response:
        nonlocal requested
        requested += 1
        await anyio.Event().wait()
        raise AssertionError

    async with mock_client(hang) as client:
        with pytest.raises(RequestTimeoutError, match=r"acme list_things: no response within 0\.02 s"):
            await connect(http_client=client, timeout=0.02).send(THINGS)
    assert requested == 1


async def test_the_pause_before_a_retry_counts_towards_the_deadline(
    api: MockRouter, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.transport.retry.RetryMiddleware._delay", lambda *_: 1e6)
    route = api.get("/things").respond(503)
    started = anyio.current_time()
    with pytest.raises(ServerError):
        await connect(timeout=30).send(THINGS)
    assert anyio.current_time() - started == pytest.approx(30)
    assert route.call_count == 1


async def test_a_callers_cancellation_is_not_a_timeout(connect: Connect) -> None:
    async def cancel(request: httpx.Request) -> httpx.Response:
        scope.cancel()
        await anyio.lowlevel.checkpoint()
        raise AssertionError

    async with mock_client(cancel) as client:
        with anyio.CancelScope() as scope:
            await connect(http_client=client).send(THINGS)
    assert scope.cancelled_caught


async def test_a_closed_transport_sends_nothing(api: MockRouter, connect: Connect) -> None:
    route = api.get("/things").respond(json=[])
    transport = connect()
    await transport.send(THINGS)
    await transport.aclose()
    await transport.aclose()
    started = anyio.current_time()
    with pytest.raises(NotSentError, match="acme list_things: the client is closed"):
        await transport.send(THINGS)
    assert anyio.current_time() == started
    assert route.call_count == 1


async def test_a_transport_closed_between_two_attempts_sends_nothing(
    api: MockRouter, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.transport.retry.RetryMiddleware._delay", lambda *_: 5.0)
    route = api.get("/things").respond(503)
    transport = connect()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_refused_because_closed, transport)
        await anyio.sleep(1)
        assert route.call_count == 1
        await transport.aclose()
    assert route.call_count == 1


async def _refused_because_closed(transport: Transport) -> None:
    with pytest.raises(NotSentError, match="the client is closed"):
        await transport.send(THINGS)


async def test_a_lone_surrogate_is_rejected_before_a_request(connect: Connect) -> None:
    with pytest.raises(InvalidArgumentError):
        await connect().send(Request("list_things", "GET", "/things", query=[("q", "\ud800")]))


async def test_search_texts_are_not_logged(api: MockRouter, connect: Connect, caplog: pytest.LogCaptureFixture) -> None:
    api.get("/things").respond(json=[])
    with caplog.at_level(logging.INFO):
        await connect().send(THINGS)
    assert [record.getMessage() for record in caplog.records] == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 429, 500])
async def test_no_error_shows_the_token_or_the_search_text(api: MockRouter, connect: Connect, status: int) -> None:
    api.get("/things").respond(status, json={"message": "nothing for ada@example.org, Bearer t0ken"})
    with pytest.raises(APIError) as caught:
        await connect(max_attempts=1).send(THINGS)
    shown = "".join(traceback.format_exception(caught.value)) + repr(pickle.dumps(caught.value))
    assert "t0ken" not in shown
    assert "ada" not in shown


@pytest.mark.parametrize(
    ("setting", "value"),
    [("timeout", 0), ("timeout", -1), ("timeout", float("nan")), ("max_attempts", 0), ("max_concurrency", 0)],
)
async def test_a_setting_out_of_range_is_named(connect: Connect, setting: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=f"{setting} is {value}"):
        connect(**{setting: value})


async def test_the_repr_has_provider_and_address(connect: Connect) -> None:
    assert repr(connect()) == "Transport(acme, http://provider.localhost)"
