"""The app's client, open while the app runs, and one client per tenant in an app with several tenants."""

# No postponed annotations: FastAPI cannot resolve a string that names a variable of the enclosing function.

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from orgsdk._callables import call_function, check_function, describe, is_async_function
from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_integer, check_number
from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError
from orgsdk.fastapi.mistakes import CallFirst, called_by_fastapi, check_dependencies
from orgsdk.fastapi.tenants import TenantClients, check_client

AppLifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, object] | None]]

_STATE = "orgsdk"


@dataclass(frozen=True, slots=True)
class _Clients:
    client: OrgClient | None
    tenants: TenantClients | None


@name_parameters
def lifespan(
    client: Callable[[], OrgClient | Awaitable[OrgClient]] | None = None,
    *,
    tenants: Callable[[str], OrgClient | Awaitable[OrgClient | None] | None] | None = None,
    max_tenants: int = 100,
    max_age: float = 3600.0,
    inner: AppLifespan | None = None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, object]]]:
    """Return a lifespan that creates the app's client at startup and closes it at shutdown.

    It can also be entered within a lifespan of your own: yield its state as part of yours. If a test overrides
    `get_client` before the app starts, no client is created, and no setting is needed.

    A tenant's client is created when a request first names the tenant. It is created again when it is `max_age` seconds
    old, so that changed settings take effect, and if `max_tenants` other tenants were named since. Concurrent requests
    may each call `tenants`; one of the clients is kept. An old client is closed when no request uses it any more, so
    return a new client each time.

    Args:
        client: Creates the app's client; may be async. Default: `OrgClient.from_env`, or no client with `tenants`.
        tenants: Creates the client of the tenant with a name, or returns None for an unknown tenant; may be async.
        max_tenants: Largest number of tenants whose clients stay open.
        max_age: Seconds until a tenant's client is created again.
        inner: The app's own lifespan. It runs while the client is open, and what it yields is in `request.state`.

    Returns:
        The lifespan, for ``FastAPI(lifespan=…)``.

    Raises:
        ConfigurationError: An argument is invalid; at startup, if a setting of the client is missing or invalid.

    Source: the ASGI specification, "Lifespan State".

    Example:
        ``app = FastAPI(lifespan=lifespan(lambda: OrgClient(Flat(token="…"))))``
    """
    check_integer("max_tenants", max_tenants, least=1)
    check_number("max_age", max_age, above=True, unit="seconds")
    _check_function("client", client)
    _check_function("tenants", tenants, "the tenant's name")
    _check_function("inner", inner, "the app")
    if is_async_function(inner):
        raise ConfigurationError("inner is no context manager: decorate it with contextlib.asynccontextmanager.")
    create = OrgClient.from_env if client is None and tenants is None else client

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncGenerator[Mapping[str, object]]:
        check_dependencies(getattr(app, "routes", ()), {"Client": Client, "lifespan": lifespan})
        async with AsyncExitStack() as stack:
            own = None
            if create is not None and not _is_overridden(app):
                created = check_client(await call_function(create), "client")
                own = await stack.enter_async_context(created)
            tenant_clients = None
            if tenants is not None:
                tenant_clients = TenantClients(tenants, max_clients=max_tenants, max_age=max_age)
                stack.push_async_callback(tenant_clients.aclose)
            state = None if inner is None else await stack.enter_async_context(inner(app))
            yield {**(state or {}), _STATE: _Clients(own, tenant_clients)}

    return run


def _is_overridden(app: FastAPI) -> bool:
    overrides = getattr(app, "dependency_overrides", {})
    use = "app.dependency_overrides[get_client] = lambda: client"
    if Client in overrides:
        raise ConfigurationError(f"Client cannot be overridden: override get_client, as in {use}.")
    if get_client not in overrides:
        return False
    if not callable(override := overrides[get_client]):
        raise ConfigurationError(f"The override of get_client is {describe(override)}: pass a function, as in {use}.")
    return True


def _check_function(setting: str, value: object, *parameters: str) -> None:
    if isinstance(value, FastAPI):  # FastAPI calls its lifespan with the app
        raise ConfigurationError("The app was given the function lifespan: call it, FastAPI(lifespan=lifespan()).")
    if value is not None:
        check_function(value, setting, *parameters)


@called_by_fastapi
async def get_client(connection: HTTPConnection) -> OrgClient:
    """Return the app's client: the dependency behind `Client`. Tests override it.

    Args:
        connection: The request, or the WebSocket connection.

    Returns:
        The client that the app's lifespan created.

    Raises:
        ConfigurationError: The app's lifespan did not create a client.

    Example:
        ``client = OrgClient.memory(users=50); app.dependency_overrides[get_client] = lambda: client``
    """
    clients = _clients(connection)
    if clients.client is not None:
        return clients.client
    if clients.tenants is None:
        raise ConfigurationError(
            "The app has no client, because get_client was overridden when it started: keep the override until it ends."
        )
    raise ConfigurationError(
        "The app has only clients of tenants: use client_of(…) instead of Client; for the health check, "
        "health(client=client_of(…)). Or pass lifespan(OrgClient.from_env, tenants=…)."
    )


Client = Annotated[OrgClient, Depends(get_client)]
"""The app's client, as a parameter of a path operation: `async def users(client: Client) -> …`."""


@name_parameters
def client_of(
    tenant: Annotated[Callable[..., str | Awaitable[str]], CallFirst("client_of(tenant)")],
) -> Callable[..., AsyncGenerator[OrgClient]]:
    """Return a dependency that provides the client of a tenant.

    The client stays open until the response is sent. A background task needs a client of its own. `tenant` decides
    which tenant a caller may use: it raises if the caller has no access.

    Args:
        tenant: A dependency that returns the name of the request's tenant.

    Returns:
        The dependency. In a request with an unknown tenant it raises `UnknownTenantError` (404).

    Raises:
        ConfigurationError: `tenant` is not callable.

    Example:
        ``TenantClient = Annotated[OrgClient, Depends(client_of(tenant_of_session))]``
    """

    if not callable(tenant):
        raise ConfigurationError(f"tenant is {describe(tenant)}: pass a dependency that returns the tenant's name.")

    async def get_tenant_client(
        connection: HTTPConnection, name: Annotated[str, Depends(tenant)]
    ) -> AsyncGenerator[OrgClient]:
        tenants = _clients(connection).tenants
        if tenants is None:
            raise ConfigurationError("The app has no clients of tenants: pass lifespan(tenants=…).")
        async with tenants.using(name) as client:
            yield client

    return get_tenant_client


def _clients(connection: HTTPConnection) -> _Clients:
    clients = connection.scope.get("state", {}).get(_STATE)
    if not isinstance(clients, _Clients):
        raise ConfigurationError(
            "The app has no client: pass FastAPI(lifespan=orgsdk.fastapi.lifespan(…)), and let the app's lifespan run "
            "(in tests: with TestClient(app) as …)."
        )
    return clients
