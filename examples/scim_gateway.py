"""A SCIM gateway in a FastAPI app, and what an identity provider sends it first.

Run it with `python examples/scim_gateway.py`: it sends itself the requests, over users in memory, and prints the
answers. To serve it, run `uvicorn examples.scim_gateway:app --no-access-log` with the provider's settings in the
environment, and with the token in SCIM_TOKEN. The access log would have the filters of requests, and addresses in them.
It needs the extras `scim` and `fastapi`.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from fastapi import FastAPI

from orgsdk import OrgClient
from orgsdk.scim import GatewayOptions, gateway

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def build_app(client: OrgClient, token: str, id_map: Path) -> FastAPI:
    """Return an app with a gateway over a client at /scim/v2."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with client:
            yield

    app = FastAPI(lifespan=lifespan)
    options = GatewayOptions(on_delete="keep")
    app.mount("/scim/v2", gateway(client, options=options, tokens=[token], id_map=id_map))
    return app


def __getattr__(name: str) -> FastAPI:
    """Build `app` when a server asks for it."""
    if name != "app":
        raise AttributeError(name)
    return build_app(OrgClient.from_env(), os.environ["SCIM_TOKEN"], Path("scim.db"))


async def provision(http: httpx.AsyncClient) -> None:
    """Send what an identity provider sends for a user who joins and leaves."""
    found = await http.get("/Users", params={"filter": 'userName eq "kim@acme.example"'})
    print("found before:", found.json()["totalResults"])
    kim = {
        "schemas": [USER],
        "userName": "kim@acme.example",
        "emails": [{"value": "kim@acme.example", "primary": True}],
    }
    created = (await http.post("/Users", json=kim)).json()
    print("created:", created["userName"], "active:", created["active"])
    leave = {"schemas": [PATCH], "Operations": [{"op": "Replace", "path": "active", "value": "False"}]}
    print("deactivated:", (await http.patch(f"/Users/{created['id']}", json=leave)).status_code)
    print("active:", (await http.get(f"/Users/{created['id']}")).json()["active"])


async def main() -> None:
    """Run the gateway over users in memory, and send requests to it."""
    token = secrets.token_urlsafe(32)
    with tempfile.TemporaryDirectory() as folder:
        async with OrgClient.memory(users=3) as client:
            app = build_app(client, token, Path(folder, "scim.db"))
            transport, headers = httpx.ASGITransport(app), {"Authorization": f"Bearer {token}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://app/scim/v2", headers=headers) as http:
                await provision(http)


if __name__ == "__main__":
    asyncio.run(main())
