"""How many requests one organization of 200 people costs, in a tenant with thousands of other accounts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import anyio
import pytest

from orgsdk import bulk
from orgsdk.bulk import Policy, UserSpec
from orgsdk.sandbox import Person
from tests.bulk.scenario import STUDENT, roster_of
from tests.reliability.event_loops import run_virtually
from tests.reliability.network import Network
from tests.reliability.servers import NAMES, Name, SimulatedServers

if TYPE_CHECKING:
    from collections.abc import Sequence

_PEOPLE, _OTHERS = 200, 2_000
POLICY = Policy(remove="membership")
# So many requests, sign-in included, of an organization where nothing changed.
UNCHANGED: dict[Name, int] = {"flat": 2, "logto": 4, "workos": 2}
# The same where 2 of 200 people are new, 2 have another name, 2 another role, and 2 left; then 5 of each.
CHANGED: dict[tuple[Name, int], int] = {
    ("flat", 2): 10,
    ("logto", 2): 26,
    ("workos", 2): 22,
    ("flat", 5): 22,
    ("logto", 5): 47,
    ("workos", 5): 49,
}

# So many more if the plan is too old for its members to be known: they are read again.
REREAD: dict[Name, int] = {"flat": 1, "logto": 3, "workos": 2}


def people() -> list[Person]:
    return [
        Person(f"x{n}", f"person{n}", f"person{n}@example.com", f"Given{n}", "Example", _role(n), "violin")
        for n in range(_PEOPLE + _OTHERS)
    ]


def _role(number: int) -> str:
    return "teacher" if number % 10 == 0 else "student"


def row(name: Name, number: int) -> UserSpec:
    username = None if name == "workos" else f"person{number}"
    role = _role(number)
    return UserSpec(
        external_id=f"x{number}" if name == "workos" else None,
        username=username,
        email=f"person{number}@example.com",
        given_name=f"Given{number}",
        family_name="Example",
        roles=(STUDENT[name] if role == "student" else role,),
        origin=f"row {number}",
    )


def changed_rows(name: Name, number: int) -> list[UserSpec]:
    """Return the roster where `number` people are new, left, have another name, and another role."""
    there = [row(name, one) for one in range(_PEOPLE - number)]
    new = [row(name, 100_000 + one) for one in range(number)]
    renamed = [replace(one, given_name="Renamed") for one in there[:number]]
    promoted = [replace(one, roles=("admin",)) for one in there[number : 2 * number]]
    return renamed + promoted + there[2 * number :] + new


def only_the_first_are_members(servers: SimulatedServers) -> None:
    """End the memberships of the other accounts; at Flat, the organization has its own accounts alone."""
    others = {person.email for person in people()[_PEOPLE:]}
    if servers.name == "logto":
        store = servers.logto.store
        for user in store.users:
            if user.primary_email in others:
                store.memberships.remove(servers.logto.organization_id, user.id)
    elif servers.name == "workos":
        own = servers.workos.store
        emails = {user.id: user.email for user in own.users}
        for membership in list(own.memberships):
            if emails[membership.user_id] in others:
                own.remove_membership(membership)


async def sync(
    servers: SimulatedServers, rows: Sequence[UserSpec], policy: Policy, reread_after: timedelta
) -> tuple[bulk.Report, int]:
    """Plan and apply with a new client. Return the report, and the number of requests that the server received."""
    before = len(servers.requests)
    async with anyio.create_task_group() as tasks:
        async with servers.client(Network(servers, tasks)) as client:
            org = servers.org(client)
            plan = await bulk.plan(org, roster_of(rows), policy)
            report = await bulk.apply(plan, org, reread_after=reread_after)
        tasks.cancel_scope.cancel()
    return report, len(servers.requests) - before


def run(
    name: Name, rows: Sequence[UserSpec], policy: Policy = POLICY, reread_after: timedelta = timedelta(seconds=10)
) -> tuple[bulk.Report, int]:
    async def main() -> tuple[bulk.Report, int]:
        servers = SimulatedServers.of(name)
        servers.seed(people()[:_PEOPLE] if name == "flat" else people())
        servers.flat.page_cap = None
        only_the_first_are_members(servers)
        report, requests = await sync(servers, rows, policy, reread_after)
        again, _ = await sync(servers, rows, policy, reread_after)
        assert again.planned == 0
        return report, requests

    found: tuple[bulk.Report, int] = run_virtually(partial(main), "asyncio")
    return found


@pytest.mark.parametrize("name", NAMES)
def test_an_organization_where_nothing_changed_is_its_list_and_no_more(name: Name) -> None:
    report, requests = run(name, [row(name, number) for number in range(_PEOPLE)])
    assert (report.planned, requests) == (0, UNCHANGED[name])


@pytest.mark.parametrize("number", [2, 5])
@pytest.mark.parametrize("name", NAMES)
def test_an_organization_where_some_people_changed(name: Name, number: int) -> None:
    policy = replace(POLICY, search="find", max_new_admins=10, max_removal_share=0.1)
    report, requests = run(name, changed_rows(name, number), policy)
    assert (report.planned, report.failed, report.skipped) == (4 * number, 0, 0)
    assert requests == CHANGED[name, number]
    _, reread = run(name, changed_rows(name, number), policy, reread_after=timedelta(0))
    assert reread == CHANGED[name, number] + REREAD[name]


@pytest.mark.parametrize("name", NAMES)
def test_the_key_of_the_rate_limit_costs_one_request_at_most(name: Name) -> None:
    async def main() -> None:
        servers = SimulatedServers.of(name)
        servers.seed()
        async with anyio.create_task_group() as tasks:
            async with servers.client(Network(servers, tasks)) as client:
                keys = [await client.provider.limit_key() for _ in range(3)]
                asked = len(servers.requests)
                await client.provider.own_user_id()  # at Flat, the same request
            tasks.cancel_scope.cancel()
        assert len(set(keys)) == 1
        assert asked == len(servers.requests) == (name == "flat")

    run_virtually(main, "asyncio")
