"""Transport and credentials together: requests to the token endpoint, and the effect of a rejected token."""

from __future__ import annotations

import pickle
import traceback
from typing import TYPE_CHECKING

import anyio
import httpx
import pytest
from pydantic import SecretStr

from orgsdk.errors import AuthenticationError
from orgsdk.transport import ClientCredentials, Request, TokenCache

if TYPE_CHECKING:
    from respx import MockRouter, Route

    from tests.transport.conftest import Connect

pytestmark = pytest.mark.anyio

THINGS = Request("list_things", "GET", "/things")


def credentials() -> TokenCache:
    return TokenCache(ClientCredentials(("app", SecretStr("s3cret")), path="/token", parameters={}))


def sign_in(api: MockRouter, *tokens: str) -> Route:
    return api.post("/token").mock(side_effect=[httpx.Response(200, json={"access_token": name}) for name in tokens])


async def test_an_expired_token_is_refreshed_once(api: MockRouter, connect: Connect) -> None:
    tokens = sign_in(api, "old", "new")
    route = api.get("/things").mock(side_effect=[httpx.Response(401), httpx.Response(200, json=[])])
    await connect(auth=credentials()).send(THINGS)
    assert tokens.call_count == 2
    assert [call.request.headers["authorization"] for call in route.calls] == ["Bearer old", "Bearer new"]


async def test_a_provider_that_rejects_every_token_causes_no_loop(api: MockRouter, connect: Connect) -> None:
    tokens, route = sign_in(api, "one", "two"), api.get("/things").respond(401)
    with pytest.raises(AuthenticationError):
        await connect(auth=credentials()).send(THINGS)
    assert (tokens.call_count, route.call_count) == (2, 2)


async def test_a_rejected_fixed_token_is_not_sent_again(api: MockRouter, connect: Connect) -> None:
    route = api.get("/things").respond(401)
    with pytest.raises(AuthenticationError):
        await connect().send(THINGS)
    assert route.call_count == 1


async def test_a_rejected_sign_in_sends_nothing_else(api: MockRouter, connect: Connect) -> None:
    api.post("/token").respond(401, json={"message": "invalid client"})
    route = api.get("/things").respond(json=[])
    transport = connect(auth=credentials())
    with pytest.raises(AuthenticationError, match="sign-in was refused") as caught:
        await transport.send(THINGS)
    shown = f"{caught.value!r} {pickle.dumps(caught.value)!r} {''.join(traceback.format_exception(caught.value))}"
    assert "s3cret" not in shown + repr(transport)
    assert route.call_count == 0


async def test_one_token_serves_all(api: MockRouter, connect: Connect) -> None:
    tokens, route = sign_in(api, "one"), api.get("/things").respond(json=[])
    transport = connect(auth=credentials())
    async with anyio.create_task_group() as tasks:
        for _ in range(20):
            tasks.start_soon(transport.send, THINGS)
    assert (tokens.call_count, route.call_count) == (1, 20)
