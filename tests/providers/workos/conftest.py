"""A WorkOS whose responses a test writes: a client of it, and the requests that it received."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk import OrgClient
from orgsdk.providers.workos import WorkOS
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from orgsdk.resources import OrganizationHandle

NOW = "2026-08-07T12:00:00.000Z"
ORG = "org_01"


def user(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a user of WorkOS."""
    return {
        "object": "user",
        "id": f"user_{number:02}",
        "email": f"u{number}@example.com",
        "first_name": "Ada",
        "last_name": None,
        "name": None,
        "email_verified": False,
        "profile_picture_url": None,
        "external_id": None,
        "metadata": {},
        "last_sign_in_at": None,
        "locale": None,
        "created_at": NOW,
        "updated_at": NOW,
        **fields,
    }


def membership(number: int = 1, role: str = "member", status: str = "active", **fields: Any) -> dict[str, Any]:
    """Return a membership of the organization `ORG`, with its user."""
    return {
        "object": "organization_membership",
        "id": f"om_{number:02}",
        "user_id": f"user_{number:02}",
        "organization_id": ORG,
        "status": status,
        "directory_managed": False,
        "role": {"slug": role},
        "roles": [{"slug": role}],
        "user": user(number),
        "created_at": NOW,
        "updated_at": NOW,
        **fields,
    }


def invitation(number: int = 1, state: str = "pending", **fields: Any) -> dict[str, Any]:
    """Return an invitation to the organization `ORG`."""
    return {
        "object": "invitation",
        "id": f"invitation_{number:02}",
        "email": f"u{number}@example.com",
        "state": state,
        "organization_id": ORG,
        "role_slug": "member",
        "inviter_user_id": None,
        "accepted_user_id": None,
        "accepted_at": None,
        "revoked_at": None,
        "expires_at": "2026-08-14T12:00:00.000Z",
        "token": "tok-of-the-invitation",
        "accept_invitation_url": "https://auth.example.com/?invitation_token=tok-of-the-invitation",
        "created_at": NOW,
        "updated_at": NOW,
        **fields,
    }


def organization(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return an organization of WorkOS."""
    return {
        "object": "organization",
        "id": f"org_{number:02}",
        "name": f"School {number}",
        "domains": [],
        "metadata": {},
        "external_id": None,
        "created_at": NOW,
        "updated_at": NOW,
        **fields,
    }


def role(slug: str, kind: str = "EnvironmentRole", **fields: Any) -> dict[str, Any]:
    """Return a role of WorkOS."""
    return {
        "object": "role",
        "id": f"role_{slug}",
        "slug": slug,
        "name": slug.title(),
        "description": None,
        "type": kind,
        "resource_type_slug": "organization",
        "permissions": [],
        "created_at": NOW,
        "updated_at": NOW,
        **fields,
    }


def listed(*items: dict[str, Any], after: str | None = None) -> dict[str, Any]:
    """Return a page of a list."""
    return {"object": "list", "data": [*items], "list_metadata": {"before": None, "after": after}}


@dataclass
class Server:
    """A WorkOS that answers each request with the next response of its route.

    The last response of a route is repeated. An exception is raised instead, and a function is called for one.
    """

    routes: dict[str, list[Any]] = field(default_factory=dict)
    received: list[httpx.Request] = field(default_factory=list)

    def on(self, route: str, *responses: Any) -> None:
        """Set the responses of a route, such as ``GET /organizations``: bodies, or pairs of status and body."""
        self.routes[route] = [*responses]

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        route = f"{request.method} {request.url.path}"
        responses = self.routes.get(route)
        if responses is None:
            pytest.fail(f"unexpected request: {route}")
        found = responses.pop(0) if len(responses) > 1 else responses[0]
        if callable(found):
            found = found(request)
        if isinstance(found, Exception):
            raise found
        status, body = found if isinstance(found, tuple) else (200, found)
        headers = {"x-request-id": "req_1"}
        if body is None:
            return httpx.Response(status, headers=headers)
        return httpx.Response(status, json=body, headers=headers)

    @property
    def calls(self) -> list[str]:
        """Return the requests that were received, without their queries."""
        return [f"{request.method} {request.url.path}" for request in self.received]

    def body(self, index: int = -1) -> Any:
        """Return the body of a request."""
        return json.loads(self.received[index].content)

    def query(self, index: int = -1) -> dict[str, str]:
        """Return the query of a request."""
        return dict(self.received[index].url.params)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[OrgClient[WorkOS]]:
    async with (
        mock_client(server.handle) as http,
        OrgClient(WorkOS("sk_test_1", http_client=http), max_attempts=1) as client,
    ):
        yield client


@pytest.fixture
def org(client: OrgClient[WorkOS]) -> OrganizationHandle:
    return client.organization(ORG)


@pytest.fixture
def lost() -> Callable[[], Exception]:
    """Return a function that creates the error of a response that was lost."""
    return lambda: httpx.ReadError("the connection was closed")
