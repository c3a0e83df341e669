"""Flat's four roles, which no request lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.pagination import Listing, SinglePage, Slice
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.flat import wire
from orgsdk.providers.flat.records import ROLES

if TYPE_CHECKING:
    from orgsdk.domain import Role, RoleQuery


class FlatRoles(RoleOperations):
    """List the fixed roles; sends nothing."""

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the four roles, or of those whose name contains the query."""
        single = SinglePage()
        wanted = (query.query or "").casefold()

        async def fetch(position: str | None, page_size: int) -> Slice[Role]:
            single.parameters(position)
            return single.slice([role for role in ROLES if wanted in role.name.casefold()])

        return Listing(
            provider=wire.NAME,
            name="roles.list",
            scope=(query.query,),
            max_page_size=wire.MAX_PAGE_SIZE,
            fetch=fetch,
        )
