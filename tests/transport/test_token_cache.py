"""The token cache on virtual time: refreshed in advance, once for all waiting tasks, and never in a loop."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest
from pydantic import SecretStr

from orgsdk.errors import AuthenticationError, ConfigurationError, NotSentError, OrgError
from orgsdk.transport import TokenCache
from orgsdk.transport.token_cache import Token

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.transport.token_cache import SendTokenRequest

pytestmark = pytest.mark.anyio

UNUSED = cast("SendTokenRequest", None)


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


def rejection() -> AuthenticationError:
    return AuthenticationError("invalid client", provider="acme", operation="token", status_code=401)


def down() -> NotSentError:
    return NotSentError("refused", provider="acme", operation="token")


@dataclass
class Source:
    """Return numbered tokens, each after one second, or raise the errors in `failures`."""

    expires_in: float | None = 3600.0
    failures: list[Exception] = field(default_factory=list)
    rejection_is_final: bool = True
    requested: int = 0

    async def obtain(self, exchange: SendTokenRequest) -> Token:
        self.requested += 1
        number = self.requested
        await anyio.sleep(1)
        if self.failures:
            raise self.failures.pop(0)
        return Token(SecretStr(f"Bearer {number}"), self.expires_in)

    def secrets(self) -> tuple[SecretStr, ...]:
        return ()


async def header(cache: TokenCache) -> str:
    return (await cache.header(UNUSED)).get_secret_value()


@pytest.mark.parametrize(
    ("expires_in", "lifetimes"), [(3600, 3540), (601, 541), (600, 540), (100, 90), (10, 9), (1.2, 1.08)]
)
async def test_a_token_is_used_until_shortly_before_it_expires(expires_in: float, lifetimes: float) -> None:
    source = Source(expires_in)
    cache = TokenCache(source)
    asked_at = anyio.current_time()
    assert await header(cache) == "Bearer 1"
    # Its lifetime starts when it was requested, however long the response took.
    await anyio.sleep_until(asked_at + lifetimes - 0.01)
    assert await header(cache) == "Bearer 1"
    await anyio.sleep_until(asked_at + lifetimes + 0.01)
    assert await header(cache) == "Bearer 2"
    assert source.requested == 2


async def test_a_token_without_expiry_is_used_until_it_is_rejected() -> None:
    source = Source(None)
    cache = TokenCache(source)
    first = await cache.header(UNUSED)
    await anyio.sleep(86_000)
    assert await cache.header(UNUSED) is first
    assert cache.reject(first)
    assert await header(cache) == "Bearer 2"


async def test_the_system_clock_is_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Source()
    cache = TokenCache(source)
    await header(cache)
    for jump in (-1e6, 1e6):
        monkeypatch.setattr(time, "time", lambda jump=jump: 1.7e9 + jump)
        assert await header(cache) == "Bearer 1"
    await anyio.sleep(3540)
    assert await header(cache) == "Bearer 2"


async def test_one_task_refreshes_the_token_for_all() -> None:
    source, headers = Source(), list[str]()
    cache = TokenCache(source)

    async def sign() -> None:
        headers.append(await header(cache))

    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(sign)
    assert headers == ["Bearer 1"] * 200
    assert source.requested == 1


async def test_waiting_tasks_get_a_token_if_the_refreshing_task_is_cancelled() -> None:
    source, headers = Source(), list[str]()
    cache = TokenCache(source)

    async def sign() -> None:
        headers.append(await header(cache))

    async with anyio.create_task_group() as waiting, anyio.create_task_group() as refreshing:
        refreshing.start_soon(sign)
        await anyio.sleep(0.5)
        for _ in range(20):
            waiting.start_soon(sign)
        await anyio.sleep(0.1)
        refreshing.cancel_scope.cancel()
    assert headers == ["Bearer 2"] * 20
    assert source.requested == 2


async def test_a_waiting_task_may_be_cancelled() -> None:
    source = Source()
    cache = TokenCache(source)
    async with anyio.create_task_group() as refreshing:
        refreshing.start_soon(header, cache)
        await anyio.sleep(0.5)
        with anyio.move_on_after(0.1) as scope:
            await header(cache)
        assert scope.cancelled_caught
    assert await header(cache) == "Bearer 1"


async def fail(cache: TokenCache, errors: list[OrgError]) -> None:
    with pytest.raises(OrgError) as caught:
        await cache.header(UNUSED)
    errors.append(caught.value)


async def test_a_failure_is_shared_only_by_the_waiting_tasks() -> None:
    source, errors = Source(failures=[down()]), list[OrgError]()
    cache = TokenCache(source)
    async with anyio.create_task_group() as tasks:
        for _ in range(200):
            tasks.start_soon(fail, cache, errors)
    assert source.requested == 1
    assert {str(error) for error in errors} == {"acme token: refused"}
    # Each task gets its own copy: a traceback shared by 200 tasks would be useless.
    assert len({id(error) for error in errors}) == 200
    assert await header(cache) == "Bearer 2"


async def test_each_failure_is_shared_by_its_waiting_tasks() -> None:
    source, errors = Source(failures=[down(), down()]), list[OrgError]()
    cache = TokenCache(source)
    for requested in (1, 2):
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(fail, cache, errors)
        assert source.requested == requested


async def test_a_final_rejection_is_not_requested_again() -> None:
    source, errors = Source(failures=[rejection()] * 1000), list[OrgError]()
    cache = TokenCache(source)
    for _ in range(100):
        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(fail, cache, errors)
        await anyio.sleep(60)
    assert len(errors) == 1000
    assert source.requested == 1
    assert {type(error) for error in errors} == {AuthenticationError}


@pytest.mark.parametrize(("failure", "final"), [(rejection(), False), (down(), True)])
async def test_a_temporary_failure_is_requested_again(failure: OrgError, final: bool) -> None:
    source = Source(failures=[failure], rejection_is_final=final)
    cache = TokenCache(source)
    with pytest.raises(OrgError):
        await cache.header(UNUSED)
    assert await header(cache) == "Bearer 2"


async def test_an_exception_of_the_callers_callable_is_raised() -> None:
    cache = TokenCache(Source(failures=[LookupError("vault")]))
    with pytest.raises(LookupError, match="vault"):
        await cache.header(UNUSED)
    assert await header(cache) == "Bearer 2"


async def test_a_rejected_token_is_dropped_and_a_newer_one_kept() -> None:
    source = Source()
    cache = TokenCache(source)
    first = await cache.header(UNUSED)
    assert cache.reject(first)
    assert await header(cache) == "Bearer 2"
    assert cache.reject(first), "another call's late rejection of the old token"
    assert await header(cache) == "Bearer 2"
    assert source.requested == 2


async def test_a_rejected_replacement_is_kept_for_a_minute() -> None:
    source = Source()
    cache = TokenCache(source)
    assert cache.reject(await cache.header(UNUSED))
    second = await cache.header(UNUSED)
    for _ in range(50):
        assert not cache.reject(second)
        await anyio.sleep(1)
    await anyio.sleep(11)
    assert cache.reject(second)
    assert await header(cache) == "Bearer 3"
    assert source.requested == 3


async def test_a_token_refreshed_at_expiry_is_replaced_when_rejected() -> None:
    cache = TokenCache(Source(expires_in=3600))
    assert cache.reject(await cache.header(UNUSED))
    assert await header(cache) == "Bearer 2"
    await anyio.sleep(3600)
    assert cache.reject(await cache.header(UNUSED)), "it was refreshed because the second had expired"
    assert await header(cache) == "Bearer 4"


async def test_a_token_accepted_once_is_replaced_when_rejected() -> None:
    cache = TokenCache(Source())
    first = await cache.header(UNUSED)
    cache.reject(first)
    second = await cache.header(UNUSED)
    cache.accept(first)
    assert not cache.reject(second), "that the old one was taken proves nothing of the new one"
    cache.accept(second)
    assert cache.reject(second)


@pytest.mark.parametrize("expires_in", [0, -1, -1e9, 0.5])
async def test_a_token_without_a_lifetime_is_used_by_all_that_wait_for_it_and_by_no_later_call(
    expires_in: float,
) -> None:
    source, headers = Source(expires_in), list[str]()
    cache = TokenCache(source)

    async def sign() -> None:
        headers.append(await header(cache))

    for number in (1, 2):
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(sign)
        assert headers[-20:] == [f"Bearer {number}"] * 20
    assert source.requested == 2


async def test_a_token_of_any_large_lifetime_is_used() -> None:
    source = Source(1e308)
    cache = TokenCache(source)
    for _ in range(3):
        assert await header(cache) == "Bearer 1"
        await anyio.sleep(86_000)


@dataclass
class Unshielded(Source):
    """A source that must run to its end and leaves this to the cache."""

    runs_to_end: bool = True


async def test_a_source_that_runs_to_its_end_is_not_cancelled_with_its_call() -> None:
    source = Unshielded()
    cache = TokenCache(source)
    with anyio.move_on_after(0.5) as scope:
        await cache.header(UNUSED)
    assert scope.cancelled_caught
    assert await header(cache) == "Bearer 1"


@pytest.mark.parametrize("virtual_time", ["asyncio"], indirect=True)
async def test_a_source_that_runs_to_its_end_is_not_cancelled_by_asyncio() -> None:
    import asyncio

    source = Unshielded()
    cache = TokenCache(source)
    task = asyncio.create_task(header(cache))
    await anyio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await header(cache) == "Bearer 1"
    assert source.requested == 1


async def test_a_source_that_calls_its_own_client_is_refused_and_told_what_to_do() -> None:
    class Circular(Source):
        async def obtain(self, exchange: SendTokenRequest) -> Token:
            return Token(await cache.header(exchange), None)

    cache = TokenCache(Circular())
    with pytest.raises(ConfigurationError, match=r"calls the client itself.*use another client in it\.$"):
        await header(cache)


async def test_a_cache_holds_its_token_and_the_secrets_of_its_source() -> None:
    class Holding(Source):
        def secrets(self) -> tuple[SecretStr, ...]:
            return (SecretStr("refresh-token"),)

    cache = TokenCache(Holding())
    assert [secret.get_secret_value() for secret in cache.secrets()] == ["refresh-token"]
    await header(cache)
    assert [secret.get_secret_value() for secret in cache.secrets()] == ["refresh-token", "Bearer 1"]


async def test_a_refresh_that_may_stop_midway_is_not_waited_for() -> None:
    cache = TokenCache(Source())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(header, cache)
        await anyio.sleep(0.5)
        started = anyio.current_time()
        await cache.wait_for_exchange()
        assert anyio.current_time() == started
