"""Make an organization match a roster, every night: plan, guard, apply, report.

Run it with `python examples/nightly.py [roster.csv]`. Without the environment set it works on the sandbox, with a
roster in which two people are new, one has another name and one has left; it needs `orgsdk[sandbox]` for that.
"""

from __future__ import annotations

import csv
import os
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import anyio

from orgsdk import OrgClient, OrgError, bulk

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle

SETTINGS = ("ORGSDK_PROVIDER", "FLAT_ACCESS_TOKEN", "LOGTO_ENDPOINT")
POLICY = bulk.Policy(remove="membership", max_removal_share=0.02, protect=("*@staff.example.org",))


async def main(roster: Path | None, folder: Path) -> int:
    async with AsyncExitStack() as stack:
        environ = dict(os.environ)
        if not any(environ.get(name) for name in SETTINGS):
            from orgsdk.sandbox import Sandbox

            print("No provider is set: this is the sandbox's Flat, and a roster that is made for it.")
            sandbox = await stack.enter_async_context(Sandbox())
            environ |= {"FLAT_ACCESS_TOKEN": sandbox.flat.token, "FLAT_BASE_URL": sandbox.flat_url}
        client = await stack.enter_async_context(OrgClient.from_env(environ))
        band = client.organization()
        return await match(band, roster or await tomorrow(band, folder / "roster.csv"), folder)


async def match(band: OrganizationHandle, roster: Path, folder: Path) -> int:
    journal = folder / "nightly.journal"
    if journal.exists():
        # Last night's run did not end: what it began is looked up first, and the rest of it done.
        print("Resumed:", (await bulk.resume(journal, band)).summary())
        journal.unlink()

    last = folder / "plan.json"
    previous = bulk.Plan.load(last) if last.exists() else None
    plan = await bulk.plan(band, bulk.read_csv(roster), POLICY, previous=previous)
    plan.save(last)
    print(plan.summary())

    report = await bulk.apply(plan, band, journal=journal, audit=folder / "audit.jsonl")
    print(report.summary())
    for outcome in report.failures:
        print(f"{outcome.write.origin}: {outcome.reason}")
    if not report.failed:
        journal.unlink()
    return 1 if report.failed else 0


async def tomorrow(band: OrganizationHandle, path: Path) -> Path:
    """Write the roster of the sandbox's next day."""
    users = await band.users.list(complete=True).collect()
    rows = [[user.username, user.email, user.given_name, user.family_name, *user.roles] for user in users[:-1]]
    rows[0][3] = "Newname"
    rows += [[f"newcomer{number}", f"newcomer{number}@example.org", "New", "Person", "user"] for number in (1, 2)]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["username", "email", "given_name", "family_name", "roles"], *rows])
    return path


if __name__ == "__main__":
    try:
        if len(sys.argv) > 1:
            # Journal, audit and the last plan stay beside the roster, for the next night.
            given = Path(sys.argv[1])
            raise SystemExit(anyio.run(main, given, given.parent))
        with TemporaryDirectory() as made:
            raise SystemExit(anyio.run(main, None, Path(made)))
    except OrgError as error:
        raise SystemExit(f"nightly: {error}") from None
