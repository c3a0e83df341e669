"""List an organization's users: of the provider that the environment names, or of the sandbox without one.

Run it with `python examples/quickstart.py`; it needs `orgsdk[sandbox]` where no provider is set.
"""

from __future__ import annotations

import os
from contextlib import AsyncExitStack

import anyio

from orgsdk import ConfigurationError, OrgClient
from orgsdk.sandbox import Sandbox

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")


async def main() -> None:
    async with AsyncExitStack() as stack:
        environ = dict(os.environ)
        if not any(environ.get(name) for name in SETTINGS):
            print("No provider is set: this is the sandbox's Flat.")
            sandbox = await stack.enter_async_context(Sandbox())
            environ |= {"FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url}
        client = await stack.enter_async_context(OrgClient.from_env(environ))
        users = client.organization().users
        print(await users.count(), "users. The first five:")
        for user in await users.list(page_size=5):
            print(f"  {user.username or user.id}: {user.name or 'no name'} ({', '.join(user.roles) or 'no role'})")


if __name__ == "__main__":
    try:
        anyio.run(main)
    except ConfigurationError as error:
        raise SystemExit(f"quickstart: {error}") from None
