"""The error of an attempt without a response: its text, what to do, and whether another attempt could help."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from orgsdk import __version__
from orgsdk.errors import DecodeError, NotSentError, OrgError, RequestTimeoutError, TransportError
from orgsdk.transport.backends.failures import RequestNotSent, ResponseLost, ResponseTimedOut, ResponseUnreadable
from tests.transport.middleware.conftest import reply

if TYPE_CHECKING:
    from orgsdk.transport import Response
    from orgsdk.transport.backends.base import OutgoingRequest
    from tests.transport.middleware.conftest import Connect

pytestmark = pytest.mark.anyio

CONNECT = "could not connect to http://provider.localhost"


@pytest.mark.parametrize(
    ("raised", "kind", "text"),
    [
        (
            RequestNotSent("refused"),
            NotSentError,
            f"{CONNECT} (refused): check the address, and that its server is running.",
        ),
        (
            RequestNotSent("expired", advice="set SSL_CERT_FILE"),
            NotSentError,
            f"{CONNECT} (expired): set SSL_CERT_FILE.",
        ),
        (ResponseTimedOut("ReadTimeout"), RequestTimeoutError, "no response in time (ReadTimeout)."),
        (ResponseLost("ReadError: reset"), TransportError, "the connection broke (ReadError: reset)."),
        (ResponseUnreadable("gzip"), DecodeError, "the response cannot be read (gzip)."),
        (ResponseLost("reset by ada@example.org, t0ken"), TransportError, "the connection broke (reset by [address], "),
    ],
    ids=repr,
)
async def test_an_attempt_without_a_response_states_what_happened(
    wire: Connect, raised: Exception, kind: type[OrgError], text: str
) -> None:
    def fail(outgoing: OutgoingRequest) -> Response:
        raise raised

    with pytest.raises(OrgError) as caught:
        await wire(fail).send(max_attempts=1)
    assert type(caught.value) is kind
    assert str(caught.value).startswith(f"acme list_things: {text}")
    assert "t0ken" not in str(caught.value)


@pytest.mark.parametrize(
    ("failure", "retryable", "requests"),
    [
        (RequestNotSent("no"), True, 3),
        (RequestNotSent("no", retryable=True), True, 3),
        (RequestNotSent("no", retryable=False), False, 1),
    ],
)
async def test_a_failure_to_connect_is_tried_again_if_that_could_help(
    wire: Connect, failure: RequestNotSent, retryable: bool, requests: int
) -> None:
    def fail(outgoing: OutgoingRequest) -> Response:
        raise failure

    to = wire(fail)
    with pytest.raises(NotSentError) as caught:
        await to.send(max_attempts=3)
    assert caught.value.retryable is retryable
    assert len(to.script.sent) == requests


async def test_a_closed_client_names_the_operation(wire: Connect) -> None:
    to = wire()
    await to.transport.aclose()
    with pytest.raises(NotSentError) as caught:
        await to.send()
    advice = "the client is closed: call it within its `async with`, or create another."
    assert (caught.value.operation, str(caught.value)) == ("list_things", f"acme list_things: {advice}")
    assert caught.value.retryable is False


async def test_a_client_that_is_closed_before_the_next_attempt_names_the_operation(wire: Connect) -> None:
    async def close(outgoing: OutgoingRequest) -> Response:
        await to.transport.aclose()
        return reply(503)

    to = wire(close)
    with pytest.raises(NotSentError, match=r"^acme list_things: the client is closed"):
        await to.send()
    assert len(to.script.sent) == 1


@pytest.mark.parametrize("own", ["User-Agent", "user-agent"])
async def test_a_request_has_the_default_headers_and_the_callers_own_user_agent(wire: Connect, own: str) -> None:
    to = wire()
    await to.send()
    await to.send(headers=((own, "school-sync/2.0"),))
    defaults = (("accept", "application/json"), ("accept-encoding", "gzip, deflate"))
    assert [outgoing.headers for outgoing in to.script.outgoing] == [
        (*defaults, ("user-agent", f"orgsdk/{__version__}")),
        (*defaults, (own, "school-sync/2.0")),
    ]
