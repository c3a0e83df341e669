"""The blocking resources: each verb wraps the async one, with its signature and its docstring."""

from __future__ import annotations

import re
from functools import partial, wraps
from typing import TYPE_CHECKING, Concatenate, Final, Generic, ParamSpec, TypeVar

from orgsdk import resources
from orgsdk.blocking.pagination import Paginator

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk import pagination
    from orgsdk.blocking.portal import Portal
    from orgsdk.providers.base import Provider

P = ParamSpec("P")
T = TypeVar("T")
AsyncT = TypeVar("AsyncT", covariant=True)


class BlockingResource(Generic[AsyncT]):
    """Stand before an async object, and run its coroutines in the portal."""

    def __init__(self, asynchronous: AsyncT, portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal

    def __repr__(self) -> str:
        return f"{self._async!r} (blocking)"


def verb(
    method: Callable[Concatenate[AsyncT, P], Awaitable[T]],
) -> Callable[Concatenate[BlockingResource[AsyncT], P], T]:
    """Make a method that waits for what `method` gives."""

    @wraps(method)
    def blocking(self: BlockingResource[AsyncT], /, *args: P.args, **kwargs: P.kwargs) -> T:
        asynchronous, portal = _unwrap(self)
        return portal.call(partial(method, asynchronous, *args, **kwargs), method.__qualname__)

    blocking.__doc__ = without_await(method.__doc__ or "")
    return blocking


def listing(
    method: Callable[Concatenate[AsyncT, P], pagination.Paginator[T]],
) -> Callable[Concatenate[BlockingResource[AsyncT], P], Paginator[T]]:
    """Make a method that gives the list of `method` as one to walk by a plain `for`."""

    @wraps(method)
    def blocking(self: BlockingResource[AsyncT], /, *args: P.args, **kwargs: P.kwargs) -> Paginator[T]:
        asynchronous, portal = _unwrap(self)
        return Paginator(method(asynchronous, *args, **kwargs), portal)

    blocking.__doc__ = without_await(method.__doc__ or "")
    return blocking


def without_await(docstring: str) -> str:
    """Give an async verb's docstring with its examples as they are written here."""
    return re.sub(r"\b(?:async|await) ", "", docstring)


def _unwrap(handle: BlockingResource[AsyncT]) -> tuple[AsyncT, Portal]:
    return handle._async, handle._portal  # pyright: ignore[reportPrivateUsage]  # the methods made here are its own


class Organizations(BlockingResource[resources.Organizations]):
    """Work with the organizations that the credentials reach."""

    list: Final = listing(resources.Organizations.list)
    get: Final = verb(resources.Organizations.get)
    create: Final = verb(resources.Organizations.create)
    update: Final = verb(resources.Organizations.update)
    remove: Final = verb(resources.Organizations.remove)


class Users(BlockingResource[resources.Users]):
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


class Accounts(BlockingResource[resources.Accounts]):
    """Work with every account of the tenant."""

    list: Final = listing(resources.Accounts.list)
    get: Final = verb(resources.Accounts.get)
    find: Final = verb(resources.Accounts.find)
    count: Final = verb(resources.Accounts.count)
    create: Final = verb(resources.Accounts.create)
    update: Final = verb(resources.Accounts.update)
    remove: Final = verb(resources.Accounts.remove)
    suspend: Final = verb(resources.Accounts.suspend)


class Invitations(BlockingResource[resources.Invitations]):
    """Work with the invitations to one organization."""

    list: Final = listing(resources.Invitations.list)
    get: Final = verb(resources.Invitations.get)
    create: Final = verb(resources.Invitations.create)
    resend: Final = verb(resources.Invitations.resend)
    accept: Final = verb(resources.Invitations.accept)
    revoke: Final = verb(resources.Invitations.revoke)
    remove: Final = verb(resources.Invitations.remove)


class Roles(BlockingResource[resources.Roles]):
    """Work with the roles that members of an organization can hold."""

    list: Final = listing(resources.Roles.list)
    get: Final = verb(resources.Roles.get)
    create: Final = verb(resources.Roles.create)
    update: Final = verb(resources.Roles.update)
    remove: Final = verb(resources.Roles.remove)


class OrganizationHandle(BlockingResource[resources.OrganizationHandle]):
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
    def accounts(self) -> Accounts:
        """Return every account of the tenant that the organization belongs to, as `OrgClient.accounts` does.

        Raises:
            UnsupportedError: The provider has no accounts outside organizations (Flat).
        """
        return Accounts(self._async.accounts, self._portal)

    @property
    def roles(self) -> Roles:
        """Return the roles that members of the organization can hold."""
        return Roles(self._async.roles, self._portal)

    @property
    def invitations(self) -> Invitations:
        """Give the organization's invitations.

        Raises `UnsupportedError` where the provider has none.
        """
        return Invitations(self._async.invitations, self._portal)
