"""One client per tenant: created once, closed at shutdown, and the error for an unknown tenant."""

from __future__ import annotations

from typing import Annotated

import anyio
import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, HTTPException, WebSocket
from fastapi.testclient import TestClient
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect

from orgsdk import ConfigurationError, OrgClient
from orgsdk.fastapi import Client, client_of, install_error_handlers, lifespan
from orgsdk.providers import Memory
from tests.fastapi.calling import assert_closed, calling

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


def app_of(**settings: object) -> FastAPI:
    app = FastAPI(lifespan=lifespan(**settings))  # type: ignore[arg-type]  # the tests' own settings
    app.include_router(router)
    return app


async def test_each_tenant_has_one_client() -> None:
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
            {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "Unknown tenant."},
        )
        assert (await ask("forbidden"))[0] == 403
        status, problem = (answer := await browser.get("/count")).status_code, answer.json()
        assert (status, problem["error"]) == (500, "ConfigurationError")
    for client in made.values():
        await assert_closed(client)


async def test_an_unknown_tenant_is_404_without_our_handlers_too() -> None:
    async with calling(app_of(tenants=lambda name: None)) as browser:
        answer = await browser.get("/tenant/count", headers={"x-tenant": "x"})
        assert (answer.status_code, answer.json()) == (404, {"detail": "Unknown tenant."})


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


async def test_two_concurrent_first_requests_keep_one_client() -> None:
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
        closed = [client.provider._connection.closed for client in made]  # type: ignore[attr-defined]  # of Memory
        assert sorted(map(bool, closed)) == [False, True]
        await ask()
        assert len(made) == 2
    for client in made:
        await assert_closed(client)


async def test_client_of_without_tenants_raises() -> None:
    async with calling(app_of(client=OrgClient.memory)) as browser:
        with pytest.raises(ConfigurationError, match=r"lifespan\(tenants=…\)"):
            await browser.get("/tenant/count", headers={"x-tenant": "acme"})


async def test_a_failed_close_does_not_keep_others_open(caplog: pytest.LogCaptureFixture) -> None:
    class Stubborn(Memory):
        async def aclose(self) -> None:
            raise OSError("s3cr3t")

    clients = {"a": OrgClient(Memory()), "b": OrgClient(Stubborn()), "c": OrgClient(Memory())}

    async with calling(app_of(tenants=clients.get)) as browser:
        for name in clients:
            assert (await browser.get("/tenant/count", headers={"x-tenant": name})).status_code == 200
    await assert_closed(clients["a"])
    await assert_closed(clients["c"])
    assert caplog.messages == ["a tenant's client could not be closed: OSError"]


def test_a_websocket_of_an_unknown_tenant_is_rejected() -> None:
    app = app_of(tenants=lambda name: None)
    with (
        TestClient(app) as browser,
        pytest.raises(WebSocketDisconnect) as refused,
        browser.websocket_connect("/tenant/socket", headers={"x-tenant": "x"}),
    ):
        pass
    assert isinstance(refused.value, WebSocketDenialResponse)
    assert refused.value.status_code == 404


def test_client_of_that_was_not_called_fails_when_the_route_is_created() -> None:
    app = FastAPI()
    with pytest.raises(ConfigurationError, match=r"write Depends\(client_of\(tenant\)\)"):
        app.get("/", dependencies=[Depends(client_of)])(lambda: "open")
