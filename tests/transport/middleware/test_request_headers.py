"""A request's own headers: checked, sent, kept out of what is shown, and the same on each attempt."""

from __future__ import annotations

import logging
import uuid
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import given, strategies as st

from orgsdk.errors import APIError, InvalidArgumentError, OrgError, TransportError
from orgsdk.options import CallOptions
from orgsdk.transport import Request, Safety, new_idempotency_key
from orgsdk.transport.backends.failures import ResponseLost
from tests.transport.middleware.conftest import reply

if TYPE_CHECKING:
    from respx import MockRouter

    from tests.transport.conftest import Connect as ConnectToAPI
    from tests.transport.middleware.conftest import Connect

pytestmark = pytest.mark.anyio

ETAG = '"w/ada@example.org"'


def request_with(*headers: tuple[str, str], safety: Safety = Safety.SAFE) -> Request:
    return Request("list_things", "GET", "/things", headers=headers, safety=safety)


async def test_a_requests_headers_are_sent_and_replace_those_of_the_client(
    api: MockRouter, connect: ConnectToAPI
) -> None:
    route = api.get("/things").respond(content=b"{}", headers={"content-type": "application/scim+json"})
    transport = connect().with_options(CallOptions(headers=(("X-Version", "1"), ("X-Trace", "t"))))
    await transport.send(
        request_with(("If-Match", ETAG), ("accept", "application/scim+json"), ("x-version", "2"), ("Prefer", "a"))
    )
    sent = [line for line in route.calls.last.request.headers.multi_items() if line[0] not in {"host", "user-agent"}]
    assert sent == [
        ("accept-encoding", "gzip, deflate"),
        ("x-trace", "t"),
        ("if-match", ETAG),
        ("accept", "application/scim+json"),
        ("x-version", "2"),
        ("prefer", "a"),
        ("authorization", "Bearer t0ken"),
    ]


async def test_a_request_without_headers_after_one_with_headers_has_none_of_them(
    api: MockRouter, connect: ConnectToAPI
) -> None:
    route = api.get("/things").respond(json={})
    transport = connect()
    for request in (request_with(("If-Match", ETAG)), request_with()):
        await transport.send(request)
    assert "if-match" not in route.calls.last.request.headers
    assert route.calls.last.request.headers["accept"] == "application/json"


@pytest.mark.parametrize(
    "name",
    [
        *("Authorization", "HOST", "content-length", "Content-Type", "cookie", "Proxy-Authorization", "Connection"),
        *("Transfer-Encoding", "Accept-Encoding", "TE", "Upgrade", "Expect", "Trailer", "User-Agent", "Keep-Alive"),
    ],
)
def test_a_header_of_the_transport_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"The transport sets the header {name} itself") as caught:
        request_with((name, "v4lue"))
    assert "v4lue" not in str(caught.value)


@pytest.mark.parametrize(
    "value", ["", " a", "a ", "a\r\nHost: evil.example", "a\nb", "a\0", "a\tb", "é", "\ud83d", "\x7f"]
)
def test_a_value_with_invalid_characters_is_refused_and_not_shown(value: str) -> None:
    with pytest.raises(
        InvalidArgumentError, match="The value of the header If-Match is empty or has invalid"
    ) as caught:
        request_with(("If-Match", value))
    assert "evil" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "a b", "a:", "a\r\nb", "é", "Host\0"])
def test_a_name_with_invalid_characters_is_refused(name: str) -> None:
    with pytest.raises(InvalidArgumentError, match="The name of a header has invalid characters"):
        request_with((name, "1"))


@pytest.mark.parametrize(("name", "value", "part"), [("If-Match", 7, "value"), (7, "a", "name"), (b"a", "a", "name")])
def test_a_header_that_is_no_text_is_refused_by_its_type(name: Any, value: Any, part: str) -> None:
    with pytest.raises(InvalidArgumentError, match=f"The {part} of a header is of type (int|bytes): pass a text"):
        request_with((cast("str", name), cast("str", value)))


@given(name=st.text(max_size=12), value=st.text(max_size=12))
def test_no_header_adds_a_line_to_the_request(name: str, value: str) -> None:
    try:
        request_with((name, value))
    except InvalidArgumentError:
        return
    line = f"{name}: {value}"
    assert line.isascii()
    assert line.isprintable()
    assert line.split(":")[0].lower() not in {"host", "authorization"}


async def test_no_error_log_or_repr_shows_a_header(wire: Connect, caplog: pytest.LogCaptureFixture) -> None:
    request = request_with(("If-Match", ETAG), ("X-Api-Token", "s3cret-token-1"))
    echo = b'{"message": "no such token s3cret-token-1"}'
    with caplog.at_level(logging.DEBUG), pytest.raises(APIError) as caught:
        await wire(reply(412, echo)).send(request)
    assert "no such token [secret]" in str(caught.value)
    assert not any(text in caplog.text + repr(request) + str(caught.value) for text in ("s3cret", "ada@example"))


# Idempotency keys


def create(key: str) -> Request:
    return Request(
        "create_thing",
        "POST",
        "/things",
        safety=Safety.KEYED,
        headers=(("Idempotency-Key", key),),
        body=b"{}",
        content_type="application/json",
    )


def test_each_key_is_a_new_uuid() -> None:
    keys = {new_idempotency_key() for _ in range(100)}
    assert len({uuid.UUID(key) for key in keys}) == 100


@pytest.mark.parametrize("lost", [ResponseLost("reset"), reply(500), reply(408), reply(429)], ids=repr)
async def test_a_lost_write_with_a_key_is_sent_again_with_the_same_key(wire: Connect, lost: Any) -> None:
    to = wire(lost, reply(201))
    key = new_idempotency_key()
    assert (await to.send(create(key))).status == 201
    sent = [dict(outgoing.headers)["Idempotency-Key"] for outgoing in to.script.outgoing]
    assert sent == [key, key]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
async def test_no_later_error_settles_a_lost_write_with_a_key(wire: Connect, status: int) -> None:
    with pytest.raises(TransportError) as caught:
        await wire(ResponseLost("reset"), reply(status)).send(create("k"))
    assert caught.value.may_have_happened


async def test_a_write_with_a_key_that_stays_lost_may_have_happened(wire: Connect) -> None:
    to = wire(ResponseLost("reset"))
    with pytest.raises(OrgError) as caught:
        await to.send(create("k"), max_attempts=4)
    assert (caught.value.may_have_happened, len(to.script.sent)) == (True, 4)


def test_a_keyed_request_without_a_key_is_refused() -> None:
    with pytest.raises(InvalidArgumentError, match="has no Idempotency-Key: add the header"):
        request_with(("If-Match", ETAG), safety=Safety.KEYED)
    request_with(("idempotency-key", "k"), safety=Safety.KEYED)
