"""The reference workload as one list, and its writes to organizations and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.domain import Capability as Can
from tests.reliability.scenario import Scenario, Step
from tests.reliability.workload_reads import READING
from tests.reliability.workload_writes import ACCOUNTS, INVITATIONS, MEMBERS

if TYPE_CHECKING:
    from orgsdk.domain import Capability

_TRIO = "String Trio"
_HEAD = "head of strings"


def _trios(scenario: Scenario) -> list[str]:
    found = scenario.servers.logto.store.organizations
    return [one.id for one in found if one.name == _TRIO and one.description == "three"]


async def _make_trio(scenario: Scenario) -> None:
    scenario.notes["trio"] = (await scenario.direct_client.organizations.create("Duo")).id


def _renamed(scenario: Scenario) -> int:
    found = scenario.servers.logto.store.organizations.get(scenario.notes["trio"])
    return int(found is not None and found.name == _TRIO)


def _heads(scenario: Scenario, description: str, *scopes: str) -> list[str]:
    store = scenario.servers.logto.store
    return [
        role.id
        for role in store.roles
        if role.name == _HEAD
        and role.description == description
        and {one.name for one in store.scopes if one.id in role.scope_ids} == set(scopes)
    ]


async def _make_head(scenario: Scenario) -> None:
    made = await scenario.direct_client.roles.create(_HEAD, description="before", scopes=["read:members"])
    scenario.notes["role"] = made.id


def _is(found: Any, ids: list[str]) -> str | None:
    return None if [found.id] == ids else f"{found.id} instead of {ids}"


ORGANIZATIONS: tuple[Step, ...] = (
    Step(
        "organizations.create",
        (Can.ORGANIZATIONS_CREATE,),
        lambda scenario: scenario.client.organizations.create(_TRIO, description="three"),
        lambda scenario, found: None if found.id in _trios(scenario) else found.id,
        lambda scenario: len(_trios(scenario)),
    ),
    Step(
        "organizations.update",
        (Can.ORGANIZATIONS_UPDATE, Can.ORGANIZATIONS_CREATE),
        lambda scenario: scenario.client.organizations.update(scenario.notes["trio"], name=_TRIO),
        copies=_renamed,
        before=_make_trio,
    ),
    Step(
        "organizations.remove",
        (Can.ORGANIZATIONS_REMOVE, Can.ORGANIZATIONS_CREATE),
        lambda scenario: scenario.client.organizations.remove(scenario.notes["trio"]),
        copies=lambda scenario: int(scenario.notes["trio"] not in scenario.servers.logto.store.organizations),
        before=_make_trio,
    ),
)

ROLES: tuple[Step, ...] = (
    Step(
        "roles.create",
        (Can.ROLES_CREATE,),
        lambda scenario: scenario.client.roles.create(_HEAD, description="leads", scopes=["read:members"]),
        lambda scenario, found: _is(found, _heads(scenario, "leads", "read:members")),
        lambda scenario: len(_heads(scenario, "leads", "read:members")),
    ),
    Step(
        "roles.create(name taken)",
        (Can.ROLES_CREATE,),
        lambda scenario: scenario.client.roles.create("teacher", description="another"),
        is_refused=True,
    ),
    Step(
        "roles.update",
        (Can.ROLES_UPDATE, Can.ROLES_CREATE),
        lambda scenario: scenario.client.roles.update(_HEAD, description="after", scopes=["manage:members"]),
        copies=lambda scenario: len(_heads(scenario, "after", "manage:members")),
        before=_make_head,
    ),
    Step(
        "roles.remove",
        (Can.ROLES_REMOVE, Can.ROLES_CREATE),
        lambda scenario: scenario.client.roles.remove(_HEAD),
        copies=lambda scenario: int(scenario.notes["role"] not in scenario.servers.logto.store.roles),
        before=_make_head,
    ),
)

WORKLOAD: tuple[Step, ...] = (*READING, *MEMBERS, *ACCOUNTS, *INVITATIONS, *ORGANIZATIONS, *ROLES)


def steps_of(name: str, capabilities: frozenset[Capability]) -> list[Step]:
    """Return the steps that a provider supports, in order."""
    return [step for step in WORKLOAD if step.fits(name, capabilities)]
