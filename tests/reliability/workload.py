"""The reference workload as one list, and its writes to organizations and roles."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.domain import Capability as Can
from tests.reliability.scenario import Scenario, Step
from tests.reliability.servers import NAMES
from tests.reliability.workload_reads import READING
from tests.reliability.workload_writes import ACCOUNTS, INVITATIONS, MEMBERS

if TYPE_CHECKING:
    from orgsdk.domain import Capability
    from orgsdk.sandbox.logto.store import Store as LogtoStore
    from orgsdk.sandbox.workos.store import Store as WorkOSStore
    from tests.reliability.servers import Name

_TRIO = "String Trio"
_HEAD = "head-of-strings"
_READ = {"logto": "read:members", "workos": "members:read"}
_MANAGE = {"logto": "manage:members", "workos": "members:manage"}


def _store(scenario: Scenario) -> LogtoStore | WorkOSStore:
    servers = scenario.servers
    return servers.workos.store if servers.name == "workos" else servers.logto.store


def _trios(scenario: Scenario) -> list[str]:
    if scenario.servers.name == "workos":
        return [one.id for one in scenario.servers.workos.store.organizations if one.name == _TRIO]
    found = scenario.servers.logto.store.organizations
    return [one.id for one in found if one.name == _TRIO and one.description == "three"]


async def _make_trio(scenario: Scenario) -> None:
    scenario.notes["trio"] = (await scenario.direct_client.organizations.create("Duo")).id


def _renamed(scenario: Scenario) -> int:
    found = _store(scenario).organizations.get(scenario.notes["trio"])
    return int(found is not None and found.name == _TRIO)


def _heads(scenario: Scenario, description: str, scopes: dict[str, str]) -> list[str]:
    wanted = {scopes[scenario.servers.name]}
    if scenario.servers.name == "workos":
        roles = scenario.servers.workos.store.roles.having("slug", (_HEAD, None))
        return [one.id for one in roles if one.description == description and set(one.permissions) == wanted]
    store = scenario.servers.logto.store
    return [
        role.id
        for role in store.roles
        if role.name == _HEAD
        and role.description == description
        and {one.name for one in store.scopes if one.id in role.scope_ids} == wanted
    ]


def _groups(scenario: Scenario, name: str) -> list[str]:
    return [group["id"] for group in scenario.servers.scim.resources("Group") if group["displayName"] == name]


async def _make_head(scenario: Scenario) -> None:
    scopes = [_READ[scenario.servers.name]]
    made = await scenario.direct_client.roles.create(_HEAD, description="before", scopes=scopes)
    scenario.notes["role"] = made.id


def _is(found: Any, ids: list[str]) -> str | None:
    return None if [found.id] == ids else f"{found.id} instead of {ids}"


ORGANIZATIONS: tuple[Step, ...] = (
    Step(
        "organizations.create",
        (Can.ORGANIZATIONS_CREATE,),
        lambda scenario: scenario.client.organizations.create(
            _TRIO, **scenario.if_supported(Can.ORGANIZATIONS_DESCRIPTION, description="three")
        ),
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
        copies=lambda scenario: int(scenario.notes["trio"] not in _store(scenario).organizations),
        before=_make_trio,
    ),
)

ROLES: tuple[Step, ...] = (
    Step(
        "roles.create",
        (Can.ROLES_CREATE,),
        lambda scenario: scenario.client.roles.create(
            _HEAD, description="leads", scopes=[_READ[scenario.servers.name]]
        ),
        lambda scenario, found: _is(found, _heads(scenario, "leads", _READ)),
        lambda scenario: len(_heads(scenario, "leads", _READ)),
        only=NAMES,
    ),
    Step(
        "roles.create(name taken)",
        (Can.ROLES_CREATE,),
        lambda scenario: scenario.client.roles.create(
            "teacher", **scenario.if_supported(Can.ROLES_DESCRIPTION, description="another")
        ),
        is_refused=True,
    ),
    Step(
        "roles.update",
        (Can.ROLES_UPDATE, Can.ROLES_CREATE),
        lambda scenario: scenario.client.roles.update(
            _HEAD, description="after", scopes=[_MANAGE[scenario.servers.name]]
        ),
        copies=lambda scenario: len(_heads(scenario, "after", _MANAGE)),
        before=_make_head,
        only=NAMES,
    ),
    Step(
        "roles.remove",
        (Can.ROLES_REMOVE, Can.ROLES_CREATE),
        lambda scenario: scenario.client.roles.remove(_HEAD),
        copies=lambda scenario: int(scenario.notes["role"] not in scenario.servers.logto.store.roles),
        before=_make_head,
        only=NAMES,
    ),
    # Groups have neither a description nor scopes.
    Step(
        "roles.create(group)",
        (Can.ROLES_CREATE,),
        lambda scenario: scenario.client.roles.create(_HEAD),
        lambda scenario, found: _is(found, _groups(scenario, _HEAD)),
        lambda scenario: len(_groups(scenario, _HEAD)),
        only=("scim",),
    ),
    Step(
        "roles.update(group)",
        (Can.ROLES_UPDATE,),
        lambda scenario: scenario.client.roles.update("teacher", name=_HEAD),
        copies=lambda scenario: len(_groups(scenario, _HEAD)),
        only=("scim",),
    ),
    Step(
        "roles.remove(group)",
        (Can.ROLES_REMOVE,),
        lambda scenario: scenario.client.roles.remove("teacher"),
        copies=lambda scenario: int(not _groups(scenario, "teacher")),
        only=("scim",),
    ),
)

WORKLOAD: tuple[Step, ...] = (*READING, *MEMBERS, *ACCOUNTS, *INVITATIONS, *ORGANIZATIONS, *ROLES)


def steps_of(name: Name, capabilities: frozenset[Capability]) -> list[Step]:
    """Return the steps that a provider supports, in order."""
    return [step for step in WORKLOAD if step.fits(name, capabilities)]
