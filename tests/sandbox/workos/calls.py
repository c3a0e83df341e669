"""Calls that many tests make."""

from typing import Any

import httpx

USERS = "/user_management/users"
MEMBERSHIPS = "/user_management/organization_memberships"
INVITATIONS = "/user_management/invitations"
ROLES = "/authorization/roles"


async def make_user(api: httpx.AsyncClient, email: str, **fields: object) -> dict[str, Any]:
    """Create a user, and return it."""
    response = await api.post("/user_management/users", json={"email": email, **fields})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def make_organization(api: httpx.AsyncClient, name: str, **fields: object) -> dict[str, Any]:
    """Create an organization, and return it."""
    response = await api.post("/organizations", json={"name": name, **fields})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


def codes(response: httpx.Response) -> tuple[int, str | None]:
    """Return the status and the code of an error."""
    return response.status_code, response.json().get("code")


async def make_membership(
    api: httpx.AsyncClient, user_id: str, organization_id: str, **fields: object
) -> dict[str, Any]:
    """Create a membership, and return it."""
    response = await api.post(MEMBERSHIPS, json={"user_id": user_id, "organization_id": organization_id, **fields})
    assert response.status_code == 201, response.text
    made: dict[str, Any] = response.json()
    return made


async def events(api: httpx.AsyncClient) -> list[str]:
    """Return the names of all events, oldest first."""
    response = await api.get("/events", params={"limit": 100, "order": "asc"})
    return [each["event"] for each in response.json()["data"]]
