"""One client a process, one a tenant: made, handed out, closed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Annotated

import anyio
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, Request, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from orgsdk import ConfigurationError, NotFoundError, NotSentError, OrgClient
from orgsdk.fastapi import Client, client_of, get_client, install_error_handlers, lifespan
from orgsdk.providers import Memory
from tests.fastapi.calling import calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

pytestmark = pytest.mark.anyio

router = APIRouter()


@router.get("/count")
async def count(client: Client) -> int:
    return await client.organization().users.count()


def tenant_of_header(x_tenant: Annotated[str, Header()]) -> str:
    if x_tenant == "forbidden":
        raise HTTPException(403)
    return x_tenant


TenantClient = Annotated[OrgClient, Depends(client_of(tenant_of_header))]


@router.get("/tenant/count")
async def count_of_tenant(client: TenantClient) -> int:
    return await client.organization().users.count()


@router.websocket("/tenant/socket")
async def socket_of_tenant(websocket: WebSocket, client: TenantClient) -> None:
    await websocket.accept()


@router.websocket("/socket")
async def socket(websocket: WebSocket, client: Client) -> None:
    await websocket.accept()
    await websocket.send_json(await client.organization().users.count())
    await client.organization().users.get("nobody")


def app_of(**settings: object) -> FastAPI:
    app = FastAPI(lifespan=lifespan(**settings))  # type: ignore[arg-type]  # the tests' own settings
    app.include_router(router)
    return app


async def assert_closed(client: OrgClient) -> None:
    with pytest.raises(NotSentError, match="closed"):
        await client.organization().users.count()


async def test_every_request_has_the_one_client_and_the_end_closes_it() -> None:
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


async def test_what_makes_the_client_may_be_async() -> None:
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
        ({"tenants": OrgClient.memory, "max_age": 0}, "max_age is 0"),
        ({"tenants": OrgClient.memory, "max_age": float("nan")}, "max_age is nan"),
    ],
)
async def test_what_cannot_be_is_refused_when_the_app_is_made(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        app_of(**settings)


async def test_a_lifespan_that_was_not_called_ends_the_start() -> None:
    app = FastAPI(lifespan=lifespan)  # type: ignore[arg-type]  # the mistake
    with pytest.raises(ConfigurationError, match=r"FastAPI\(lifespan=lifespan\(\)\)"):
        async with calling(app):
            pass


async def test_without_settings_the_client_is_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGSDK_PROVIDER", "memory")
    monkeypatch.setenv("MEMORY_USERS", "7")
    async with calling(app_of()) as browser:
        assert (await browser.get("/count")).json() == 7


async def test_a_wrong_environment_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ORGSDK_PROVIDER", "nobody's")
    with pytest.raises(ConfigurationError, match="nobody's"):
        async with calling(app_of()):
            pass


async def test_the_apps_own_lifespan_runs_within_the_clients() -> None:
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


async def test_it_runs_within_the_apps_own_lifespan_too() -> None:
    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncIterator[Mapping[str, object]]:
        async with lifespan(lambda: OrgClient.memory(users=4))(app) as state:
            yield {**state, "answer": 42}

    app = FastAPI(lifespan=own)
    app.include_router(router)
    async with calling(app) as browser:
        assert (await browser.get("/count")).json() == 4


async def test_a_failing_start_of_the_apps_own_closes_the_client() -> None:
    client = OrgClient.memory()

    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncIterator[None]:
        raise LookupError("no database")
        yield

    with pytest.raises(LookupError, match="no database"):
        async with calling(app_of(client=lambda: client, inner=own)):
            pass
    await assert_closed(client)


async def test_a_mounted_app_has_the_client_as_well() -> None:
    app, mounted = app_of(client=lambda: OrgClient.memory(users=5)), FastAPI()
    mounted.include_router(router)
    app.mount("/below", mounted)
    async with calling(app) as browser:
        assert (await browser.get("/below/count")).json() == 5


async def test_a_mounted_app_answers_for_itself() -> None:
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


def test_a_websocket_of_an_unknown_tenant_is_turned_away() -> None:
    app = app_of(tenants=lambda name: None)
    with (
        TestClient(app) as browser,
        pytest.raises(WebSocketDisconnect) as refused,
        browser.websocket_connect("/tenant/socket", headers={"x-tenant": "x"}),
    ):
        pass
    assert isinstance(refused.value, WebSocketDenialResponse)
    assert refused.value.status_code == 404


def test_a_websocket_has_the_client_and_its_errors_are_its_own() -> None:
    app = app_of(client=lambda: OrgClient.memory(users=5))
    install_error_handlers(app)

    def talk() -> None:
        with browser.websocket_connect("/socket") as websocket:
            assert websocket.receive_json() == 5
            websocket.receive_json()

    with TestClient(app) as browser, pytest.raises(NotFoundError, match="nobody"):
        talk()


async def test_a_test_puts_its_own_client_in_place() -> None:
    app = FastAPI()
    app.include_router(router)
    app.dependency_overrides[get_client] = lambda: OrgClient.memory(users=6)
    async with calling(app) as browser:
        assert (await browser.get("/count")).json() == 6


async def test_an_app_without_the_lifespan_is_told_so() -> None:
    app = FastAPI()
    app.include_router(router)
    async with calling(app) as browser:
        with pytest.raises(ConfigurationError, match="The app has no client"):
            await browser.get("/count")


# Tenants


async def test_each_tenant_has_a_client_of_its_own_made_once() -> None:
    made: dict[str, OrgClient] = {}

    def make(name: str) -> OrgClient | None:
        assert name not in made
        if name.startswith("a"):
            made[name] = OrgClient(Memory(users=len(name)))
        return made.get(name)

    app = app_of(tenants=make)
    install_error_handlers(app)
    async with calling(app) as browser:

        async def ask(name: str) -> tuple[int, object]:
            answer = await browser.get("/tenant/count", headers={"x-tenant": name})
            return answer.status_code, answer.json()

        assert [await ask("acme"), await ask("apex-music"), await ask("acme")] == [(200, 4), (200, 10), (200, 4)]
        status, problem = await ask("globex")
        assert (status, problem) == (
            404,
            {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "There is no such tenant."},
        )
        assert (await ask("forbidden"))[0] == 403
        status, problem = (answer := await browser.get("/count")).status_code, answer.json()
        assert (status, problem["error"]) == (500, "ConfigurationError")
    for client in made.values():
        await assert_closed(client)


async def test_an_unknown_tenant_is_404_without_our_handlers_too() -> None:
    async with calling(app_of(tenants=lambda name: None)) as browser:
        answer = await browser.get("/tenant/count", headers={"x-tenant": "x"})
        assert (answer.status_code, answer.json()) == (404, {"detail": "There is no such tenant."})


async def test_two_providers_in_one_app_are_two_tenants() -> None:
    app = FastAPI(lifespan=lifespan(tenants=lambda name: OrgClient.memory(users={"old": 2, "new": 3}[name])))

    @app.get("/both")
    async def both(
        old: Annotated[OrgClient, Depends(client_of(lambda: "old"))],
        new: Annotated[OrgClient, Depends(client_of(lambda: "new"))],
    ) -> list[int]:
        return [await client.organization().users.count() for client in (old, new)]

    async with calling(app) as browser:
        assert (await browser.get("/both")).json() == [2, 3]


async def test_two_first_requests_of_a_tenant_end_with_one_client() -> None:
    made: list[OrgClient] = []
    both = anyio.Event()

    async def make(name: str) -> OrgClient:
        made.append(client := OrgClient(Memory(users=1)))
        if len(made) == 2:
            both.set()
        await both.wait()
        return client

    async with calling(app_of(tenants=make)) as browser:
        statuses: list[int] = []

        async def ask() -> None:
            statuses.append((await browser.get("/tenant/count", headers={"x-tenant": "acme"})).status_code)

        async with anyio.create_task_group() as group:
            group.start_soon(ask)
            group.start_soon(ask)
        assert statuses == [200, 200]
        closed = [client.provider._connection.closed for client in made]  # type: ignore[attr-defined]  # Memory's
        assert sorted(map(bool, closed)) == [False, True]
        await ask()
        assert len(made) == 2
    for client in made:
        await assert_closed(client)


async def test_an_app_without_tenants_is_told_so() -> None:
    async with calling(app_of(client=OrgClient.memory)) as browser:
        with pytest.raises(ConfigurationError, match=r"lifespan\(tenants=…\)"):
            await browser.get("/tenant/count", headers={"x-tenant": "acme"})


async def test_a_client_that_fails_to_close_keeps_no_other_open() -> None:
    class Stubborn(Memory):
        async def aclose(self) -> None:
            raise OSError("stuck")

    clients = {"a": OrgClient(Memory()), "b": OrgClient(Stubborn()), "c": OrgClient(Memory())}

    async def live() -> None:
        async with calling(app_of(tenants=clients.get)) as browser:
            for name in clients:
                assert (await browser.get("/tenant/count", headers={"x-tenant": name})).status_code == 200

    with pytest.raises(OSError, match="stuck"):
        await live()
    await assert_closed(clients["a"])
    await assert_closed(clients["c"])
