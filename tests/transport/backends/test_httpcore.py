"""The client's own connections over a loopback socket: reused if intact, closed if not."""

from __future__ import annotations

import gzip
import logging
import zlib
from typing import TYPE_CHECKING, Any

import anyio
import anyio.lowlevel
import httpcore
import pytest
from httpcore._synchronization import AsyncLock
from pydantic import SecretStr

from orgsdk.transport.backends.base import OutgoingRequest
from orgsdk.transport.backends.failures import AttemptProgress, ResponseUnreadable
from orgsdk.transport.backends.httpcore import HttpcoreBackend

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from orgsdk.transport import Response
    from tests.transport.conftest import MakeResponse, Serve

    Make = Callable[[str], HttpcoreBackend]

pytestmark = pytest.mark.anyio

HEADERS = [("accept", "application/json")]
MAX_BODY = 100_000


@pytest.fixture
async def backend() -> AsyncIterator[Make]:
    """Return a function that creates a backend, closed after the test."""
    made: list[HttpcoreBackend] = []

    def make(base_url: str) -> HttpcoreBackend:
        made.append(HttpcoreBackend(base_url, max_body=MAX_BODY))
        return made[-1]

    yield make
    for one in made:
        await one.aclose()


def ask(url: str, *, body: bytes | None = None) -> OutgoingRequest:
    return OutgoingRequest(
        "GET" if body is None else "POST", f"{url}/things?q=a+b", HEADERS, body, SecretStr("Bearer t0ken")
    )


async def test_a_request_is_sent_as_described(serve: Serve, answer: MakeResponse, backend: Make) -> None:
    async with serve(answer(b"[1]", "link: <a>", "Link: <b>", status="201 Created")) as server:
        response = await backend(server.url).send(ask(server.url, body=b'{"a":1}'))
    assert [line.lower() for line in server.heads[0]] == [
        "post /things?q=a+b http/1.1",
        f"host: {server.url.removeprefix('http://')}",
        "accept: application/json",
        "authorization: bearer t0ken",
        "content-length: 7",
    ]
    assert server.bodies == [b'{"a":1}']
    assert (response.status, response.content) == (201, b"[1]")
    assert response.headers.get_all("link") == ["<a>", "<b>"]


async def test_a_connection_is_reused(serve: Serve, answer: MakeResponse, backend: Make) -> None:
    async with serve(*[answer()] * 5) as server:
        one = backend(server.url)
        for _ in range(5):
            await one.send(ask(server.url))
    assert (server.connections, len(server.heads)) == (1, 5)


async def test_concurrent_requests_have_a_connection_each(serve: Serve, answer: MakeResponse, backend: Make) -> None:
    async with serve(*[answer()] * 6) as server:
        one = backend(server.url)
        for _ in range(2):
            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(one.send, ask(server.url))
    assert (server.connections, len(server.heads)) == (3, 6)


async def test_an_open_connection_waits_for_no_lock(
    serve: Serve, answer: MakeResponse, backend: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each lock of httpcore takes a round of the event loop. The stack gives a connection to one request at a time.
    locked: list[object] = []
    acquire = AsyncLock.__aenter__

    async def note(self: AsyncLock) -> AsyncLock:
        locked.append(self)
        return await acquire(self)

    monkeypatch.setattr(AsyncLock, "__aenter__", note)
    async with serve(*[answer()] * 3) as server:
        one = backend(server.url)
        await one.send(ask(server.url))
        opened = len(locked)
        assert opened
        for _ in range(2):
            await one.send(ask(server.url))
    assert len(locked) == opened
    assert (server.connections, len(server.heads)) == (1, 3)


async def test_a_connection_closed_by_the_server_is_replaced(serve: Serve, answer: MakeResponse, backend: Make) -> None:
    announced = answer(b"1", "connection: close", then="close")
    async with serve(announced, answer(b"2")) as server:
        one = backend(server.url)
        assert [(await one.send(ask(server.url))).content for _ in range(2)] == [b"1", b"2"]
    assert server.connections == 2


async def test_a_connection_closed_without_notice_is_replaced(
    serve: Serve, answer: MakeResponse, backend: Make
) -> None:
    async with serve(answer(b"1", then="close"), answer(b"2")) as server:
        one = backend(server.url)
        assert (await one.send(ask(server.url, body=b"{}"))).content == b"1"
        with anyio.fail_after(5):
            while not one._idle[-1].has_expired():  # until the server's close has arrived
                await anyio.lowlevel.checkpoint()
        assert (await one.send(ask(server.url, body=b"{}"))).content == b"2"
    assert (server.connections, len(one._idle)) == (2, 1)


async def test_a_connection_that_was_idle_for_too_long_is_replaced(
    serve: Serve, answer: MakeResponse, backend: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("orgsdk.transport.backends.httpcore.monotonic", lambda: now)
    async with serve(answer(b"1"), answer(b"2"), answer(b"3")) as server:
        one = backend(server.url)
        await one.send(ask(server.url))
        now += 4.9  # Logto closes a connection after about 6 s idle (facts/logto.md, section 9)
        await one.send(ask(server.url))
        assert server.connections == 1
        now += 5.1
        assert (await one.send(ask(server.url))).content == b"3"
    assert (server.connections, len(one._idle)) == (2, 1)


async def test_only_a_new_connection_reports_its_progress(
    serve: Serve, answer: MakeResponse, backend: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: list[str] = []
    trace = AttemptProgress.trace

    async def note(self: AttemptProgress, event: str, details: Any) -> None:
        reports.append(event)
        await trace(self, event, details)

    monkeypatch.setattr(AttemptProgress, "trace", note)
    async with serve(answer(), answer()) as server:
        one = backend(server.url)
        await one.send(ask(server.url))
        assert "connection.connect_tcp.started" in reports
        reports.clear()
        await one.send(ask(server.url))
    assert (server.connections, reports) == (1, [])


async def test_a_post_without_a_body_has_a_content_length(serve: Serve, answer: MakeResponse, backend: Make) -> None:
    async with serve(answer()) as server:
        await backend(server.url).send(ask(server.url, body=b""))
    assert "content-length: 0" in [line.lower() for line in server.heads[0]]


async def test_a_header_that_is_not_utf_8_is_decoded(serve: Serve, answer: MakeResponse, backend: Make) -> None:
    plain = answer(b"{}", "x-name: NAME")
    latin = type(plain)(plain.content.replace(b"NAME", b"Andr\xe9"), plain.then)
    async with serve(latin) as server:
        assert (await backend(server.url).send(ask(server.url))).headers.get("x-name") == "André"


@pytest.mark.parametrize("fault", ["cut short", "nothing", "garbage"])
async def test_after_a_broken_response_the_next_request_works(
    serve: Serve, answer: MakeResponse, backend: Make, fault: str
) -> None:
    whole = answer(b"{}", length=99, then="close")
    faults = {"cut short": whole.content, "nothing": b"", "garbage": b"\x16\x03\x01 no HTTP\r\n\r\n"}
    broken = type(whole)(faults[fault], "close")
    async with serve(broken, answer(b"[2]")) as server:
        one = backend(server.url)
        with pytest.raises((httpcore.RemoteProtocolError, httpcore.ReadError)):
            await one.send(ask(server.url))
        assert one._idle == []
        assert (await one.send(ask(server.url))).content == b"[2]"
    assert server.connections == 2


@pytest.mark.parametrize("half", ["half a body", "no response"])
async def test_after_a_cancelled_request_the_next_one_works(
    serve: Serve, answer: MakeResponse, backend: Make, half: str
) -> None:
    started = answer(b"{" * 500, length=1000, then="hang")
    hanging = started if half == "half a body" else type(started)(b"", "hang")
    async with serve(hanging, answer(b"[2]")) as server:
        one = backend(server.url)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.send, ask(server.url))
            await server.responded.wait()
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        # httpcore's pool would close the connection too, but may never release its slot
        # (docs/architecture.md, decision 9).
        assert one._idle == []
        with anyio.fail_after(5):
            await server.hung_up.wait()
            response: Response = await one.send(ask(server.url))
    assert (response.content, server.connections) == (b"[2]", 2)


@pytest.mark.parametrize(("encoding", "compress"), [("gzip", gzip.compress), ("deflate", zlib.compress)])
async def test_a_compressed_response_is_decompressed(
    serve: Serve, answer: MakeResponse, backend: Make, encoding: str, compress: Callable[[bytes], bytes]
) -> None:
    async with serve(answer(compress(b"[1, 2]"), f"content-encoding: {encoding}")) as server:
        assert (await backend(server.url).send(ask(server.url))).content == b"[1, 2]"


async def test_after_a_damaged_compression_the_next_request_works(
    serve: Serve, answer: MakeResponse, backend: Make
) -> None:
    async with serve(answer(b"no gzip at all", "content-encoding: gzip"), answer(b"[2]")) as server:
        one = backend(server.url)
        with pytest.raises(ResponseUnreadable, match="its compression is damaged"):
            await one.send(ask(server.url))
        assert (await one.send(ask(server.url))).content == b"[2]"
    assert server.connections == 1


@pytest.mark.parametrize("packed", [False, True])
async def test_after_a_body_above_the_limit_the_next_request_works(
    serve: Serve, answer: MakeResponse, backend: Make, packed: bool
) -> None:
    # The uncompressed one announces a hundred times the length, and stops: it is rejected before its end.
    bomb = answer(gzip.compress(bytes(50 * MAX_BODY)), "content-encoding: gzip")
    flood = answer(b"x" * (MAX_BODY + 1), length=100 * MAX_BODY, then="hang")
    async with serve(bomb if packed else flood, answer(b"[2]")) as server:
        one = backend(server.url)
        with pytest.raises(ResponseUnreadable, match=f"it is larger than {MAX_BODY} bytes"), anyio.fail_after(5):
            await one.send(ask(server.url))
        assert (await one.send(ask(server.url))).content == b"[2]"
    assert server.connections == (1 if packed else 2)


@pytest.mark.parametrize("encoding", ["", "gzip"])
async def test_a_body_of_exactly_the_limit_is_accepted(
    serve: Serve, answer: MakeResponse, backend: Make, encoding: str
) -> None:
    body = b"x" * MAX_BODY
    reply = answer(gzip.compress(body), "content-encoding: gzip") if encoding else answer(body)
    async with serve(reply) as server:
        assert (await backend(server.url).send(ask(server.url))).content == body


async def test_a_failed_close_does_not_keep_other_connections_open(backend: Make) -> None:
    closed: list[str] = []

    class Idle:
        def __init__(self, name: str, failure: Exception | None) -> None:
            self.name, self.failure = name, failure

        async def aclose(self) -> None:
            closed.append(self.name)
            if self.failure is not None:
                raise self.failure

    one: Any = backend("http://127.0.0.1:1")
    one._idle = [Idle("first", None), Idle("second", OSError("broken")), Idle("third", None)]
    with pytest.raises(OSError, match="broken"):
        await one.aclose()
    assert closed == ["third", "second", "first"]


async def test_a_cookie_is_not_sent_back_and_a_redirect_not_followed(
    serve: Serve, answer: MakeResponse, backend: Make
) -> None:
    moved = answer(b"", "set-cookie: session=1", "location: /elsewhere", status="302 Found")
    async with serve(moved, answer()) as server:
        one = backend(server.url)
        assert (await one.send(ask(server.url))).status == 302
        await one.send(ask(server.url))
    assert [head[0] for head in server.heads] == ["GET /things?q=a+b HTTP/1.1"] * 2
    assert not any(line.lower().startswith("cookie") for line in server.heads[1])


async def test_aclose_closes_idle_connections(serve: Serve, answer: MakeResponse, backend: Make) -> None:
    async with serve(answer()) as server:
        one = backend(server.url)
        await one.send(ask(server.url))
        assert not server.hung_up.is_set()
        await one.aclose()
        with anyio.fail_after(5):
            await server.hung_up.wait()


async def test_a_request_in_flight_at_aclose_completes_and_then_closes(
    serve: Serve, answer: MakeResponse, backend: Make
) -> None:
    contents: list[bytes] = []
    async with serve(answer(b"[1]")) as server:
        one = backend(server.url)

        async def send() -> None:
            contents.append((await one.send(ask(server.url))).content)

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(send)
            await anyio.lowlevel.checkpoint()
            await one.aclose()
        with anyio.fail_after(5):
            await server.hung_up.wait()
    assert contents == [b"[1]"]


async def test_search_texts_are_not_logged(
    serve: Serve, answer: MakeResponse, backend: Make, caplog: pytest.LogCaptureFixture
) -> None:
    async with serve(answer()) as server:
        with caplog.at_level(logging.DEBUG):
            await backend(server.url).send(ask(server.url))
    assert "receive_response_headers" in caplog.text, "what httpcore logs at DEBUG is seen here"
    assert "q=a" not in caplog.text
    assert "t0ken" not in caplog.text
    assert [record for record in caplog.records if record.levelno >= logging.INFO] == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_loopback_is_reached_without_a_proxy(
    serve: Serve, answer: MakeResponse, backend: Make, monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("no_proxy", "")
    async with serve() as nobody, serve(answer(b"[1]")) as server:
        monkeypatch.setenv("http_proxy", nobody.url)
        url = server.url.replace("127.0.0.1", host)
        assert (await backend(url).send(ask(url))).content == b"[1]"
    assert nobody.connections == 0
