"""The workloads of the proofs of `apply`: ordinary changes, and departures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgsdk.bulk import plan
from tests.bulk import departures, scenario

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from orgsdk import OrgClient
    from orgsdk.bulk import Plan, UserSpec
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Person
    from tests.bulk.scenario import Account
    from tests.reliability.servers import Name


@dataclass(frozen=True, slots=True)
class Workload:
    """A server's first users, a roster, its plans, and the accounts that the server must have at the end, in order.

    `first_plan` prepares the server too. `next_plan` plans the same roster after another plan.
    """

    people: Sequence[Person]
    rows: Callable[[Name], Sequence[UserSpec]]
    expected: Callable[[Name], list[Account]]
    first_plan: Callable[[OrgClient[Provider], OrganizationHandle, Name], Awaitable[Plan]]
    next_plan: Callable[[OrganizationHandle, Name, Plan], Awaitable[Plan]]


async def _plan_again(org: OrganizationHandle, name: Name, _previous: Plan) -> Plan:
    return await plan(org, scenario.roster_of(scenario.rows(name)), scenario.POLICY)


WORKLOADS: Mapping[str, Workload] = {
    "apply": Workload(scenario.PEOPLE, scenario.rows, scenario.expected, scenario.make_plan, _plan_again),
    "departures": Workload(
        departures.PEOPLE, departures.rows, departures.expected, departures.first_plan, departures.next_plan
    ),
}
