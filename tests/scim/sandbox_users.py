"""The users of a sandbox's own state, in one form for the three providers: the judge of what a gateway has done."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.sandbox import Sandbox


@dataclass(frozen=True, slots=True)
class StoredUser:
    """An account, and its membership in the organization of the sandbox.

    Attributes:
        id: Id of the account.
        email: The address.
        given_name: The given name.
        is_member: Whether the account belongs to the organization.
        is_suspended: Whether the account or the membership is suspended.
        roles: Ids of the member's roles, which are those of groups.
    """

    id: str
    email: str | None
    given_name: str | None
    is_member: bool
    is_suspended: bool
    roles: frozenset[str]


def stored_users(sandbox: Sandbox, provider: str) -> list[StoredUser]:
    """Return the accounts of a sandbox, which was started without users."""
    return {"flat": _flat_users, "logto": _logto_users, "workos": _workos_users}[provider](sandbox)


def _flat_users(sandbox: Sandbox) -> list[StoredUser]:
    # A role's name is its id. An account that has left is its user's own, and has the values of that time.
    return [
        StoredUser(account.id, account.email, account.firstname, True, False, frozenset({account.role}))
        for account in sandbox.flat.users.listed()
    ]


def _logto_users(sandbox: Sandbox) -> list[StoredUser]:
    store = sandbox.logto.store
    members = store.memberships.members(sandbox.logto.organization_id)
    return [
        StoredUser(
            *(account.id, account.primary_email, _text(account.profile.get("givenName"))),
            *(account.id in members, account.is_suspended, frozenset(members.get(account.id, ()))),
        )
        for account in store.users
    ]


def _workos_users(sandbox: Sandbox) -> list[StoredUser]:
    store, organization = sandbox.workos.store, sandbox.workos.organization_id
    found: list[StoredUser] = []
    for user in store.users:
        membership = store.memberships.first("both", (user.id, organization))
        slugs = () if membership is None else membership.role_slugs
        roles = [role.id for slug in slugs if (role := store.role(slug, organization)) is not None]
        is_suspended = membership is not None and membership.status == "inactive"
        found.append(
            StoredUser(user.id, user.email, user.first_name, membership is not None, is_suspended, frozenset(roles))
        )
    return found


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
