"""The async half of the provider's own client, `flat-api` 2.0.4, which has no pagination."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flat_api.aio.api.organization_api import OrganizationApi  # type: ignore[import-not-found]
from flat_api.aio.api_client import ApiClient  # type: ignore[import-not-found]
from flat_api.aio.configuration import Configuration  # type: ignore[import-not-found]
from flat_api.pagination import next_cursor  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@contextmanager
def listing(*, address: str, provider: str, page_size: int) -> Iterator[Callable[[], dict[str, Any]]]:
    """List every user of Flat, one page after the other, with the package's cursor parser."""
    assert provider == "flat"
    with asyncio.Runner() as runner:

        async def connect() -> Any:
            return ApiClient(Configuration(host=f"{address}/v2", access_token="t"))

        client = runner.run(connect())
        fetch = OrganizationApi(client).list_organization_users_with_http_info

        async def walk() -> dict[str, Any]:
            users, params = 0, {"limit": page_size}
            while True:
                response = await fetch(**params)
                for _ in response.data:
                    users += 1
                params["next"] = next_cursor(response.headers)
                if params["next"] is None:
                    return {"users": users}

        runner.run(fetch(limit=1))
        yield lambda: runner.run(walk())
        runner.run(client.close())
