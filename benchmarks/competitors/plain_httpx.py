"""Plain httpx, with pages read by pydantic."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.competitors.http_lists import PATHS, reader, walk
from benchmarks.competitors.worker_pool import run_concurrently

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

HEADERS = {"authorization": "Bearer t"}


@contextmanager
def listing(*, address: str, provider: str, page_size: int, model: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every user, each page read into the full `"wire"` model or orgsdk's `"domain"` model."""
    read = reader(model, provider)
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(base_url=address, headers=HEADERS, timeout=60)

        async def get(path: str, params: dict[str, str]) -> tuple[bytes, Mapping[str, str]]:
            response = await client.get(path, params=params)
            response.raise_for_status()
            return response.content, {str(name): link["url"] for name, link in response.links.items()}

        content, _ = runner.run(get(PATHS[provider], {}))
        read(content)
        yield lambda: {"users": runner.run(walk(get, provider, page_size, read))}
        runner.run(client.aclose())


@contextmanager
def creating(*, address: str, count: int, in_flight: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """Create users over a pool as wide as is asked for."""
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(base_url=address, headers=HEADERS, timeout=60, limits=limits)

        async def create(number: int) -> None:
            sent = {"username": f"new.{number}", "password": "secret-1", "role": "user"}
            response = await client.post(PATHS["flat"], json=sent)
            response.raise_for_status()
            response.json()

        runner.run(run_concurrently(create, in_flight, in_flight))
        yield lambda: runner.run(run_concurrently(create, count, in_flight))
        runner.run(client.aclose())
