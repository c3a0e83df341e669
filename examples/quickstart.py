"""List an organization's users.

Run it with `python examples/quickstart.py` and the provider's settings in the environment. Without settings it uses the
sandbox, which needs the extra `sandbox`.
"""

from __future__ import annotations

import asyncio
import os

from orgsdk import OrgClient, OrgError
from orgsdk.providers import Flat

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")


async def main() -> None:
    async with OrgClient.from_env() as client:
        await show(client)


async def show(client: OrgClient) -> None:
    users = client.organization().users
    print(await users.count(), "users. The first five:")
    for user in await users.list(page_size=5):
        print(f"  {user.username or user.id}: {user.name or 'no name'} ({', '.join(user.roles) or 'no role'})")


async def run_in_sandbox() -> None:
    from orgsdk.sandbox import Sandbox

    print("No provider is set: this is the sandbox's Flat.")
    async with Sandbox() as sandbox, OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
        await show(client)


if __name__ == "__main__":
    is_set = any(os.environ.get(name) for name in SETTINGS)
    try:
        asyncio.run(main() if is_set else run_in_sandbox())
    except OrgError as error:
        raise SystemExit(f"quickstart: {error}") from None
