"""A gateway in this process, and an identity provider that sends it requests without a socket."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from orgsdk import OrgClient
from orgsdk.providers import Flat, Logto, WorkOS
from orgsdk.sandbox import Sandbox
from orgsdk.sandbox.roster import Person
from orgsdk.scim import DeactivationLimit, GatewayOptions, IdMap, gateway
from tests.conftest import unmeasured_threads

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
TOKEN = "t0ken-of-the-tests-0123456789abcdef"
OPTIONS = GatewayOptions(on_delete="keep")
NO_LIMIT = DeactivationLimit(users=10**6, share=1, always=10**6)


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


PROVIDERS = ("memory", "flat", "logto", "workos")


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    """Return a sandbox of five users, for the tests of a module. They reset it."""
    people = [Person(f"S{n}", f"lou{n}", f"lou{n}@example.org", "Lou", str(n), "student", None) for n in range(5)]
    sandbox = Sandbox(people)
    with unmeasured_threads():
        sandbox.start()
    yield sandbox
    sandbox.stop()


@dataclass(frozen=True)
class Backend:
    """A provider behind a gateway, in memory or in the sandbox."""

    name: str
    sandbox: Sandbox

    def client(self, **options: Any) -> OrgClient:
        """Return a client of the provider. The memory provider is a new, empty one."""
        sandbox = self.sandbox
        match self.name:
            case "memory":
                return OrgClient.memory(**options)
            case "flat":
                return OrgClient(Flat(token=sandbox.flat.token, base_url=sandbox.flat_url), **options)
            case "logto":
                app_id, app_secret = sandbox.logto.app_id, sandbox.logto.app_secret
                return OrgClient(Logto(endpoint=sandbox.logto_url, app_id=app_id, app_secret=app_secret), **options)
            case _:
                return OrgClient(WorkOS(api_key=sandbox.workos.api_key, base_url=sandbox.workos_url), **options)

    @property
    def organization(self) -> str | None:
        """Id of the organization. None where the credentials have one."""
        return {"logto": self.sandbox.logto.organization_id, "workos": self.sandbox.workos.organization_id}.get(
            self.name
        )

    def options(self, **changes: Any) -> GatewayOptions:
        """Return options that the provider can fulfil, and that allow every deactivation."""
        own: dict[str, Any] = {
            "flat": {"on_deactivate": "end_membership"},
            "workos": {"default_role": "member"},
        }.get(self.name, {})
        return GatewayOptions(**{"on_delete": "delete", "max_deactivations": NO_LIMIT, **own, **changes})

    def requests(self) -> int:
        """Return the number of requests since the last call. Those for an access token are not counted."""
        sent = [one for one in self.sandbox.requests if one.provider == self.name and "/oidc/" not in one.path]
        self.sandbox.requests.clear()
        return len(sent)


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


@asynccontextmanager
async def provisioning(
    backend: Backend, folder: Path, *, client: OrgClient | None = None, **options: Any
) -> AsyncIterator[IdentityProvider]:
    """Yield an identity provider of a gateway over a backend. What is read once has been read."""
    async with client or backend.client() as open_client:
        chosen, organization = backend.options(**options), backend.organization
        async with serving(open_client, folder, options=chosen, organization=organization) as idp:
            await idp.get("/Users?count=1")
            backend.requests()
            yield idp


def app_with_lifespan(backend: Backend, folder: Path) -> Starlette:
    """Return an app that closes the gateway's client and id map when it ends."""
    client, id_map = backend.client(), IdMap.open(folder / "scim.db")
    options, organization = backend.options(), backend.organization
    app = gateway(client, options=options, tokens=[TOKEN], id_map=id_map, organization=organization)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield
        await id_map.aclose()

    return Starlette(routes=[Mount("/v2", app)], lifespan=lifespan)
