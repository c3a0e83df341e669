"""Measurements in one process, which run their short rounds in turns themselves."""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import sys
import time
import tracemalloc
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr

from benchmarks.competitors import wire_models
from benchmarks.competitors.orgsdk_client import client_of, listing
from benchmarks.server.rows import Rows, flat_user, logto_user
from orgsdk.transport import BearerToken, ProviderProblem, Request, Transport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from orgsdk.transport.backends.libraries import HTTPLibrary

    Call = Callable[[], Awaitable[object]]
    Work = Callable[[], dict[str, Any]]

SENT = {"accept": "application/json", "accept-encoding": "gzip, deflate", "user-agent": "orgsdk/0.1.0"}
_PEAK_UNIT = 1 if sys.platform == "darwin" else 1024


@contextmanager
def calling(*, address: str, library: HTTPLibrary, calls: int, rounds: int) -> Iterator[Work]:
    """Time batches of calls with a response of 2 bytes: the library's connection, its client, and orgsdk."""
    with asyncio.Runner() as runner:
        clients, closers = runner.run(_open_clients(address, library))

        async def batches() -> dict[str, Any]:
            taken: dict[str, list[tuple[float, float]]] = {name: [] for name in clients}
            for number in range(rounds + 1):
                for name in sorted(clients, reverse=bool(number % 2)):
                    call = clients[name]
                    start, used = time.perf_counter(), time.process_time()
                    for _ in range(calls):
                        await call()
                    spent = time.perf_counter() - start, time.process_time() - used
                    if number:
                        taken[name].append((spent[0] / calls * 1e6, spent[1] / calls * 1e6))
            return {"taken": taken}

        yield lambda: runner.run(batches())
        for close in closers:
            runner.run(close())


async def _open_clients(address: str, library: HTTPLibrary) -> tuple[dict[str, Call], list[Callable[[], Any]]]:
    transport = Transport(
        provider="benchmark",
        base_url=address,
        auth=BearerToken(SecretStr("t")),
        read_problem=lambda response: ProviderProblem(str(response.status)),
        http_library=library,
        max_concurrency=1,
    )
    request = Request(operation="get", method="GET", path="/")
    # The same headers for all: a header costs an HTTP library 5 to 10 µs.
    url, headers = address + "/", {**SENT, "authorization": "Bearer t"}

    async def by_orgsdk() -> None:
        await transport.send(request)

    if library == "aiohttp":
        import aiohttp

        session = aiohttp.ClientSession(headers=headers)

        async def by_session() -> None:
            async with session.get(url) as response:
                await response.read()

        return {"client": by_session, "orgsdk": by_orgsdk}, [session.close, transport.aclose]
    if library == "httpx2":
        import httpx2

        module: Any = httpx2
    else:
        module = httpx
    client = module.AsyncClient(headers=headers)
    connection = module.AsyncHTTPTransport(limits=module.Limits(max_connections=1))
    core: Any = import_module(library.replace("httpx", "httpcore"))
    engine = core.AsyncHTTPConnection(core.URL(url).origin)
    lines = [("Host", core.URL(url).host), *headers.items()]

    async def by_client() -> None:
        (await client.get(url)).raise_for_status()

    async def by_connection() -> None:
        response = await connection.handle_async_request(module.Request("GET", url, headers=headers))
        await response.aread()
        await response.aclose()

    async def by_engine() -> None:
        response = await engine.handle_async_request(core.Request("GET", url, headers=lines))
        await response.aread()
        await response.aclose()

    clients: dict[str, Call] = {
        "engine": by_engine,
        "connection": by_connection,
        "client": by_client,
        "orgsdk": by_orgsdk,
    }
    return clients, [client.aclose, connection.aclose, engine.aclose, transport.aclose]


@contextmanager
def parsing(*, rounds: int) -> Iterator[Work]:
    """Time the parsing of a page of each provider: full wire model, domain model alone, orgsdk's records.

    The records are read from the bare array, and from an envelope that also has a cursor.
    """
    from benchmarks.competitors.http_lists import domain_pages
    from orgsdk.providers.flat import records as flat
    from orgsdk.providers.http import EnvelopeReader
    from orgsdk.providers.logto import records as logto

    arrays = {"flat": Rows(flat_user, 1000).array(0, 1000), "logto": Rows(logto_user, 1000).array(0, 1000)}
    after = b', "list_metadata": {"before": null, "after": "user_01J0000000000000000000"}}'
    envelopes = {provider: b'{"object": "list", "data": ' + page + after for provider, page in arrays.items()}
    readers: dict[str, dict[str, Callable[[bytes], object]]] = {
        "wire": {name: adapter.validate_json for name, adapter in wire_models.PAGES.items()},
        "domain": {name: adapter.validate_json for name, adapter in domain_pages().items()},
        "orgsdk": {"flat": flat.user_reader.many, "logto": logto.user_reader.many},
        "envelope": {
            "flat": EnvelopeReader(flat.FlatUser).page,
            "logto": EnvelopeReader(logto.LogtoUser).page,
        },
    }

    def work() -> dict[str, Any]:
        taken: dict[str, dict[str, list[float]]] = {name: {provider: [] for provider in arrays} for name in readers}
        for number in range(rounds + 1):
            for provider in arrays:
                for name in sorted(readers, reverse=bool(number % 2)):
                    read = readers[name][provider]
                    page = (envelopes if name == "envelope" else arrays)[provider]
                    gc.collect()
                    start = time.process_time()
                    read(page)
                    if number:
                        taken[name][provider].append((time.process_time() - start) / 1000 * 1e6)
        return {"taken": taken}

    yield work


@contextmanager
def keeping(*, address: str, provider: str, users: int) -> Iterator[Work]:
    """Count the bytes of stored users without the pages' bytes, then read `raw` of each."""
    with asyncio.Runner() as runner:
        client = client_of(address, provider, "httpx")
        paginator = client.organization().users.list()
        runner.run(paginator.collect(limit=1))

        def work() -> dict[str, Any]:
            tracemalloc.start()
            kept = runner.run(paginator.collect())
            gc.collect()
            held, _ = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert len(kept) == users
            raw = sum(len(json.dumps(user.raw, ensure_ascii=False, separators=(",", ":")).encode()) for user in kept)
            pages = raw + users  # one comma or bracket each
            return {"bytes": (held - pages) / users, "page_bytes": pages / users}

        yield work
        runner.run(client.aclose())


@contextmanager
def streaming(*, address: str, provider: str, prefetch: int) -> Iterator[Work]:
    """List every user without storing them. Return the process's peak memory."""
    with listing(address=address, provider=provider, prefetch=prefetch) as work:

        def streamed() -> dict[str, Any]:
            return {**work(), "peak": _peak()}

        yield streamed


def _peak() -> int:
    status = Path("/proc/self/status")
    if status.exists():
        # Not ru_maxrss: on Linux a process inherits it from its parent.
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) * 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _PEAK_UNIT


@contextmanager
def scheduling(*, items: int, concurrency: int) -> Iterator[Work]:
    """Run items through the workers of `orgsdk.bulk`, with work of one step of the event loop."""
    from orgsdk.bulk.workers import Workers

    async def work_on(item: int) -> int:
        await asyncio.sleep(0)
        return item

    async def by_workers() -> int:
        done = 0
        async for _ in Workers(iter(range(items)), work_on, concurrency=concurrency):
            done += 1
        return done

    async def alone() -> int:
        done = 0
        for number in range(items):
            await work_on(number)
            done += 1
        return done

    def timed(job: Callable[[], Any], expected: int) -> float:
        start = time.process_time()
        assert asyncio.run(job()) == expected
        return time.process_time() - start

    def work() -> dict[str, Any]:
        bare, ours = timed(alone, items), timed(by_workers, items)
        tracemalloc.start()
        asyncio.run(by_workers())
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return {"bare": bare / items * 1e6, "ours": ours / items * 1e6, "peak": peak}

    yield work
