"""The organization roles of a Logto tenant, the same for every organization in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.domain import RoleQuery
from orgsdk.errors import NotFoundError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import RoleOperations
from orgsdk.providers.logto import records, wire
from orgsdk.providers.logto.reading import paged

if TYPE_CHECKING:
    from orgsdk.domain import Role
    from orgsdk.pagination import Listing
    from orgsdk.transport import Request, Transport


class LogtoRoles(RoleOperations):
    """Read organization roles."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self, query: RoleQuery) -> Listing[Role]:
        """Describe `ListOrganizationRoles`."""

        async def ask(position: str | None, page_size: int) -> Request:
            return wire.list_organization_roles(query.query, position, page_size)

        return paged(self._transport, records.roles, name="roles.list", scope=(query.query,), ask=ask)

    async def id_of(self, name: str) -> str:
        """Give the id of the role called `name`: Logto's filters take ids alone.

        Raises `NotFoundError` where the tenant has no such role.
        """
        async for role in Paginator(self.list(RoleQuery(query=name))):
            if role.name == name:
                return role.id
        raise NotFoundError(
            f"the tenant has no organization role called {name!r}.",
            provider=wire.NAME,
            operation="list_organization_roles",
        )
