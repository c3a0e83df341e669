"""Plain aiohttp, with pages read by pydantic."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import aiohttp

from benchmarks.competitors.http_lists import PATHS, reader, walk
from benchmarks.competitors.plain_httpx import HEADERS
from benchmarks.competitors.worker_pool import run_concurrently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


async def _session(address: str, connections: int = 100) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=connections), headers=HEADERS)


@contextmanager
def listing(*, address: str, provider: str, page_size: int, model: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every user, each page read into the full `"wire"` model or orgsdk's `"domain"` model."""
    read = reader(model, provider)
    with asyncio.Runner() as runner:
        session = runner.run(_session(address))

        async def get(path: str, params: dict[str, str]) -> tuple[bytes, Mapping[str, str]]:
            async with session.get(address + path, params=params) as response:
                response.raise_for_status()
                content = await response.read()
            return content, {name: str(link["url"]) for name, link in response.links.items()}

        content, _ = runner.run(get(PATHS[provider], {}))
        read(content)
        yield lambda: {"users": runner.run(walk(get, provider, page_size, read))}
        runner.run(session.close())


@contextmanager
def creating(*, address: str, count: int, in_flight: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """Create users over a pool of `in_flight` connections."""
    with asyncio.Runner() as runner:
        session = runner.run(_session(address, in_flight))

        async def create(number: int) -> None:
            sent = {"username": f"new.{number}", "password": "secret-1", "role": "user"}
            async with session.post(address + PATHS["flat"], json=sent) as response:
                response.raise_for_status()
                await response.json()

        runner.run(run_concurrently(create, in_flight, in_flight))
        yield lambda: runner.run(run_concurrently(create, count, in_flight))
        runner.run(session.close())
