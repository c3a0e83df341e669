"""One plan with every kind of write, and the accounts that the server must have after it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from orgsdk import OrgClient
from orgsdk.bulk import Plan, Policy, Roster, UserSpec, plan
from orgsdk.providers import Flat, Logto, WorkOS
from tests.reliability.servers import SEED_USERS as SEEDED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.sandbox.flat.state import FlatState
    from orgsdk.sandbox.logto.state import LogtoState
    from orgsdk.sandbox.workos.records import StoredUser
    from orgsdk.sandbox.workos.state import WorkOSState
    from tests.reliability.servers import Name

# The users of the workload, with readable usernames.
PEOPLE = [
    replace(person, username=name, email=f"{name}@example.com", external_id=name)
    for person in SEEDED
    for name in [person.first_name.lower()]
]
STUDENT: dict[Name, str] = {"flat": "user", "logto": "student", "workos": "student"}
POLICY = Policy(remove="membership", max_removal_share=1.0)


@dataclass(frozen=True, slots=True)
class Account:
    """One account at the server; `roles` is None if it is not a member.

    WorkOS has no usernames. There, `username` is the external id, and a suspension is one of the membership.
    """

    username: str | None
    email: str | None
    given_name: str | None
    roles: frozenset[str] | None
    is_suspended: bool = False


def rows(name: Name) -> list[UserSpec]:
    """Return the roster: unchanged and changed members, one that frees a value another takes, and new users."""
    student = STUDENT[name]

    def row(username: str, email: str, given: str, role: str) -> UserSpec:
        key: dict[str, Any] = {"external_id" if name == "workos" else "username": username}
        return UserSpec(**key, email=email, given_name=given, roles=(role,), origin=f"row of {username}")

    found = [
        row("ada", "ada@example.com", "Ada", "admin"),
        row("bob", "bob@example.com", "Robert", "teacher"),
        row("cleo", "cleo@example.com", "Cleo", student),
        row("dan", "daniel@example.com", "Dan", "teacher"),
        row("eve", "eve@example.com", "Eve", student),
        *(row(f"new_{n}", f"new{n}@example.com", f"New{n}", ("teacher", student)[n % 2]) for n in range(6)),
    ]
    if name != "flat":
        found += [row(f"out_{n}", f"out{n}@example.com", f"Out{n}", "teacher") for n in range(2)]
    return found


def name_of(row: UserSpec) -> str | None:
    """Return the username of a row, or its external id."""
    return row.username or row.external_id


def expected(name: Name) -> list[Account]:
    """Return the accounts that must exist at the end, in order."""
    found = [Account(name_of(row), row.email, row.given_name, frozenset(row.roles or ())) for row in rows(name)]
    # A removed member keeps the account.
    gone = [Account(n, f"{n}@example.com", n.title(), None) for n in ("fay", "gus")]
    return sorted(found + gone, key=str)


class Server(Protocol):
    """Anything with the state of each server: a sandbox, or servers in memory."""

    flat: FlatState
    logto: LogtoState
    workos: WorkOSState


def accounts_at(sandbox: Server, name: Name) -> list[Account]:
    """Return the accounts at the server, in order."""
    if name == "flat":
        members = [_of_flat(one, frozenset({one.role})) for one in sandbox.flat.users.values()]
        gone = [_of_flat(one, None) for one in sandbox.flat.individuals.values()]
        return sorted(members + gone, key=str)
    if name == "workos":
        return sorted((_of_workos(one, sandbox.workos) for one in sandbox.workos.store.users), key=str)
    state = sandbox.logto
    found: list[Account] = []
    for one in state.store.users:
        held = state.store.memberships.role_ids(state.organization_id, one.id)
        roles = None if held is None else frozenset(role.name for role in state.store.member_roles(held))
        given = str(one.profile["givenName"]) if "givenName" in one.profile else None
        found.append(Account(one.username, one.primary_email, given, roles, one.is_suspended))
    return sorted(found, key=str)


def _of_flat(one: Any, roles: frozenset[str] | None) -> Account:
    return Account(one.username, one.email, one.firstname, roles)


def _of_workos(one: StoredUser, state: WorkOSState) -> Account:
    held = state.store.memberships.first("both", (one.id, state.organization_id))
    roles = None if held is None else frozenset(held.role_slugs)
    is_suspended = held is not None and held.status == "inactive"
    return Account(one.external_id, one.email, one.first_name, roles, is_suspended)


def client_of(sandbox: Sandbox, name: Name) -> OrgClient[Provider]:
    """Return a client of the sandbox."""
    provider: Provider
    if name == "flat":
        provider = Flat(sandbox.flat.token, base_url=sandbox.flat_url)
    elif name == "workos":
        provider = WorkOS(sandbox.workos.api_key, base_url=sandbox.workos_url)
    else:
        logto = sandbox.logto
        provider = Logto(sandbox.logto_url, app_id=logto.app_id, app_secret=logto.app_secret)
    return OrgClient(provider, organization=str(getattr(sandbox, name).organization_id))


async def make_plan(client: OrgClient[Provider], org: OrganizationHandle, name: Name) -> Plan:
    """Return the plan for a new server; but for Flat, two users of the roster have an account before."""
    for row in rows(name):
        if (name_of(row) or "").startswith("out_"):
            key = {"external_id": row.external_id} if name == "workos" else {"username": row.username}
            await client.accounts.create(email=row.email, given_name=row.given_name, **key)
    return await plan(org, roster_of(rows(name)), POLICY)


def roster_of(people: Iterable[UserSpec]) -> Roster:
    """Return a complete roster."""
    return Roster(tuple(people), "test", "0" * 64)
