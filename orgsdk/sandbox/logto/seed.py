"""Seed data of the Logto server: a school with everyone in the roster, and three other organizations.

Ids are the same in every run. Accounts are created one second apart, in the order of the roster. If all had the same
creation time, as after a bulk import, `GET /users` would repeat and omit users (see `postgres.NewestFirst`).
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from orgsdk.sandbox.logto.formats import LONG_ID, SHORT_ID, stable_id
from orgsdk.sandbox.logto.records import (
    StoredOrganization,
    StoredOrganizationRole,
    StoredOrganizationScope,
    StoredResource,
    StoredResourceScope,
    StoredUser,
)
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.roster import Person

SCHOOL = "Harmony School"
ORGANIZATIONS = (SCHOOL, "Melody Academy", "Rhythm Workshop", "Tempo House")

# 2026-01-01T00:00:00Z
_FOUNDED = 1_767_225_600_000
_SECOND = 1_000
_HOUR = 3_600 * _SECOND

_SCOPES = {
    "invite:members": "Invite people to the organization",
    "manage:members": "Change and remove members",
    "read:members": "See who belongs to the organization",
}
_RESOURCE_SCOPES = ("read:scores", "write:scores")
_RESOURCE_NAME = "Score library"
# Every tenant has this resource; roles may have its scope (`orgrole.resource_scopes.add.management_api`).
_MANAGEMENT_API = StoredResource("management-api", "Logto Management API", "https://default.logto.app/api")
_MANAGEMENT_SCOPE = StoredResourceScope("management-api-all", "all", _MANAGEMENT_API.id, _MANAGEMENT_API.name)
_ROLES: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "admin": ("Runs the organization", tuple(_SCOPES), _RESOURCE_SCOPES),
    "teacher": ("Teaches groups of students", ("invite:members", "read:members"), ("read:scores",)),
    "student": ("Learns", (), ("read:scores",)),
}
_MACHINE_ROLE = "importer"

# A sandbox is seeded for every test, with the same people.
_remembered = lru_cache(maxsize=4096)


@_remembered
def organization_id(name: str) -> str:
    """Return the id of a seeded organization."""
    return stable_id("organization", name, SHORT_ID)


@_remembered
def role_id(name: str) -> str:
    """Return the id of a seeded organization role."""
    return stable_id("organization-role", name, LONG_ID)


@_remembered
def user_id(username: str) -> str:
    """Return the id of a seeded account, computed from the username, the only column that is always unique."""
    return stable_id("user", username, SHORT_ID)


def seeded_store(people: Sequence[Person], *, created_at: int | None = None) -> Store:
    """Return a tenant with these people. With `created_at` (epoch milliseconds) all have this creation time."""
    store = Store()
    _add_template(store)
    for number, name in enumerate(ORGANIZATIONS):
        store.organizations.put(
            StoredOrganization(organization_id(name), name, _FOUNDED + number * _SECOND, f"{name}, seeded")
        )
    for number, person in enumerate(people):
        moment = _FOUNDED + _HOUR + number * _SECOND if created_at is None else created_at
        user = _with_a_past(_account(person, moment), number)
        store.users.put(user)
        roles = (role_id(person.role),) if person.role in _ROLES else ()
        store.memberships.put(organization_id(SCHOOL), user.id, roles)
        if number == 0:
            # One account belongs to two organizations, so that `/users/{id}/organizations` has several items.
            store.memberships.put(organization_id(ORGANIZATIONS[1]), user.id, roles)
    return store


def _account(person: Person, moment: int) -> StoredUser:
    return StoredUser(
        id=user_id(person.username),
        created_at=moment,
        updated_at=moment,
        username=person.username,
        primary_email=person.email,
        name=f"{person.first_name} {person.last_name}".strip() or None,
        custom_data={"externalId": person.external_id, "group": person.group},
        profile={"givenName": person.first_name, "familyName": person.last_name},
    )


def _with_a_past(user: StoredUser, number: int) -> StoredUser:
    """Return the account; the first two get a last sign-in, and a picture or a phone number."""
    if number == 0:
        avatar = f"https://cdn.example.org/{user.id}.png"
        return replace(user, last_sign_in_at=user.created_at + _HOUR, avatar=avatar)
    if number == 1:
        return replace(user, last_sign_in_at=user.created_at + 2 * _HOUR, primary_phone="12025550143")
    return user


def _add_template(store: Store) -> None:
    for name, description in _SCOPES.items():
        store.scopes.put(StoredOrganizationScope(_scope_id(name), name, description))
    resource_id = stable_id("resource", _RESOURCE_NAME, LONG_ID)
    store.resources.put(_MANAGEMENT_API)
    store.resources.put(StoredResource(resource_id, _RESOURCE_NAME, "https://scores.example.org/api"))
    store.resource_scopes.put(_MANAGEMENT_SCOPE)
    for name in _RESOURCE_SCOPES:
        store.resource_scopes.put(StoredResourceScope(_resource_scope_id(name), name, resource_id, _RESOURCE_NAME))
    for name, (description, scopes, resource_scopes) in _ROLES.items():
        store.roles.put(
            StoredOrganizationRole(
                role_id(name),
                name,
                description,
                scope_ids=tuple(_scope_id(scope) for scope in scopes),
                resource_scope_ids=tuple(_resource_scope_id(scope) for scope in resource_scopes),
            )
        )
    store.roles.put(StoredOrganizationRole(role_id(_MACHINE_ROLE), _MACHINE_ROLE, type="MachineToMachine"))


def _scope_id(name: str) -> str:
    return stable_id("organization-scope", name, LONG_ID)


def _resource_scope_id(name: str) -> str:
    return stable_id("resource-scope", name, LONG_ID)
