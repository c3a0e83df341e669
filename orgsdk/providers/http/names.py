"""Names of roles: choose an item by its name or id, and cache the names that a provider has."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, TypeVar

import anyio

from orgsdk.domain import Role
from orgsdk.errors import APIError, UnsupportedError
from orgsdk.providers.operations import unknown_name_error


class HasName(Protocol):
    """An object with an id and a name: a role or a scope."""

    @property
    def id(self) -> str:
        """The id."""
        ...

    @property
    def name(self) -> str:
        """The name."""
        ...


HasNameT = TypeVar("HasNameT", bound=HasName)


def by_id_and_name(items: Iterable[HasNameT]) -> dict[str, HasNameT]:
    """Return items by their ids and names. An id has priority over a name, because an item can be named like an id.

    Args:
        items: The items.

    Returns:
        The items by id and by name.
    """
    listed = list(items)
    return {each.name: each for each in listed} | {each.id: each for each in listed}


def choose(key: str, items: Iterable[HasNameT], *, provider: str, operation: str, noun: str = "role") -> HasNameT:
    """Return the item with this id or name.

    Args:
        key: The id or name that the caller passed.
        items: The items that exist.
        provider: Name of the provider, for the error.
        operation: The provider's own name of the operation, for the error.
        noun: What the items are, such as ``role`` or ``scope``.

    Returns:
        The item.

    Raises:
        NotFoundError: There is none. The error has the names that exist.

    Example:
        ``role = choose("teacher", await read_roles(), provider="acme", operation="list_roles")``
    """
    listed = list(items)
    found = by_id_and_name(listed).get(key)
    if found is None:
        names = [each.name for each in listed]
        raise unknown_name_error(key, names, provider=provider, operation=operation, noun=noun)
    return found


class RoleNames:
    """The names of the roles that members can have, by name or id, and how many a member can have.

    The roles are read once, and again for a role that is not among them. So a role of a later call is checked without a
    request. If it was deleted meanwhile, `explain_refusal` reads the roles again.

    Args:
        read: Returns the roles.
        known: Keeps the names for later calls. Pass the same dict for all operations on one organization.
        provider: Name of the provider, for errors.
        operation: The provider's own name of `read`, for errors.
        one_role_advice: What to do instead of giving a member several roles, or none, if a member has exactly one.
            Default: a member can have any number.
        refused: Whether the provider has sent an error because a role does not exist. Default: never.
        lock: Lets calls at the same time read the roles once. Pass the same lock with the same `known`.

    Example:
        ``RoleNames(read_roles, known, provider="acme", operation="list_roles")``
    """

    def __init__(
        self,
        read: Callable[[], Awaitable[Sequence[Role]]],
        known: dict[str, str],
        *,
        provider: str,
        operation: str,
        one_role_advice: str | None = None,
        refused: Callable[[APIError], bool] = lambda _: False,
        lock: anyio.Lock | None = None,
    ) -> None:
        self._read = read
        self._known = known
        self._provider = provider
        self._operation = operation
        self._one_role_advice = one_role_advice
        self._refused = refused
        self._lock = anyio.Lock() if lock is None else lock

    async def read(self) -> Sequence[Role]:
        """Return the roles that exist now.

        Returns:
            The roles.
        """
        found = await self._read()
        self._known.clear()
        self._known.update({key: role.name for key, role in by_id_and_name(found).items()})
        return found

    async def name_of(self, role: str) -> str:
        """Return the name of a role.

        Args:
            role: Its id or name.

        Returns:
            The name.

        Raises:
            NotFoundError: There is no such role. The error has those that exist.
        """
        async with self._lock:
            known = self._known.get(role)
            if known is None:
                return choose(role, await self.read(), provider=self._provider, operation=self._operation).name
            return known

    async def names_of(self, roles: Sequence[str], verb: str, *, none: bool = True) -> list[str]:
        """Return the names of the roles that a call gives to a member.

        Args:
            roles: Their ids or names.
            verb: The call, for the error, such as ``users.create``.
            none: Whether no role is accepted where a member has exactly one: the provider has a default.

        Returns:
            The names, without duplicates.

        Raises:
            NotFoundError: There is no such role. The error has those that exist.
            UnsupportedError: A member has exactly one role, and another number was given.
        """
        if self._one_role_advice is not None and (len(roles) > 1 or not (roles or none)):
            raise UnsupportedError(self._provider, f"{verb} with {len(roles)} roles", self._one_role_advice)
        return list(dict.fromkeys([await self.name_of(role) for role in roles]))

    def with_added(self, current: Sequence[str], added: Sequence[str]) -> list[str]:
        """Return the roles of a member after some were added.

        Args:
            current: The names of the member's roles.
            added: The names of the new roles.

        Returns:
            The names of all roles.

        Raises:
            UnsupportedError: A member has exactly one role, and would have several.
        """
        after = list(dict.fromkeys((*current, *added)))
        if self._one_role_advice is not None and len(after) > max(1, len(current)):
            raise UnsupportedError(self._provider, "users.add_roles with a second role", self._one_role_advice)
        return after

    def without_removed(self, current: Sequence[str], removed: Sequence[str]) -> list[str]:
        """Return the roles of a member after some were taken.

        Args:
            current: The names of the member's roles.
            removed: The names of the roles to take.

        Returns:
            The names of the roles that are left.

        Raises:
            UnsupportedError: A member has exactly one role, and would have none.
        """
        after = [name for name in current if name not in removed]
        if self._one_role_advice is not None and current and not after:
            raise UnsupportedError(self._provider, "users.remove_roles of the only role", self._one_role_advice)
        return after

    @asynccontextmanager
    async def explain_refusal(self, names: Sequence[str]) -> AsyncGenerator[None]:
        """Turn the provider's error for a role that was deleted meanwhile into the one with the roles that exist.

        Args:
            names: The names of the roles that are sent.

        Yields:
            Nothing.

        Raises:
            NotFoundError: One of the roles does not exist any more.
        """
        try:
            yield
        except APIError as error:
            if self._refused(error):
                self._known.clear()
                for name in names:
                    await self.name_of(name)
            raise
