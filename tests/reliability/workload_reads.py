"""The reference workload, reading."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.domain import Capability as Can
from tests.reliability.scenario import Scenario, Step
from tests.reliability.servers import SEED_USERS

if TYPE_CHECKING:
    from collections.abc import Iterable

GUESTS = ("ina@example.com", "jon@example.com")


async def invite(scene: Scenario) -> None:
    """Have two guests invited."""
    scene.notes["invitations"] = [
        (await scene.safe_org.invitations.create(email, roles=["teacher"])).id for email in GUESTS
    ]


def _ids(found: Iterable[Any], expected: Iterable[str]) -> str | None:
    got, wanted = [one.id for one in found], list(expected)
    if len(set(got)) != len(got):
        return f"{len(got) - len(set(got))} twice"
    return None if set(got) == set(wanted) else f"{sorted(set(got) ^ set(wanted))} missing or too many"


def _one(found: Any, expected: str) -> str | None:
    return None if found is not None and found.id == expected else f"{found!r} instead of {expected}"


def _number(found: int, expected: int) -> str | None:
    return None if found == expected else f"{found} instead of {expected}"


def _members(scene: Scenario, role: str | None = None) -> list[str]:
    return [one.id for one in scene.people() if one.is_member and (role is None or role in one.roles)]


def _organization_ids(scene: Scenario) -> list[str]:
    if scene.world.name == "flat":
        return [scene.world.organization_id]
    return [one.id for one in scene.world.logto.store.organizations]


def _invitation_ids(scene: Scenario) -> list[str]:
    return [found[0] for email in GUESTS for found in scene.invitations(email)]


def _role_ids(scene: Scenario) -> list[str]:
    if scene.world.name == "flat":
        return ["user", "teacher", "admin", "accountAdmin"]
    return [role.id for role in scene.world.logto.store.roles]


async def _read_ahead(scene: Scenario) -> list[Any]:
    async with scene.org.users.list(page_size=2).prefetch(2) as ahead:
        return [user async for user in ahead]


_ADA = SEED_USERS[0]
_MISSING = {"flat": "f" * 24, "logto": "z" * 12}

READING: tuple[Step, ...] = (
    Step(
        "users.list",
        (Can.USERS_LIST,),
        lambda scene: scene.org.users.list(page_size=3).collect(),
        lambda scene, found: _ids(found, _members(scene)),
    ),
    Step(
        "users.list.prefetch",
        (Can.USERS_LIST,),
        _read_ahead,
        lambda scene, found: _ids(found, _members(scene)),
    ),
    Step(
        "users.list(role=)",
        (Can.USERS_LIST, Can.USERS_ROLE),
        lambda scene: scene.org.users.list(role="teacher").collect(),
        lambda scene, found: _ids(found, _members(scene, "teacher")),
    ),
    Step(
        "users.get",
        (Can.USERS_GET,),
        lambda scene: scene.org.users.get(scene.world.user_id(0)),
        lambda scene, found: _one(found, scene.world.user_id(0)),
    ),
    Step(
        "users.get(missing)",
        (Can.USERS_GET,),
        lambda scene: scene.org.users.get(_MISSING[scene.world.name]),
        is_refused=True,
    ),
    Step(
        "users.find(email=)",
        (Can.USERS_FIND,),
        lambda scene: scene.org.users.find(email=_ADA.email),
        lambda scene, found: _one(found, scene.world.user_id(0)),
    ),
    Step(
        "users.find(username=)",
        (Can.USERS_FIND,),
        lambda scene: scene.org.users.find(username=_ADA.username),
        lambda scene, found: _one(found, scene.world.user_id(0)),
    ),
    Step(
        "users.find(nobody)",
        (Can.USERS_FIND,),
        lambda scene: scene.org.users.find(email="nobody@example.com"),
        lambda _, found: None if found is None else "somebody",
    ),
    Step(
        "users.count",
        (Can.USERS_COUNT,),
        lambda scene: scene.org.users.count(),
        lambda scene, found: _number(found, len(_members(scene))),
    ),
    Step(
        "users.list_roles",
        (Can.USERS_LIST_ROLES,),
        lambda scene: scene.org.users.list_roles(scene.world.user_id(1)),
        lambda _, found: None if [role.name for role in found] in (["teacher"], ["wizardry"]) else f"{found}",
    ),
    Step(
        "organizations.list",
        (Can.ORGANIZATIONS_LIST,),
        lambda scene: scene.client.organizations.list(page_size=3).collect(),
        lambda scene, found: _ids(found, _organization_ids(scene)),
    ),
    Step(
        "organizations.get",
        (Can.ORGANIZATIONS_GET,),
        lambda scene: scene.client.organizations.get(scene.world.organization_id),
        lambda scene, found: _one(found, scene.world.organization_id),
    ),
    Step(
        "roles.list",
        (Can.ROLES_LIST,),
        lambda scene: scene.client.roles.list(page_size=3).collect(),
        lambda scene, found: _ids(found, _role_ids(scene)),
    ),
    Step(
        "roles.get",
        (Can.ROLES_GET,),
        lambda scene: scene.client.roles.get("teacher"),
        lambda _, found: None if found.name == "teacher" else f"{found}",
    ),
    Step(
        "invitations.list",
        (Can.INVITATIONS_LIST, Can.INVITATIONS_CREATE),
        lambda scene: scene.org.invitations.list().collect(),
        lambda scene, found: _ids(found, _invitation_ids(scene)),
        before=invite,
    ),
    Step(
        "invitations.get",
        (Can.INVITATIONS_GET, Can.INVITATIONS_CREATE),
        lambda scene: scene.org.invitations.get(scene.notes["invitations"][0]),
        lambda scene, found: _one(found, scene.notes["invitations"][0]),
        before=invite,
    ),
    Step(
        "accounts.list",
        (Can.ACCOUNTS_LIST,),
        lambda scene: scene.client.accounts.list(page_size=3).collect(),
        lambda scene, found: _ids(found, [one.id for one in scene.people()]),
    ),
    Step(
        "accounts.get",
        (Can.ACCOUNTS_GET,),
        lambda scene: scene.client.accounts.get(scene.world.user_id(0)),
        lambda scene, found: _one(found, scene.world.user_id(0)),
    ),
    Step(
        "accounts.find",
        (Can.ACCOUNTS_FIND,),
        lambda scene: scene.client.accounts.find(email=_ADA.email),
        lambda scene, found: _one(found, scene.world.user_id(0)),
    ),
    Step(
        "accounts.count",
        (Can.ACCOUNTS_COUNT,),
        lambda scene: scene.client.accounts.count(),
        lambda scene, found: _number(found, len(scene.people())),
    ),
)
