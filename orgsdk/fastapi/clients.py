"""One client a process, open as long as the app runs; one a tenant where several live in one app."""

# Annotations are not postponed here: FastAPI could not find a name of an enclosing function in one of text.

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from inspect import isawaitable
from typing import Annotated, TypeAlias

from fastapi import Depends, FastAPI
from starlette.requests import HTTPConnection

from orgsdk.client import OrgClient
from orgsdk.errors import ConfigurationError
from orgsdk.fastapi.tenants import TenantClients
from orgsdk.options import is_number

AppLifespan: TypeAlias = Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, object] | None]]

_STATE = "orgsdk"


@dataclass(frozen=True, slots=True)
class _Clients:
    own: OrgClient | None
    tenants: TenantClients | None


def lifespan(
    client: Callable[[], OrgClient | Awaitable[OrgClient]] | None = None,
    *,
    tenants: Callable[[str], OrgClient | Awaitable[OrgClient | None] | None] | None = None,
    max_tenants: int = 100,
    max_age: float = 3600.0,
    inner: AppLifespan | None = None,
) -> Callable[[FastAPI], AbstractAsyncContextManager[Mapping[str, object]]]:
    """Give a lifespan that makes the app's client when the process starts and closes it when the process ends.

    `client` makes it, and may be async; without it and without `tenants`, `OrgClient.from_env` does. `inner` is the
    app's own lifespan: it begins when the client is there, ends before it is closed, and what it yields is in
    `request.state` as ever. The other way round works too: enter what this gives within a lifespan of your own, and
    yield its state as part of yours.

    `tenants` makes the client of the tenant of a name, or gives None where there is no such tenant; it may be async.
    It is asked when a request first names the tenant, again when the client is `max_age` seconds old, so that what
    changed about a tenant is found, and again where `max_tenants` others were named since; requests that come at once
    each ask, and one of the clients is kept. The client before is closed when no request uses it any more: give a new
    one each time.

    Raises `ConfigurationError` for what cannot be, and when the app starts where the settings of the client are wrong.

    Source: the ASGI specification, "Lifespan State".

    Example: `app = FastAPI(lifespan=lifespan(lambda: OrgClient(Flat(token="…"))))`
    """
    _check_function("client", client)
    _check_function("tenants", tenants)
    if not _is_count(max_tenants):
        raise ConfigurationError(f"max_tenants is {max_tenants!r}: pass 1 or more.")
    if not (is_number(max_age) and max_age > 0):
        raise ConfigurationError(f"max_age is {max_age!r}: pass a number of seconds above 0.")
    make = OrgClient.from_env if client is None and tenants is None else client

    @asynccontextmanager
    async def run(app: FastAPI) -> AsyncGenerator[Mapping[str, object]]:
        async with AsyncExitStack() as stack:
            own = None
            if make is not None:
                made = make()
                own = await stack.enter_async_context(await made if isawaitable(made) else made)
            by_tenant = None
            if tenants is not None:
                by_tenant = TenantClients(tenants, most=max_tenants, max_age=max_age)
                stack.push_async_callback(by_tenant.aclose)
            state = None if inner is None else await stack.enter_async_context(inner(app))
            yield {**(state or {}), _STATE: _Clients(own, by_tenant)}

    return run


def _is_count(given: object) -> bool:
    return isinstance(given, int) and given >= 1


def _check_function(setting: str, given: object) -> None:
    if isinstance(given, FastAPI):  # which calls what it was given
        raise ConfigurationError("The app was given lifespan itself: call it, FastAPI(lifespan=lifespan()).")
    if not (given is None or callable(given)):
        raise ConfigurationError(f"{setting} is of type {type(given).__name__}: pass a function that makes a client.")


async def get_client(connection: HTTPConnection) -> OrgClient:
    """Give the app's client: the dependency behind `Client`, and what a test overrides.

    Raises `ConfigurationError` where the app's lifespan made none.

    Example: `app.dependency_overrides[get_client] = lambda: OrgClient.memory(users=50)`
    """
    client = _clients(connection).own
    if client is None:
        raise ConfigurationError(
            "The app has clients of tenants alone: take one by client_of(…), not by Client; for the health check, "
            "health(client=client_of(…)). Or pass lifespan(OrgClient.from_env, tenants=…)."
        )
    return client


Client = Annotated[OrgClient, Depends(get_client)]
"""Take the app's client as a parameter of a path operation: `async def users(client: Client) -> …`."""


def client_of(tenant: Callable[..., str | Awaitable[str]]) -> Callable[..., AsyncGenerator[OrgClient]]:
    """Give a dependency on the client of the tenant that `tenant` names, itself a dependency on the request.

    The client stays open until the answer is sent; what goes on after that needs one of its own. Who may name which
    tenant is for `tenant` to decide: it raises where the caller does not belong there.

    Raises `UnknownTenantError` (404) in a request where the app's `lifespan(tenants=…)` knows no such tenant.

    Example: `TenantClient = Annotated[OrgClient, Depends(client_of(tenant_of_session))]`
    """

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
