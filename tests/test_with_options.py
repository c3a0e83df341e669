"""`with_options` and `with_raw_response`, over httpx in memory and on virtual time."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

from orgsdk import (
    ConfigurationError,
    NotFoundError,
    NotSentError,
    OrgClient,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    UnsupportedError,
    blocking,
)
from orgsdk.providers import Flat, Logto
from orgsdk.responses import RateLimit
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from contextlib import AbstractContextManager

    from orgsdk.events import Event
    from orgsdk.options import Observation

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("the answers are made up")]

ORGANIZATION = "a" * 24


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


@dataclass
class Server:
    """A server in memory that responds to count requests, after the responses that a test queues."""

    answers: list[httpx.Response | Exception] = field(default_factory=list)
    latency: float = 0.0
    seen: list[httpx.Request] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    in_flight: int = 0
    peak: int = 0

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        number = str(len(self.seen))
        self.times.append(anyio.current_time())
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        try:
            await anyio.sleep(self.latency)
        finally:
            self.in_flight -= 1
        if request.url.path == "/oidc/token":
            return httpx.Response(200, json={"access_token": "t1", "expires_in": 3600})
        if request.url.path == "/me":
            return httpx.Response(200, json={"id": "b" * 24, "organization": ORGANIZATION}, headers={"x-n": "me"})
        if self.answers:
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer
        headers = {"total-number": "7", "x-ratelimit-remaining": "7100", "x-n": number}
        return httpx.Response(200, json=[] if request.url.path.startswith("/api/") else 7, headers=headers)

    def paths(self) -> list[str]:
        return [request.url.path for request in self.seen]


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def http_client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with mock_client(server) as client:
        yield client


@pytest.fixture
def flat(http_client: httpx.AsyncClient) -> OrgClient[Flat]:
    return OrgClient(Flat("t0ken", base_url="https://flat.example", http_client=http_client, max_concurrency=2))


@pytest.fixture
def logto(http_client: httpx.AsyncClient) -> OrgClient[Logto]:
    own = Logto("https://logto.example", app_id="app", app_secret="s3cret", http_client=http_client)
    return OrgClient(own, organization="org")


async def count(client: OrgClient[Any]) -> int:
    return await client.organization().users.count()


# with_options


async def test_a_derived_client_shares_the_token(logto: OrgClient[Logto], server: Server) -> None:
    for client in (logto, logto.with_options(timeout=5), logto.with_options(max_attempts=1).with_options(timeout=5)):
        assert await count(client) == 7
    assert server.paths().count("/oidc/token") == 1


async def test_derived_clients_share_the_slots(flat: OrgClient[Flat], server: Server) -> None:
    server.latency = 1
    async with anyio.create_task_group() as tasks:
        for client in (flat, flat.with_options(timeout=20), flat.with_options(headers={"x": "y"})):
            for _ in range(4):
                tasks.start_soon(count, client)
    assert (server.peak, len(server.seen)) == (2, 12)


async def test_derived_clients_share_the_rate_limit(flat: OrgClient[Flat], server: Server) -> None:
    derived = flat.with_options(max_wait=60)
    server.answers = [httpx.Response(429, headers={"retry-after": "20", "x-ratelimit-remaining": "0"})]
    with pytest.raises(RateLimitError):
        await count(flat.with_options(max_attempts=1))
    assert derived.rate_limit == flat.rate_limit == RateLimit(limit=None, remaining=0, resets_at=None)
    await count(derived)
    assert server.times[1] - server.times[0] >= 20
    assert flat.rate_limit == RateLimit(limit=None, remaining=7100, resets_at=None)


async def test_closing_a_derived_client_keeps_the_original_open(
    flat: OrgClient[Flat], http_client: httpx.AsyncClient
) -> None:
    derived = flat.with_options(timeout=5)
    await derived.aclose()
    assert await count(derived) == await count(flat) == 7
    await flat.aclose()
    for client in (flat, derived, flat.with_options(timeout=5)):
        with pytest.raises(NotSentError, match="the client is closed"):
            await count(client)
    assert not http_client.is_closed, "which is the caller's own"


async def test_a_derived_client_is_not_entered(flat: OrgClient[Flat]) -> None:
    advice = r"use `async with` there, as in `async with OrgClient.from_env\(timeout=5\) as client`"
    with pytest.raises(ConfigurationError, match=advice):
        async with flat.with_options(timeout=5):
            pass
    assert await count(flat) == 7, "it is open"
    waiting = blocking.OrgClient.memory().with_options(timeout=5)
    with pytest.raises(ConfigurationError, match=r"use `with` there, as in `with OrgClient.from_env\("), waiting:
        pass


async def test_omitted_options_are_inherited(flat: OrgClient[Flat], server: Server) -> None:
    events: list[Event] = []
    first = flat.with_options(headers={"x-one": "1"}, max_attempts=2, on_event=events.append)
    second = first.with_options(timeout=5)
    third = first.with_options(headers={"x-two": "2"})
    for client in (flat, first, second, third):
        await count(client)
    sent = [(request.headers.get("x-one"), request.headers.get("x-two")) for request in server.seen]
    assert sent == [(None, None), ("1", None), ("1", None), (None, "2")]
    assert len(events) == 2 * 3
    server.answers = [httpx.Response(500)] * 4
    for client, attempts in ((second, 2), (second.with_options(max_attempts=1), 1)):
        before = len(server.seen)
        with pytest.raises(ServerError):
            await count(client)
        assert len(server.seen) == before + attempts


async def test_each_client_has_its_own_telemetry(flat: OrgClient[Flat]) -> None:
    @dataclass
    class Recorder:
        operations: list[str] = field(default_factory=list)

        def call(self, observation: Observation) -> AbstractContextManager[None]:
            self.operations.append(observation.operation)
            return nullcontext()

    first, second = Recorder(), Recorder()
    observed = flat.with_options(telemetry=first)
    for client in (flat, observed, observed.with_options(timeout=5), observed.with_options(telemetry=second)):
        await count(client)
    assert (first.operations, second.operations) == (["count_orga_users"] * 2, ["count_orga_users"])


async def test_each_client_has_its_own_deadline(flat: OrgClient[Flat], server: Server) -> None:
    server.latency = 10
    began = anyio.current_time()
    with pytest.raises(RequestTimeoutError, match="no response within 2 s"):
        await count(flat.with_options(timeout=2))
    assert anyio.current_time() - began == pytest.approx(2)
    assert await count(flat) == 7


async def test_a_custom_user_agent_replaces_the_default(flat: OrgClient[Flat], server: Server) -> None:
    await count(flat.with_options(headers={"User-Agent": "org/1"}))
    assert server.seen[0].headers.get_list("user-agent") == ["org/1"]


@pytest.mark.parametrize(
    "settings", [{"timeout": 0}, {"max_attempts": 0}, {"max_wait": -1}, {"headers": {"authorization": "x"}}]
)
def test_invalid_options_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError):
        OrgClient(Flat("t0ken"), **settings)
    with pytest.raises(ConfigurationError):
        OrgClient(Flat("t0ken")).with_options(**settings)


def test_a_derived_client_has_the_same_organization() -> None:
    client = OrgClient(Flat("t0ken"), organization=ORGANIZATION)
    assert client.with_options(timeout=5).organization().id == ORGANIZATION
    assert client.with_options(timeout=5).capabilities == client.capabilities


# with_raw_response


async def test_a_call_returns_its_response(flat: OrgClient[Flat]) -> None:
    raw = await flat.with_raw_response(flat.organization().users.count())
    assert (raw.value, raw.status_code, dict(raw.headers)["x-n"]) == (7, 200, "1")
    assert len(raw.responses) == 1


async def test_a_call_of_several_requests_returns_all_responses(flat: OrgClient[Flat]) -> None:
    raw = await flat.with_raw_response(flat.organization(ORGANIZATION).users.count())
    assert [dict(answer.headers).get("x-n") for answer in raw.responses] == ["me", "2"]
    assert dict(raw.headers)["x-n"] == "2"


async def test_a_retried_call_returns_the_last_response(flat: OrgClient[Flat], server: Server) -> None:
    server.answers = [httpx.Response(500), httpx.ReadError("reset")]
    raw = await flat.with_raw_response(flat.organization().users.count())
    assert [answer.status_code for answer in raw.responses] == [200]


async def test_the_token_response_is_not_included(logto: OrgClient[Logto]) -> None:
    raw = await logto.with_raw_response(logto.organization().users.count())
    assert len(raw.responses) == 1


async def test_parallel_calls_return_their_own_responses(flat: OrgClient[Flat], server: Server) -> None:
    server.latency = 1
    seen: list[str] = []

    async def ask() -> None:
        raw = await flat.with_raw_response(flat.organization().users.count())
        assert len(raw.responses) == 1
        seen.append(dict(raw.headers)["x-n"])

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(ask)
            tasks.start_soon(count, flat)
    assert len(set(seen)) == 10


async def test_a_page_is_returned_with_its_response(flat: OrgClient[Flat], server: Server) -> None:
    server.answers = [httpx.Response(200, json=[{"id": "c" * 24, "username": "ada"}])]
    raw = await flat.with_raw_response(flat.organization().users.list())
    assert [user.username for user in raw.value] == ["ada"]
    assert raw.status_code == 200


async def test_an_error_is_raised_unchanged(flat: OrgClient[Flat], server: Server) -> None:
    server.answers = [httpx.Response(404, json={"code": "NOT_FOUND", "message": "no"})]
    with pytest.raises(NotFoundError):
        await flat.with_raw_response(flat.organization().users.count())


async def test_a_call_without_a_request_has_no_response(flat: OrgClient[Flat]) -> None:
    with pytest.raises(UnsupportedError, match="flat does not offer with_raw_response"):
        await flat.with_raw_response(flat.roles.list())
