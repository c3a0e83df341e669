"""Prefetch over real sockets: which requests are sent when a page is yielded, and what is open after leaving early.

Cancellation is tested in tests/reliability/test_cancellation_sockets.py.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.pagination import prefetch
from orgsdk.pagination.prefetch import _FAST_CALLER
from tests.reliability.event_loops import LOOPS, Loop
from tests.reliability.servers import NAMES, Name, SimulatedServers, middleware_of, transport_of
from tests.reliability.socket_server import serving

if TYPE_CHECKING:
    from orgsdk import Paginator, User
    from orgsdk.sandbox import Sandbox
    from tests.conftest import Connect, Connected


def arrived(sandbox: Sandbox, count: int) -> bool:
    """Return whether the sandbox, which runs in another thread, received the requests. Blocks the event loop."""
    deadline = time.monotonic() + 5
    while len(sandbox.requests) < count and time.monotonic() < deadline:
        time.sleep(0.001)
    return len(sandbox.requests) == count


@pytest.fixture
def _far_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run ahead from the first page on, as for a server that is not on the same machine."""
    monkeypatch.setattr(prefetch, "_MOST_LOST", -1.0)


async def check_that_the_next_is_on_the_wire(users: Paginator[User], sandbox: Sandbox) -> None:
    # The first request, for the token or the organization, and the connection are not part of the test.
    await users
    sandbox.requests.clear()
    given = 0
    async with users.prefetch(1) as ahead:
        async for _ in ahead.pages():
            given += 1
            # Nothing can be sent while the loop is blocked: a request that arrives was sent before.
            assert arrived(sandbox, min(given + 1, 10)), f"page {given + 1} was not sent before page {given} came"
            time.sleep(_FAST_CALLER)  # noqa: ASYNC251  # for a faster caller, requests are not sent first
    assert given == 10


@pytest.mark.anyio
@pytest.mark.usefixtures("_far_server")
async def test_the_next_request_is_sent_before_a_page_is_yielded(either: Connected, sandbox: Sandbox) -> None:
    await check_that_the_next_is_on_the_wire(either.org.users.list(page_size=100), sandbox)


@pytest.mark.anyio
@pytest.mark.usefixtures("_far_server")
@pytest.mark.parametrize(
    ("anyio_backend", "library"), [("asyncio", "aiohttp"), ("asyncio", "httpx2"), ("trio", "httpx2")]
)
async def test_the_other_http_libraries_send_it_in_time(connect: Connect, sandbox: Sandbox, library: str) -> None:
    org = (await connect("flat", http_library=library)).organization()
    await check_that_the_next_is_on_the_wire(org.users.list(page_size=100), sandbox)


@pytest.mark.undocumented("its server has another address")
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", NAMES)
def test_leaving_early_leaves_no_connection(name: Name, loop: Loop) -> None:
    async def main() -> None:
        servers = SimulatedServers.of(name)
        for count in range(1, 8):
            servers.seed()
            async with serving(servers) as server, servers.client_at(server.origin, 3) as client:
                await break_after(servers.org(client).users.list(page_size=1), count)
                middleware = middleware_of(transport_of(client))
                with anyio.fail_after(2):
                    while server.open != len(middleware["SendMiddleware"]._backend._idle):  # noqa: ASYNC110  # there is no event for it
                        await anyio.sleep(0.002)
                assert middleware["ConcurrencyLimiter"].in_flight == 0

    anyio.run(main, backend=loop)


async def break_after(users: Paginator[User], count: int) -> None:
    async with users.prefetch(3) as ahead:
        async for _ in ahead:
            count -= 1
            if count == 0:
                break
