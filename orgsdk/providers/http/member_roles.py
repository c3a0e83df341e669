"""`add_member_roles`: the roles of the users of a list, read from another list such as memberships or groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Generic, TypeVar

from anyio import Lock

from orgsdk.domain import User
from orgsdk.errors import PaginationError
from orgsdk.pagination import Fetch, Slice
from orgsdk.pagination.walk import EndlessListGuard

UserT = TypeVar("UserT", bound=User)
RowT = TypeVar("RowT")


def add_member_roles(
    fetch: Fetch[UserT],
    fetch_rows: Fetch[RowT],
    roles_of: Callable[[RowT], Mapping[str, Sequence[str]]],
    *,
    page_size: int,
    one_row_per_user: bool = True,
) -> Fetch[UserT]:
    """Return the `fetch` of a list of users that also reads their roles from another list.

    The other list is read page by page, only as far as the users require, and once for all pages of a walk. So the
    roles of a whole list cost as many requests as the other list has pages. The ids and roles that were read are kept
    during the walk. A user who is not in the other list has no roles.

    Args:
        fetch: Returns a page of users, without roles.
        fetch_rows: Returns a page of the other list.
        roles_of: Returns the roles that a row of the other list has, by the id of the user.
        page_size: The provider's largest page of the other list.
        one_row_per_user: Whether one row has all roles of a user, as a membership does. If not, as with groups, the
            other list is read to its end first.

    Returns:
        The function for a `Listing`.

    Example:
        ``add_member_roles(fetch, fetch_memberships, lambda row: {row.user_id: row.roles}, page_size=100)``
    """
    start_walk = partial(_RolesSoFar[RowT], fetch_rows, roles_of, page_size, one_row_per_user=one_row_per_user)
    walk = start_walk()
    used: set[str | None] = set()

    async def fetch_with_roles(position: str | None, size: int) -> Slice[UserT]:
        nonlocal walk
        if position is None or position in used:  # another walk: the roles may have changed since the last one
            walk = start_walk()
            used.clear()
        current = walk
        found = await fetch(position, size)
        roles = await current.of([user.id for user in found.items])
        used.add(position)  # not before: a page that failed is requested again
        items = [user.model_copy(update={"roles": roles[user.id]}) for user in found.items]
        return replace(found, items=items)

    return fetch_with_roles


class _RolesSoFar(Generic[RowT]):
    """The rows that were read so far, for one walk."""

    def __init__(
        self,
        fetch: Fetch[RowT],
        roles_of: Callable[[RowT], Mapping[str, Sequence[str]]],
        page_size: int,
        *,
        one_row_per_user: bool,
    ) -> None:
        self._fetch = fetch
        self._roles_of = roles_of
        self._page_size = page_size
        self._is_enough = one_row_per_user
        self._roles: dict[str, tuple[str, ...]] = {}
        self._position: str | None = None
        self._ended = False
        self._guard = EndlessListGuard(None, page_size)
        self._lock = Lock()  # pages of users may be fetched concurrently

    async def of(self, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the roles of these users, after as many requests as that takes."""
        async with self._lock:
            while not self._ended and not (self._is_enough and all(user_id in self._roles for user_id in ids)):
                await self._read_page()
        return {user_id: self._roles.get(user_id, ()) for user_id in ids}

    async def _read_page(self) -> None:
        found = await self._fetch(self._position, self._page_size)
        problem = self._guard.problem_of(found)
        if problem is not None:
            raise PaginationError(f"The list with the users' roles: {problem}")
        for row in found.items:
            for user_id, roles in self._roles_of(row).items():
                known = self._roles.get(user_id, ())
                self._roles[user_id] = (*known, *(role for role in roles if role not in known))
        self._position = found.next
        self._ended = found.next is None
