"""Authentication with Flat: a token, a callable that returns one, a refresh token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import anyio
import pytest
import respx
from pydantic import SecretStr

from orgsdk import AuthenticationError, ConfigurationError, OrgClient
from orgsdk.providers import Flat
from orgsdk.providers.flat import FlatRefreshToken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.state import FlatState
    from tests.conftest import Connect

pytestmark = pytest.mark.anyio

TOKEN_PATH = "/oauth/access_token"
undocumented = pytest.mark.undocumented("the token endpoint is not documented")


class Store:
    """Store the token pairs, as a caller would."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    async def __call__(self, access: SecretStr, refresh: SecretStr) -> None:
        self.pairs.append((access.get_secret_value(), refresh.get_secret_value()))


def refresh_settings(state: FlatState, store: Store, **changed: Any) -> FlatRefreshToken:
    settings: dict[str, Any] = {
        "refresh_token": state.refresh_token,
        "client_id": state.oauth_client_id,
        "client_secret": state.oauth_client_secret,
        "on_tokens": store,
    }
    return FlatRefreshToken(**{**settings, **changed})


def token_requests(sandbox: Sandbox) -> int:
    return sandbox.requests.count(path_prefix=TOKEN_PATH)


@undocumented
@pytest.mark.parametrize("rotates", [True, False])
async def test_a_refresh_token_is_exchanged_and_each_pair_is_passed_to_on_tokens(
    connect: Connect, state: FlatState, sandbox: Sandbox, rotates: bool
) -> None:
    state.rotates_refresh_token = rotates
    store, first = Store(), state.refresh_token
    client = await connect("flat", token=None, refresh_token=refresh_settings(state, store))
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(client.organization().users.count)
    assert token_requests(sandbox) == 1
    ((access, refresh),) = store.pairs
    assert access in state.tokens
    assert refresh == state.refresh_token
    assert (refresh == first) is not rotates

    del state.tokens[access]
    assert await client.organization().users.count() == 1000
    assert token_requests(sandbox) == 2
    assert store.pairs[1][1] == state.refresh_token


@undocumented
@pytest.mark.parametrize("changed", [{"refresh_token": "dead-4711"}, {"client_secret": SecretStr("wrong-4711")}])
async def test_the_error_for_a_refused_refresh_token_does_not_show_it(
    connect: Connect, state: FlatState, sandbox: Sandbox, changed: dict[str, Any]
) -> None:
    store = Store()
    settings = refresh_settings(state, store, **changed)
    client = await connect("flat", token=None, refresh_token=settings)
    for _ in range(2):
        with pytest.raises(
            AuthenticationError, match=r"sign-in was refused: (The refresh token|Unknown client)"
        ) as caught:
            await client.organization().users.count()
        assert caught.value.code in {"invalid_grant", "invalid_client"}
        assert "4711" not in f"{caught.value} {caught.value!r} {vars(caught.value)}"
    assert (token_requests(sandbox), store.pairs) == (1, [])
    assert "4711" not in f"{settings!r} {client!r} {vars(client.provider)}"


async def test_a_callable_is_called_once_and_again_after_a_401(
    connect: Connect, state: FlatState, sandbox: Sandbox
) -> None:
    tokens: Iterator[str | SecretStr] = iter(["stale", SecretStr(state.token), "never"])
    calls = 0

    async def token() -> str | SecretStr:
        nonlocal calls
        calls += 1
        return next(tokens)

    client = await connect("flat", token=token)
    assert await client.organization().users.count() == 1000
    assert await client.organization().users.count() == 1000
    assert calls == 2
    assert [exchange.status for exchange in sandbox.requests] == [401, 200, 200]


async def test_a_callable_that_returns_no_token_is_named(connect: Connect, sandbox: Sandbox) -> None:
    async def token() -> str:
        return "two words"

    client = await connect("flat", token=token)
    with pytest.raises(ConfigurationError, match=r"Flat's token \(FLAT_ACCESS_TOKEN\) has a space") as caught:
        await client.organization().users.count()
    assert "two words" not in str(caught.value)
    assert len(sandbox.requests) == 0


async def test_a_fixed_token_is_not_retried(connect: Connect, sandbox: Sandbox) -> None:
    client = await connect("flat", token="wrong")
    with pytest.raises(AuthenticationError):
        await client.organization().users.count()
    assert len(sandbox.requests) == 1


SETTINGS: dict[str, Any] = {"refresh_token": "r", "client_id": "c", "client_secret": "s", "on_tokens": Store()}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({}, r"token \(FLAT_ACCESS_TOKEN\) is not set: pass token= or"),
        ({"token": None}, r"token \(FLAT_ACCESS_TOKEN\) is not set: pass token= or"),
        ({"token": "t", "refresh_token": FlatRefreshToken(**SETTINGS)}, "both token= and refresh_token=: pass one"),
        ({"token": ""}, r"token \(FLAT_ACCESS_TOKEN\) is empty"),
    ],
)
def test_an_invalid_setting_is_named(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Flat(**settings)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"refresh_token": ""}, "refresh_token is empty"),
        ({"client_id": "two words"}, "client_id has a space"),
        ({"client_secret": "a\nb"}, "client_secret has a space"),
        ({"on_tokens": 5}, "on_tokens is of type int"),
    ],
)
def test_an_invalid_refresh_token_is_refused_when_it_is_made(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        FlatRefreshToken(**{**SETTINGS, **changed})


@undocumented
async def test_tokens_are_fetched_at_the_origin_of_a_base_url_with_another_path() -> None:
    with respx.mock() as server:
        token_route = server.post("https://proxy.test/oauth/access_token").respond(json={"access_token": "a1"})
        list_route = server.get("https://proxy.test/flat/v3/organizations/users").respond(json=[])
        store = Store()
        provider = Flat(
            refresh_token=FlatRefreshToken(**{**SETTINGS, "on_tokens": store}), base_url="https://proxy.test/flat/v3/"
        )
        assert repr(provider) == "Flat(base_url='https://proxy.test/flat/v3')"
        async with OrgClient(provider) as client:
            assert (await client.organization().users.list()).items == []
    form = parse_qs(token_route.calls.last.request.content.decode())
    assert form == {"grant_type": ["refresh_token"], "refresh_token": ["r"]}
    assert list_route.calls.last.request.headers["authorization"] == "Bearer a1"
    assert store.pairs == [("a1", "r")]


async def test_the_environment_may_have_a_base_url_with_a_path(sandbox: Sandbox) -> None:
    environ = {"FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url + "/"}
    async with OrgClient(Flat.from_env(environ)) as client:
        assert (await client.native.get_authenticated_user()).organization == sandbox.flat.organization_id
