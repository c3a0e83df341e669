"""User code that mypy --strict and pyright's strict mode must accept. It is never run."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator  # noqa: TC003  # FastAPI reads them
from typing import Annotated, assert_type

from fastapi import Depends, FastAPI
from fastapi_pagination.cursor import CursorPage  # noqa: TC002  # FastAPI reads it

from orgsdk import (
    Flat,
    Invitation,
    Logto,
    NotFoundError,
    Organization,
    OrgClient,
    Page,
    Paginator,
    RateLimitError,
    Role,
    User,
    blocking,
)
from orgsdk.domain import Capability
from orgsdk.fastapi import (
    Client,
    PageOut,
    begin,
    client_of,
    health,
    install_error_handlers,
    lifespan,
    require_member,
    require_role,
)
from orgsdk.fastapi.pagination import paginate
from orgsdk.providers import Memory
from orgsdk.providers.base import Provider


async def read(client: OrgClient) -> None:
    org = client.organization("org_id")
    users = org.users.list(query="ada", role="teacher")
    assert_type(users, Paginator[User])
    async for user in users:
        assert_type(user.name, str | None)
        assert_type(user.roles, tuple[str, ...])
    first = await users
    assert_type(first, Page[User])
    assert_type(first.next_cursor, str | None)
    async for page in org.users.list(cursor=first.next_cursor).pages():
        assert_type(page.items, list[User])
    async with users.prefetch(pages=4) as ahead:
        async for user in ahead:
            assert_type(user, User)
    assert_type(await users.collect(limit=3), list[User])
    assert_type(await users.first(), User | None)
    assert_type(await org.users.find(email="ada@example.com"), User | None)
    assert_type(await org.users.count(role="teacher"), int)
    assert_type(await client.organizations.get("org_id"), Organization)
    assert_type([role async for role in client.roles.list()], list[Role])


async def write(client: OrgClient) -> None:
    org = client.organization()
    try:
        ada = await org.users.create(username="ada", email="ada@example.com", roles=["teacher"])
        await org.users.update(ada.id, name=None)
        await org.users.set_roles(ada.id, ["admin"])
        await org.users.remove(ada.id, account="keep")
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except NotFoundError as error:
        assert_type(error.request_id, str | None)
    assert_type(await org.invitations.create("bob@example.com"), Invitation)
    raw = await client.with_raw_response(client.organizations.get("org_id"))
    assert_type(raw.value, Organization)
    assert_type(raw.headers["x-request-id"], str)
    assert_type(raw.headers.get("retry-after"), str | None)
    assert_type(raw.headers.get_all("link"), list[str])
    if Capability.USERS_SUSPEND in client.capabilities:
        await org.users.suspend("id")


async def native() -> None:
    async with OrgClient(Logto(endpoint="https://t.logto.app", app_id="id", app_secret="secret")) as client:
        assert_type(client, OrgClient[Logto])
        assert_type(client.provider, Logto)
        hurried = client.with_options(timeout=5)
        assert_type(hurried, OrgClient[Logto])
        async for organization in client.native.list_organizations():
            assert_type(organization.name, str)


def from_variables() -> None:
    assert_type(OrgClient.from_env(), OrgClient[Provider])
    assert_type(OrgClient.from_env(environ={}), OrgClient[Provider])
    assert_type(OrgClient.from_env(Flat), OrgClient[Flat])
    assert_type(OrgClient.from_env(Logto, environ={}), OrgClient[Logto])
    OrgClient.from_env(Flat).native.list_organization_users()
    assert_type(blocking.OrgClient.from_env(Flat), blocking.OrgClient[Flat])


def any_provider(provider: Provider) -> OrgClient:
    return OrgClient(provider, organization="org_id")


# The blocking client


def script() -> None:
    with blocking.OrgClient(Flat(token="token"), timeout=5) as client:
        assert_type(client, blocking.OrgClient[Flat])
        org = client.organization()
        users = org.users.list(role="teacher")
        assert_type(users, blocking.Paginator[User])
        for user in users:
            assert_type(user, User)
        for page in users.pages():
            assert_type(page, Page[User])
        assert_type(users.first_page().next_cursor, str | None)
        with users.prefetch() as ahead:
            assert_type(list(ahead), list[User])
        assert_type(users.collect(limit=2), list[User])
        ada = org.users.create(username="ada", roles=["teacher"])
        assert_type(org.users.update(ada.id, name=None), User)
        assert_type(org.users.find(username="ada"), User | None)
        org.users.remove(ada.id, account="delete")
        assert_type(client.organizations.list().first(), Organization | None)
        assert_type(client.run(lambda other: other.organization().users.count()), int)
        assert_type(client.with_raw_response(lambda other: other.organizations.get("id")).value, Organization)
    assert_type(blocking.OrgClient.memory(users=2), blocking.OrgClient[Memory])
    assert_type(blocking.OrgClient.from_env(), blocking.OrgClient[Provider])


# FastAPI


def tenant(name: str) -> str:
    return name


TenantClient = Annotated[OrgClient, Depends(client_of(tenant))]


async def known(name: str) -> OrgClient | None:
    return OrgClient.memory() if name == "acme" else None


app = FastAPI(lifespan=lifespan(lambda: OrgClient(Flat(token="token")), tenants=known))
install_error_handlers(app)
app.include_router(health(keep=5))


@app.get("/users")
async def list_users(client: Client, cursor: str | None = None) -> PageOut[User]:
    page = PageOut.of(await client.organization().users.list(cursor=cursor))
    assert_type(page, PageOut[User])
    return page


async def everybody(client: TenantClient) -> AsyncIterator[User]:
    return await begin(client.organization().users.list())


@app.get("/users.jsonl")
async def stream_users(users: Annotated[AsyncIterator[User], Depends(everybody)]) -> AsyncIterable[User]:
    async for user in users:
        yield user


async def signed_in_user() -> str | None:
    return "user_1"


Teacher = Annotated[User, Depends(require_role("teacher", identity=signed_in_user))]


@app.get("/grades", dependencies=[Depends(require_member())])
async def grades(teacher: Teacher) -> CursorPage[User]:
    assert_type(teacher, User)
    return await paginate(OrgClient.memory().organization().users.list())
