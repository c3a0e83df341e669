"""A gateway in this process, and an identity provider that sends it requests without a socket."""

from __future__ import annotations

import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from orgsdk.scim import GatewayOptions, IdMap, gateway

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from orgsdk import OrgClient

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
TOKEN = secrets.token_urlsafe(32)
OPTIONS = GatewayOptions(on_delete="keep")


@dataclass
class IdentityProvider:
    """What sends requests to a gateway, and the id map behind it."""

    http: httpx.AsyncClient
    id_map: IdMap
    client: OrgClient
    sent: list[httpx.Response] = field(default_factory=list)

    async def send(self, method: str, path: str, body: object = None, status: int | None = None, **headers: str) -> Any:
        """Send a request, check its status, and return the JSON of the answer; None for an empty one."""
        response = (
            await self.http.request(method, path, json=body, headers=headers)
            if body is not None
            else (await self.http.request(method, path, headers=headers))
        )
        self.sent.append(response)
        if status is not None:
            assert response.status_code == status, f"{method} {path}: {response.status_code} {response.text}"
        return response.json() if response.content else None

    async def get(self, path: str, status: int = 200) -> Any:
        return await self.send("GET", path, status=status)

    async def create_user(self, user_name: str, status: int = 201, **attributes: object) -> Any:
        """Create a user with an address of its name, if it is one."""
        body: dict[str, object] = {"schemas": [USER], "userName": user_name, "active": True, **attributes}
        if "@" in user_name:
            body.setdefault("emails", [{"value": user_name.lower(), "type": "work", "primary": True}])
        return await self.send("POST", "/Users", body, status)

    async def create_group(self, name: str, *members: str, status: int = 201) -> Any:
        body = {"schemas": [GROUP], "displayName": name, "members": [{"value": member} for member in members]}
        return await self.send("POST", "/Groups", body, status)

    async def patch(self, path: str, *operations: dict[str, object], status: int = 204) -> Any:
        return await self.send("PATCH", path, {"schemas": [PATCH], "Operations": list(operations)}, status)

    async def find(self, filter_: str, kind: str = "Users", **parameters: str) -> list[Any]:
        """Return the resources that a filter finds."""
        response = await self.http.get(f"/{kind}", params={"filter": filter_, **parameters})
        assert response.status_code == 200, response.text
        found: list[Any] = response.json().get("Resources", [])
        assert response.json()["totalResults"] == len(found)
        return found


@asynccontextmanager
async def serving(
    client: OrgClient,
    folder: Path,
    *,
    options: GatewayOptions = OPTIONS,
    organization: str | None = None,
) -> AsyncIterator[IdentityProvider]:
    """Yield an identity provider of a gateway over a client. Its id map is in the folder."""
    id_map = IdMap.open(folder / "scim.db")
    app = gateway(client, options=options, tokens=[TOKEN], id_map=id_map, organization=organization)
    transport = httpx.ASGITransport(app, raise_app_exceptions=True)
    headers = {"Authorization": f"Bearer {TOKEN}"}
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://gateway/v2", headers=headers) as http:
            yield IdentityProvider(http, id_map, client)
    finally:
        await id_map.aclose()
