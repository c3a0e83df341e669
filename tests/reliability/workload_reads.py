"""The reads of the reference workload."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from orgsdk.domain import Capability as Can
from tests.reliability.scenario import Scenario, Step
from tests.reliability.servers import SEED_USERS

if TYPE_CHECKING:
    from collections.abc import Iterable

GUESTS = ("ina@example.com", "jon@example.com")


async def invite(scenario: Scenario) -> None:
    """Invite two guests."""
    scenario.notes["invitations"] = [
        (await scenario.direct_org.invitations.create(email, roles=["teacher"])).id for email in GUESTS
    ]


def _ids(found: Iterable[Any], expected: Iterable[str]) -> str | None:
    got, wanted = [one.id for one in found], list(expected)
    if len(set(got)) != len(got):
        return f"{len(got) - len(set(got))} listed twice"
    return None if set(got) == set(wanted) else f"{sorted(set(got) ^ set(wanted))} missing or extra"


def _one(found: Any, expected: str) -> str | None:
    return None if found is not None and found.id == expected else f"{found!r} instead of {expected}"


def _number(found: int, expected: int) -> str | None:
    return None if found == expected else f"{found} instead of {expected}"


def _members(scenario: Scenario, role: str | None = None) -> list[str]:
    return [one.id for one in scenario.users() if one.is_member and (role is None or role in one.roles)]


def _organization_ids(scenario: Scenario) -> list[str]:
    if scenario.servers.name == "flat":
        return [scenario.servers.organization_id]
    if scenario.servers.name == "workos":
        return [one.id for one in scenario.servers.workos.store.organizations]
    return [one.id for one in scenario.servers.logto.store.organizations]


def _invitation_ids(scenario: Scenario) -> list[str]:
    return [found[0] for email in GUESTS for found in scenario.invitations(email)]


def _role_ids(scenario: Scenario) -> list[str]:
    if scenario.servers.name == "flat":
        return ["user", "teacher", "admin", "accountAdmin"]
    if scenario.servers.name == "scim":
        return [group["id"] for group in scenario.servers.scim.resources("Group")]
    if scenario.servers.name == "workos":
        return [role.id for role in scenario.servers.workos.store.roles]
    return [role.id for role in scenario.servers.logto.store.roles]


async def _read_ahead(scenario: Scenario) -> list[Any]:
    async with scenario.org.users.list(page_size=2).prefetch(2) as ahead:
        return [user async for user in ahead]


_ADA = SEED_USERS[0]
MISSING_IDS = {"flat": "f" * 24, "logto": "z" * 12, "workos": "user_" + "Z" * 26, "scim": "f" * 32}

READING: tuple[Step, ...] = (
    Step(
        "users.list",
        (Can.USERS_LIST,),
        lambda scenario: scenario.org.users.list(page_size=3).collect(),
        lambda scenario, found: _ids(found, _members(scenario)),
    ),
    Step(
        "users.list.prefetch",
        (Can.USERS_LIST,),
        _read_ahead,
        lambda scenario, found: _ids(found, _members(scenario)),
    ),
    Step(
        "users.list(role=)",
        (Can.USERS_LIST, Can.USERS_ROLE),
        lambda scenario: scenario.org.users.list(role="teacher").collect(),
        lambda scenario, found: _ids(found, _members(scenario, "teacher")),
    ),
    Step(
        "users.get",
        (Can.USERS_GET,),
        lambda scenario: scenario.org.users.get(scenario.servers.user_id(0)),
        lambda scenario, found: _one(found, scenario.servers.user_id(0)),
    ),
    Step(
        "users.get(missing)",
        (Can.USERS_GET,),
        lambda scenario: scenario.org.users.get(MISSING_IDS[scenario.servers.name]),
        is_refused=True,
    ),
    Step(
        "users.find(email=)",
        (Can.USERS_FIND,),
        lambda scenario: scenario.org.users.find(email=_ADA.email),
        lambda scenario, found: _one(found, scenario.servers.user_id(0)),
    ),
    Step(
        "users.find(username=)",
        (Can.USERS_FIND, Can.USERS_USERNAME),
        lambda scenario: scenario.org.users.find(username=_ADA.username),
        lambda scenario, found: _one(found, scenario.servers.user_id(0)),
    ),
    Step(
        "users.find(nobody)",
        (Can.USERS_FIND,),
        lambda scenario: scenario.org.users.find(email="nobody@example.com"),
        lambda _, found: None if found is None else "a user",
    ),
    Step(
        "users.count",
        (Can.USERS_COUNT,),
        lambda scenario: scenario.org.users.count(),
        lambda scenario, found: _number(found, len(_members(scenario))),
    ),
    Step(
        "users.list_roles",
        (Can.USERS_LIST_ROLES,),
        lambda scenario: scenario.org.users.list_roles(scenario.servers.user_id(1)),
        lambda _, found: None if [role.name for role in found] in (["teacher"], ["wizardry"]) else f"{found}",
    ),
    Step(
        "accounts.list_organizations",
        (Can.ACCOUNTS_LIST_ORGANIZATIONS,),
        lambda scenario: scenario.client.accounts.list_organizations(scenario.servers.user_id(1)),
        lambda scenario, found: _ids(found, [scenario.org.id or ""]),
    ),
    Step(
        "organizations.list",
        (Can.ORGANIZATIONS_LIST,),
        lambda scenario: scenario.client.organizations.list(page_size=3).collect(),
        lambda scenario, found: _ids(found, _organization_ids(scenario)),
    ),
    Step(
        "organizations.get",
        (Can.ORGANIZATIONS_GET,),
        lambda scenario: scenario.client.organizations.get(scenario.servers.organization_id),
        lambda scenario, found: _one(found, scenario.servers.organization_id),
    ),
    Step(
        "roles.list",
        (Can.ROLES_LIST,),
        lambda scenario: scenario.client.roles.list(page_size=3).collect(),
        lambda scenario, found: _ids(found, _role_ids(scenario)),
    ),
    Step(
        "roles.get",
        (Can.ROLES_GET,),
        lambda scenario: scenario.client.roles.get("teacher"),
        lambda _, found: None if found.name == "teacher" else f"{found}",
    ),
    Step(
        "invitations.list",
        (Can.INVITATIONS_LIST, Can.INVITATIONS_CREATE),
        lambda scenario: scenario.org.invitations.list().collect(),
        lambda scenario, found: _ids(found, _invitation_ids(scenario)),
        before=invite,
    ),
    Step(
        "invitations.get",
        (Can.INVITATIONS_GET, Can.INVITATIONS_CREATE),
        lambda scenario: scenario.org.invitations.get(scenario.notes["invitations"][0]),
        lambda scenario, found: _one(found, scenario.notes["invitations"][0]),
        before=invite,
    ),
    Step(
        "accounts.list",
        (Can.ACCOUNTS_LIST,),
        lambda scenario: scenario.client.accounts.list(page_size=3).collect(),
        lambda scenario, found: _ids(found, [one.id for one in scenario.users()]),
    ),
    Step(
        "accounts.get",
        (Can.ACCOUNTS_GET,),
        lambda scenario: scenario.client.accounts.get(scenario.servers.user_id(0)),
        lambda scenario, found: _one(found, scenario.servers.user_id(0)),
    ),
    Step(
        "accounts.find",
        (Can.ACCOUNTS_FIND,),
        lambda scenario: scenario.client.accounts.find(email=_ADA.email),
        lambda scenario, found: _one(found, scenario.servers.user_id(0)),
    ),
    Step(
        "accounts.count",
        (Can.ACCOUNTS_COUNT,),
        lambda scenario: scenario.client.accounts.count(),
        lambda scenario, found: _number(found, len(scenario.users())),
    ),
)
