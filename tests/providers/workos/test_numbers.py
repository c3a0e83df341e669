"""How many requests a list of 1,000 members takes, and a roster of new members."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import Policy, UserSpec, apply, plan
from orgsdk.sandbox import Person
from orgsdk.sandbox.workos.variants import DOCUMENT, EMULATOR
from tests.reliability.counters import COUNTS
from tests.reliability.event_loops import run_virtually
from tests.reliability.servers import SimulatedServers
from tests.reliability.simulation import capable_steps, run_step, scenario_of, without_faults

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.sandbox.workos.variants import Variant

MEMBERSHIPS = "GET /user_management/organization_memberships"
PEOPLE = [Person(f"x{n}", f"u{n}", f"u{n}@example.com", "Ada", "Example", "student", None) for n in range(1000)]


@pytest.mark.undocumented("the emulator has requests that the document does not have")
@pytest.mark.parametrize(
    ("variant", "expected"),
    # The emulator's memberships have no users, who are read from their own list.
    [(DOCUMENT, {MEMBERSHIPS: 10}), (EMULATOR, {MEMBERSHIPS: 10, "GET /user_management/users": 10})],
    ids=["document", "emulator"],
)
def test_a_thousand_members_with_roles_are_ten_requests(variant: Variant, expected: dict[str, int]) -> None:
    async def main() -> Counter[str]:
        servers = SimulatedServers.of("workos")
        async with scenario_of(servers) as (scenario, _):
            servers.seed(PEOPLE)
            servers.workos.variant = variant
            users = await scenario.org.users.list().collect()
        assert {user.email for user in users} == {person.email for person in PEOPLE}
        assert {user.roles for user in users} == {("student",)}
        return Counter(f"{request.method} {request.path}" for request in servers.requests)

    assert run_virtually(main, "asyncio") == expected


async def _requests_for(count: int, folder: Path) -> Counter[str]:
    """Create members from a roster, and return the number of requests of each kind, those of the plan included."""
    servers = SimulatedServers.of("workos")
    rows = [UserSpec(email=f"n{n}@example.com", given_name=f"N{n}", roles=("teacher",)) for n in range(count)]
    async with scenario_of(servers) as (scenario, _):
        before = len(scenario.users())
        report = await apply(await plan(scenario.org, rows, Policy()), scenario.org, journal=folder / "journal")
        assert (report.created, report.failed) == (count, 0)
        users = scenario.users()
    assert len(users) == before + count
    assert sum(user.roles == {"teacher"} for user in users if (user.email or "").startswith("n")) == count
    return Counter(f"{request.method} {request.path}" for request in servers.requests)


@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.proof)])
def test_a_roster_of_new_members_takes_two_requests_each(count: int, tmp_path: Path) -> None:
    requests: Counter[str] = run_virtually(partial(_requests_for, count, tmp_path), "asyncio")
    COUNTS.append(f"requests for {count} new members at WorkOS: {requests.total()}, {dict(requests)}")
    assert requests.total() <= 2.05 * count


# The requests of docs/providers/workos.md. `+ 1` reads the roles of the organization, once for each provider object.
VERBS = {
    "users.get": 1,
    "users.find(email=)": 2,
    "users.list_roles": 2,
    "users.create": 2 + 1,
    "users.add": 1 + 1,
    "users.update": 2,
    "users.set_roles": 2 + 1,
    "users.suspend": 2,
    "users.remove(keep)": 2,
    "users.remove(delete)": 2,
    "accounts.get": 1,
    "accounts.find": 1,
    "accounts.create": 1,
    "accounts.update": 1,
    "accounts.remove": 1,
    "accounts.list_organizations": 1,
    "invitations.create": 1 + 1,
    "invitations.resend": 2,
    "invitations.accept": 3,
    "invitations.revoke": 2,
    "organizations.create": 1,
    "organizations.update": 1,
    "organizations.remove": 1,
    "roles.create": 2,
    "roles.update": 3,
}


def test_each_call_takes_the_documented_number_of_requests() -> None:
    async def main() -> dict[str, int]:
        servers, found = SimulatedServers.of("workos"), {}
        for step in capable_steps("workos"):
            if step.name in VERBS:
                verdict, network = await run_step(servers, step, without_faults)
                assert verdict.wrong is None
                found[step.name] = network.sent
        return found

    assert run_virtually(main, "asyncio") == VERBS
