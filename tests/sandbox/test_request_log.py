"""The request log, and the middleware that fills it."""

import pytest
from httpx import ASGITransport, AsyncClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orgsdk.sandbox.request_log import Exchange, LogMiddleware, RequestLog

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def exchange(method: str = "GET", path: str = "/v2/me") -> Exchange:
    return Exchange(
        provider="flat",
        method=method,
        path=path,
        query="",
        headers={"cookie": "hush"},
        authorized=True,
        body=b'{"password":"hush"}',
        status=200,
        response_headers=[("set-cookie", "hush")],
    )


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    body = await Request(scope, receive).body()
    await PlainTextResponse(body, status_code=201, headers={"X-Answer": "yes"})(scope, receive, send)


async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
    await PlainTextResponse("no", status_code=403)(scope, receive, send)


async def crash(scope: Scope, receive: Receive, send: Send) -> None:
    raise ConnectionError


def client(app: ASGIApp, log: RequestLog) -> AsyncClient:
    transport = ASGITransport(LogMiddleware(app, log, "logto"), raise_app_exceptions=False)
    return AsyncClient(transport=transport, base_url="http://sandbox")


async def test_records_the_request_and_the_head_of_the_response() -> None:
    log = RequestLog()
    async with client(echo, log) as http:
        response = await http.post(
            "/a%2Fb?q=%2B&q=x",
            content=b"hello",
            headers=[("Authorization", "Bearer hush"), ("X-One", "1"), ("X-One", "2")],
        )
    assert response.text == "hello"
    (seen,) = log
    assert (seen.provider, seen.method, seen.path, seen.query) == ("logto", "POST", "/a%2Fb", "q=%2B&q=x")
    assert (seen.body, seen.status, seen.authorized) == (b"hello", 201, True)
    assert seen.headers["x-one"] == "1, 2"
    assert "authorization" not in seen.headers
    assert ("x-answer", "yes") in seen.response_headers


async def test_records_the_whole_body_of_a_request_rejected_by_its_headers() -> None:
    log = RequestLog()
    async with client(refuse, log) as http:
        await http.post("/", content=b"hello")
    assert (log[0].body, log[0].status, log[0].authorized) == (b"hello", 403, False)


@pytest.mark.parametrize(("in_progress", "recorded"), [(True, 0), (False, 1)])
async def test_a_request_in_progress_is_recorded_unless_the_log_was_reset(in_progress: bool, recorded: int) -> None:
    log = RequestLog()

    async def clear(scope: Scope, receive: Receive, send: Send) -> None:
        log.append(exchange())
        log.clear(in_progress=in_progress)
        await echo(scope, receive, send)

    async with client(clear, log) as http:
        await http.post("/", content=b"hello")
        assert len(log) == recorded
        await http.post("/", content=b"hello")
    assert len(log) == recorded


async def test_records_a_request_without_a_response() -> None:
    log = RequestLog()
    async with client(crash, log) as http:
        await http.get("/")
    assert log[0].status is None


async def test_records_before_the_response_is_sent() -> None:
    log = RequestLog()
    recorded_when_sent: list[int] = []

    async def send(message: Message) -> None:
        recorded_when_sent.append(len(log))

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {"type": "http", "method": "GET", "path": "/é", "query_string": b"", "headers": []}
    await LogMiddleware(refuse, log, "flat")(scope, receive, send)
    assert recorded_when_sent == [1, 1]
    assert log[0].path == "/é"


async def test_joins_the_parts_of_a_body_and_passes_them_on() -> None:
    log = RequestLog()
    parts = [(b"he", True), (b"ll", True), (b"o", False)]
    sent: list[Message] = []

    async def receive() -> Message:
        body, more = parts.pop(0)
        return {"type": "http.request", "body": body, "more_body": more}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "PUT", "path": "/", "query_string": b"", "headers": []}
    await LogMiddleware(echo, log, "flat")(scope, receive, send)
    assert log[0].body == sent[1]["body"] == b"hello"


async def test_an_incomplete_request_is_recorded_but_not_carried_out() -> None:
    log = RequestLog()
    done: list[Scope] = []
    parts: list[Message] = [{"type": "http.request", "body": b"he", "more_body": True}, {"type": "http.disconnect"}]

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        done.append(scope)

    async def receive() -> Message:
        return parts.pop(0)

    async def send(message: Message) -> None:
        raise AssertionError("nobody is there to answer")

    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    await LogMiddleware(app, log, "flat")(scope, receive, send)
    assert (log[0].body, log[0].status, done) == (b"he", None, [])


async def test_other_protocols_are_passed_on() -> None:
    log = RequestLog()
    reached: list[str] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        reached.append(scope["type"])

    async def receive() -> Message:
        return {"type": "lifespan.startup"}

    async def send(message: Message) -> None:
        return None

    await LogMiddleware(app, log, "flat")({"type": "lifespan"}, receive, send)
    assert (reached, len(log)) == (["lifespan"], 0)


def test_counts_by_the_given_conditions() -> None:
    log = RequestLog()
    for seen in (exchange(), exchange("POST"), exchange(path="/v2/organizations/users")):
        log.append(seen)
    assert log.count() == len(log) == 3
    assert log.count(method="get") == 2
    assert log.count(path_prefix="/v2/organizations") == 1
    assert log.count(provider="logto") == 0
    assert log.count(provider="flat", method="POST", path_prefix="/v2/me") == 1
    log.clear()
    assert len(log) == 0


def test_iterates_over_a_snapshot() -> None:
    log = RequestLog()
    log.append(exchange())
    for seen in log:
        log.append(seen)
    assert len(log) == 2


def test_repr_has_no_secret() -> None:
    assert "hush" not in repr(exchange())
