"""Faults over real sockets, with each HTTP library: those of the simulation, and those of bytes and of TLS."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import pytest
import trustme
from anyio.streams.tls import TLSStream

from tests.reliability.counters import COUNTS
from tests.reliability.faults import FAULT_KINDS
from tests.reliability.network import Network
from tests.reliability.scenario import Scenario
from tests.reliability.servers import NAMES, Name, SimulatedServers
from tests.reliability.simulation import Counters, capable_steps, faults_at, run_and_judge, without_faults
from tests.reliability.socket_server import serving
from tests.reliability.swaps import swap_while_listing

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Iterator
    from pathlib import Path

    from anyio.abc import ByteStream

    from orgsdk.transport.backends.libraries import HTTPLibrary
    from tests.reliability.scenario import Step
    from tests.reliability.simulation import Planned

    Send = Callable[[ByteStream, bytes], Awaitable[bool]]

pytestmark = pytest.mark.undocumented("the server has another address")

LIBRARIES: list[tuple[str, HTTPLibrary]] = [
    ("asyncio", "httpx"),
    ("trio", "httpx"),
    ("asyncio", "httpx2"),
    ("trio", "httpx2"),
    ("asyncio", "aiohttp"),
]
# No kind that takes time: sockets have no virtual time.
KINDS = [
    kind
    for kind in FAULT_KINDS
    if kind.name
    in {
        "connection refused",
        "reset before the commit",
        "reset after the commit",
        "500 after the commit",
        "502 HTML",
        "503 after the commit",
        "truncated gzip",
        "truncated JSON",
        "HTML 200 of a proxy",
        "an empty 204 instead of the response",
        *(f"{status} of a gateway" for status in (400, 404, 408, 421, 425)),
        *(f"502, then {status} of a gateway" for status in (403, 404)),
        *(f"lost after the commit, then {status} of a gateway" for status in (404, 408, 409)),
        "408 after the commit",
        "headers in capitals, in another order",
        "token expired",
    }
]
STEPS = ("users.list", "users.create", "users.remove(delete)")
_CLOCK_AHEAD = {"flat": "429 reset, clock ten minutes ahead", "logto": "503 date, clock ten minutes ahead"}
_CLOCK_AHEAD["workos"] = _CLOCK_AHEAD["flat"]
_FORGED = b"HTTP/1.1 204 No Content\r\n\r\n"


# How a response is sent


async def _whole(stream: ByteStream, response: bytes) -> bool:
    await stream.send(response)
    return True


def _with_rest(rest: bytes) -> Send:
    async def send(stream: ByteStream, response: bytes) -> bool:
        await stream.send(response + rest)
        return True

    return send


async def _too_short(stream: ByteStream, response: bytes) -> bool:
    head, _, body = response.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    length = b"content-length: %d" % min(1, len(body))
    await stream.send(b"\r\n".join([*lines, length]) + b"\r\n\r\n" + body + _FORGED)
    return True


async def _half(stream: ByteStream, response: bytes) -> bool:
    await stream.send(response[: len(response) // 2])
    return False


def _raw(stream: ByteStream) -> ByteStream:
    assert isinstance(stream, TLSStream)
    raw = stream.transport_stream
    assert isinstance(raw, anyio.abc.ByteStream)
    return raw


def _corrupt(garbage: bytes) -> Send:
    async def send(stream: ByteStream, response: bytes) -> bool:
        await _raw(stream).send(garbage)
        return False

    return send


async def _without_close_notify(stream: ByteStream, response: bytes) -> bool:
    await stream.send(response[:-1])
    await _raw(stream).aclose()
    return False


PLAIN: dict[str, Send] = {
    "a forged response behind the response": _with_rest(_FORGED),
    "half a response behind the response": _with_rest(_FORGED[:12]),
    "one byte behind the response": _with_rest(b"x"),
    "a length of one byte": _too_short,
    "half a response": _half,
}
TLS: dict[str, Send] = {
    **PLAIN,
    "a corrupt record after the handshake": _corrupt(b"\x17\x03\x03\x00\x20" + b"\x00" * 32),
    "plain text after the handshake": _corrupt(b"HTTP/1.1 200 OK\r\n\r\n" * 10),
    "an alert after the handshake": _corrupt(b"\x15\x03\x03\x00\x02\x02\x28"),
    "the end without close_notify": _without_close_notify,
}


# Runs


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls(authority: trustme.CA, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(file))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return context


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orgsdk.transport.retry._FIRST_DELAY", 0)


async def _run(
    counters: Counters,
    servers: SimulatedServers,
    step: Step,
    library: HTTPLibrary,
    where: str,
    *,
    planned: Planned = without_faults,
    sends: dict[int, Send] | None = None,
    tls: ssl.SSLContext | None = None,
    connect_delay: float = 0.0,
) -> None:
    """Run a step with a fault, then another call with the same client, which must get its own response."""
    servers.seed()
    async with serving(servers, tls) as server, anyio.create_task_group() as tasks:
        network = server.network
        server.connect_delay = connect_delay

        async def send(stream: ByteStream, number: int, response: bytes) -> bool:
            return await (sends or {}).get(number, _whole)(stream, response)

        server.send = send
        async with (
            servers.client_at(server.origin, 1, library=library, timeout=20) as client,
            servers.client(Network(servers, tasks)) as direct,
        ):
            scenario = Scenario(servers, client, direct)
            verdict = await run_and_judge(scenario, network, step, planned(network))
            counters.add(verdict, network.sent, 1, where)
            get = next(each for each in capable_steps(servers.name) if each.name == "users.get")
            verdict = await run_and_judge(scenario, network, get, without_faults(network))
            counters.add(verdict, network.sent, 0, f"{where}, next call")


def _positions(name: Name, *, whole: bool) -> Iterator[tuple[Step, int]]:
    """Yield steps, and the exchanges that get a fault. The first is Logto's sign-in, and often a read at WorkOS."""
    for step in capable_steps(name):
        if whole or step.name in STEPS:
            yield from ((step, number) for number in ((1, 2, 3) if whole else (1,) if name == "flat" else (2,)))


async def _inject_kinds(name: Name, library: HTTPLibrary, counters: Counters, *, whole: bool) -> None:
    servers = SimulatedServers.of(name)
    for step, number in _positions(name, whole=whole):
        for kind in KINDS:
            if name in kind.only:
                where = f"{name} {step.name}, exchange {number}, {kind.name}"
                await _run(counters, servers, step, library, where, planned=faults_at({number: kind}))


async def _break_responses(
    name: Name,
    library: HTTPLibrary,
    counters: Counters,
    sends: dict[str, Send],
    *,
    whole: bool,
    tls: ssl.SSLContext | None = None,
) -> None:
    servers = SimulatedServers.of(name)
    for step, number in _positions(name, whole=whole):
        for what, send in sends.items():
            where = f"{name} {step.name}, exchange {number}, {what}"
            await _run(counters, servers, step, library, where, sends={number: send}, tls=tls)


async def _wait_for_the_servers_clock(name: Name, library: HTTPLibrary, counters: Counters) -> None:
    servers = SimulatedServers.of(name)
    kind = next(each for each in FAULT_KINDS if each.name == _CLOCK_AHEAD[name])
    for step, number in _positions(name, whole=False):
        if step.name == "users.list":
            where = f"{name} with {library}, {kind.name}"
            await _run(counters, servers, step, library, where, planned=faults_at({number: kind}))


async def _connect_slowly(name: Name, library: HTTPLibrary, counters: Counters, tls: ssl.SSLContext) -> None:
    servers = SimulatedServers.of(name)
    for step, _ in _positions(name, whole=False):
        where = f"{name} {step.name} with {library}, slow handshake"
        await _run(counters, servers, step, library, where, tls=tls, connect_delay=0.3)


async def _swap_between_pages(name: Name, library: HTTPLibrary, wrong: list[str | None]) -> None:
    servers = SimulatedServers.of(name)
    for position in range(2, 6):
        servers.seed()
        async with (
            serving(servers) as server,
            anyio.create_task_group() as tasks,
            servers.client_at(server.origin, 1, library=library, timeout=20) as client,
            servers.client(Network(servers, tasks)) as direct,
        ):
            scenario = Scenario(servers, client, direct)
            wrong.append(await swap_while_listing(scenario, server.network, position, 0, 2))


_PAIRS: list[tuple[Name, str, HTTPLibrary]] = [
    *((name, *each) for name in NAMES if name != "workos" for each in LIBRARIES),
    ("workos", "asyncio", "httpx"),
]
_each_library = pytest.mark.parametrize(("name", "loop", "library"), _PAIRS)
_each_loop = pytest.mark.parametrize("loop", ["asyncio", "trio"])
# Each library with each provider in the short run, and each loop. The proof has every combination, and every exchange.
_SHORT: list[tuple[Name, str, HTTPLibrary]] = [
    ("flat", "asyncio", "httpx"),
    ("logto", "trio", "httpx"),
    ("flat", "trio", "httpx2"),
    ("logto", "asyncio", "httpx2"),
    ("flat", "asyncio", "aiohttp"),
    ("logto", "asyncio", "aiohttp"),
    ("workos", "asyncio", "httpx"),
]
_each_extent = pytest.mark.parametrize(
    ("name", "loop", "library", "whole"),
    [
        *((*each, False) for each in _SHORT),
        *(pytest.param(name, *each, True, marks=pytest.mark.proof) for name in NAMES for each in LIBRARIES),
    ],
)


def _report(counters: Counters, what: str) -> None:
    COUNTS.append(f"sockets, {what}: {counters}")
    assert counters.wrong == []
    assert counters.faults >= 10


@_each_extent
def test_faults_over_sockets_lose_double_and_misreport_nothing(
    name: Name, loop: str, library: HTTPLibrary, whole: bool
) -> None:
    counters = Counters()
    anyio.run(partial(_inject_kinds, name, library, counters, whole=whole), backend=loop)
    _report(counters, f"faults, {name} with {library} on {loop}")


@_each_extent
def test_bytes_left_over_reach_no_other_call(name: Name, loop: str, library: HTTPLibrary, whole: bool) -> None:
    counters = Counters()
    anyio.run(partial(_break_responses, name, library, counters, PLAIN, whole=whole), backend=loop)
    _report(counters, f"bytes left over, {name} with {library} on {loop}")


@_each_extent
def test_tls_that_breaks_after_the_handshake_loses_and_misreports_nothing(
    name: Name, loop: str, library: HTTPLibrary, whole: bool, tls: ssl.SSLContext
) -> None:
    counters = Counters()
    anyio.run(partial(_break_responses, name, library, counters, TLS, whole=whole, tls=tls), backend=loop)
    _report(counters, f"TLS, {name} with {library} on {loop}")


async def _at_once(loop: str, wait: Callable[[Name, HTTPLibrary, Counters], Coroutine[Any, Any, None]]) -> Counters:
    """Wait with every provider and library of an event loop at the same time: only time passes."""
    counters = Counters()
    async with anyio.create_task_group() as tasks:
        for name, on, library in _PAIRS:
            if on == loop:
                tasks.start_soon(wait, name, library, counters)
    return counters


@_each_loop
def test_a_server_whose_clock_is_ahead_is_waited_for_by_its_clock(loop: str) -> None:
    counters = anyio.run(_at_once, loop, _wait_for_the_servers_clock, backend=loop)
    assert counters.wrong == []
    assert counters.reports["returned"] == counters.runs == 2 * sum(on == loop for _, on, _ in _PAIRS)


@_each_loop
def test_a_slow_tls_handshake_is_waited_for(loop: str, tls: ssl.SSLContext) -> None:
    counters = anyio.run(_at_once, loop, partial(_connect_slowly, tls=tls), backend=loop)
    assert counters.wrong == []
    assert counters.reports["returned"] == counters.runs == 2 * len(STEPS) * sum(on == loop for _, on, _ in _PAIRS)


@_each_library
def test_a_swap_between_pages_over_sockets_hides_nobody(name: Name, loop: str, library: HTTPLibrary) -> None:
    wrong: list[str | None] = []
    anyio.run(partial(_swap_between_pages, name, library, wrong), backend=loop)
    assert wrong == [None] * 4
