"""The app's client: created, provided to requests, closed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from fastapi import APIRouter, FastAPI, Request, WebSocket
from fastapi.testclient import TestClient

from orgsdk import ConfigurationError, NotFoundError, OrgClient
from orgsdk.fastapi import Client, get_client, install_error_handlers, lifespan
from orgsdk.providers import Memory
from tests.fastapi.calling import assert_closed, calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

pytestmark = pytest.mark.anyio

router = APIRouter()


@router.get("/count")
async def count(client: Client) -> int:
    return await client.organization().users.count()


@router.websocket("/socket")
async def socket(websocket: WebSocket, client: Client) -> None:
    await websocket.accept()
    await websocket.send_json(await client.organization().users.count())
    await client.organization().users.get("nobody")


def app_of(**settings: object) -> FastAPI:
    app = FastAPI(lifespan=lifespan(**settings))  # type: ignore[arg-type]  # the tests' own settings
    app.include_router(router)
    return app


async def test_all_requests_share_one_client_that_shutdown_closes() -> None:
    made: list[OrgClient] = []

    def make() -> OrgClient:
        made.append(OrgClient(Memory(users=3)))
        return made[-1]

    app = app_of(client=make)
    assert made == []
    async with calling(app) as browser:
        assert [(await browser.get("/count")).json() for _ in range(2)] == [3, 3]
    assert len(made) == 1
    await assert_closed(made[0])
    async with calling(app) as browser:  # a second life has a second client
        assert (await browser.get("/count")).json() == 3
    assert len(made) == 2


async def test_the_client_function_may_be_async() -> None:
    async def make() -> OrgClient:
        return OrgClient.memory(users=8)  # with a secret from a vault, say

    async with calling(app_of(client=make)) as browser:
        assert (await browser.get("/count")).json() == 8


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"client": OrgClient.memory()}, "client is of type OrgClient: pass a function"),
        ({"tenants": {"acme": OrgClient.memory()}}, "tenants is of type dict: pass a function"),
        ({"tenants": OrgClient.memory, "max_tenants": 0}, "max_tenants is 0"),
        ({"tenants": OrgClient.memory, "max_tenants": "5"}, "max_tenants is of type str"),
        ({"tenants": OrgClient.memory, "max_tenants": float("inf")}, "max_tenants is inf"),
        ({"tenants": OrgClient.memory, "max_age": None}, "max_age is None"),
        ({"tenants": OrgClient.memory, "max_age": 0}, "max_age is 0"),
        ({"tenants": OrgClient.memory, "max_age": float("nan")}, "max_age is nan"),
    ],
)
async def test_invalid_arguments_raise_when_the_app_is_created(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        app_of(**settings)


async def _plain(app: FastAPI) -> None:
    """Stand for a lifespan that is no context manager."""


async def _generator(app: FastAPI) -> AsyncIterator[None]:
    yield


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"client": lambda app: OrgClient.memory()}, "client cannot be called as it will be"),
        ({"tenants": OrgClient.memory}, "tenants cannot be called as it will be"),
        ({"tenants": lambda: None}, "tenants cannot be called as it will be"),
        ({"inner": lambda: None}, "inner cannot be called as it will be"),
        ({"inner": "inner"}, "inner is of type str"),
        ({"inner": _plain}, "inner is no context manager: decorate it"),
        ({"inner": _generator}, "inner is no context manager: decorate it"),
    ],
)
def test_functions_that_cannot_be_called_raise_when_the_app_is_created(
    settings: dict[str, object], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        app_of(**settings)


@pytest.mark.parametrize("is_async", [False, True])
async def test_a_function_that_returns_no_client_fails_at_startup(is_async: bool) -> None:
    async def make() -> object:
        return "client"

    with pytest.raises(ConfigurationError, match="client returned a value of type str: return an OrgClient"):
        async with calling(app_of(client=make if is_async else lambda: "client")):
            pass


async def test_a_lifespan_that_was_not_called_fails_at_startup() -> None:
    app = FastAPI(lifespan=lifespan)  # type: ignore[arg-type]  # the mistake
    with pytest.raises(ConfigurationError, match=r"FastAPI\(lifespan=lifespan\(\)\)"):
        async with calling(app):
            pass


async def test_without_arguments_the_client_is_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGSDK_PROVIDER", "memory")
    monkeypatch.setenv("MEMORY_USERS", "7")
    async with calling(app_of()) as browser:
        assert (await browser.get("/count")).json() == 7


async def test_an_invalid_environment_fails_at_startup(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGSDK_PROVIDER", "nobody's")
    with pytest.raises(ConfigurationError, match="nobody's"):
        async with calling(app_of()):
            pass


async def test_the_inner_lifespan_runs_while_the_client_is_open() -> None:
    client = OrgClient(Memory(users=2))
    seen: list[object] = []

    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        seen.append(app)
        yield {"answer": 42}
        seen.append(await client.organization().users.count())  # not closed yet

    app = app_of(client=lambda: client, inner=own)

    @app.get("/both")
    async def both(client: Client, request: Request) -> list[int]:
        return [await client.organization().users.count(), request.state.answer]

    async with calling(app) as browser:
        assert (await browser.get("/both")).json() == [2, 42]
    assert seen == [app, 2]
    await assert_closed(client)


async def test_it_can_be_entered_in_the_apps_lifespan() -> None:
    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        async with lifespan(lambda: OrgClient.memory(users=4))(app) as state:
            yield {**state, "answer": 42}

    app = FastAPI(lifespan=own)
    app.include_router(router)
    async with calling(app) as browser:
        assert (await browser.get("/count")).json() == 4


async def test_a_failing_inner_lifespan_closes_the_client() -> None:
    client = OrgClient.memory()

    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncIterator[None]:
        raise LookupError("no database")
        yield

    with pytest.raises(LookupError, match="no database"):
        async with calling(app_of(client=lambda: client, inner=own)):
            pass
    await assert_closed(client)


async def test_a_mounted_app_has_the_client() -> None:
    app, mounted = app_of(client=lambda: OrgClient.memory(users=5)), FastAPI()
    mounted.include_router(router)
    app.mount("/below", mounted)
    async with calling(app) as browser:
        assert (await browser.get("/below/count")).json() == 5


async def test_a_mounted_app_needs_its_own_error_handlers() -> None:
    app, mounted = app_of(client=OrgClient.memory), FastAPI()
    install_error_handlers(app)
    install_error_handlers(mounted)

    @mounted.get("/users/{user_id}")
    async def user(client: Client, user_id: str) -> None:
        await client.organization().users.get(user_id)

    app.mount("/below", mounted)
    async with calling(app) as browser:
        answer = await browser.get("/below/users/nobody")
        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")


def test_a_websocket_has_the_client_and_raises_its_errors() -> None:
    app = app_of(client=lambda: OrgClient.memory(users=5))
    install_error_handlers(app)

    def talk() -> None:
        with browser.websocket_connect("/socket") as websocket:
            assert websocket.receive_json() == 5
            websocket.receive_json()

    with TestClient(app) as browser, pytest.raises(NotFoundError, match="nobody"):
        talk()


async def test_a_test_can_override_the_client() -> None:
    app = FastAPI()
    app.include_router(router)
    app.dependency_overrides[get_client] = lambda: OrgClient.memory(users=6)
    async with calling(app) as browser:
        assert (await browser.get("/count")).json() == 6


async def test_without_the_lifespan_get_client_raises() -> None:
    app = FastAPI()
    app.include_router(router)
    async with calling(app) as browser:
        with pytest.raises(ConfigurationError, match="The app has no client"):
            await browser.get("/count")
