"""Plain `pyreqwest` 0.15.1, an HTTP library written in Rust, with pages read by pydantic, in a separate environment."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pyreqwest.client import ClientBuilder  # type: ignore[import-not-found]

from benchmarks.competitors.http_lists import PATHS, links_of, reader, walk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@contextmanager
def listing(*, address: str, provider: str, page_size: int, model: str) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every user, each page read into the full `"wire"` model."""
    read = reader(model, provider)
    with asyncio.Runner() as runner:

        async def connect() -> Any:
            builder = ClientBuilder().default_headers({"authorization": "Bearer t"}).no_proxy()
            return await builder.error_for_status().build().__aenter__()

        client = runner.run(connect())

        async def get(path: str, params: dict[str, str]) -> tuple[bytes, Mapping[str, str]]:
            response = await client.get(address + path).query(params).build().send()
            return bytes(await response.bytes()), links_of(response.get_header_all("link"))

        content, _ = runner.run(get(PATHS[provider], {}))
        read(content)
        yield lambda: {"users": runner.run(walk(get, provider, page_size, read))}
        runner.run(client.close())
