"""Headers never redirect a client: a second server, named in links and redirects, receives no request."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk.errors import OrgError
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import LOOPS, Loop
from tests.reliability.servers import ALL_NAMES, ALL_SHORT, Name, SimulatedServers
from tests.reliability.socket_server import Server, serving

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.reliability.network import Wire

# The second server (the canary) is at {port} of this machine, by many names; {own} is the real server's port.
_ADDRESSES = (
    "http://127.0.0.1:{port}{path}",
    "http://localhost:{port}{path}",
    "http://127.0.0.2:{port}{path}",
    "http://127.1:{port}{path}",
    "http://2130706433:{port}{path}",
    "http://0x7f000001:{port}{path}",
    "http://[::ffff:127.0.0.1]:{port}{path}",
    "HTTP://127.0.0.1:{port}{path}",
    "https://127.0.0.1:{port}{path}",
    "ws://127.0.0.1:{port}{path}",
    "//127.0.0.1:{port}{path}",
    "///127.0.0.1:{port}{path}",
    "/\\127.0.0.1:{port}{path}",
    "\\\\127.0.0.1:{port}{path}",
    "http:\\\\127.0.0.1:{port}{path}",
    "http:127.0.0.1:{port}{path}",
    "http://127.0.0.1:{own}@127.0.0.1:{port}{path}",
    "http://user:password@127.0.0.1:{port}{path}",
    "http://127.0.0.1:{own}#@127.0.0.1:{port}{path}",
    "http://127.0.0.1:{own}\\@127.0.0.1:{port}{path}",
    "http://127.0.0.1:{port}/../..{path}",
    "http://127.0.0.1:{port}%2f@127.0.0.1:{own}{path}",
    "http://xn--80ak6aa92e.example:{port}{path}",
    "http://127\u30020\u30020\u30021:{port}{path}",
    "http://127.0.0.1:{port}\t{path}",
    " http://127.0.0.1:{port}{path}",
    "http://127.0.0.1.:{port}{path}",
    "file:///etc/hostname",
    "gopher://127.0.0.1:{port}{path}",
    "data:text/html,hello",
)
_STATUSES = (300, 301, 302, 303, 305, 307, 308)


def _linking(address: str) -> Callable[[Wire], Wire]:
    def change(wire: Wire) -> Wire:
        if wire.header("link") is None:
            return wire
        # Contains the cursor of Flat and the page of Logto, so that the list continues.
        query = "?next=abc&page=2&page_size=3&limit=3"
        line = f'<{address}{query}>; rel="next"'.encode().decode("latin-1")
        return wire.with_headers(("link", line))

    return change


def _redirecting(address: str, status: int) -> Callable[[Wire], Wire]:
    def change(wire: Wire) -> Wire:
        line = address.encode().decode("latin-1")
        return replace(wire, status=status, body=b"").with_headers(("location", line), ("refresh", f"0; url={line}"))

    return change


async def _call(servers: SimulatedServers, server: Server) -> None:
    servers.seed()
    # Other proofs test the results of the calls.
    async with servers.client_at(server.origin, 2, max_attempts=1) as client:
        users = servers.org(client).users
        with suppress(OrgError):
            await users.list(page_size=3).collect(limit=6)
        with suppress(OrgError):
            await users.remove(servers.user_id(1), account="delete")


async def _count_redirects(name: Name, *, whole: bool) -> tuple[int, int, list[str]]:
    servers, responses = SimulatedServers.of(name), 0
    async with serving(SimulatedServers.of(name)) as canary, serving(servers) as server:
        for number, shape in enumerate(_ADDRESSES):
            address = shape.format(port=canary.port, own=server.port, path="/v2/organizations/users")
            statuses = _STATUSES if whole else (_STATUSES[number % len(_STATUSES)],)
            for change in (_linking(address), *(_redirecting(address, status) for status in statuses)):
                server.change = change
                await _call(servers, server)
                responses += 1
        return responses, len(server.received), [*canary.received, *["a connection"] * canary.accepted]


@pytest.mark.undocumented("the server has another address")
@pytest.mark.parametrize(("name", "loop"), ALL_SHORT)
def test_no_link_and_no_redirect_leads_to_another_server(name: Name, loop: Loop) -> None:
    responses, received, followed = anyio.run(partial(_count_redirects, name, whole=False), backend=loop)
    assert followed == []
    assert received >= responses


@pytest.mark.proof
@pytest.mark.undocumented("the server has another address")
@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", ALL_NAMES)
def test_no_link_and_no_redirect_of_any_status_leads_to_another_server(name: Name, loop: Loop) -> None:
    responses, received, followed = anyio.run(partial(_count_redirects, name, whole=True), backend=loop)
    COUNTS.append(f"redirects, {name} on {loop}: {responses} responses, {len(followed)} requests at the canary")
    assert followed == []
    assert received >= responses
