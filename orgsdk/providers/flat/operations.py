"""Base class of Flat's operations, and the description of its lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from orgsdk.pagination import Listing
from orgsdk.providers.flat import requests

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.pagination import Slice
    from orgsdk.providers.flat.connection import FlatConnection
    from orgsdk.providers.flat.organizations import FlatOrganizations

T = TypeVar("T")


def describe_list(
    name: str,
    scope: tuple[str | None, ...],
    fetch: Callable[[str | None, int], Awaitable[Slice[T]]],
    *,
    keep: Callable[[T], bool] | None = None,
    count: Callable[[], Awaitable[int]] | None = None,
) -> Listing[T]:
    """Describe the list called `name`, narrowed by `scope` at Flat, and by `keep` here where Flat cannot."""
    return Listing(
        provider=requests.NAME,
        name=name,
        scope=scope,
        max_page_size=requests.MAX_PAGE_SIZE,
        fetch=fetch,
        keep=keep,
        count=count,
    )


class FlatOperations:
    """Speak of one organization; `organization_id` is None for the token's own, whatever its id."""

    def __init__(
        self, connection: FlatConnection, organizations: FlatOrganizations, organization_id: str | None
    ) -> None:
        self._connection = connection
        self._organizations = organizations
        self._organization_id = organization_id

    async def _check_organization(self) -> None:
        await self._organizations.check(self._organization_id)
