"""A refresh-token exchange ends, and its new pair is stored and used, even if the call that started it is left."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import anyio
import anyio.lowlevel
import pytest
from pydantic import SecretStr

from orgsdk.errors import AuthenticationError, NotSentError, OrgError
from orgsdk.transport import RefreshToken, TokenCache
from tests.reliability.cancel_points import cancelled_at, natively_cancelled_at
from tests.transport.middleware.conftest import CREATE, reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport import Response
    from orgsdk.transport.backends.base import OutgoingRequest
    from tests.transport.middleware.conftest import Connect, Wire

pytestmark = pytest.mark.anyio


@dataclass
class Tenant:
    """A provider with rotating refresh tokens, each of which is valid once, and the caller's store of them."""

    seconds: float = 1.0
    store_seconds: float = 1.0
    store_failures: int = 0
    expires_in: int = 3600
    valid: str = "r0"
    presented: list[str] = field(default_factory=list)
    stored: list[tuple[str, str]] = field(default_factory=list)
    requests: int = 0
    leave_at: int = 0
    leave: Callable[[], object] = lambda: None
    waits: int = 0

    async def wait(self, seconds: float) -> None:
        """Wait. Before the wait with the number `leave_at`, the caller leaves."""
        self.waits += 1
        if self.waits == self.leave_at:
            self.leave()
        await anyio.sleep(seconds)

    async def __call__(self, outgoing: OutgoingRequest) -> Response:
        if not outgoing.url.endswith("/token"):
            self.requests += 1
            return reply()
        assert outgoing.body is not None
        (presented,) = parse_qs(outgoing.body.decode())["refresh_token"]
        self.presented.append(presented)
        number = len(self.presented)
        accepted = presented == self.valid
        if accepted:
            self.valid = f"r{number}"
        for _ in range(3):  # spent, and the response is being sent
            await self.wait(self.seconds / 3)
        if not accepted:
            return reply(400, b'{"message": "invalid_grant"}')
        body = f'{{"access_token": "a{number}", "refresh_token": "r{number}", "expires_in": {self.expires_in}}}'
        return reply(200, body.encode())

    async def store(self, access: SecretStr, refresh: SecretStr) -> None:
        for _ in range(2):
            await self.wait(self.store_seconds / 2)
        if self.store_failures:
            self.store_failures -= 1
            raise LookupError("no database")
        self.stored.append((access.get_secret_value(), refresh.get_secret_value()))

    def auth(self) -> TokenCache:
        source = RefreshToken(
            SecretStr("r0"), client_id="app", client_secret=SecretStr("s"), path="/token", on_tokens=self.store
        )
        return TokenCache(source)


def connect(wire: Connect, **settings: Any) -> tuple[Tenant, Wire]:
    tenant = Tenant(**settings)
    return tenant, wire(tenant, auth=tenant.auth())


WAITS = range(1, 6)  # of the exchange and the store


@pytest.mark.parametrize("at", WAITS)
async def test_a_call_cancelled_at_any_wait_of_the_exchange_leaves_a_usable_token(wire: Connect, at: int) -> None:
    tenant, to = connect(wire, leave_at=at)
    with anyio.CancelScope() as scope:
        tenant.leave = scope.cancel
        await to.send()
    assert scope.cancelled_caught
    assert tenant.requests == 0
    await to.send()
    assert tenant.waits == len(WAITS)
    assert (tenant.presented, tenant.stored, tenant.requests) == (["r0"], [("a1", "r1")], 1)


async def test_a_call_cancelled_at_any_of_its_own_waits_leaves_a_usable_token(wire: Connect) -> None:
    _, points = await cancelled_at(connect(wire)[1].send)
    assert points > 2
    for point in range(1, points + 1):
        tenant, to = connect(wire)
        await cancelled_at(to.send, point)
        await to.send()
        assert (tenant.presented, tenant.stored) == (["r0"], [("a1", "r1")]), point


async def test_a_call_cancelled_twice_leaves_a_usable_token(wire: Connect) -> None:
    _, points = await cancelled_at(connect(wire)[1].send)
    for first in range(1, points + 1):
        for second in range(first + 1, points + 1):
            tenant, to = connect(wire)
            await cancelled_at(to.send, first, second)
            await to.send()
            assert (tenant.presented, tenant.stored) == (["r0"], [("a1", "r1")]), (first, second)


@pytest.mark.parametrize("at", WAITS)
@pytest.mark.parametrize("times", [1, 3])
@pytest.mark.parametrize("virtual_time", ["asyncio"], indirect=True)
async def test_a_task_cancelled_by_asyncio_leaves_a_usable_token(wire: Connect, at: int, times: int) -> None:
    import asyncio

    tenant, to = connect(wire, leave_at=at)
    task = asyncio.create_task(to.send())  # anyio's shields do not protect it
    loop = asyncio.get_running_loop()
    tenant.leave = lambda: [loop.call_later(0.1 * number, task.cancel) for number in range(times)]
    with pytest.raises(asyncio.CancelledError):
        await task
    await to.send()
    assert (tenant.presented, tenant.stored, tenant.requests) == (["r0"], [("a1", "r1")], 1)


@pytest.mark.parametrize("virtual_time", ["asyncio"], indirect=True)
async def test_a_task_cancelled_by_asyncio_at_any_of_its_own_waits_leaves_a_usable_token(wire: Connect) -> None:
    _, points = await natively_cancelled_at(connect(wire)[1].send)
    for point in range(1, points + 1):
        for again in (point, point + 1, points):
            tenant, to = connect(wire)
            await natively_cancelled_at(to.send, point, again)
            await to.send()
            assert (tenant.presented, tenant.stored) == (["r0"], [("a1", "r1")]), (point, again)


@pytest.mark.parametrize("virtual_time", ["asyncio"], indirect=True)
async def test_a_timeout_of_asyncio_ends_after_the_exchange(wire: Connect) -> None:
    import asyncio

    tenant, to = connect(wire)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await to.send()
    await to.send()
    assert (tenant.presented, tenant.stored) == (["r0"], [("a1", "r1")])


@pytest.mark.parametrize("timeout", [0.1, 0.5, 1.0, 1.5, 1.99])
async def test_a_call_with_a_short_timeout_is_not_sent_and_leaves_a_usable_token(
    wire: Connect,
    timeout: float,
) -> None:
    tenant, to = connect(wire)
    with pytest.raises(NotSentError) as caught:
        await to.send(CREATE, timeout=timeout)
    assert not caught.value.may_have_happened
    assert tenant.requests == 0
    await to.send()
    assert (tenant.presented, tenant.stored, tenant.requests) == (["r0"], [("a1", "r1")], 1)


async def test_waiting_calls_get_the_token_of_a_cancelled_call(wire: Connect) -> None:
    tenant, to = connect(wire)
    async with anyio.create_task_group() as waiting, anyio.create_task_group() as first:
        first.start_soon(to.send)
        await anyio.sleep(0.5)
        for _ in range(20):
            waiting.start_soon(to.send)
        await anyio.sleep(0.1)
        first.cancel_scope.cancel()
    assert (tenant.presented, tenant.requests) == (["r0"], 20)


async def test_a_waiting_call_can_be_cancelled_at_once(wire: Connect) -> None:
    _, to = connect(wire)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(to.send)
        await anyio.sleep(0.1)
        started = anyio.current_time()
        with anyio.move_on_after(0.2):
            await to.send()
        assert anyio.current_time() - started == pytest.approx(0.2)


@pytest.mark.parametrize("cancelled", [False, True])
async def test_after_a_failure_to_store_the_next_call_uses_the_new_refresh_token(
    wire: Connect,
    cancelled: bool,
) -> None:
    tenant, to = connect(wire, store_failures=1)
    with pytest.raises(LookupError, match="no database"), anyio.move_on_after(0.5 if cancelled else 100):
        await to.send()
    await to.send()
    assert (tenant.presented, tenant.stored) == (["r0", "r1"], [("a2", "r2")])


async def test_a_slow_store_is_awaited(wire: Connect) -> None:
    tenant, to = connect(wire, store_seconds=45)
    with anyio.move_on_after(2):
        await to.send()
    assert tenant.stored == [("a1", "r1")]
    await to.send()
    assert tenant.presented == ["r0"]


async def test_a_store_that_never_ends_holds_nobody_for_ever(wire: Connect) -> None:
    tenant, to = connect(wire, store_seconds=1e9)
    started = anyio.current_time()
    with pytest.raises(NotSentError, match="on_tokens did not end within 60 s") as caught:
        await to.send(timeout=200, max_attempts=1)
    assert anyio.current_time() - started == pytest.approx(61)
    assert not caught.value.may_have_happened
    assert caught.value.provider == "sign-in"
    tenant.store_seconds = 1
    await to.send()
    assert (tenant.presented, tenant.stored) == (["r0", "r1"], [("a2", "r2")])


async def test_a_token_endpoint_that_never_answers_holds_nobody_for_ever(wire: Connect) -> None:
    _, to = connect(wire, seconds=1e9)
    started = anyio.current_time()
    with pytest.raises(NotSentError), anyio.move_on_after(1):
        await to.send(timeout=2)
    assert anyio.current_time() - started == pytest.approx(30)
    started = anyio.current_time()
    with pytest.raises(NotSentError, match=r"no access token.* no response within 30 s"):
        await to.send(timeout=100, max_attempts=1)
    assert anyio.current_time() - started == pytest.approx(30)


async def test_a_rejected_refresh_token_is_the_error_of_a_cancelled_call_and_of_the_next(wire: Connect) -> None:
    tenant, to = connect(wire)
    tenant.valid = "other"
    with pytest.raises(AuthenticationError), anyio.move_on_after(0.5):
        await to.send()
    with pytest.raises(AuthenticationError):
        await to.send()
    assert tenant.presented == ["r0"]


async def test_an_exit_raised_by_the_store_is_raised_as_it_is(wire: Connect) -> None:
    class Exit(BaseException):
        pass

    async def store(access: SecretStr, refresh: SecretStr) -> None:
        await anyio.lowlevel.checkpoint()
        raise Exit

    source = RefreshToken(
        SecretStr("r0"), client_id="app", client_secret=SecretStr("s"), path="/token", on_tokens=store
    )
    with pytest.raises(Exit):
        await wire(Tenant(), auth=TokenCache(source)).send()


@pytest.mark.parametrize("virtual_time", ["asyncio"], indirect=True)
async def test_an_exchange_ended_from_outside_is_an_error(wire: Connect) -> None:
    import asyncio

    _, to = connect(wire)
    before = asyncio.all_tasks()
    failures: list[OrgError] = []

    async def call() -> None:
        try:
            await to.send(max_attempts=1)
        except OrgError as error:
            failures.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(call)
        await anyio.sleep(0.5)
        own = {task for task in asyncio.all_tasks() - before if task.get_name() == "orgsdk token exchange"}
        assert len(own) == 1
        own.pop().cancel()
    assert [type(error) for error in failures] == [NotSentError]
    assert "sign-in token: the exchange was cancelled" in str(failures[0])


@pytest.mark.parametrize("at", WAITS)
async def test_a_client_that_is_closed_during_the_exchange_waits_for_it(wire: Connect, at: int) -> None:
    tenant, to = connect(wire, leave_at=at)
    closed_after: list[list[tuple[str, str]]] = []
    may_close = anyio.Event()
    tenant.leave = may_close.set

    async def close() -> None:
        await may_close.wait()
        await to.transport.aclose()
        closed_after.append([*tenant.stored])

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(close)
        with suppress(NotSentError):  # its own request is sent just before, or no longer
            await to.send()
    assert (tenant.presented, tenant.stored) == (["r0"], [("a1", "r1")])
    assert closed_after == [[("a1", "r1")]]
    with pytest.raises(NotSentError, match="closed"):
        await to.send()


async def test_a_cancelled_close_waits_for_the_exchange_too(wire: Connect) -> None:
    tenant, to = connect(wire)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_ignoring_not_sent, to)
        await anyio.sleep(0.5)
        with anyio.move_on_after(0.1):
            await to.transport.aclose()
        assert tenant.stored == [("a1", "r1")]


async def test_a_close_waits_no_longer_than_the_exchange_may_take(wire: Connect) -> None:
    _, to = connect(wire, seconds=1e9)
    started = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_ignoring_not_sent, to)
        await anyio.sleep(1)
        await to.transport.aclose()
        assert anyio.current_time() - started == pytest.approx(30)


async def test_a_client_closed_by_its_own_store_does_not_wait_for_itself(wire: Connect) -> None:
    tenant = Tenant()
    to: Wire

    async def store(access: SecretStr, refresh: SecretStr) -> None:
        await to.transport.aclose()
        await tenant.store(access, refresh)

    source = RefreshToken(
        SecretStr("r0"), client_id="app", client_secret=SecretStr("s"), path="/token", on_tokens=store
    )
    to = wire(tenant, auth=TokenCache(source))
    with pytest.raises(NotSentError, match="closed"):
        await to.send()
    assert tenant.stored == [("a1", "r1")]


async def test_a_close_without_an_exchange_waits_for_no_call(wire: Connect) -> None:
    _, to = connect(wire)
    await to.send()
    started = anyio.current_time()
    await to.transport.aclose()
    assert anyio.current_time() == started


async def _ignoring_not_sent(to: Wire) -> None:
    with suppress(NotSentError):
        await to.send(timeout=200, max_attempts=1)
