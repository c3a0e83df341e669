"""A client in the style of openai-python: page objects over httpx, which iterate over the items of all pages.

Its parts are those of that library: `AsyncClient.send` of a built request, a model of each page with private
attributes, `next_page_info`, and async generators over pages and items.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import BaseModel, PrivateAttr

from benchmarks.competitors.http_lists import PATHS, SIZES, next_page, reader
from benchmarks.competitors.plain_httpx import HEADERS

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator


class PageObject(BaseModel, arbitrary_types_allowed=True):
    """One page, which knows its client and how it was requested."""

    data: list[Any]
    next_info: dict[str, str] | None
    _client: PageClient = PrivateAttr()
    _params: dict[str, str] = PrivateAttr()

    async def iter_pages(self) -> AsyncIterator[PageObject]:
        """Yield this page and the pages after it."""
        page = self
        while True:
            yield page
            if page.next_info is None:
                return
            page = await page._client.get_page(page._params | page.next_info)

    async def __aiter__(self) -> AsyncIterator[Any]:
        async for page in self.iter_pages():
            for item in page.data:
                yield item


class PageClient:
    """The client that requests pages."""

    def __init__(self, address: str, provider: str) -> None:
        self._http = httpx.AsyncClient(base_url=address, headers=HEADERS, timeout=60)
        self._provider = provider
        self._read = reader("wire", provider)

    async def get_page(self, params: dict[str, str]) -> PageObject:
        """Request one page."""
        request = self._http.build_request("GET", PATHS[self._provider], params=params)
        response = await self._http.send(request)
        response.raise_for_status()
        links = {str(name): link["url"] for name, link in response.links.items()}
        info = next_page(self._provider, links, params)
        # As there, the page is built without validation; its items have been validated.
        page = PageObject.model_construct(data=self._read(response.content), next_info=info)
        page._client, page._params = self, params
        return page

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


@contextmanager
def listing(*, address: str, provider: str, page_size: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every user, each page read into the full wire model."""
    with asyncio.Runner() as runner:
        client = PageClient(address, provider)
        params = {SIZES[provider]: str(page_size)}

        async def count() -> dict[str, Any]:
            users = 0
            async for _ in await client.get_page(params):
                users += 1
            return {"users": users}

        runner.run(client.get_page({}))
        yield lambda: runner.run(count())
        runner.run(client.close())
