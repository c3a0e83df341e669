"""One call for each capability that is a call."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from orgsdk import Capability, OrgClient

if TYPE_CHECKING:
    from collections.abc import Callable

EMAIL = "ada@example.org"

# A call can need other capabilities first: a filter needs its method, an account or an invitation its list.
_METHODS = {
    Capability.ORGANIZATIONS_QUERY: Capability.ORGANIZATIONS_LIST,
    Capability.USERS_QUERY: Capability.USERS_LIST,
    Capability.USERS_ROLE: Capability.USERS_LIST,
    Capability.USERS_SEVERAL_ROLES: Capability.USERS_CREATE,
    Capability.USERS_USERNAME: Capability.USERS_FIND,
    Capability.USERS_PASSWORD: Capability.USERS_UPDATE,
    Capability.USERS_NAMES: Capability.USERS_UPDATE,
    Capability.USERS_NAME: Capability.USERS_CREATE,
    Capability.USERS_PHONE: Capability.USERS_CREATE,
    Capability.USERS_EXTERNAL_ID: Capability.USERS_CREATE,
    Capability.USERS_LOCALE: Capability.USERS_CREATE,
    Capability.USERS_UPDATE_LOCALE: Capability.USERS_UPDATE,
    Capability.INVITATIONS_EXPIRY: Capability.INVITATIONS_CREATE,
    Capability.INVITATIONS_INVITER: Capability.INVITATIONS_CREATE,
    Capability.INVITATIONS_UNSENT: Capability.INVITATIONS_CREATE,
    Capability.ROLES_QUERY: Capability.ROLES_LIST,
    Capability.ROLES_DESCRIPTION: Capability.ROLES_UPDATE,
    Capability.ORGANIZATIONS_DESCRIPTION: Capability.ORGANIZATIONS_UPDATE,
}
_LISTS = {"accounts": Capability.ACCOUNTS_LIST, "invitations": Capability.INVITATIONS_LIST}


def needed(capability: Capability) -> set[Capability]:
    """Return the capabilities that a call checks before this one."""
    listing = _LISTS.get(capability.value.partition(".")[0])
    return {found for found in (listing, _METHODS.get(capability)) if found is not None} - {capability}


def calls(client: OrgClient, organization: str, some_id: str = "abc") -> dict[Capability, Callable[[], object]]:
    """Return the call for each capability that is one. Some return an awaitable."""
    org = client.organization(organization)
    users = org.users
    return {
        Capability.ORGANIZATIONS_LIST: client.organizations.list,
        Capability.ORGANIZATIONS_QUERY: lambda: client.organizations.list(query="a"),
        Capability.ORGANIZATIONS_GET: lambda: client.organizations.get(organization),
        Capability.ORGANIZATIONS_CREATE: lambda: client.organizations.create("School"),
        Capability.ORGANIZATIONS_UPDATE: lambda: client.organizations.update(organization, name="School"),
        Capability.ORGANIZATIONS_REMOVE: lambda: client.organizations.remove(organization),
        Capability.ORGANIZATIONS_DESCRIPTION: lambda: client.organizations.update(organization, description="Old."),
        Capability.USERS_LIST: users.list,
        Capability.USERS_QUERY: lambda: users.list(query="a"),
        Capability.USERS_ROLE: lambda: users.list(role="teacher"),
        Capability.USERS_GET: lambda: users.get(some_id),
        Capability.USERS_FIND: lambda: users.find(email=EMAIL),
        Capability.USERS_COUNT: users.count,
        Capability.USERS_CREATE: lambda: users.create(email=EMAIL),
        Capability.USERS_ADD: lambda: users.add([some_id]),
        Capability.USERS_UPDATE: lambda: users.update(some_id, email=EMAIL),
        Capability.USERS_REMOVE: lambda: users.remove(some_id, account="keep"),
        Capability.USERS_SUSPEND: lambda: users.suspend(some_id),
        Capability.USERS_LIST_ROLES: lambda: users.list_roles(some_id),
        Capability.USERS_SET_ROLES: lambda: users.set_roles(some_id, ["teacher"]),
        Capability.USERS_ADD_ROLES: lambda: users.add_roles(some_id, ["teacher"]),
        Capability.USERS_REMOVE_ROLES: lambda: users.remove_roles(some_id, ["teacher"]),
        Capability.USERS_SEVERAL_ROLES: lambda: users.create(email=EMAIL, roles=["teacher", "admin"]),
        Capability.USERS_USERNAME: lambda: users.find(username="ada"),
        Capability.USERS_PASSWORD: lambda: users.update(some_id, password="a long password"),
        Capability.USERS_NAMES: lambda: users.update(some_id, given_name="Ada"),
        Capability.USERS_NAME: lambda: users.create(email=EMAIL, name="Ada"),
        Capability.USERS_PHONE: lambda: users.create(email=EMAIL, phone="12025550143"),
        Capability.USERS_EXTERNAL_ID: lambda: users.create(email=EMAIL, external_id="s1"),
        Capability.USERS_LOCALE: lambda: users.create(email=EMAIL, locale="fr"),
        Capability.USERS_UPDATE_LOCALE: lambda: users.update(some_id, locale="fr"),
        Capability.ACCOUNTS_LIST: lambda: client.accounts.list(),
        Capability.ACCOUNTS_GET: lambda: client.accounts.get(some_id),
        Capability.ACCOUNTS_FIND: lambda: client.accounts.find(email=EMAIL),
        Capability.ACCOUNTS_COUNT: lambda: client.accounts.count(),
        Capability.ACCOUNTS_CREATE: lambda: client.accounts.create(email=EMAIL),
        Capability.ACCOUNTS_UPDATE: lambda: client.accounts.update(some_id, email=EMAIL),
        Capability.ACCOUNTS_REMOVE: lambda: client.accounts.remove(some_id, account="delete"),
        Capability.ACCOUNTS_SUSPEND: lambda: client.accounts.suspend(some_id),
        Capability.ACCOUNTS_LIST_ORGANIZATIONS: lambda: client.accounts.list_organizations(some_id),
        Capability.INVITATIONS_LIST: lambda: org.invitations.list(),
        Capability.INVITATIONS_GET: lambda: org.invitations.get(some_id),
        Capability.INVITATIONS_CREATE: lambda: org.invitations.create(EMAIL),
        Capability.INVITATIONS_EXPIRY: lambda: org.invitations.create(EMAIL, expires_in=timedelta(days=1)),
        Capability.INVITATIONS_INVITER: lambda: org.invitations.create(EMAIL, inviter_id=some_id),
        Capability.INVITATIONS_UNSENT: lambda: org.invitations.create(EMAIL, send=False),
        Capability.INVITATIONS_RESEND: lambda: org.invitations.resend(some_id),
        Capability.INVITATIONS_ACCEPT: lambda: org.invitations.accept(some_id, user_id=some_id),
        Capability.INVITATIONS_REVOKE: lambda: org.invitations.revoke(some_id),
        Capability.INVITATIONS_REMOVE: lambda: org.invitations.remove(some_id),
        Capability.ROLES_LIST: client.roles.list,
        Capability.ROLES_QUERY: lambda: client.roles.list(query="a"),
        Capability.ROLES_GET: lambda: client.roles.get("teacher"),
        Capability.ROLES_CREATE: lambda: client.roles.create("clerk"),
        Capability.ROLES_UPDATE: lambda: client.roles.update("clerk", name="Clerk"),
        Capability.ROLES_REMOVE: lambda: client.roles.remove("clerk"),
        Capability.ROLES_DESCRIPTION: lambda: client.roles.update("clerk", description="Writes."),
        Capability.DEFAULT_ORGANIZATION: client.organization,
    }
