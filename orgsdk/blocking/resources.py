"""The blocking resources: each verb wraps the async one, with its signature and its docstring."""

from __future__ import annotations

import re
from functools import partial, wraps
from typing import TYPE_CHECKING, Concatenate, Final, Generic, ParamSpec, TypeVar

from orgsdk import resources
from orgsdk._known_names import KnownNames
from orgsdk._parameters import MisuseError, hide_password
from orgsdk._unpicklable import Unpicklable
from orgsdk.blocking.pagination import Paginator
from orgsdk.providers.base import Provider
from orgsdk.resources.base import show_call

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk import pagination
    from orgsdk.blocking.portal import Portal

P = ParamSpec("P")
T = TypeVar("T")
AsyncT = TypeVar("AsyncT", covariant=True)


class BlockingResource(KnownNames, Unpicklable, Generic[AsyncT]):
    """Base of the blocking resources: an async object whose coroutines run in the portal."""

    def __init__(self, asynchronous: AsyncT, portal: Portal) -> None:
        self._async = asynchronous
        self._portal = portal

    def __repr__(self) -> str:
        return f"{self._async!r} (blocking)"

    if not TYPE_CHECKING:  # a type checker reports the missing method itself

        def __iter__(self) -> None:
            what = "an organization: iterate its `users.list()`"
            if hasattr(self, "list"):
                what = "a resource, not a list: iterate its `list()`"
            raise MisuseError(f"{type(self).__name__} is {what}.")

        __aiter__ = __iter__


def verb(
    method: Callable[Concatenate[AsyncT, P], Awaitable[T]],
) -> Callable[Concatenate[BlockingResource[AsyncT], P], T]:
    """Return a blocking method that waits for the result of an async one."""

    @wraps(method)
    def blocking(self: BlockingResource[AsyncT], /, *args: P.args, **kwargs: P.kwargs) -> T:
        hide_password(kwargs)
        asynchronous, portal = _unwrap(self)
        return portal.call_provider(partial(method, asynchronous, *args, **kwargs), method.__qualname__)

    blocking.__doc__ = without_await(method.__doc__ or "")
    return blocking


def listing(
    method: Callable[Concatenate[AsyncT, P], pagination.Paginator[T]],
) -> Callable[Concatenate[BlockingResource[AsyncT], P], Paginator[T]]:
    """Return a method that returns the list of an async one as a blocking paginator."""

    @wraps(method)
    def blocking(self: BlockingResource[AsyncT], /, *args: P.args, **kwargs: P.kwargs) -> Paginator[T]:
        asynchronous, portal = _unwrap(self)
        return Paginator(method(asynchronous, *args, **kwargs), portal)

    blocking.__doc__ = without_await(method.__doc__ or "")
    return show_call(blocking)


def without_await(docstring: str) -> str:
    """Return the docstring of an async method without `async` and `await` in its examples."""
    return re.sub(r"\b(?:async|await) ", "", docstring)


def _unwrap(handle: BlockingResource[AsyncT]) -> tuple[AsyncT, Portal]:
    return handle._async, handle._portal  # pyright: ignore[reportPrivateUsage]  # called only by its own methods


class Organizations(BlockingResource[resources.Organizations]):
    """The organizations that the credentials can access. See `orgsdk.resources.Organizations`."""

    list: Final = listing(resources.Organizations.list)
    get: Final = verb(resources.Organizations.get)
    create: Final = verb(resources.Organizations.create)
    update: Final = verb(resources.Organizations.update)
    remove: Final = verb(resources.Organizations.remove)


class Users(BlockingResource[resources.Users]):
    """The members of one organization. See `orgsdk.resources.Users`."""

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
    """The accounts of a tenant. See `orgsdk.resources.Accounts`."""

    list: Final = listing(resources.Accounts.list)
    get: Final = verb(resources.Accounts.get)
    find: Final = verb(resources.Accounts.find)
    count: Final = verb(resources.Accounts.count)
    create: Final = verb(resources.Accounts.create)
    update: Final = verb(resources.Accounts.update)
    remove: Final = verb(resources.Accounts.remove)
    suspend: Final = verb(resources.Accounts.suspend)
    list_organizations: Final = verb(resources.Accounts.list_organizations)


class Invitations(BlockingResource[resources.Invitations]):
    """The invitations to one organization. See `orgsdk.resources.Invitations`."""

    list: Final = listing(resources.Invitations.list)
    get: Final = verb(resources.Invitations.get)
    create: Final = verb(resources.Invitations.create)
    resend: Final = verb(resources.Invitations.resend)
    accept: Final = verb(resources.Invitations.accept)
    revoke: Final = verb(resources.Invitations.revoke)
    remove: Final = verb(resources.Invitations.remove)


class Roles(BlockingResource[resources.Roles]):
    """The roles that members of an organization can have. See `orgsdk.resources.Roles`."""

    list: Final = listing(resources.Roles.list)
    get: Final = verb(resources.Roles.get)
    create: Final = verb(resources.Roles.create)
    update: Final = verb(resources.Roles.update)
    remove: Final = verb(resources.Roles.remove)


class OrganizationHandle(BlockingResource[resources.OrganizationHandle]):
    """One organization, with its users and invitations. Creating a handle sends no request."""

    @property
    def id(self) -> str | None:
        """The organization's id. None for the organization of the credentials."""
        return self._async.id

    @property
    def provider(self) -> Provider:
        """The provider that has the organization."""
        return self._async.provider

    @property
    def users(self) -> Users:
        """The members of the organization."""
        return Users(self._async.users, self._portal)

    @property
    def accounts(self) -> Accounts:
        """Every account of the organization's tenant, as `OrgClient.accounts`."""
        return Accounts(self._async.accounts, self._portal)

    @property
    def roles(self) -> Roles:
        """The roles that members of the organization can have."""
        return Roles(self._async.roles, self._portal)

    @property
    def invitations(self) -> Invitations:
        """The invitations to the organization. Without invitations, its methods raise `UnsupportedError`."""
        return Invitations(self._async.invitations, self._portal)
