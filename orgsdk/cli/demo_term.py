"""The end of `orgsdk demo`: a new term begins, and each provider is made to match the roster of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from orgsdk import bulk
from orgsdk.client import OrgClient

if TYPE_CHECKING:
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Person, Sandbox

CODE = (
    "plan = await bulk.plan(organization, roster, policy)",
    "report = await bulk.apply(plan, organization)",
)
POLICY = bulk.Policy(remove="membership")
_NEW, _LEAVING = 3, 2
# Of fewer, the guard would refuse to remove so many: they would be over 5 %.
_ENOUGH = 100
_ROLES = {"flat": {"student": "user"}}


@dataclass(frozen=True, slots=True)
class Term:
    """Hold what became of one provider's organization."""

    plan: bulk.Plan
    report: bulk.Report
    requests: int
    again: bulk.Plan
    expected: int

    @property
    def holds(self) -> bool:
        """Tell whether what was planned was done, all of it, and nothing is left to do."""
        done = self.report.planned == self.expected and not (self.report.failed or self.report.skipped)
        return done and self.again.is_empty


async def begin_term(sandbox: Sandbox, provider: str, variables: dict[str, str], people: list[Person]) -> Term:
    """Make one provider match the roster of the new term."""
    roster = new_roster(people, _ROLES.get(provider, {}))
    async with OrgClient.from_env(variables) as client:
        organization = client.organization()
        sandbox.requests.clear()
        plan, report = await match(organization, roster, POLICY)
        requests = sum(not exchange.path.endswith("/token") for exchange in sandbox.requests)
        again = await bulk.plan(organization, roster, POLICY)
    leaving = _LEAVING if len(people) >= _ENOUGH else 0
    return Term(plan, report, requests, again, _NEW + leaving + bool(people))


async def match(
    organization: OrganizationHandle, roster: list[bulk.UserSpec], policy: bulk.Policy
) -> tuple[bulk.Plan, bulk.Report]:
    """Make an organization match a roster: the code that both providers have in common."""
    plan = await bulk.plan(organization, roster, policy)
    report = await bulk.apply(plan, organization)
    return plan, report


def new_roster(people: list[Person], roles: dict[str, str]) -> list[bulk.UserSpec]:
    """Give the roster of the new term: somebody has another name, three are new, and of many two have left."""
    staying = people[:-_LEAVING] if len(people) >= _ENOUGH else people
    known = [
        bulk.UserSpec(
            username=person.username,
            email=person.email,
            given_name=person.first_name,
            family_name=person.last_name if number else "Newname",
            roles=(roles.get(person.role, person.role),),
        )
        for number, person in enumerate(staying)
    ]
    new = [
        bulk.UserSpec(
            username=f"orgsdk_demo_{number}",
            email=f"orgsdk_demo_{number}@example.org",
            given_name="New",
            family_name=f"Person {number}",
            roles=(roles.get("student", "student"),),
        )
        for number in range(1, _NEW + 1)
    ]
    return [*known, *new]
