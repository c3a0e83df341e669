"""Bring the people of a Flat organization to a Logto organization, as often as you like: nobody is made twice.

Run it with `python examples/move_providers.py`. Without the environment set it works on the sandbox, which needs
`orgsdk[sandbox]`. With `FLAT_ACCESS_TOKEN`, `LOGTO_ENDPOINT`, `LOGTO_APP_ID`, `LOGTO_APP_SECRET` and
`ORGSDK_ORGANIZATION` (Logto's) set it shows what it would do, and does it with `--apply`.
"""

from __future__ import annotations

import os
import sys
from contextlib import AsyncExitStack

import anyio

from orgsdk import OrgClient, OrgError, bulk
from orgsdk.providers import Flat, Logto

SETTINGS = ("FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")
ROLES = {"user": "student", "accountAdmin": "admin"}  # Flat's names to those of this Logto organization


async def main() -> None:
    async with AsyncExitStack() as stack:
        environ, is_real = dict(os.environ), any(os.environ.get(name) for name in SETTINGS)
        if not is_real:
            from orgsdk.sandbox import Sandbox

            print("No provider is set: these are the sandbox's Flat and Logto.")
            sandbox = await stack.enter_async_context(Sandbox())
            environ |= {
                "FLAT_ACCESS_TOKEN": sandbox.flat.token,
                "FLAT_BASE_URL": sandbox.flat_url,
                "LOGTO_ENDPOINT": sandbox.logto_url,
                "LOGTO_APP_ID": sandbox.logto.app_id,
                "LOGTO_APP_SECRET": sandbox.logto.app_secret,
                "ORGSDK_ORGANIZATION": sandbox.logto.organization_id,
            }
        flat = await stack.enter_async_context(OrgClient(Flat.from_env(environ)))
        logto = await stack.enter_async_context(OrgClient(Logto.from_env(environ)))
        if not is_real:
            await flat.organization().users.create(username="newcomer", email="newcomer@example.org", roles=["user"])
        await move(flat, logto, environ.get("ORGSDK_ORGANIZATION", ""), apply=not is_real or "--apply" in sys.argv)


async def move(flat: OrgClient[Flat], logto: OrgClient[Logto], organization_id: str, *, apply: bool) -> None:
    there = logto.organization(organization_id)
    roster = await bulk.from_users(flat.organization().users.list(complete=True), roles=ROLES)
    plan = await bulk.plan(there, roster)
    print(plan.summary())
    print(plan.table(limit=10))
    if not apply:
        print("To do it: python examples/move_providers.py --apply")
        return
    report = await bulk.apply(plan, there)
    print(report.summary())
    for outcome in report.failures:
        print(f"{outcome.write.origin}: {outcome.reason}")


if __name__ == "__main__":
    try:
        anyio.run(main)
    except OrgError as error:
        raise SystemExit(f"move_providers: {error}") from None
