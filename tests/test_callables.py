"""Functions that callers pass, plain and async: both kinds are called, or refused when they are passed."""

from __future__ import annotations

import functools
import logging
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import TYPE_CHECKING, Any, cast

import anyio
import httpx
import pytest

import orgsdk.blocking
from orgsdk import ConfigurationError, InvalidArgumentError, NotSentError, OrgClient, OrgError
from orgsdk.bulk import resume
from orgsdk.options import CallOptions
from orgsdk.providers import Flat, Memory
from orgsdk.providers.flat import FlatRefreshToken
from orgsdk.testing.conformance import CHECKS, CheckContext, CheckResult, run_checks
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from pydantic import SecretStr

    from orgsdk.options import Observation

pytestmark = [pytest.mark.anyio, pytest.mark.undocumented("the responses are invented")]


async def asynchronous(*arguments: object) -> None:
    raise AssertionError("never called")


async def generator(*arguments: object) -> AsyncIterator[None]:
    raise AssertionError("never called")
    yield


class Hook:
    async def __call__(self, *arguments: object) -> None:
        raise AssertionError("never called")

    async def method(self, *arguments: object) -> None:
        raise AssertionError("never called")

    @staticmethod
    async def static(*arguments: object) -> None:
        raise AssertionError("never called")


ASYNC: dict[str, Any] = {
    "function": asynchronous,
    "generator": generator,
    "partial": functools.partial(asynchronous, 1),
    "partial of a partial": functools.partial(functools.partial(asynchronous, 1), 2),
    "object": Hook(),
    "partial of an object": functools.partial(Hook()),
    "method": Hook().method,
    "static method": Hook.static,
}
PLAIN_ONLY: dict[str, Callable[[Any], object]] = {
    "on_event": lambda hook: OrgClient(Memory(), on_event=hook),
    "on_event of with_options": lambda hook: OrgClient.memory().with_options(on_event=hook),
    "on_event of the blocking client": lambda hook: orgsdk.blocking.OrgClient(Memory(), on_event=hook),
    "on_progress": lambda hook: resume("x.journal", OrgClient.memory().organization(), on_progress=hook),
    "clock": lambda hook: Memory(clock=hook),
}


@pytest.mark.parametrize("hook", ASYNC.values(), ids=ASYNC)
@pytest.mark.parametrize("pass_to", PLAIN_ONLY.values(), ids=PLAIN_ONLY)
def test_an_async_function_that_nothing_would_await_is_refused(pass_to: Callable[[Any], object], hook: Any) -> None:
    with pytest.raises(ConfigurationError, match="is an async function, which would never be awaited: pass a plain"):
        pass_to(hook)


@pytest.mark.parametrize("pass_to", PLAIN_ONLY.values(), ids=PLAIN_ONLY)
def test_a_coroutine_and_a_function_with_other_parameters_are_refused(pass_to: Callable[[Any], object]) -> None:
    with pytest.raises(ConfigurationError, match="is a coroutine: pass the function itself, without calling it"):
        pass_to(asynchronous())
    with pytest.raises(ConfigurationError, match=r"cannot be called as it will be \(missing .*: pass a function "):
        pass_to(lambda one, two, three: None)
    with pytest.raises(ConfigurationError, match="is of type str: pass a function"):
        pass_to("print")


@pytest.mark.parametrize("hook", [print, [].append, functools.partial(print, 1), lambda event: None, logging.debug])
def test_plain_functions_are_accepted(hook: Any) -> None:
    assert CallOptions(on_event=hook).on_event is hook


class Observer:
    """A telemetry whose `call` is wrong."""

    def __init__(self, call: object) -> None:
        self.call = call


@asynccontextmanager
async def observe_async(observation: Observation) -> AsyncIterator[None]:
    yield


@contextmanager
def observe(observation: Observation) -> Iterator[None]:
    yield


@pytest.mark.parametrize("call", [asynchronous, generator, Hook(), observe_async, lambda: None, "call"])
def test_a_telemetry_that_cannot_observe_is_refused(call: object) -> None:
    with pytest.raises(ConfigurationError, match="telemetry"):
        OrgClient(Memory(), telemetry=cast("Any", Observer(call)))


async def test_a_plain_context_manager_observes() -> None:
    async with OrgClient(Memory(), telemetry=cast("Any", Observer(observe))) as client:
        await client.organizations.list()


@pytest.mark.parametrize(
    "call",
    [
        lambda observation: None,
        lambda observation: asynchronous(observation),
        lambda observation: observe_async(observation),
        lambda observation: [observation],
    ],
)
async def test_a_telemetry_that_returns_no_context_manager_is_a_configuration_error(call: object) -> None:
    async with OrgClient(Flat("t", http_client=mock_client(answer)), telemetry=cast("Any", Observer(call))) as client:
        with pytest.raises(ConfigurationError, match=r"^telemetry\.call returned .* context manager"):
            await client.organization().users.list()


async def test_a_telemetry_suppresses_no_error_of_the_call() -> None:
    @contextmanager
    def swallow(observation: Observation) -> Iterator[None]:
        with suppress(OrgError):
            yield

    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    provider = Flat("t", http_client=mock_client(refuse))
    async with OrgClient(provider, telemetry=cast("Any", Observer(swallow)), max_attempts=1) as client:
        with pytest.raises(NotSentError, match="could not connect"):
            await client.organization().users.list()


async def test_an_awaitable_that_a_plain_function_returns_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    async with flat(on_event=lambda event: asynchronous(event)) as client:  # hides what it calls
        await client.organization().users.list()
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert set(warnings) == {"on_event returned an awaitable, which is never awaited: pass a plain function."}


# Tokens


def answer(request: httpx.Request) -> httpx.Response:
    if request.url.path.endswith("/access_token"):
        return httpx.Response(200, json={"access_token": "one", "refresh_token": "r1"})
    return httpx.Response(200, json=[])


def flat(token: Any = "t", *, on_event: Any = None, **settings: Any) -> OrgClient[Flat]:
    return OrgClient(Flat(token, http_client=mock_client(answer), **settings), on_event=on_event)


def refreshing(on_tokens: Any) -> FlatRefreshToken:
    return FlatRefreshToken(refresh_token="r0", client_id="app", client_secret="s", on_tokens=on_tokens)


@pytest.mark.parametrize("value", [lambda one: "t", 5, asynchronous, b"t"])
def test_a_token_setting_that_gives_no_token_is_refused_when_the_client_is_made(value: Any) -> None:
    if value is asynchronous:
        value = asynchronous()
    with pytest.raises(ConfigurationError, match="Flat's token"):
        flat(value)


@pytest.mark.parametrize("value", [None, "store", lambda pair: None, lambda: None, asynchronous, {}])
def test_what_cannot_store_tokens_is_refused_when_the_client_is_made(value: Any) -> None:
    if value is asynchronous:
        value = asynchronous()
    with pytest.raises(ConfigurationError, match="on_tokens"):
        flat(None, refresh_token=refreshing(value))


class Tokens:
    def __call__(self) -> str:
        return "t"

    async def fetch(self) -> str:
        return "t"


@pytest.mark.parametrize(
    "token", [lambda: "t", Tokens(), Tokens().fetch, functools.partial(Tokens().fetch), lambda: Tokens().fetch()]
)
async def test_a_token_may_come_from_a_function_of_either_kind(token: Any) -> None:
    async with flat(token) as client:
        assert (await client.organization().users.list()).items == []


async def test_a_plain_function_stores_the_tokens() -> None:
    pairs: list[str] = []

    def store(access: SecretStr, refresh: SecretStr) -> None:
        pairs.append(access.get_secret_value() + refresh.get_secret_value())

    async with flat(None, refresh_token=refreshing(store)) as client:
        await client.organization().users.list()
    assert pairs == ["oner1"]


# A function that needs the token that it returns

CALLS: dict[str, Callable[[OrgClient[Any]], Any]] = {
    "list": lambda client: client.organization().users.list(),
    "with an organization": lambda client: client.organization("5f0c9e2b1a2b3c4d5e6f7a8b").users.list(),
    "options": lambda client: client.with_options(timeout=5).organization().users.list(),
    "native": lambda client: client.native.get_authenticated_user(),
}


async def in_the_same_task(call: Callable[[], Any]) -> None:
    await call()


async def in_another_task(call: Callable[[], Any]) -> None:
    errors: list[OrgError] = []

    async def run() -> None:
        try:
            await call()
        except OrgError as error:
            errors.append(error)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run)
    raise errors[0]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("run", [in_the_same_task, in_another_task])
@pytest.mark.parametrize("concurrency", [1, 16])
@pytest.mark.parametrize("setting", ["token", "on_tokens"])
async def test_a_function_that_uses_its_own_client_is_told_to_use_another(
    call: Callable[[OrgClient[Any]], Any], run: Any, concurrency: int, setting: str
) -> None:
    clients: list[OrgClient[Any]] = []

    async def token() -> str:
        await run(lambda: call(clients[0]))
        return "t"

    async def store(access: SecretStr, refresh: SecretStr) -> None:
        await token()

    settings: dict[str, Any] = {"token": token} if setting == "token" else {"refresh_token": refreshing(store)}
    async with OrgClient(
        Flat(**settings, http_client=mock_client(answer), max_concurrency=concurrency), timeout=5
    ) as client:
        clients.append(client)
        with anyio.fail_after(2), pytest.raises(ConfigurationError, match="use another client in it"):
            await call(client)


async def test_a_function_may_use_another_client_and_its_own_one_later() -> None:
    clients: list[OrgClient[Any]] = []
    ready = anyio.Event()
    found: list[int] = []

    async def later() -> None:
        await ready.wait()
        found.append(len((await clients[0].organization().users.list()).items))

    async with flat("other") as other, anyio.create_task_group() as tasks:

        async def token() -> str:
            await other.organization().users.list()
            tasks.start_soon(later)  # it inherits the context of the exchange, and outlives it
            return "t"

        client = flat(token)
        clients.append(client)
        await client.organization().users.list()
        ready.set()
    await client.aclose()
    assert found == [0]


async def test_two_clients_whose_functions_use_each_other_are_told() -> None:
    clients: list[OrgClient[Any]] = []

    def fetch(index: int) -> Any:
        async def token() -> str:
            await clients[index].organization().users.list()
            return "t"

        return token

    async with flat(fetch(1)) as first, flat(fetch(0)) as second:
        clients += [first, second]
        with anyio.fail_after(2), pytest.raises(ConfigurationError, match="use another client in it"):
            await first.organization().users.list()


@pytest.mark.parametrize("setting", ["token", "on_event"])
def test_a_function_that_uses_its_own_blocking_client_is_told_to_use_another(setting: str) -> None:
    clients: list[orgsdk.blocking.OrgClient[Any]] = []
    errors: list[OrgError] = []

    def use(*arguments: object) -> str:
        try:
            clients[0].organization().users.list().first()
        except OrgError as error:
            errors.append(error)
        return "t"

    settings: dict[str, Any] = {setting: use} if setting == "on_event" else {}
    provider = Flat(use if setting == "token" else "t", http_client=mock_client(answer))
    with orgsdk.blocking.OrgClient(provider, **settings) as client:
        clients.append(client)
        client.organization().users.list().first()
    assert {type(error) for error in errors} == {ConfigurationError}
    assert all("use another client in it" in str(error) for error in errors)


# The blocking client, and raw responses


def test_blocking_run_takes_functions_of_either_kind() -> None:
    with orgsdk.blocking.OrgClient(Memory(users=3)) as client:
        assert client.run(lambda inner: inner.organization().users.count()) == 3
        assert client.run(cast("Any", lambda inner: inner.capabilities)) == client.capabilities


async def test_a_raw_response_of_a_result_is_refused() -> None:
    async with OrgClient.memory() as client:
        page = await client.organizations.list()
        with pytest.raises(InvalidArgumentError, match="call is of type Page: pass the call itself, without await"):
            await client.with_raw_response(cast("Any", page))


# The conformance kit


@pytest.mark.parametrize("hook", ASYNC.values(), ids=ASYNC)
def test_an_async_lose_response_is_refused(hook: Any) -> None:
    with pytest.raises(ConfigurationError, match="lose_response is an async function"):
        CheckContext(OrgClient.memory(), max_users=1, lose_response=hook)


@pytest.mark.parametrize("is_async", [False, True])
async def test_results_of_checks_are_passed_to_a_function_of_either_kind(is_async: bool) -> None:
    results: list[CheckResult] = []

    async def take(result: CheckResult) -> None:
        results.append(result)

    context = CheckContext(OrgClient.memory(), max_users=1)
    report = await run_checks(context, CHECKS[:2], on_result=take if is_async else results.append)
    assert tuple(results) == report.results
    assert len(results) == 2
    with pytest.raises(ConfigurationError, match="on_result cannot be called"):
        await run_checks(context, CHECKS[:2], on_result=lambda: None)  # type: ignore[misc, arg-type]  # the mistake
