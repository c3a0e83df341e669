"""The clients of an app's tenants: made when first asked for, made anew after a while, closed when out of use."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeAlias

import anyio
from fastapi import HTTPException

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from orgsdk.client import OrgClient

    AskTenant: TypeAlias = Callable[[str], OrgClient | Awaitable[OrgClient | None] | None]


class UnknownTenantError(HTTPException):
    """Tell that no client belongs to the tenant that a request names (404)."""

    def __init__(self) -> None:
        # Without the name: what a request sends is not sent back.
        super().__init__(404, "There is no such tenant.")


@dataclass(frozen=True, slots=True)
class _Kept:
    client: OrgClient
    since: float


class TenantClients:
    """Keep the clients of the tenants used last, `most` of them, each for `max_age` seconds."""

    def __init__(self, ask: AskTenant, *, most: int, max_age: float) -> None:
        self._ask = ask
        self._most = most
        self._max_age = max_age
        self._kept: dict[str, _Kept] = {}  # in the order of their last use
        self._uses: Counter[OrgClient] = Counter()  # of every client that is open

    @asynccontextmanager
    async def using(self, tenant: str) -> AsyncGenerator[OrgClient]:
        """Give the tenant's client, which stays open within, whatever becomes of the tenant.

        Raises `UnknownTenantError` where there is no such tenant.
        """
        client = await self._client(tenant)
        self._uses[client] += 1
        try:
            yield client
        finally:
            self._uses[client] -= 1
            # Here, not where one is let go: a client that cannot be closed is no matter of another tenant's answer.
            await self._close([client for client in self._out_of_use() if not self._uses[client]])

    async def aclose(self) -> None:
        """Close them all, whatever becomes of any."""
        self._kept.clear()
        await self._close([*self._uses])

    async def _client(self, tenant: str) -> OrgClient:
        kept = self._kept.get(tenant)
        if kept is None or anyio.current_time() - kept.since >= self._max_age:
            found = self._ask(tenant)
            made = await found if isawaitable(found) else found
            if made is None:
                self._kept.pop(tenant, None)
                raise UnknownTenantError
            self._uses[made] += 0
            # Two requests may both have asked: the client that came second goes unused.
            if self._kept.get(tenant) in (kept, None):
                self._kept[tenant] = _Kept(made, anyio.current_time())
        now = self._kept[tenant] = self._kept.pop(tenant)
        for name in [*self._kept][: -self._most]:
            del self._kept[name]
        return now.client

    def _out_of_use(self) -> set[OrgClient]:
        return self._uses.keys() - {kept.client for kept in self._kept.values()}

    async def _close(self, clients: list[OrgClient]) -> None:
        async with AsyncExitStack() as stack:
            for client in clients:
                del self._uses[client]
                stack.push_async_callback(_aclose, client)


async def _aclose(client: OrgClient) -> None:
    with anyio.CancelScope(shield=True):  # the request that used it last may have been given up
        await client.aclose()
