"""Faults: each one affects only the requests it selects."""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import anyio
import anyio.lowlevel
import anyio.to_thread
import httpx
import pytest

from orgsdk.sandbox import Person, Sandbox
from orgsdk.sandbox.fault_middleware import FaultMiddleware
from orgsdk.sandbox.faults import (
    CloseConnection,
    DripBody,
    Fault,
    Faults,
    Hang,
    ReplaceContentType,
    Respond,
    TruncateBody,
    TruncateGzip,
)

pytestmark = pytest.mark.anyio

PEOPLE = [
    Person("S1", "ada", "ada@example.org", "Ada", "Lovelace", "admin", None),
    Person("S2", "bob", None, "Bob", "Byron", "student", "5B"),
]
USERS = "/organizations/users"
NEW = {"username": "new", "password": "secret"}


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    sandbox = Sandbox(PEOPLE)
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Sandbox, caplog: pytest.LogCaptureFixture) -> Iterator[Sandbox]:
    """Return the sandbox, and check that no fault causes a log message of the server."""
    running.reset()
    with caplog.at_level(logging.WARNING):
        yield running
        assert not caplog.records


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {sandbox.flat.token}"}
    async with httpx.AsyncClient(base_url=sandbox.flat_url, headers=headers, timeout=5, verify=False) as client:
        yield client


def usernames(sandbox: Sandbox) -> list[str]:
    return [user.username for user in sandbox.flat.users.values()]


async def reached(fault: Fault) -> None:
    assert await anyio.to_thread.run_sync(fault.reached.wait, 5)


# Selection of requests


async def test_matches_requests_by_method_path_and_number(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fault = sandbox.flat_faults.add(Respond(503), method="get", path="/v2/organizations/users", nth=2, times=2)
    requests = ["/me", USERS, f"{USERS}?limit=1", f"{USERS}/count", USERS, USERS]
    statuses = [(await http.get(path)).status_code for path in requests]
    assert statuses == [200, 200, 503, 503, 200, 200]
    assert (await http.post(USERS, json=NEW)).status_code == 200
    assert (fault.seen, fault.applied) == (5, 2)


async def test_without_a_limit_applies_until_cleared(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.flat_faults.add(Respond(500), times=None)
    assert {(await http.get(path)).status_code for path in ("/me", "/nope", USERS)} == {500}
    sandbox.reset()
    assert (await http.get("/me")).status_code == 200


async def test_the_first_matching_fault_applies_and_all_count(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    first = sandbox.flat_faults.add(Respond(500))
    second = sandbox.flat_faults.add(Respond(502), times=2)
    assert [(await http.get("/me")).status_code for _ in range(3)] == [500, 502, 200]
    assert [(fault.seen, fault.applied) for fault in (first, second)] == [(3, 1), (3, 1)]


async def test_each_server_has_separate_faults(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.logto_faults.add(Respond(418), path="/api/%75sers")
    assert (await http.get("/me")).status_code == 200
    assert (await http.get(f"{sandbox.logto_url}/api/users")).status_code == 401
    assert (await http.get(f"{sandbox.logto_url}/api/%75sers")).status_code == 418


# Responses


async def test_respond_replaces_the_response_of_the_app(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    busy = Respond(503, b'{"code": "BUSY"}', (("Content-Type", "application/json"), ("Retry-After", "3")))
    sandbox.flat_faults.add(busy)
    response = await http.post(USERS, json=NEW)
    assert (response.status_code, response.json(), response.headers["Retry-After"]) == (503, {"code": "BUSY"}, "3")
    assert "new" not in usernames(sandbox)
    assert sandbox.requests[-1].status == 503
    assert json.loads(sandbox.requests[-1].body) == NEW


async def test_respond_after_commit_runs_the_app_first(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.flat_faults.add(Respond(502, after_commit=True))
    response = await http.post(USERS, json=NEW)
    assert (response.status_code, response.headers["Content-Length"]) == (502, "0")
    assert "new" in usernames(sandbox)


async def test_respond_sends_no_length_for_a_status_without_a_body(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.flat_faults.add(Respond(204))
    assert "Content-Length" not in (await http.get("/me")).headers
    sandbox.flat_faults.add(Respond(200, b"abc", (("Content-Length", "3"),)))
    assert (await http.get("/me")).content == b"abc"


# Connections


@pytest.mark.parametrize(("reset", "error"), [(False, httpx.RemoteProtocolError), (True, httpx.ReadError)])
@pytest.mark.parametrize("after_commit", [False, True])
async def test_close_connection_sends_no_response(
    sandbox: Sandbox, http: httpx.AsyncClient, after_commit: bool, reset: bool, error: type[Exception]
) -> None:
    fault = sandbox.flat_faults.add(CloseConnection(after_commit=after_commit, reset=reset), method="POST")
    with pytest.raises(error):
        await http.post(USERS, json=NEW)
    assert ("new" in usernames(sandbox)) is after_commit
    # The next request gets a new connection, and a normal response.
    assert (await http.get("/me")).status_code == 200
    assert [(each.method, each.status) for each in sandbox.requests] == [("POST", None), ("GET", 200)]
    assert fault.applied == 1


@pytest.mark.parametrize("at", [0, 1, 40])
async def test_truncate_body_sends_the_first_bytes(sandbox: Sandbox, http: httpx.AsyncClient, at: int) -> None:
    whole = (await http.get("/me")).content
    sandbox.flat_faults.add(TruncateBody(at))
    received = b""
    async with http.stream("GET", "/me") as response:
        assert int(response.headers["Content-Length"]) == len(whole)
        try:
            async for piece in response.aiter_raw():
                received += piece
        except httpx.RemoteProtocolError as error:
            assert "peer closed connection" in str(error)  # noqa: PT017 (the pieces before it are needed)
        else:
            pytest.fail("the body was whole")
    assert received == whole[:at]


async def test_truncate_body_works_without_a_content_length(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.logto_faults.add(TruncateBody(20))
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        await http.get(f"{sandbox.logto_url}/oidc/.well-known/openid-configuration")


# Delays


async def in_background(group: anyio.abc.TaskGroup, call: Callable[[], Awaitable[httpx.Response]]) -> list[int]:
    statuses: list[int] = []

    async def run() -> None:
        statuses.append((await call()).status_code)

    group.start_soon(run)
    return statuses


@pytest.mark.parametrize("after_commit", [False, True])
async def test_hang_waits_for_the_release(sandbox: Sandbox, http: httpx.AsyncClient, after_commit: bool) -> None:
    fault = sandbox.flat_faults.add(Hang(after_commit=after_commit), method="POST")
    async with anyio.create_task_group() as group:
        statuses = await in_background(group, lambda: http.post(USERS, json=NEW))
        await reached(fault)
        # Other requests are not held. This one also shows whether the app has run already.
        assert (await http.get("/me")).status_code == 200
        assert ("new" in usernames(sandbox)) is after_commit
        assert not statuses
        fault.release()
    assert statuses == [200]
    assert "new" in usernames(sandbox)


async def test_step_releases_one_request_at_a_time(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fault = sandbox.flat_faults.add(Hang(), times=None)
    async with anyio.create_task_group() as group:
        statuses = await in_background(group, lambda: http.get("/me"))
        fault.step()
    assert statuses == [200]
    fault.release()
    assert (await http.get("/me")).status_code == 200


async def test_a_hanging_request_ends_when_the_client_disconnects(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fault = sandbox.flat_faults.add(Hang())
    async with anyio.create_task_group() as group:
        await in_background(group, lambda: http.post(USERS, json=NEW))
        await reached(fault)
        group.cancel_scope.cancel()
    while not len(sandbox.requests):
        await anyio.lowlevel.checkpoint()
    fault.release()
    assert (await http.get("/me")).status_code == 200
    assert sandbox.requests[0].status is None
    assert "new" not in usernames(sandbox)


async def test_reset_closes_hanging_requests(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fault = sandbox.flat_faults.add(Hang())
    async with anyio.create_task_group() as group:

        async def lose() -> None:
            with pytest.raises(httpx.RemoteProtocolError):
                await http.post(USERS, json=NEW)

        group.start_soon(lose)
        await reached(fault)
        sandbox.reset()
    assert "new" not in usernames(sandbox)


async def test_drip_body_sends_a_piece_for_each_step(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    fault = sandbox.flat_faults.add(DripBody(size=100))
    pieces: list[bytes] = []
    async with http.stream("GET", USERS) as response:
        async for piece in response.aiter_raw():
            pieces.append(piece)
            fault.step()
    assert len(pieces) > 3
    assert {len(piece) for piece in pieces[:-1]} == {100}
    assert b"".join(pieces) == (await http.get(USERS)).content


async def test_drip_body_can_send_at_intervals(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.flat_faults.add(DripBody(size=50, seconds=0))
    assert [user["username"] for user in (await http.get(USERS)).json()] == ["ada", "bob"]


async def test_clear_stops_a_dripping_response(sandbox: Sandbox, http: httpx.AsyncClient) -> None:
    sandbox.flat_faults.add(DripBody(size=10))
    async with http.stream("GET", USERS) as response:
        sandbox.flat_faults.clear()
        with pytest.raises(httpx.RemoteProtocolError):
            await response.aread()


async def test_the_sandbox_stops_while_a_request_hangs(http: httpx.AsyncClient) -> None:
    sandbox = Sandbox(PEOPLE)
    fault = sandbox.flat_faults.add(Hang())
    async with sandbox, anyio.create_task_group() as group:

        async def lose() -> None:
            with pytest.raises(httpx.TransportError):
                await http.get(f"{sandbox.flat_url}/me")

        group.start_soon(lose)
        await reached(fault)
        await anyio.to_thread.run_sync(sandbox.stop)


# Content types and compression


@pytest.mark.parametrize("content_type", ["text/html", None])
async def test_replace_content_type_changes_or_removes_the_header(
    sandbox: Sandbox, http: httpx.AsyncClient, content_type: str | None
) -> None:
    plain = await http.get("/me")
    sandbox.flat_faults.add(ReplaceContentType(content_type))
    response = await http.get("/me")
    assert (response.headers.get("Content-Type"), response.content) == (content_type, plain.content)


@pytest.mark.parametrize("missing", [1, 12, 100_000])
async def test_truncate_gzip_sends_incomplete_gzip_data(
    sandbox: Sandbox, http: httpx.AsyncClient, missing: int
) -> None:
    url = f"{sandbox.logto_url}/oidc/.well-known/openid-configuration"
    plain = (await http.get(url, headers={"Accept-Encoding": "identity"})).content
    sandbox.logto_faults.add(TruncateGzip(missing))
    async with http.stream("GET", url) as response:
        raw = b"".join([piece async for piece in response.aiter_raw()])
    assert response.headers["Content-Encoding"] == "gzip"
    assert int(response.headers["Content-Length"]) == len(raw)
    assert raw[:2] == (b"" if missing == 100_000 else b"\x1f\x8b")
    assert len(raw) < len(plain)


# Without a server


async def test_other_protocols_are_passed_on() -> None:
    reached_app: list[str] = []

    async def app(scope: object, receive: object, send: object) -> None:
        reached_app.append("app")

    faults = Faults()
    fault = faults.add(CloseConnection(), times=None)
    await FaultMiddleware(app, faults)({"type": "lifespan"}, None, None)  # type: ignore[arg-type]
    assert (reached_app, fault.seen) == (["app"], 0)
