"""Cache of tenants' clients: created on first use, replaced when old, closed when unused."""

from __future__ import annotations

import logging
from collections import Counter
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import anyio
from fastapi import HTTPException

from orgsdk._callables import call_function, describe
from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    CreateClient: TypeAlias = Callable[[str], OrgClient | Awaitable[OrgClient | None] | None]

_CLOSE_TIMEOUT = 5.0
_LOGGER = logging.getLogger(__name__)


def check_client(client: OrgClient, setting: str) -> OrgClient:
    """Return what a function returned, if it can be a client. A stand-in of a test can.

    Raise `ConfigurationError` with the name of the setting otherwise.
    """
    if not isinstance(client, AbstractAsyncContextManager):  # pyright: ignore[reportUnnecessaryIsInstance]  # no types
        raise ConfigurationError(f"The function {setting} returned a value {describe(client)}: return an OrgClient.")
    return client


class UnknownTenantError(HTTPException):
    """The request names an unknown tenant (404)."""

    def __init__(self) -> None:
        # Without the name: do not echo what the request contains.
        super().__init__(404, "Unknown tenant.")


@dataclass(frozen=True, slots=True)
class _CachedClient:
    client: OrgClient
    created_at: float


class TenantClients:
    """Clients of the tenants used last.

    Args:
        create: Returns the client of a tenant, or None for an unknown tenant; may be async.
        max_clients: Largest number of tenants whose clients stay open.
        max_age: Seconds until a client is created again.
    """

    def __init__(self, create: CreateClient, *, max_clients: int, max_age: float) -> None:
        self._create = create
        self._max_clients = max_clients
        self._max_age = max_age
        self._cache: dict[str, _CachedClient] = {}  # in order of last use
        self._retired: set[OrgClient] = set()  # open; to be closed when unused
        self._uses: Counter[OrgClient] = Counter()

    @asynccontextmanager
    async def using(self, tenant: str) -> AsyncGenerator[OrgClient]:
        """Yield the tenant's client. It stays open inside the context, even if it is replaced in the meantime.

        Raise `UnknownTenantError` for an unknown tenant.
        """
        client = None
        try:
            client = await self._client(tenant)
            self._uses[client] += 1
            yield client
        finally:
            if client is not None:
                self._uses[client] -= 1
            if self._retired:
                await self._close_unused()

    async def aclose(self) -> None:
        """Close all clients, also those in use."""
        self._retired.update(cached.client for cached in self._cache.values())
        self._cache.clear()
        self._uses.clear()
        await self._close_unused()

    async def _client(self, tenant: str) -> OrgClient:
        cached = self._cache.get(tenant)
        if cached is None or anyio.current_time() - cached.created_at >= self._max_age:
            client = await call_function(self._create, tenant)
            if client is None:
                self._retire(tenant)
                raise UnknownTenantError
            check_client(client, "tenants")
            if self._cache.get(tenant) in (cached, None):
                self._retire(tenant)
                self._cache[tenant] = _CachedClient(client, anyio.current_time())
            else:  # another request created one in the meantime
                self._retired.add(client)
        current = self._cache[tenant] = self._cache.pop(tenant)  # now the last used
        for name in [*self._cache][: -self._max_clients]:
            self._retire(name)
        return current.client

    def _retire(self, tenant: str) -> None:
        if cached := self._cache.pop(tenant, None):
            self._retired.add(cached.client)

    async def _close_unused(self) -> None:
        self._retired -= {cached.client for cached in self._cache.values()}  # `create` returned an old client again
        unused = {client for client in self._retired if not self._uses[client]}
        self._retired -= unused
        for client in unused:
            del self._uses[client]
        # Shielded: the request that used them last may be cancelled. With a limit: it must not wait forever.
        try:
            with anyio.move_on_after(_CLOSE_TIMEOUT, shield=True):
                async with anyio.create_task_group() as group:
                    for client in list(unused):
                        group.start_soon(_close, client, unused)
        except BaseException:  # the server cancels with asyncio, which ignores the shield
            self._retired |= unused
            raise


async def _close(client: OrgClient, unclosed: set[OrgClient]) -> None:
    try:
        await client.aclose()
    except Exception as error:  # not an error of the last request
        _LOGGER.warning("a tenant's client could not be closed: %s", type(error).__name__)
    unclosed.discard(client)
