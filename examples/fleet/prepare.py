"""Write the rosters and the list of a fleet of six schools, which are organizations of the sandbox's three servers.

Run it in the folder of your fleet, with the settings that `orgsdk sandbox --env-file .env` wrote in the environment.
It writes `schools.csv`, which `fleet.toml` names, and one roster for each school: its users, with another name for one
of them, and two new ones. It changes nothing at the servers.
"""

from __future__ import annotations

import asyncio
import csv
import os
from pathlib import Path
from typing import TYPE_CHECKING

from orgsdk import Capability, OrgClient, OrgError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk import User

STUDENT = {"flat": "user", "logto": "student", "workos": "member"}
LOGTO_SCHOOLS, WORKOS_SCHOOLS = 3, 2
MEMBERS = 40  # of a roster; the other members of the school stay, because the fleet removes nobody


async def main() -> None:
    schools = [*await at_flat(), *await at_logto(), *await at_workos()]
    write(Path("schools.csv"), [["name", "credentials", "organization", "roster"], *schools])
    print(f"wrote schools.csv, with {len(schools)} schools, and their rosters")


async def at_flat() -> list[list[str]]:
    async with client_of("flat") as client:
        # A token of Flat belongs to one organization.
        return [await school(client, "flat-school", None)]


async def at_logto() -> list[list[str]]:
    async with client_of("logto") as client:
        found = [one async for one in client.organizations.list()][:LOGTO_SCHOOLS]
        return [await school(client, slug(one.name), one.id) for one in found]


async def at_workos() -> list[list[str]]:
    async with client_of("workos") as client:
        found = sorted([one async for one in client.organizations.list()], key=lambda one: one.name or "")
        return [await school(client, f"{slug(one.name)}-workos", one.id) for one in found[:WORKOS_SCHOOLS]]


def client_of(provider: str) -> OrgClient:
    return OrgClient.from_env(environ={**os.environ, "ORGSDK_PROVIDER": provider, "ORGSDK_ORGANIZATION": ""})


def slug(name: str | None) -> str:
    return (name or "school").lower().replace(" ", "-")


async def school(client: OrgClient, name: str, organization: str | None) -> list[str]:
    """Write the roster of a school, and return its line of `schools.csv`."""
    users = client.organization(organization).users.list(page_size=MEMBERS)
    roster = Path(f"{name}.csv")
    columns = ["username", "email", "given_name", "family_name", "roles"]
    lines = [columns, *rows((await users).items, name, STUDENT[client.provider.name])]
    has_usernames = Capability.USERS_USERNAME in client.capabilities
    write(roster, [line if has_usernames else line[1:] for line in lines])
    return [name, client.provider.name, organization or "", roster.name]


def rows(users: Iterable[User], name: str, student: str) -> list[list[str]]:
    known = [
        [user.username or "", user.email, user.given_name or "", user.family_name or "", ";".join(user.roles)]
        for user in users
        if user.email
    ]
    if known:
        known[0][2] = "Renamed"
    new = [
        [
            f"{name}-new{number}".replace("-", "_"),
            f"new{number}@{name}.example.org",
            "New",
            f"Student {number}",
            student,
        ]
        for number in (1, 2)
    ]
    return [*known, *new]


def write(path: Path, lines: Iterable[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(lines)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except (OrgError, OSError) as error:
        raise SystemExit(f"prepare: {error}") from None
