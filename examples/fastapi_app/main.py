"""A FastAPI app for an organization's users: pages, a stream, invitations, roles, and an HTML page for all of them.

Run it with `python examples/fastapi_app/main.py` and open http://127.0.0.1:8000. It uses the provider in the
environment; at Logto, `ORGSDK_ORGANIZATION` is the organization's id. Without settings it uses the sandbox. It needs
the extras `fastapi` and `sandbox`, and uvicorn.

The routes have no access control: add your own sign-in.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Mapping  # noqa: TC003  # FastAPI reads them
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Query
from fastapi.responses import FileResponse
from fastapi.staticfiles import StaticFiles
from pydantic import BaseModel, Field

from orgsdk import Capability, Invitation, OrgClient, Role, User
from orgsdk.fastapi import Client, PageOut, begin, health, install_error_handlers, lifespan
from orgsdk.providers import Flat
from orgsdk.resources import OrganizationHandle

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")
STATIC = Path(__file__).with_name("static")
# The page loads only resources of this app.
HEADERS = {"Content-Security-Policy": "default-src 'self'; img-src 'self' data:", "X-Content-Type-Options": "nosniff"}


# The client


@asynccontextmanager
async def with_client(app: FastAPI) -> AsyncGenerator[Mapping[str, object]]:
    """Keep one client for the process, for the provider in the environment or for a sandbox."""
    if any(os.environ.get(name) for name in SETTINGS):
        async with lifespan()(app) as state:
            yield state
        return
    from orgsdk.sandbox import Sandbox

    async with Sandbox() as sandbox:
        flat = Flat(sandbox.flat.token, base_url=sandbox.flat_url)
        async with lifespan(lambda: OrgClient(flat))(app) as state:
            yield state


async def organization(client: Client) -> OrganizationHandle:
    """Return the organization of the app."""
    return client.organization()


Organization = Annotated[OrganizationHandle, Depends(organization)]


# Users

api = APIRouter(prefix="/api")


@api.get("/users", tags=["users"], summary="List users, page by page")
async def list_users(
    organization: Organization,
    query: Annotated[str | None, Query(description="Part of a name, a username or an address.")] = None,
    role: Annotated[str | None, Query(description="The name of a role.")] = None,
    page_size: Annotated[int | None, Query(ge=1, le=100)] = None,
    cursor: Annotated[str | None, Query(description="A page's `next_cursor` or `previous_cursor`.")] = None,
) -> PageOut[User]:
    users = organization.users.list(query=query or None, role=role or None, page_size=page_size, cursor=cursor)
    return PageOut.of(await users)


@api.get("/users/count", tags=["users"], summary="Count users")
async def count_users(organization: Organization, query: str | None = None, role: str | None = None) -> int:
    return await organization.users.count(query=query or None, role=role or None)


async def all_users(organization: Organization) -> AsyncIterator[User]:
    """Read the first page before the response starts, so that an error has its own status."""
    return await begin(organization.users.list())


@api.get("/users.jsonl", tags=["users"], summary="Stream all users, one JSON object per line")
async def stream_users(users: Annotated[AsyncIterator[User], Depends(all_users)]) -> AsyncIterable[User]:
    async for user in users:
        yield user


@api.get("/users/{user_id}", tags=["users"], summary="Get one user")
async def get_user(organization: Organization, user_id: str) -> User:
    return await organization.users.get(user_id)


# Roles


class RolesOut(BaseModel):
    """The roles that users can have."""

    roles: list[Role]
    several: bool = Field(description="Whether a user can have several roles.")


class RolesIn(BaseModel):
    """The new roles of a user."""

    roles: list[str] = Field(description="Names or ids.")


@api.get("/roles", tags=["roles"], summary="List the roles")
async def list_roles(client: Client) -> RolesOut:
    roles = await client.roles.list().collect()
    several = Capability.USERS_SEVERAL_ROLES in client.capabilities
    return RolesOut(roles=[role for role in roles if role.kind != "MachineToMachine"], several=several)


@api.put("/users/{user_id}/roles", tags=["roles"], summary="Replace a user's roles")
async def set_roles(organization: Organization, user_id: str, body: RolesIn) -> list[Role]:
    await organization.users.set_roles(user_id, body.roles)
    return list(await organization.users.list_roles(user_id))


# Invitations


class InvitationIn(BaseModel):
    """A new invitation."""

    email: str
    roles: list[str] = []
    days: int | None = Field(default=None, ge=1, le=365, description="Days until it expires; not at Flat.")


@api.get("/invitations", tags=["invitations"], summary="List invitations, page by page")
async def list_invitations(
    organization: Organization, status: str | None = None, cursor: str | None = None
) -> PageOut[Invitation]:
    return PageOut.of(await organization.invitations.list(status=status, cursor=cursor))


@api.post("/invitations", tags=["invitations"], summary="Create an invitation", status_code=201)
async def invite(organization: Organization, body: InvitationIn) -> Invitation:
    expires_in = timedelta(days=body.days) if body.days is not None else None
    return await organization.invitations.create(body.email, roles=body.roles, expires_in=expires_in)


@api.delete("/invitations/{invitation_id}", tags=["invitations"], summary="Revoke an invitation")
async def revoke(organization: Organization, invitation_id: str) -> Invitation:
    return await organization.invitations.revoke(invitation_id)


# The app

app = FastAPI(title="People", version="1.0", lifespan=with_client)
install_error_handlers(app)
app.include_router(api)
app.include_router(health())
app.mount("/static", StaticFiles(directory=STATIC), name="static")


@app.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
async def people() -> FileResponse:
    return FileResponse(STATIC / "people.html", headers=HEADERS)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "8000")))
