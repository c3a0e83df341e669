"""A verb that gets an empty list has nothing to do: no provider is called."""

from __future__ import annotations

import pytest

from orgsdk import InvalidArgumentError, OrgClient
from orgsdk.providers import Flat, Logto

pytestmark = pytest.mark.anyio

# Nothing listens on this port: a request would raise.
ADDRESS = "http://127.0.0.1:9"


@pytest.mark.parametrize("verb", ["add_roles", "remove_roles"])
@pytest.mark.parametrize("empty", [[], (), set()])
@pytest.mark.parametrize("name", ["flat", "logto"])
async def test_no_roles_send_nothing(name: str, verb: str, empty: object) -> None:
    provider: Flat | Logto
    provider = Flat("t", base_url=f"{ADDRESS}/v2") if name == "flat" else Logto(ADDRESS, app_id="a", app_secret="s")
    async with OrgClient(provider, max_attempts=1) as client:
        users = client.organization("5f1e0c9b2a3d4e5f6a7b8c9d").users
        if f"users.{verb}" in client.capabilities:
            await getattr(users, verb)("5f1e0c9b2a3d4e5f6a7b8c9d", empty)
            with pytest.raises(InvalidArgumentError):
                await getattr(users, verb)("", empty)
