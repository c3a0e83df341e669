"""The events of a call for the caller's hook, and the log: in order, and complete."""

from __future__ import annotations

import logging
import re
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

from orgsdk.errors import OrgError
from orgsdk.events import AttemptFailed, Event, RequestSent, ResponseReceived, Retrying, TokenRefreshed, Waiting
from orgsdk.transport import ClientCredentials, Request, TokenCache, pipeline
from orgsdk.transport.backends.failures import ResponseLost
from tests.transport.middleware.conftest import READ, reply

if TYPE_CHECKING:
    from tests.transport.middleware.conftest import Connect, Step, Wire

pytestmark = pytest.mark.anyio

SEARCH = Request("list_things", "GET", "/things", query=[("q", "ada@example.org")])


async def events_received(to: Wire, request: Request = READ, **options: float) -> list[Event]:
    events: list[Event] = []
    with suppress(OrgError):
        await to.send(request, on_event=events.append, **options)
    return events


def shapes(events: list[Event]) -> list[tuple[type[Event], int | None, object]]:
    """Return kind, attempt, and the other values of each event."""
    return [
        (
            type(event),
            getattr(event, "attempt", None),
            getattr(event, "status_code", None) or getattr(event, "error", None),
        )
        for event in events
    ]


async def test_an_answered_call_has_two_events(wire: Connect) -> None:
    sent, received = await events_received(wire(reply(200, x_request_id="r1")))
    assert sent == RequestSent(provider="acme", operation="list_things", attempt=1)
    assert isinstance(received, ResponseReceived)
    assert (received.status_code, received.attempt, received.request_id) == (200, 1, "r1")
    assert 0 <= received.duration < 5


async def test_a_retried_call_has_the_events_of_every_attempt_in_order(wire: Connect) -> None:
    to = wire(reply(503), ResponseLost("reset"), reply(429, retry_after="2"), reply(200))
    events = await events_received(to, max_attempts=4)
    assert shapes(events) == [
        (RequestSent, 1, None),
        (ResponseReceived, 1, 503),
        (Retrying, 2, "ServerError"),
        (RequestSent, 2, None),
        (AttemptFailed, 2, "TransportError"),
        (Retrying, 3, "TransportError"),
        (RequestSent, 3, None),
        (ResponseReceived, 3, 429),
        (Waiting, None, None),
        (RequestSent, 4, None),
        (ResponseReceived, 4, 200),
    ]
    assert {(event.provider, event.operation) for event in events} == {("acme", "list_things")}
    delays = [event.delay for event in events if isinstance(event, (Retrying, Waiting))]
    assert 0 <= delays[0] <= 0.25
    assert 0 <= delays[1] <= 0.5
    assert 2 <= delays[2] <= 3


@pytest.mark.parametrize("step", [reply(503), ResponseLost("reset"), reply(400)])
async def test_a_retry_that_is_not_made_has_no_event(wire: Connect, step: Step) -> None:
    events = await events_received(wire(step), max_attempts=1)
    assert [type(event) for event in events[:1]] == [RequestSent]
    assert len(events) == 2


async def test_a_token_has_the_events_of_its_own_requests(wire: Connect) -> None:
    auth = TokenCache(ClientCredentials(("app", SecretStr("s3cret")), path="/token", parameters={}))
    token = reply(200, b'{"access_token": "t1"}')
    events = await events_received(wire(token, reply(401), token, reply(200), auth=auth))
    assert [(type(event), event.operation) for event in events] == [
        (RequestSent, "token"),
        (ResponseReceived, "token"),
        (TokenRefreshed, "token"),
        (RequestSent, "list_things"),
        (ResponseReceived, "list_things"),
        (RequestSent, "token"),
        (ResponseReceived, "token"),
        (TokenRefreshed, "token"),
        (RequestSent, "list_things"),
        (ResponseReceived, "list_things"),
    ]
    assert [event.attempt for event in events if isinstance(event, RequestSent)] == [1, 1, 1, 2]


async def test_the_log_has_operation_status_attempt_duration_and_request_id_only(
    wire: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    to = wire(
        ResponseLost("reset by ada@example.org"), reply(200, b'{"secret": 1}', x_request_id="r1", link="<?q=ada>")
    )
    with caplog.at_level(logging.DEBUG):
        await to.send(SEARCH, headers=(("x-key", "canary"),))
    logged = [record for record in caplog.records if record.name == "orgsdk"]
    assert [record.levelno for record in logged] == [logging.DEBUG] * 2
    assert re.fullmatch(r"acme list_things: TransportError, attempt 1, \d+ ms", logged[0].getMessage())
    assert re.fullmatch(r"acme list_things: 200, attempt 2, \d+ ms, request r1", logged[1].getMessage())
    assert "ada" not in caplog.text
    assert "canary" not in caplog.text


async def test_the_proxy_of_the_environment_is_read_once(wire: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    # Its password must not be in a request id, but reading the environment takes longer than the rest of a report.
    read: list[str] = []

    def proxy_secrets(base_url: str) -> list[SecretStr]:
        read.append(base_url)
        return [SecretStr("proxy-password")]

    monkeypatch.setattr(pipeline, "proxy_secrets", proxy_secrets)
    to = wire(reply(x_request_id="r1 proxy-password"))
    for _ in range(3):
        _, received = await events_received(to)
        assert isinstance(received, ResponseReceived)
        assert received.request_id == "r1 [secret]"
    assert len(read) == 1


async def test_nothing_is_logged_above_debug(wire: Connect, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await wire(reply(503), reply(200)).send()
    assert caplog.records == []


@pytest.mark.parametrize(
    "event",
    [
        RequestSent(provider="acme", operation="list", attempt=1),
        Waiting(provider="acme", operation="list", delay=1.0),
        TokenRefreshed(provider="acme", operation="token"),
    ],
)
def test_an_event_is_immutable(event: Event) -> None:
    with pytest.raises(AttributeError):
        event.operation = "other"  # type: ignore[misc]
    assert isinstance(event, Event)
    assert not hasattr(event, "__dict__")
