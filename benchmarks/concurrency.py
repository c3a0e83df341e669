"""How near to the ideal the transport stays with many requests in flight, and what it adds to one call."""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import anyio
import httpx
from pydantic import SecretStr

from benchmarks.server import serving
from orgsdk.transport import BearerToken, Problem, Request, Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.transport import HTTPLibrary

LATENCY = 0.05
IN_FLIGHT = (8, 32, 128)
REQUEST = Request(operation="get", method="GET", path="/")


@dataclass(frozen=True)
class Share:
    """Hold the share of the ideal (1: as if there were nothing but the latency), median and range of the rounds."""

    client: str
    in_flight: int
    median: float
    lowest: float
    highest: float


def transport(address: str, library: HTTPLibrary, concurrency: int) -> Transport:
    return Transport(
        provider="benchmark",
        base_url=address,
        auth=BearerToken(SecretStr("t")),
        read_problem=lambda response: Problem(str(response.status)),
        http_library=library,
        max_concurrency=concurrency,
    )


async def _all(once: Callable[[], Awaitable[object]], requests: int, workers: int) -> float:
    left = iter(range(requests))

    async def work() -> None:
        for _ in left:
            await once()

    began = time.perf_counter()
    async with anyio.create_task_group() as group:
        for _ in range(workers):
            group.start_soon(work)
    return time.perf_counter() - began


async def measure_shares(rounds: int = 5) -> list[Share]:
    """Give each client's share of the ideal at 50 ms latency, the rounds interleaved."""
    taken: dict[tuple[str, int], list[float]] = {}
    with serving(LATENCY) as address:
        for in_flight in IN_FLIGHT:
            requests = in_flight * 8
            ideal = LATENCY * requests / in_flight
            limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
            ours = {name: transport(address, name, in_flight) for name in LIBRARIES}
            async with httpx.AsyncClient(base_url=address, limits=limits, timeout=60) as plain:
                clients: dict[str, Callable[[], Awaitable[object]]] = {
                    "plain httpx": partial(plain.get, "/"),
                    **{f"orgsdk, {name}": partial(made.send, REQUEST) for name, made in ours.items()},
                }
                for once in clients.values():
                    await _all(once, in_flight, in_flight)  # connections are made before the clock runs
                for _ in range(rounds):
                    for name, once in clients.items():
                        share = ideal / await _all(once, requests, in_flight)
                        taken.setdefault((name, in_flight), []).append(share)
            for made in ours.values():
                await made.aclose()
    return [
        Share(name, in_flight, statistics.median(shares), min(shares), max(shares))
        for (name, in_flight), shares in taken.items()
    ]


async def measure_overhead(calls: int = 2000, rounds: int = 7) -> tuple[float, float]:
    """Give the median time of one call through the same HTTP library, alone and with our layers, in microseconds."""
    alone: list[float] = []
    with_us: list[float] = []
    with serving(0) as address:
        made = transport(address, "httpx", 1)
        bare = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))

        async def plainly() -> None:
            request = httpx.Request("GET", address + "/", headers=[("authorization", "Bearer t")])
            response = await bare.handle_async_request(request)
            await response.aread()
            await response.aclose()

        async def through_us() -> None:
            await made.send(REQUEST)

        await _all(plainly, 100, 1)
        await _all(through_us, 100, 1)
        for _ in range(rounds):
            alone.append(await _all(plainly, calls, 1) / calls * 1e6)
            with_us.append(await _all(through_us, calls, 1) / calls * 1e6)
        await made.aclose()
        await bare.aclose()
    return statistics.median(alone), statistics.median(with_us)


LIBRARIES: tuple[HTTPLibrary, ...] = ("httpx", "httpx2", "aiohttp")
