"""orgsdk, as a user of it writes code."""

from __future__ import annotations

import asyncio
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.competitors.worker_pool import run_concurrently
from orgsdk import OrgClient
from orgsdk.providers import Flat, Logto

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orgsdk.transport.backends.libraries import HTTPLibrary


def client_of(address: str, provider: str, library: HTTPLibrary, in_flight: int = 16) -> OrgClient[Any]:
    """Return a client of a provider at an address."""
    if provider == "flat":
        return OrgClient(Flat(token="t", base_url=f"{address}/v2", http_library=library, max_concurrency=in_flight))
    logto = Logto(endpoint=address, app_id="app", app_secret="secret", http_library=library, max_concurrency=in_flight)
    return OrgClient(logto, organization="org")


@contextmanager
def listing(
    *,
    address: str,
    provider: str,
    page_size: int | None = None,
    library: HTTPLibrary = "httpx",
    prefetch: int = 0,
    consumer: float = 0,
) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every user. `prefetch` pages are requested ahead; each page blocks the loop for `consumer` seconds."""
    with asyncio.Runner() as runner:
        client = client_of(address, provider, library)

        async def read_items() -> dict[str, Any]:
            users = 0
            listed = client.organization().users.list(page_size=page_size)
            if prefetch:
                async with listed.prefetch(pages=prefetch) as ahead:
                    async for _ in ahead:
                        users += 1
            else:
                async for _ in listed:
                    users += 1
            return {"users": users}

        async def read_pages() -> dict[str, Any]:
            users = 0
            listed = client.organization().users.list(page_size=page_size)
            if prefetch:
                async with listed.prefetch(pages=prefetch) as ahead:
                    async for page in ahead.pages():
                        users += len(page.items)
                        time.sleep(consumer)  # noqa: ASYNC251  # this is measured
            else:
                async for page in listed.pages():
                    users += len(page.items)
                    time.sleep(consumer)  # noqa: ASYNC251  # this is measured
            return {"users": users}

        async def first() -> object:
            return await client.organization().users.list(page_size=1)

        runner.run(first())
        yield lambda: runner.run(read_pages() if consumer else read_items())
        runner.run(client.aclose())


@contextmanager
def creating(
    *, address: str, count: int, in_flight: int, library: HTTPLibrary = "httpx"
) -> Iterator[Callable[[], dict[str, Any]]]:
    """Create users at Flat."""
    with asyncio.Runner() as runner:
        client = client_of(address, "flat", library, in_flight)
        users = client.organization().users

        async def create(number: int) -> None:
            await users.create(username=f"new.{number}", password="secret-1", roles=["user"])

        runner.run(run_concurrently(create, in_flight, in_flight))
        yield lambda: runner.run(run_concurrently(create, count, in_flight))
        runner.run(client.aclose())
