"""A roster of members who are suspended, return, left, or must stay, and the accounts that must exist then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from orgsdk import Capability, OrgClient
from orgsdk.bulk import Plan, Policy, UserSpec, plan
from orgsdk.sandbox import Person
from tests.bulk.scenario import Account, roster_of

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
    max_bad_rows=1,
    max_removal_share=1.0,
)
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
}
PEOPLE = [
    Person(name, name, f"{name}@example.com", name.title(), "Example", role, "violin") for name, role in _ROLES.items()
]
# Members who are suspended before the run.
_SUSPENDED = ("cleo", "hal", "ivy", "jan", "kim")
# An earlier plan has found this member missing: the grace period is over. The others are missing since now.
_LONG_MISSING = "eve"


def _row(name: Name, user: str, role: str | None = None, **values: Any) -> UserSpec:
    key = {"external_id" if name == "workos" else "username": user}
    values = {"email": f"{user}@example.com", "given_name": user.title(), **key, **values}
    return UserSpec(**values, roles=(role or _ROLES[user],), origin=f"row of {user}")


def rows(name: Name) -> list[UserSpec]:
    """Return the roster. Eve, Fay and Kim have no row."""
    return [
        _row(name, "ada"),
        _row(name, "bob", given_name="Robert", state="suspended", word="LOCKED"),
        _row(name, "cleo", "student", given_name="Cleopatra"),
        _row(name, "dan", state="gone"),
        # The unknown role makes the row bad: nothing of it may be written.
        _row(name, "gus", "janitor", given_name="Gustav"),
        _row(name, "hal", state="suspended"),
        _row(name, "ivy"),
        _row(name, "jan", state="gone"),
        _row(name, "lou", "teacher"),
        _row(name, "max", given_name="Maximilian"),
        _row(name, "new", "student"),
        _row(name, "off", "student", state="suspended"),
        _row(name, "old", "student", state="gone"),
        _row(name, "returned", "student"),
    ]


def expected(name: Name) -> list[Account]:
    """Return the accounts that must exist at the end, in order."""

    def account(user: str, role: str | None, given: str | None = None, *, is_suspended: bool = False) -> Account:
        roles = None if role is None else frozenset({role})
        return Account(user, f"{user}@example.com", given or user.title(), roles, is_suspended)

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
        account("new", "student"),
        account("returned", "student"),
    ]
    return sorted(found, key=str)


async def first_plan(client: OrgClient[Provider], org: OrganizationHandle, name: Name) -> Plan:
    """Suspend members, and create the account of a former member; return the plan after the one of an earlier night."""
    async for user in org.users.list():
        if (user.email or "").partition("@")[0] in _SUSPENDED:
            await org.users.suspend(user.id)
    key = {"external_id" if name == "workos" else "username": "returned"}
    former = await client.accounts.create(email="returned@example.com", given_name="Returned", **key)
    if Capability.ACCOUNTS_SUSPEND in client.capabilities:
        await client.accounts.suspend(former.id)
    present = [_row(name, user) for user in _ROLES if user != _LONG_MISSING]
    earlier = await plan(org, roster_of(present), POLICY)
    aged = {user_id: since - GRACE for user_id, since in earlier.missing.items()}
    return await next_plan(org, name, replace(earlier, missing=aged))


async def next_plan(org: OrganizationHandle, name: Name, previous: Plan) -> Plan:
    """Return the plan of the roster after another plan."""
    return await plan(org, roster_of(rows(name)), POLICY, previous=previous)
