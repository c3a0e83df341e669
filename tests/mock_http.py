"""A caller's own HTTP client, whose requests respx answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import respx

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


def mock_client(
    handler: Callable[[httpx.Request], httpx.Response] | Callable[[httpx.Request], Awaitable[httpx.Response]],
    **settings: Any,
) -> httpx.AsyncClient:
    """Return a client for `http_client=` that gets its responses from `handler`, without patching httpx."""
    router = respx.MockRouter(assert_all_called=False)
    router.route().mock(side_effect=handler)
    return httpx.AsyncClient(transport=httpx.MockTransport(router.async_handler), **settings)
