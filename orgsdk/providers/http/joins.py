"""Lists that are joined: what a user of one list has in another one, such as roles or the user of a membership."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
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
ValueT = TypeVar("ValueT")


def add_member_roles(
    fetch: Fetch[UserT],
    fetch_rows: Fetch[RowT],
    roles_of: Callable[[RowT], Mapping[str, Sequence[str]]],
    *,
    page_size: int,
    one_row_per_user: bool = True,
    lacks_roles: Callable[[UserT], bool] = lambda _: True,
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
        lacks_roles: Whether a user came without roles. If no user of a page did, no other list is read for it.

    Returns:
        The function for a `Listing`.

    Example:
        ``add_member_roles(fetch, fetch_memberships, lambda row: {row.user_id: row.roles}, page_size=100)``
    """

    def merge(known: Sequence[str] | None, more: Sequence[str]) -> Sequence[str]:
        return tuple(dict.fromkeys((*(known or ()), *more)))

    async def with_roles(users: list[UserT], rows: _RowsSoFar[RowT, Sequence[str]]) -> list[UserT]:
        bare = {user.id for user in users if lacks_roles(user)}
        roles: Mapping[str, Sequence[str]] = await rows.of(bare) if bare else {}
        return [
            user.model_copy(update={"roles": tuple(roles.get(user.id, ()))}) if user.id in bare else user
            for user in users
        ]

    start = partial(_RowsSoFar[RowT, Sequence[str]], fetch_rows, roles_of, merge, page_size, is_enough=one_row_per_user)
    return _join(fetch, start, with_roles)


def add_users(
    fetch: Fetch[UserT],
    fetch_users: Fetch[User],
    join: Callable[[UserT, User], UserT],
    *,
    lacks_user: Callable[[UserT], bool],
    page_size: int,
) -> Fetch[UserT]:
    """Return the `fetch` of a list of memberships that also reads their users from the list of users.

    As for `add_member_roles`, the list of users is read only as far as required, and once for a walk. No request is
    sent if all memberships of a page have their users. A membership without a user in the list is left out.

    Args:
        fetch: Returns a page of memberships, whose ids are those of their users.
        fetch_users: Returns a page of users.
        join: Returns a membership with the fields of its user.
        lacks_user: Whether a membership came without its user.
        page_size: The provider's largest page of users.

    Returns:
        The function for a `Listing`.

    Example:
        ``add_users(fetch, fetch_users, with_user, lacks_user=lambda member: member.email is None, page_size=100)``
    """

    async def with_users(members: list[UserT], rows: _RowsSoFar[User, User]) -> list[UserT]:
        bare = {member.id for member in members if lacks_user(member)}
        users = await rows.of(bare)
        return [
            join(member, users[member.id]) if member.id in bare else member
            for member in members
            if member.id not in bare or member.id in users
        ]

    start = partial(_RowsSoFar[User, User], fetch_users, lambda user: {user.id: user}, lambda _, user: user, page_size)
    return _join(fetch, start, with_users)


def _join(
    fetch: Fetch[UserT],
    start_walk: Callable[[], _RowsSoFar[RowT, ValueT]],
    join_page: Callable[[list[UserT], _RowsSoFar[RowT, ValueT]], Awaitable[list[UserT]]],
) -> Fetch[UserT]:
    walk = start_walk()
    used: set[str | None] = set()

    async def fetch_joined(position: str | None, size: int) -> Slice[UserT]:
        nonlocal walk
        if position is None or position in used:  # another walk: the rows may have changed since the last one
            walk = start_walk()
            used.clear()
        current = walk
        found = await fetch(position, size)
        items = await join_page(found.items, current)
        used.add(position)  # not before: a page that failed is requested again
        return replace(found, items=items)

    return fetch_joined


class _RowsSoFar(Generic[RowT, ValueT]):
    """The rows of the other list that were read so far, for one walk."""

    def __init__(
        self,
        fetch: Fetch[RowT],
        values_of: Callable[[RowT], Mapping[str, ValueT]],
        merge: Callable[[ValueT | None, ValueT], ValueT],
        page_size: int,
        *,
        is_enough: bool = True,
    ) -> None:
        self._fetch = fetch
        self._values_of = values_of
        self._merge = merge
        self._page_size = page_size
        self._is_enough = is_enough
        self._values: dict[str, ValueT] = {}
        self._position: str | None = None
        self._ended = False
        self._guard = EndlessListGuard(None, page_size)
        self._lock = Lock()  # pages of users may be fetched concurrently

    async def of(self, ids: Collection[str]) -> Mapping[str, ValueT]:
        """Return what was read, with the values of these users, after as many requests as that takes."""
        async with self._lock:
            while not self._ended and not (self._is_enough and all(user_id in self._values for user_id in ids)):
                await self._read_page()
        return self._values

    async def _read_page(self) -> None:
        found = await self._fetch(self._position, self._page_size)
        problem = self._guard.problem_of(found)
        if problem is not None:
            raise PaginationError(f"The list that is joined to the users: {problem}")
        for row in found.items:
            for user_id, value in self._values_of(row).items():
                self._values[user_id] = self._merge(self._values.get(user_id), value)
        self._position = found.next
        self._ended = found.next is None
