"""Make an organization match a roster, every night: plan, guard, apply, report.

Run it with `python examples/nightly.py roster.csv` and the provider's settings in the environment. The file is like the
one of the tutorial docs/tutorials/roster.md: set `IGNORE` and `ROLES` to what your file has. Without both it uses the
sandbox, which needs the extra `sandbox`, and a roster in which two users are new, one has another name and one has
left.
"""

from __future__ import annotations

import asyncio
import csv
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from orgsdk import OrgClient, OrgError, bulk
from orgsdk.providers import Flat

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")
IGNORE = ["group"]  # columns that the provider has nothing for
ROLES = {"student": "user"}  # a role's name in the file, and the provider's
POLICY = bulk.Policy(remove="membership", max_removal_share=0.02, protect=("*@staff.example.org",))


async def run(roster: Path) -> int:
    async with OrgClient.from_env() as client:
        # The journal, the audit file and the last plan are kept in the roster's folder, for the next night.
        return await match(client.organization(), roster, roster.parent)


async def run_in_sandbox() -> int:
    from orgsdk.sandbox import Sandbox

    print("No provider is set: this is the sandbox's Flat, with a generated roster.")
    async with Sandbox() as sandbox, OrgClient(Flat(sandbox.flat.token, base_url=sandbox.flat_url)) as client:
        with TemporaryDirectory() as name:
            org, folder = client.organization(), Path(name)
            return await match(org, await write_roster(org, folder / "roster.csv"), folder)


async def match(org: OrganizationHandle, roster: Path, folder: Path) -> int:
    journal = folder / "nightly.journal"
    if journal.exists():
        # The last run was interrupted: finish it first.
        print("Resumed:", (await bulk.resume(journal, org)).summary())
        journal.unlink()

    last = folder / "plan.json"
    previous = bulk.Plan.load(last) if last.exists() else None
    plan = await bulk.plan(org, bulk.read_csv(roster, ignore=IGNORE, roles=ROLES), POLICY, previous=previous)
    plan.save(last)
    print(plan.summary())

    report = await bulk.apply(plan, org, journal=journal, audit=folder / "audit.jsonl")
    print(report.summary())
    for outcome in report.failures:
        print(f"{outcome.write.origin}: {outcome.reason}")
    if not report.failed:
        journal.unlink()
    return 1 if report.failed else 0


async def write_roster(org: OrganizationHandle, path: Path) -> Path:
    """Write a roster with some changes to the sandbox's users."""
    users = await org.users.list(complete=True).collect()
    names = {role: name for name, role in ROLES.items()}
    rows = [
        [user.username, user.email, user.given_name, user.family_name, names.get(user.roles[0], user.roles[0]), ""]
        for user in users[:-1]
    ]
    rows[0][3] = "Newname"
    rows += [
        [f"newcomer{number}", f"newcomer{number}@example.org", "New", "Person", "student", ""] for number in (1, 2)
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["username", "email", "first_name", "last_name", "role", "group"], *rows])
    return path


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            status = asyncio.run(run(Path(sys.argv[1])))
        elif any(os.environ.get(name) for name in SETTINGS):
            raise SystemExit("nightly: pass a roster, a CSV file")
        else:
            status = asyncio.run(run_in_sandbox())
    except (OrgError, OSError) as error:
        raise SystemExit(f"nightly: {error}") from None
    raise SystemExit(status)
