"""Flat's four roles, which no request lists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import NotFoundError
from orgsdk.pagination import SinglePage, Slice
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.flat import records, requests
from orgsdk.providers.flat.operations import describe_list

if TYPE_CHECKING:
    from orgsdk.domain import Role, RoleQuery
    from orgsdk.pagination import Listing


class FlatRoles(RoleOperations):
    """List and give the fixed roles; sends nothing."""

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe the list of the four roles, or of those whose name contains the query."""
        single = SinglePage()
        wanted = (query.query or "").casefold()

        async def fetch(position: str | None, page_size: int) -> Slice[Role]:
            single.parameters(position)
            return single.slice([role for role in records.all_roles() if wanted in role.name.casefold()])

        return describe_list("roles.list", (query.query,), fetch)

    async def get(self, role: str) -> Role:
        """Give one of the four roles."""
        for known in records.all_roles():
            if known.id == role:
                return known
        raise NotFoundError(
            f"there is no role {role!r}: Flat's roles are {', '.join(requests.ROLE_NAMES)}.",
            provider=requests.NAME,
            operation="roles.get",
        )
