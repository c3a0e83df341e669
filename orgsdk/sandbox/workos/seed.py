"""Seed data of the WorkOS server: a school with everyone in the roster, and three other organizations.

Ids are the same in every run. Users are created one second apart, in the order of the roster. WorkOS has no usernames
and no users without an e-mail address (facts, section 10), so a person without one gets an invented address.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache

from orgsdk.sandbox.roster import Person
from orgsdk.sandbox.workos.formats import stable_id, stable_token
from orgsdk.sandbox.workos.records import (
    StoredDomain,
    StoredMembership,
    StoredOrganization,
    StoredPermission,
    StoredRole,
    StoredUser,
)
from orgsdk.sandbox.workos.store import Store

SCHOOL = "Harmony School"
ORGANIZATIONS = (SCHOOL, "Melody Academy", "Rhythm Workshop", "Tempo House")

# 2026-01-01T00:00:00Z
_FOUNDED = 1_767_225_600_000
_SECOND = 1_000
_HOUR = 3_600 * _SECOND

_PERMISSIONS = {
    "members:invite": "Invite people to the organization",
    "members:manage": "Change and remove members",
    "members:read": "See who belongs to the organization",
}
# In the order of their priority. A membership without a role gets "member" (facts, section 7).
_ROLES: dict[str, tuple[str, tuple[str, ...]]] = {
    "admin": ("Runs the organization", tuple(_PERMISSIONS)),
    "teacher": ("Teaches groups of students", ("members:invite", "members:read")),
    "student": ("Learns", ()),
    "member": ("Belongs to the organization", ()),
}


@lru_cache(maxsize=64)
def organization_id(name: str) -> str:
    """Return the id of a seeded organization."""
    return stable_id("org_", name, _FOUNDED)


def user_id(username: str, number: int) -> str:
    """Return the id of the account of a person, by the username and the position in the roster, counted from 0."""
    return stable_id("user_", username, _joined(number))


def _joined(number: int) -> int:
    return _FOUNDED + _HOUR + number * _SECOND


def seeded_store(people: Sequence[Person]) -> Store:
    """Return an environment with these people."""
    store = Store()
    _add_roles(store)
    _add_organizations(store)
    for user, memberships in _members(people):
        store.users.put(user)
        for membership in memberships:
            store.put_membership(membership)
    return store


def _members(people: Sequence[Person]) -> Iterator[tuple[StoredUser, list[StoredMembership]]]:
    for number, person in enumerate(people):
        user = _user(person, number)
        # One account belongs to two organizations.
        yield user, [_membership(user, name, person.role) for name in ORGANIZATIONS[: 1 if number else 2]]


def _user(person: Person, number: int) -> StoredUser:
    moment = _joined(number)
    return StoredUser(
        id=user_id(person.username, number),
        created_at=moment,
        updated_at=moment,
        email=person.email or f"{person.username}@no-email.example.org",
        first_name=person.first_name or None,
        last_name=person.last_name or None,
        email_verified=person.email is not None,
        external_id=person.external_id or None,
        metadata={} if person.group is None else {"group": person.group},
        # The first two have signed in.
        last_sign_in_at=moment + _HOUR if number < 2 else None,
    )


def _membership(user: StoredUser, organization: str, role: str) -> StoredMembership:
    return StoredMembership(
        id=stable_id("om_", f"{organization} {user.id}", user.created_at),
        created_at=user.created_at,
        updated_at=user.created_at,
        user_id=user.id,
        organization_id=organization_id(organization),
        role_slugs=(role if role in _ROLES else "member",),
    )


def _add_organizations(store: Store) -> None:
    for number, name in enumerate(ORGANIZATIONS):
        moment, slug = _FOUNDED + number * _SECOND, name.lower().replace(" ", "-")
        organization = StoredOrganization(organization_id(name), moment, moment, name, external_id=slug)
        store.organizations.put(organization)
        store.domains.put(
            StoredDomain(
                id=stable_id("org_domain_", name, moment),
                created_at=moment,
                updated_at=moment,
                organization_id=organization.id,
                domain=f"{slug}.example.org",
                state="verified",
                verification_token=stable_token(f"domain {name}"),
            )
        )


def _add_roles(store: Store) -> None:
    for number, (slug, description) in enumerate(_PERMISSIONS.items()):
        moment = _FOUNDED + number
        name = slug.replace(":", " ").title()
        store.permissions.put(
            StoredPermission(stable_id("perm_", slug, moment), moment, moment, slug, name, description)
        )
    for number, (slug, (description, permissions)) in enumerate(_ROLES.items()):
        moment = _FOUNDED + number
        role_id = stable_id("role_", slug, moment)
        role = StoredRole(role_id, moment, moment, slug, slug.title(), description, permissions=permissions)
        store.roles.put(role)
