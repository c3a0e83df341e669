"""Copy the users of a Flat organization to a Logto organization. You can repeat it; it creates no user twice.

Run it with `python examples/move_providers.py`. Without settings in the environment it uses the sandbox, which needs
the extra `sandbox`. With `FLAT_ACCESS_TOKEN`, `LOGTO_ENDPOINT`, `LOGTO_APP_ID`, `LOGTO_APP_SECRET` and
`ORGSDK_ORGANIZATION` (Logto's) it shows the plan, and applies it with `--apply`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING

from orgsdk import OrgClient, OrgError, bulk
from orgsdk.providers import Flat, Logto

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

SETTINGS = ("FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")
ROLES = {"user": "student", "accountAdmin": "admin"}  # Flat's role names to those of this Logto organization


async def main() -> int:
    flat = OrgClient(Flat.from_env(os.environ))
    logto = OrgClient(Logto.from_env(os.environ), organization=os.environ.get("ORGSDK_ORGANIZATION") or None)
    async with flat, logto:
        return await move(flat.organization(), logto.organization(), apply="--apply" in sys.argv)


async def run_in_sandbox() -> int:
    from orgsdk.sandbox import Sandbox

    print("No provider is set: these are the sandbox's Flat and Logto.")
    async with Sandbox() as sandbox:
        flat = OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url))
        state = sandbox.logto
        logto = OrgClient(Logto(sandbox.logto_url, app_id=state.app_id, app_secret=state.app_secret))
        async with flat, logto:
            await flat.organization().users.create(username="newcomer", email="newcomer@example.org", roles=["user"])
            return await move(flat.organization(), logto.organization(state.organization_id), apply=True)


async def move(source: OrganizationHandle, target: OrganizationHandle, *, apply: bool) -> int:
    roster = await bulk.from_users(source.users.list(complete=True), roles=ROLES)
    plan = await bulk.plan(target, roster)
    print(plan.summary())
    print(plan.table(limit=10))
    if not apply:
        print("To do it: python examples/move_providers.py --apply")
        return 0
    report = await bulk.apply(plan, target)
    print(report.summary())
    for outcome in report.failures:
        print(f"{outcome.write.origin}: {outcome.reason}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    is_set = any(os.environ.get(name) for name in SETTINGS)
    try:
        status = asyncio.run(main() if is_set else run_in_sandbox())
    except OrgError as error:
        raise SystemExit(f"move_providers: {error}") from None
    raise SystemExit(status)
