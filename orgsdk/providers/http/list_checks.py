"""Lists of providers that answer with an empty list for an organization that does not exist, or without pages."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from orgsdk.errors import NotFoundError
from orgsdk.pagination import Fetch, Slice
from orgsdk.providers.http.paging import SinglePage

T = TypeVar("T")

_SINGLE = SinglePage()


def check_if_empty(fetch: Fetch[T], check: Callable[[], Awaitable[object]]) -> Fetch[T]:
    """Return a `fetch` that checks the organization if the list is empty, or if the provider does not find it.

    Many providers answer with an empty list for an organization that does not exist.

    Args:
        fetch: Returns a page.
        check: Raises `NotFoundError` if the organization does not exist.

    Returns:
        The function for a `Listing`. An empty first page costs one more request.

    Example:
        ``check_if_empty(fetch, lambda: self._one(READER, "get_organization", organization_id=own))``
    """

    async def fetch_checked(position: str | None, page_size: int) -> Slice[T]:
        try:
            found = await fetch(position, page_size)
        except NotFoundError:
            await check()
            raise
        if position is None and not found.items:
            await check()
        return found

    return fetch_checked


def fetch_whole(read: Callable[[], Awaitable[Sequence[T]]], keep: Callable[[T], bool] | None = None) -> Fetch[T]:
    """Return the `fetch` of a list that has one page.

    Args:
        read: Returns all items.
        keep: Applies the filters that the provider does not have. The total is that of the kept items.

    Returns:
        The function for a `Listing`.

    Example:
        ``fetch = fetch_whole(read_roles, lambda role: role.name != "admin")``
    """

    async def fetch(position: str | None, _size: int) -> Slice[T]:
        _SINGLE.parameters(position)
        return _SINGLE.slice([*filter(keep, await read())] if keep else [*await read()])

    return fetch
