"""The clients of tenants over time: replaced, closed when unused, and never closed during a request."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any

import anyio
import pytest
from fastapi import Depends, FastAPI, Header

from orgsdk import NotSentError, OrgClient
from orgsdk.fastapi import client_of, lifespan
from orgsdk.fastapi.tenants import TenantClients
from orgsdk.providers import Memory
from tests.fastapi.calling import assert_closed, calling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    import httpx

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


def named(x_tenant: Annotated[str, Header()]) -> str:
    return x_tenant


TenantClient = Annotated[OrgClient, Depends(client_of(named))]


class Tenants:
    """The tenants of an app, by their number of users, and the clients created for them."""

    def __init__(self, **users: int) -> None:
        self.users = users
        self.made: list[OrgClient] = []
        self.held = anyio.Event()
        self.holding = anyio.Event()

    def __call__(self, name: str) -> OrgClient | None:
        if name not in self.users:
            return None
        self.made.append(OrgClient(Memory(users=self.users[name])))
        return self.made[-1]

    @property
    def open(self) -> list[bool]:
        return [not client.provider._connection.closed for client in self.made]  # type: ignore[attr-defined]  # of Memory

    @asynccontextmanager
    async def app(self, **settings: Any) -> AsyncIterator[Callable[..., Awaitable[int]]]:
        """Run an app with them and yield a function that requests the users of a tenant."""

        app = FastAPI(lifespan=lifespan(**{"tenants": self, **settings}))

        @app.get("/count")
        async def count_users(client: TenantClient, hold: bool = False) -> int:
            if hold:
                self.holding.set()
                await self.held.wait()
            return await client.organization().users.count()

        async with calling(app) as browser:

            async def ask(name: str, **parameters: Any) -> int:
                headers = {"x-tenant": name}
                answer: httpx.Response = await browser.get("/count", headers=headers, params=parameters)
                return int(answer.json()) if answer.status_code == 200 else -answer.status_code

            yield ask


async def test_a_tenants_client_is_created_again_after_max_age() -> None:
    tenants = Tenants(acme=3)
    async with tenants.app(max_age=60) as ask:
        assert await ask("acme") == 3
        tenants.users["acme"] = 5  # such as a new secret
        await anyio.sleep(59)
        assert await ask("acme") == 3
        await anyio.sleep(1)
        assert await ask("acme") == 5
        assert tenants.open == [False, True]
        del tenants.users["acme"]
        await anyio.sleep(60)
        assert await ask("acme") == -404
        assert tenants.open == [False, False]
        tenants.users["globex"] = 1
        assert await ask("globex") == 1
    assert tenants.open == [False, False, False]


async def test_only_the_clients_used_last_are_kept() -> None:
    tenants = Tenants(a=1, b=2, c=3)
    async with tenants.app(max_tenants=2) as ask:
        assert [await ask(name) for name in "abac"] == [1, 2, 1, 3]
        assert tenants.open == [True, False, True]
        assert [await ask(name) for name in "ab"] == [1, 2]
        assert tenants.open == [True, False, False, True]


@pytest.mark.parametrize("settings", [{"max_tenants": 1}, {"max_age": 1}], ids=str)
async def test_a_client_in_use_is_not_closed(settings: dict[str, float]) -> None:
    tenants = Tenants(a=1, b=2)
    async with tenants.app(**settings) as ask:
        answers: list[int] = []

        async def hold() -> None:
            answers.append(await ask("a", hold=True))

        async with anyio.create_task_group() as group:
            group.start_soon(hold)
            await tenants.holding.wait()
            await anyio.sleep(1)
            assert [await ask("b"), await ask("a")] == [2, 1]
            assert tenants.open[0]
            tenants.held.set()
        assert answers == [1]
        assert not tenants.open[0]


class Stuck(Memory):
    """A provider whose close is slow or fails."""

    def __init__(self, *, for_ever: bool) -> None:
        super().__init__()
        self._for_ever = for_ever

    async def aclose(self) -> None:
        if self._for_ever:
            await anyio.sleep_forever()
        raise OSError("stuck")


@pytest.mark.parametrize("for_ever", [False, True])
async def test_a_failed_close_does_not_affect_another_tenants_response(for_ever: bool) -> None:
    clients = {"a": OrgClient(Stuck(for_ever=for_ever)), "b": OrgClient.memory(users=2)}
    async with Tenants().app(tenants=clients.get, max_tenants=1) as ask:
        assert await ask("a") == 0
        began = anyio.current_time()
        assert await ask("b") == 2
        assert anyio.current_time() - began == pytest.approx(5 if for_ever else 0)


async def test_clients_that_do_not_close_share_one_time_limit() -> None:
    clients = {name: OrgClient(Stuck(for_ever=True)) for name in "abc"}
    async with Tenants().app(tenants=clients.get) as ask:
        for name in clients:
            assert await ask(name) == 0
        began = anyio.current_time()
    assert anyio.current_time() - began == pytest.approx(5)


async def test_a_request_cancelled_by_asyncio_still_closes_clients(anyio_backend_name: str) -> None:
    if anyio_backend_name != "asyncio":
        pytest.skip("trio has no other cancellation than the one that a shield stops")
    closing = anyio.Event()

    class Slow(Memory):
        async def aclose(self) -> None:
            if not closing.is_set():
                closing.set()
                await anyio.sleep_forever()
            await super().aclose()

    clients = {"a": OrgClient(Slow()), "b": OrgClient.memory()}
    tenants = TenantClients(clients.get, max_clients=1, max_age=60)

    async def use() -> None:
        async with tenants.using("a"):
            pass
        async with tenants.using("b"):
            pass

    task = asyncio.get_running_loop().create_task(use())
    await closing.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await tenants.aclose()
    for client in clients.values():
        await assert_closed(client)


async def test_concurrent_requests_each_create_and_one_client_is_kept() -> None:
    tenants, asked = Tenants(acme=3), count(1)

    async def lookup(name: str) -> OrgClient | None:
        if next(asked) == 3:
            tenants.held.set()
        await tenants.held.wait()
        return tenants(name)

    async with tenants.app(tenants=lookup) as ask:
        answers: list[int] = []

        async def answer() -> None:
            answers.append(await ask("acme"))

        async with anyio.create_task_group() as group:
            for _ in range(3):
                group.start_soon(answer)
        await answer()
        assert answers == [3, 3, 3, 3]
        assert sorted(tenants.open) == [False, False, True]


async def test_a_client_that_is_returned_again_stays_open() -> None:
    one = OrgClient.memory(users=4)
    async with Tenants().app(tenants=lambda name: one, max_age=1, max_tenants=1) as ask:
        for name in ("a", "a", "b", "a"):
            assert await ask(name) == 4
            await anyio.sleep(1)
    with pytest.raises(NotSentError, match="closed"):
        await one.organization().users.count()


async def test_the_later_result_decides_about_a_removed_tenant() -> None:
    tenants, numbers = Tenants(acme=3), iter(range(4))

    async def lookup(name: str) -> OrgClient | None:
        number = next(numbers)
        if number == 1:
            tenants.holding.set()
            await tenants.held.wait()
        return None if number == 3 else tenants(name)

    async with tenants.app(tenants=lookup, max_age=1) as ask:
        assert await ask("acme") == 3
        await anyio.sleep(1)
        answers: list[int] = []

        async def ask_slowly() -> None:
            answers.append(await ask("acme"))

        async with anyio.create_task_group() as group:
            group.start_soon(ask_slowly)
            await tenants.holding.wait()
            assert await ask("acme") == 3
            await anyio.sleep(1)
            assert await ask("acme") == -404
            tenants.held.set()
        assert answers == [3]
    assert not any(tenants.open)
