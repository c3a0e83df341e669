"""The reference workload, writing: organizations and roles. And all of it in one list."""

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


def _trios(scene: Scenario) -> list[str]:
    found = scene.world.logto.store.organizations
    return [one.id for one in found if one.name == _TRIO and one.description == "three"]


async def _make_trio(scene: Scenario) -> None:
    scene.notes["trio"] = (await scene.hand.organizations.create("Duo")).id


def _renamed(scene: Scenario) -> int:
    found = scene.world.logto.store.organizations.get(scene.notes["trio"])
    return int(found is not None and found.name == _TRIO)


def _heads(scene: Scenario, description: str, *scopes: str) -> list[str]:
    store = scene.world.logto.store
    return [
        role.id
        for role in store.roles
        if role.name == _HEAD
        and role.description == description
        and {one.name for one in store.scopes if one.id in role.scope_ids} == set(scopes)
    ]


async def _make_head(scene: Scenario) -> None:
    made = await scene.hand.roles.create(_HEAD, description="before", scopes=["read:members"])
    scene.notes["role"] = made.id


def _is(found: Any, ids: list[str]) -> str | None:
    return None if [found.id] == ids else f"{found.id} instead of {ids}"


ORGANIZATIONS: tuple[Step, ...] = (
    Step(
        "organizations.create",
        (Can.ORGANIZATIONS_CREATE,),
        lambda scene: scene.client.organizations.create(_TRIO, description="three"),
        lambda scene, found: None if found.id in _trios(scene) else found.id,
        lambda scene: len(_trios(scene)),
    ),
    Step(
        "organizations.update",
        (Can.ORGANIZATIONS_UPDATE, Can.ORGANIZATIONS_CREATE),
        lambda scene: scene.client.organizations.update(scene.notes["trio"], name=_TRIO),
        copies=_renamed,
        before=_make_trio,
    ),
    Step(
        "organizations.remove",
        (Can.ORGANIZATIONS_REMOVE, Can.ORGANIZATIONS_CREATE),
        lambda scene: scene.client.organizations.remove(scene.notes["trio"]),
        copies=lambda scene: int(scene.notes["trio"] not in scene.world.logto.store.organizations),
        before=_make_trio,
    ),
)

ROLES: tuple[Step, ...] = (
    Step(
        "roles.create",
        (Can.ROLES_CREATE,),
        lambda scene: scene.client.roles.create(_HEAD, description="leads", scopes=["read:members"]),
        lambda scene, found: _is(found, _heads(scene, "leads", "read:members")),
        lambda scene: len(_heads(scene, "leads", "read:members")),
    ),
    Step(
        "roles.create(name taken)",
        (Can.ROLES_CREATE,),
        lambda scene: scene.client.roles.create("teacher", description="another"),
        is_refused=True,
    ),
    Step(
        "roles.update",
        (Can.ROLES_UPDATE, Can.ROLES_CREATE),
        lambda scene: scene.client.roles.update(_HEAD, description="after", scopes=["manage:members"]),
        copies=lambda scene: len(_heads(scene, "after", "manage:members")),
        before=_make_head,
    ),
    Step(
        "roles.remove",
        (Can.ROLES_REMOVE, Can.ROLES_CREATE),
        lambda scene: scene.client.roles.remove(_HEAD),
        copies=lambda scene: int(scene.notes["role"] not in scene.world.logto.store.roles),
        before=_make_head,
    ),
)

WORKLOAD: tuple[Step, ...] = (*READING, *MEMBERS, *ACCOUNTS, *INVITATIONS, *ORGANIZATIONS, *ROLES)


def steps_of(name: str, capabilities: frozenset[Capability]) -> list[Step]:
    """Give the steps that a provider of that name can do, in order."""
    return [step for step in WORKLOAD if step.fits(name, capabilities)]
