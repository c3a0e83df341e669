"""The clients of an app's tenants: made when first asked for, made anew after a while, closed when out of use."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import asynccontextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import TYPE_CHECKING, TypeAlias

import anyio
from fastapi import HTTPException

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from orgsdk.client import OrgClient

    AskTenant: TypeAlias = Callable[[str], OrgClient | Awaitable[OrgClient | None] | None]

_SECONDS_TO_CLOSE = 5.0
_LOGGER = logging.getLogger(__name__)


class UnknownTenantError(HTTPException):
    """Tell that no client belongs to the tenant that a request names (404)."""

    def __init__(self) -> None:
        # Without the name: what a request sends is not sent back.
        super().__init__(404, "There is no such tenant.")


@dataclass(frozen=True, slots=True)
class _CachedClient:
    client: OrgClient
    since: float


class TenantClients:
    """Keep the clients of the tenants used last, `most` of them, each for `max_age` seconds."""

    def __init__(self, ask: AskTenant, *, most: int, max_age: float) -> None:
        self._ask = ask
        self._most = most
        self._max_age = max_age
        self._kept: dict[str, _CachedClient] = {}  # in the order of their last use
        self._let_go: set[OrgClient] = set()  # open, and to be closed when nobody uses them
        self._uses: Counter[OrgClient] = Counter()

    @asynccontextmanager
    async def using(self, tenant: str) -> AsyncGenerator[OrgClient]:
        """Give the tenant's client, which stays open within, whatever becomes of the tenant.

        Raises `UnknownTenantError` where there is no such tenant.
        """
        client = None
        try:
            client = await self._client(tenant)
            self._uses[client] += 1
            yield client
        finally:
            if client is not None:
                self._uses[client] -= 1
            if self._let_go:
                await self._close_unused()

    async def aclose(self) -> None:
        """Close them all, used or not."""
        self._let_go.update(kept.client for kept in self._kept.values())
        self._kept.clear()
        self._uses.clear()
        await self._close_unused()

    async def _client(self, tenant: str) -> OrgClient:
        kept = self._kept.get(tenant)
        if kept is None or anyio.current_time() - kept.since >= self._max_age:
            found = self._ask(tenant)
            made = await found if isawaitable(found) else found
            if made is None:
                self._forget(tenant)
                raise UnknownTenantError
            if self._kept.get(tenant) in (kept, None):
                self._forget(tenant)
                self._kept[tenant] = _CachedClient(made, anyio.current_time())
            else:  # another request has asked meanwhile
                self._let_go.add(made)
        now = self._kept[tenant] = self._kept.pop(tenant)
        for name in [*self._kept][: -self._most]:
            self._forget(name)
        return now.client

    def _forget(self, tenant: str) -> None:
        if kept := self._kept.pop(tenant, None):
            self._let_go.add(kept.client)

    async def _close_unused(self) -> None:
        self._let_go -= {kept.client for kept in self._kept.values()}  # which were given again
        unused = {client for client in self._let_go if not self._uses[client]}
        self._let_go -= unused
        for client in unused:
            del self._uses[client]
        # Shielded, for the request that used them last may have been given up; it is not to wait for ever either.
        try:
            with anyio.move_on_after(_SECONDS_TO_CLOSE, shield=True):
                async with anyio.create_task_group() as group:
                    for client in list(unused):
                        group.start_soon(_close, client, unused)
        except BaseException:  # a server that cancels by asyncio itself, which no shield stops
            self._let_go |= unused
            raise


async def _close(client: OrgClient, unclosed: set[OrgClient]) -> None:
    try:
        await client.aclose()
    except Exception as error:  # no matter of the request that came last
        _LOGGER.warning("a tenant's client could not be closed: %s", type(error).__name__)
    unclosed.discard(client)
