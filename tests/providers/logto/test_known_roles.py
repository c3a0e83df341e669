"""Roles that were looked up for one member are known for the next ones, and others may change them meanwhile."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk import NotFoundError
from tests.reliability.event_loops import LOOPS, run_virtually
from tests.reliability.network import Network
from tests.reliability.servers import SimulatedServers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from orgsdk import OrgClient
    from tests.reliability.event_loops import Loop


@asynccontextmanager
async def clients() -> AsyncGenerator[tuple[SimulatedServers, OrgClient[Any], OrgClient[Any]]]:
    servers = SimulatedServers.of("logto")
    servers.seed()
    async with anyio.create_task_group() as tasks:
        async with servers.client(Network(servers, tasks)) as own, servers.client(Network(servers, tasks)) as others:
            yield servers, own, others
        tasks.cancel_scope.cancel()


def run(test: Callable[[SimulatedServers, OrgClient[Any], OrgClient[Any]], Awaitable[None]], loop: Loop) -> None:
    async def main() -> None:
        async with clients() as found:
            await test(*found)

    run_virtually(main, loop)


def lookups(servers: SimulatedServers) -> int:
    return sum(request.path == "/api/organization-roles" for request in servers.requests)


async def roles_of(servers: SimulatedServers, client: OrgClient[Any], number: int) -> list[str]:
    return [role.id for role in await servers.org(client).users.list_roles(servers.user_id(number))]


@pytest.mark.parametrize("loop", LOOPS)
def test_a_role_is_looked_up_once_for_many_members(loop: Loop) -> None:
    async def test(servers: SimulatedServers, own: OrgClient[Any], _: OrgClient[Any]) -> None:
        users = servers.org(own).users
        async with anyio.create_task_group() as tasks:
            for number in (3, 4, 5):
                tasks.start_soon(users.set_roles, servers.user_id(number), ["teacher"])
        await users.add_roles(servers.user_id(6), ["teacher"])
        assert lookups(servers) == 1
        teacher = (await own.roles.get("teacher")).id
        for number in (3, 4, 5):
            assert await roles_of(servers, own, number) == [teacher]
        assert teacher in await roles_of(servers, own, 6)

    run(test, loop)


def test_the_name_of_a_renamed_role_means_the_role_that_has_it_now() -> None:
    async def test(servers: SimulatedServers, own: OrgClient[Any], others: OrgClient[Any]) -> None:
        users = servers.org(own).users
        before = await own.roles.get("teacher")
        await users.set_roles(servers.user_id(3), ["teacher"])
        await users.set_roles(servers.user_id(4), [before.id])
        await others.roles.update("teacher", name="tutor")
        after = await others.roles.create("teacher")
        await users.set_roles(servers.user_id(5), ["teacher"])
        await users.set_roles(servers.user_id(6), [before.id])
        assert await roles_of(servers, own, 5) == [after.id]
        assert await roles_of(servers, own, 6) == [before.id]

    run(test, "asyncio")


@pytest.mark.parametrize("key", ["name", "id"])
def test_a_role_that_was_deleted_is_an_error_with_those_that_exist(key: str) -> None:
    async def test(servers: SimulatedServers, own: OrgClient[Any], others: OrgClient[Any]) -> None:
        users = servers.org(own).users
        teacher: str = getattr(await own.roles.get("teacher"), key)
        await users.set_roles(servers.user_id(3), [teacher])
        await others.roles.remove("teacher")
        for change in (users.set_roles, users.add_roles):
            with pytest.raises(NotFoundError, match=r"student"):
                await change(servers.user_id(4), [teacher])
        await others.roles.create("teacher")
        if key == "name":
            await users.set_roles(servers.user_id(4), ["teacher"])
            assert len(await roles_of(servers, own, 4)) == 1

    run(test, "asyncio")
