"""A file of Okta with members who are suspended, return, left, or must stay, and the accounts that must exist then.

Two of its rows are bad: one has an unknown status, which the reader finds, and one an unknown role, which the planner
finds.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orgsdk import Capability, OrgClient
from orgsdk.bulk import Plan, Policy, Roster, UserSpec, plan, read_roster
from orgsdk.sandbox import Person
from tests.bulk.scenario import STUDENT, Account

if TYPE_CHECKING:
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from tests.reliability.servers import Name

GRACE = timedelta(days=7)
POLICY = Policy(
    suspended="suspend",
    remove="membership",
    grace=GRACE,
    on_error="skip",
    max_bad_rows=2,
    max_removal_share=1.0,
    min_matched_share=0.4,
)
# Flat suspends nobody.
POLICIES: dict[Name, Policy] = {"flat": replace(POLICY, suspended="ignore"), "logto": POLICY, "workos": POLICY}
_ROLES = {
    "ada": "admin",
    "bob": "teacher",
    "cleo": "teacher",
    "dan": "teacher",
    "eve": "student",
    "fay": "student",
    "gus": "student",
    "hal": "student",
    "ivy": "student",
    "jan": "teacher",
    "kim": "student",
    "lou": "student",
    "max": "student",
    "ned": "student",
}
PEOPLE = [
    Person(name, name, f"{name}@example.com", name.title(), "Example", role, "violin") for name, role in _ROLES.items()
]
# Members who are suspended before the run.
_SUSPENDED = ("cleo", "hal", "ivy", "jan", "kim")
# An earlier plan has found this member missing: the grace period is over. The others are missing since now.
_LONG_MISSING = "eve"


def _user(user: str, role: str | None = None, status: str = "ACTIVE", given: str | None = None) -> dict[str, Any]:
    names = {"firstName": given or user.title(), "lastName": "Example"}
    profile = {"login": user, "email": f"{user}@example.com", **names, "userType": role or _ROLES[user]}
    return {"id": user, "status": status, "profile": profile}


# Eve, Fay and Kim have no row.
_FILE = [
    _user("ada"),
    _user("bob", status="SUSPENDED", given="Robert"),
    _user("cleo", "student", given="Cleopatra"),
    _user("dan", status="DEPROVISIONED"),
    # Nothing of a bad row may be written.
    _user("gus", "janitor", given="Gustav"),
    _user("hal", status="SUSPENDED"),
    _user("ivy"),
    _user("jan", status="DEPROVISIONED"),
    _user("lou", "teacher"),
    _user("max", given="Maximilian"),
    _user("ned", status="ON_LEAVE", given="Edward"),
    _user("new", "student"),
    _user("off", "student", status="SUSPENDED"),
    _user("old", "student", status="DEPROVISIONED"),
    _user("returned", "student"),
]


def _read(users: list[dict[str, Any]], name: Name) -> Roster:
    return read_roster(
        io.BytesIO(json.dumps(users).encode()),
        "okta",
        columns={"roles": "profile.userType"},
        roles={"student": STUDENT[name]},
        on_error="skip",
        complete=True,
    )


def rows(name: Name) -> list[UserSpec]:
    """Return the rows of the file that can be read."""
    return list(_read(_FILE, name).users)


def expected(name: Name) -> list[Account]:
    """Return the accounts that must exist at the end, in order."""
    suspends = name != "flat"

    def account(user: str, role: str | None, given: str | None = None, *, is_suspended: bool = False) -> Account:
        roles = None if role is None else frozenset({STUDENT[name] if role == "student" else role})
        return Account(user, f"{user}@example.com", given or user.title(), roles, is_suspended and suspends)

    found = [
        account("ada", "admin"),
        account("bob", "teacher", is_suspended=True),
        account("cleo", "student", "Cleopatra"),
        account("dan", None),
        account("eve", None),
        account("fay", "student", is_suspended=True),
        account("gus", "student"),
        account("hal", "student", is_suspended=True),
        account("ivy", "student"),
        # A removed member keeps the account, and a suspension of the whole account (Logto).
        account("jan", None, is_suspended=name == "logto"),
        account("kim", "student", is_suspended=True),
        account("lou", "teacher"),
        account("max", "student", "Maximilian"),
        account("ned", "student"),
        account("new", "student"),
        account("returned", "student"),
    ]
    return sorted(found, key=str)


async def first_plan(client: OrgClient[Provider], org: OrganizationHandle, name: Name) -> Plan:
    """Suspend members, and create the account of a former member; return the plan after the one of an earlier night."""
    if Capability.USERS_SUSPEND in client.capabilities:
        async for user in org.users.list():
            if (user.email or "").partition("@")[0] in _SUSPENDED:
                await org.users.suspend(user.id)
    suspended_by_job: list[str] = []
    if Capability.ACCOUNTS_CREATE in client.capabilities:
        key = {"external_id": "returned"} if name == "workos" else {"external_id": "returned", "username": "returned"}
        names = {"given_name": "Returned", "family_name": "Example"}
        former = await client.accounts.create(email="returned@example.com", **names, **key)
        if Capability.ACCOUNTS_SUSPEND in client.capabilities:
            await client.accounts.suspend(former.id)
            # The job did it, before the membership ended.
            suspended_by_job.append(former.id)
    present = _read([_user(user) for user in _ROLES if user != _LONG_MISSING], name)
    earlier = await plan(org, present, POLICIES[name])
    aged = {user_id: since - GRACE for user_id, since in earlier.missing.items()}
    suspended = None if earlier.suspended is None else (*earlier.suspended, *suspended_by_job)
    return await next_plan(org, name, replace(earlier, missing=aged, suspended=suspended))


async def next_plan(org: OrganizationHandle, name: Name, previous: Plan) -> Plan:
    """Return the plan of the file after another plan."""
    return await plan(org, _read(_FILE, name), POLICIES[name], previous=previous)
