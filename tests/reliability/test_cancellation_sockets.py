"""Cancel operations over real sockets: no connection stays open, and none with unread bytes is reused."""

from __future__ import annotations

from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from packaging.version import Version

from tests.reliability.cancel_points import cancelled_at, natively_cancelled_at
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop
from tests.reliability.servers import NAMES, Name, SimulatedServers, middleware_of, transport_of
from tests.reliability.socket_server import Server, serving

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.resources import Users

    Cancel = Callable[..., Awaitable[tuple[bool, int]]]

_CONCURRENCY = 3
# WorkOS has the same connections: it is in the proof alone.
_SHORT = [name for name in NAMES if name != "workos"]
_CANCELS = [(loop, cancelled_at) for loop in LOOPS] + [("asyncio", natively_cancelled_at)]
_LEAKS = pytest.mark.skipif(
    Version(version("anyio")) < Version("4.16"),
    reason="anyio before 4.16 leaves a connection open if it is cancelled when it has just connected",
)
_CANCELS_WHILE_CONNECTING = [pytest.param(*each, marks=_LEAKS if each[0] == "asyncio" else ()) for each in _CANCELS]


async def _collect(users: Users) -> None:
    await users.list(page_size=3).collect()


async def _read_ahead(users: Users) -> None:
    async with users.list(page_size=2).prefetch(3) as ahead:
        async for _ in ahead:
            pass


_READS = {"list": _collect, "prefetch": _read_ahead}


async def _wait_until(condition: Callable[[], bool]) -> bool:
    with anyio.move_on_after(2):
        while not condition():  # noqa: ASYNC110  # there is no event for a closed socket
            await anyio.sleep(0.002)
    return condition()


async def _check_connections(
    servers: SimulatedServers, server: Server, client: OrgClient[Provider], where: str
) -> list[str]:
    """Return descriptions of problems with the client's connections after a cancellation."""
    sending = middleware_of(transport_of(client))["SendMiddleware"]
    limiter = middleware_of(transport_of(client))["ConcurrencyLimiter"]
    wrong = []
    idle = len(sending._backend._idle) if sending._backend is not None else 0
    if not await _wait_until(lambda: server.open == idle):
        wrong.append(f"{where}: {server.open} connections open, {idle} in the pool")
    if limiter.in_flight:
        wrong.append(f"{where}: {limiter.in_flight} slots left")
    got: list[Any] = []

    async def call() -> None:
        got.append(await servers.org(client).users.list(page_size=2))

    with anyio.move_on_after(5):
        async with anyio.create_task_group() as group:
            for _ in range(2 * _CONCURRENCY):
                group.start_soon(call)
    if len({tuple(user.id for user in page.items) for page in got}) != 1 or len(got) != 2 * _CONCURRENCY:
        wrong.append(f"{where}: {len(got)} calls returned")
    return wrong


async def _cancel_everywhere(name: Name, read: str, cancel: Cancel, times: int, stride: int) -> tuple[int, list[str]]:
    servers, count, wrong = SimulatedServers.of(name), 0, list[str]()
    point, ended = times - stride, False
    while not ended:
        point += stride
        servers.seed()
        async with serving(servers) as server:
            async with servers.client_at(server.origin, _CONCURRENCY) as client:
                users = servers.org(client).users
                ended, _ = await cancel(partial(_READS[read], users), *range(point, point + times))
                wrong += await _check_connections(
                    servers, server, client, f"{name}, cancelled at {point}, {times} times"
                )
            if not await _wait_until(lambda: server.open == 0):
                wrong.append(f"{name}, cancelled at {point}: {server.open} connections open after the client is closed")
        count += 1
    return count, wrong


async def _close_everywhere(name: Name, cancel: Cancel, times: int) -> tuple[int, list[str]]:
    servers, count, wrong = SimulatedServers.of(name), 0, list[str]()
    point, ended = 0, False
    while not ended:
        point += 1
        servers.seed()
        async with serving(servers) as server:
            client = servers.client_at(server.origin, _CONCURRENCY)
            async with anyio.create_task_group() as group:
                for _ in range(_CONCURRENCY):
                    group.start_soon(servers.org(client).users.list(page_size=2).collect)
            ended, _ = await cancel(client.aclose, *range(point, point + times))
            if not await _wait_until(lambda: server.open == 0):
                wrong.append(f"{name}, closing cancelled at {point}: {server.open} connections open")
                await client.aclose()
        count += 1
    return count, wrong


@pytest.mark.undocumented("the server has another address")
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("loop", "cancel"), _CANCELS_WHILE_CONNECTING)
@pytest.mark.parametrize("name", _SHORT)
@pytest.mark.parametrize("read", _READS)
def test_a_list_cancelled_at_some_points_leaves_no_connection(
    read: str, name: Name, loop: Loop, cancel: Cancel, times: int
) -> None:
    count, wrong = anyio.run(_cancel_everywhere, name, read, cancel, times, 5, backend=loop)
    assert wrong == []
    assert count > 3


@pytest.mark.proof
@pytest.mark.undocumented("the server has another address")
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("loop", "cancel"), _CANCELS_WHILE_CONNECTING)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("read", _READS)
def test_a_list_cancelled_at_every_point_leaves_no_connection(
    read: str, name: Name, loop: Loop, cancel: Cancel, times: int
) -> None:
    count, wrong = anyio.run(_cancel_everywhere, name, read, cancel, times, 1, backend=loop)
    COUNTS.append(
        f"cancellation over sockets, {name} {read} on {loop} by {cancel.__name__}, {times} at once: "
        f"{count} cancellations, {len(wrong)} wrong"
    )
    assert wrong == []
    assert count > 5


@pytest.mark.undocumented("the server has another address")
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(("loop", "cancel"), _CANCELS)
def test_a_cancelled_close_closes_every_connection(loop: Loop, cancel: Cancel, times: int) -> None:
    count, wrong = anyio.run(_close_everywhere, "flat", cancel, times, backend=loop)
    assert wrong == []
    assert count >= 1
