"""Capabilities: what a provider supports, as names that an app can test."""

from __future__ import annotations

from enum import StrEnum


class Capability(StrEnum):
    """One thing that a provider may support. The value reads as the call does, such as ``"users.create"``.

    `OrgClient.capabilities` is the set of those that the client's provider supports.
    """

    ORGANIZATIONS_LIST = "organizations.list"
    ORGANIZATIONS_QUERY = "organizations.list(query=)"
    ORGANIZATIONS_GET = "organizations.get"
    ORGANIZATIONS_CREATE = "organizations.create"
    ORGANIZATIONS_UPDATE = "organizations.update"
    ORGANIZATIONS_REMOVE = "organizations.remove"
    ORGANIZATIONS_DESCRIPTION = "an organization's description"

    USERS_LIST = "users.list"
    USERS_QUERY = "users.list(query=)"
    USERS_ROLE = "users.list(role=)"
    USERS_GET = "users.get"
    USERS_FIND = "users.find"
    USERS_COUNT = "users.count"
    USERS_CREATE = "users.create"
    USERS_ADD = "users.add"
    USERS_UPDATE = "users.update"
    USERS_REMOVE = "users.remove"
    USERS_SUSPEND = "users.suspend"
    USERS_LIST_ROLES = "users.list_roles"
    USERS_SET_ROLES = "users.set_roles"
    USERS_ADD_ROLES = "users.add_roles"
    USERS_REMOVE_ROLES = "users.remove_roles"
    USERS_SEVERAL_ROLES = "several roles for one user"
    USERS_USERNAME = "a user's username"
    USERS_USERNAME_CASE = "usernames that differ only in case"
    USERS_PASSWORD = "a user's password"  # noqa: S105  # a name, not a secret
    USERS_NAME = "a user's name"
    USERS_NAMES = "a user's given_name and family_name"
    USERS_PHONE = "a user's phone"
    USERS_EXTERNAL_ID = "a user's external_id"
    USERS_LOCALE = "users.create(locale=)"
    USERS_UPDATE_LOCALE = "users.update(locale=)"

    ACCOUNTS_LIST = "accounts.list"
    ACCOUNTS_GET = "accounts.get"
    ACCOUNTS_FIND = "accounts.find"
    ACCOUNTS_COUNT = "accounts.count"
    ACCOUNTS_CREATE = "accounts.create"
    ACCOUNTS_UPDATE = "accounts.update"
    ACCOUNTS_REMOVE = "accounts.remove"
    ACCOUNTS_SUSPEND = "accounts.suspend"
    ACCOUNTS_LIST_ORGANIZATIONS = "accounts.list_organizations"

    INVITATIONS_LIST = "invitations.list"
    INVITATIONS_GET = "invitations.get"
    INVITATIONS_CREATE = "invitations.create"
    INVITATIONS_EXPIRY = "invitations.create(expires_in=, expires_at=)"
    INVITATIONS_INVITER = "invitations.create(inviter_id=)"
    INVITATIONS_UNSENT = "invitations.create(send=False)"
    INVITATIONS_RESEND = "invitations.resend"
    INVITATIONS_ACCEPT = "invitations.accept"
    INVITATIONS_REVOKE = "invitations.revoke"
    INVITATIONS_REMOVE = "invitations.remove"

    ROLES_LIST = "roles.list"
    ROLES_QUERY = "roles.list(query=)"
    ROLES_GET = "roles.get"
    ROLES_CREATE = "roles.create"
    ROLES_UPDATE = "roles.update"
    ROLES_REMOVE = "roles.remove"
    ROLES_DESCRIPTION = "a role's description"

    DEFAULT_ORGANIZATION = "organization()"
    TOTAL = "page.total"
