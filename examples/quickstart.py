"""List an organization's users: of the provider that the environment names, or of the sandbox without one.

Run it with `python examples/quickstart.py`; it needs `orgsdk[sandbox]` where no provider is set.
"""

from __future__ import annotations

import os
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio

from orgsdk import OrgClient, OrgError
from orgsdk.providers import Flat

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")


async def main() -> None:
    async with connected() as client:
        users = client.organization().users
        print(await users.count(), "users. The first five:")
        for user in await users.list(page_size=5):
            print(f"  {user.username or user.id}: {user.name or 'no name'} ({', '.join(user.roles) or 'no role'})")


@asynccontextmanager
async def connected() -> AsyncGenerator[OrgClient]:
    """Give a client, of the sandbox where nothing is set: in a program of your own, `OrgClient.from_env()` does."""
    if any(os.environ.get(name) for name in SETTINGS):
        async with OrgClient.from_env() as client:
            yield client
        return
    from orgsdk.sandbox import Sandbox

    print("No provider is set: this is the sandbox's Flat.")
    async with Sandbox() as sandbox, OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
        yield client


if __name__ == "__main__":
    try:
        anyio.run(main)
    except OrgError as error:
        raise SystemExit(f"quickstart: {error}") from None
