"""One client a process, open as long as the app runs; one a tenant where several live in one app."""

# Annotations are not postponed here: FastAPI could not find a name of an enclosing function in one of text.

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from inspect import isawaitable
from typing import Annotated, TypeAlias

from fastapi import Depends, FastAPI, HTTPException
from starlette.requests import HTTPConnection

from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError

AppLifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, object] | None]]
Tenants: TypeAlias = Callable[[str], OrgClient | Awaitable[OrgClient | None] | None]

_STATE = "orgsdk"


class UnknownTenantError(HTTPException):
    """Tell that no client belongs to the tenant that a request names (404)."""

    def __init__(self) -> None:
        # Without the name: what a request sends is not sent back.
        super().__init__(404, "There is no such tenant.")


class _Clients:
    def __init__(self, client: OrgClient | None, tenants: Tenants | None) -> None:
        self._client = client
        self._tenants = tenants
        self._by_tenant: dict[str, OrgClient] = {}

    def own(self) -> OrgClient:
        if self._client is None:
            raise ConfigurationError("The app has clients of tenants alone: take one by client_of(…), not by Client.")
        return self._client

    async def of(self, tenant: str) -> OrgClient:
        if tenant in self._by_tenant:
            return self._by_tenant[tenant]
        if self._tenants is None:
            raise ConfigurationError("The app has no clients of tenants: pass lifespan(tenants=…).")
        found = self._tenants(tenant)
        made = await found if isawaitable(found) else found
        if made is None:
            raise UnknownTenantError
        # Two requests may both be a tenant's first: the client that came second goes unused.
        kept = self._by_tenant.setdefault(tenant, made)
        if kept is not made:
            await made.aclose()
        return kept

    async def aclose(self) -> None:
        async with AsyncExitStack() as stack:
            for client in {*self._by_tenant.values(), *([self._client] if self._client else [])}:
                stack.push_async_callback(client.aclose)  # each is closed, whatever becomes of another


def lifespan(
    client: Callable[[], OrgClient] | None = None,
    *,
    tenants: Tenants | None = None,
    inner: AppLifespan | None = None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, object]]]:
    """Give a lifespan that makes the app's client when the process starts and closes it when the process ends.

    `client` makes it; without it and without `tenants`, `OrgClient.from_env` does. `tenants` gives the client of the
    tenant of a name, or None where there is no such tenant; it may be async, and is asked once for each tenant, when
    a request first names it. `inner` is the app's own lifespan: it begins when the client is there, ends before it is
    closed, and what it yields is in `request.state` as ever. The other way round works too: enter what this gives
    within a lifespan of your own, and yield its state as part of yours.

    Raises `ConfigurationError` when the app starts, where the settings of the client are wrong.

    Source: the ASGI specification, "Lifespan State".

    Example: `app = FastAPI(lifespan=lifespan(lambda: OrgClient(Flat(token="…"))))`
    """
    make = OrgClient.from_env if client is None and tenants is None else client

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncGenerator[Mapping[str, object]]:
        clients = _Clients(None if make is None else make(), tenants)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(clients.aclose)
            state = None if inner is None else await stack.enter_async_context(inner(app))
            yield {**(state or {}), _STATE: clients}

    return run


async def get_client(connection: HTTPConnection) -> OrgClient:
    """Give the app's client: the dependency behind `Client`, and what a test overrides.

    Raises `ConfigurationError` where the app's lifespan made none.

    Example: `app.dependency_overrides[get_client] = lambda: OrgClient.memory(users=50)`
    """
    return _clients(connection).own()


Client = Annotated[OrgClient, Depends(get_client)]
"""Take the app's client as a parameter of a path operation: `async def users(client: Client) -> …`."""


def client_of(tenant: Callable[..., str | Awaitable[str]]) -> Callable[..., Awaitable[OrgClient]]:
    """Give a dependency on the client of the tenant that `tenant` names, itself a dependency on the request.

    Who may name which tenant is for `tenant` to decide: it raises where the caller does not belong there.

    Raises `UnknownTenantError` (404) in a request where the app's `lifespan(tenants=…)` knows no such tenant.

    Example: `TenantClient = Annotated[OrgClient, Depends(client_of(tenant_of_session))]`
    """

    async def get_tenant_client(connection: HTTPConnection, name: Annotated[str, Depends(tenant)]) -> OrgClient:
        return await _clients(connection).of(name)

    return get_tenant_client


def _clients(connection: HTTPConnection) -> _Clients:
    clients = connection.scope.get("state", {}).get(_STATE)
    if not isinstance(clients, _Clients):
        raise ConfigurationError(
            "The app has no client: pass FastAPI(lifespan=orgsdk.fastapi.lifespan(…)), and let the app's lifespan run "
            "(in tests: with TestClient(app) as …)."
        )
    return clients
