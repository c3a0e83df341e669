"""orgsdk in a FastAPI app: the client, pages, streams, problem details, roles, a health check (extra `fastapi`).

Example:
    app = FastAPI(lifespan=lifespan())
    install_error_handlers(app)

    @app.get("/users")
    async def users(client: Client, cursor: str | None = None) -> PageOut[User]:
        return PageOut.of(await client.organization().users.list(cursor=cursor))
"""

from orgsdk._distribution import install_advice

try:
    from orgsdk.fastapi.access import AccessDeniedError, require_member, require_role
    from orgsdk.fastapi.clients import Client, client_of, get_client, lifespan
    from orgsdk.fastapi.health import Health, health
    from orgsdk.fastapi.pages import PageOut, begin
    from orgsdk.fastapi.problems import Problem, install_error_handlers
    from orgsdk.fastapi.tenants import UnknownTenantError
except ModuleNotFoundError as _missing:
    if (_missing.name or "").partition(".")[0] not in {"fastapi", "starlette"}:
        raise
    raise ImportError(f"orgsdk.fastapi needs FastAPI. {install_advice('fastapi')}") from _missing

__all__ = [
    "AccessDeniedError",
    "Client",
    "Health",
    "PageOut",
    "Problem",
    "UnknownTenantError",
    "begin",
    "client_of",
    "get_client",
    "health",
    "install_error_handlers",
    "lifespan",
    "require_member",
    "require_role",
]
