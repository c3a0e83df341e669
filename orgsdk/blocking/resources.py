"""The handles of the blocking client: each verb is the async one's, with its parameters and its docstring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from orgsdk import resources
from orgsdk.blocking.wrapping import Blocking, listing, verb

if TYPE_CHECKING:
    from orgsdk.providers.base import Provider


class Organizations(Blocking[resources.Organizations]):
    """Work with the organizations that the credentials reach."""

    list: Final = listing(resources.Organizations.list)
    get: Final = verb(resources.Organizations.get)
    create: Final = verb(resources.Organizations.create)
    update: Final = verb(resources.Organizations.update)
    remove: Final = verb(resources.Organizations.remove)


class Users(Blocking[resources.Users]):
    """Work with the members of one organization."""

    list: Final = listing(resources.Users.list)
    get: Final = verb(resources.Users.get)
    find: Final = verb(resources.Users.find)
    count: Final = verb(resources.Users.count)
    create: Final = verb(resources.Users.create)
    add: Final = verb(resources.Users.add)
    update: Final = verb(resources.Users.update)
    remove: Final = verb(resources.Users.remove)
    suspend: Final = verb(resources.Users.suspend)
    list_roles: Final = verb(resources.Users.list_roles)
    set_roles: Final = verb(resources.Users.set_roles)
    add_roles: Final = verb(resources.Users.add_roles)
    remove_roles: Final = verb(resources.Users.remove_roles)


class Accounts(Blocking[resources.Accounts]):
    """Work with every account of the tenant."""

    list: Final = listing(resources.Accounts.list)
    get: Final = verb(resources.Accounts.get)
    find: Final = verb(resources.Accounts.find)
    count: Final = verb(resources.Accounts.count)
    create: Final = verb(resources.Accounts.create)
    update: Final = verb(resources.Accounts.update)
    remove: Final = verb(resources.Accounts.remove)
    suspend: Final = verb(resources.Accounts.suspend)


class Invitations(Blocking[resources.Invitations]):
    """Work with the invitations to one organization."""

    list: Final = listing(resources.Invitations.list)
    get: Final = verb(resources.Invitations.get)
    create: Final = verb(resources.Invitations.create)
    resend: Final = verb(resources.Invitations.resend)
    accept: Final = verb(resources.Invitations.accept)
    revoke: Final = verb(resources.Invitations.revoke)
    remove: Final = verb(resources.Invitations.remove)


class Roles(Blocking[resources.Roles]):
    """Work with the roles that members of an organization can hold."""

    list: Final = listing(resources.Roles.list)
    get: Final = verb(resources.Roles.get)
    create: Final = verb(resources.Roles.create)
    update: Final = verb(resources.Roles.update)
    remove: Final = verb(resources.Roles.remove)


class OrganizationHandle(Blocking[resources.OrganizationHandle]):
    """Hold on to one organization: its `users` and its `invitations`. Making one sends no request."""

    @property
    def id(self) -> str | None:
        """Give the organization's id, None where it is the credentials' own."""
        return self._async.id

    @property
    def provider(self) -> Provider:
        """Give the provider that keeps the organization."""
        return self._async.provider

    @property
    def users(self) -> Users:
        """Give the members of the organization."""
        return Users(self._async.users, self._portal)

    @property
    def invitations(self) -> Invitations:
        """Give the organization's invitations.

        Raises `UnsupportedError` where the provider has none.
        """
        return Invitations(self._async.invitations, self._portal)
