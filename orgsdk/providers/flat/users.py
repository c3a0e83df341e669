"""Users of the token's organization at Flat."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from orgsdk.domain import UserQuery
from orgsdk.errors import DecodeError, NotFoundError
from orgsdk.pagination import Listing, Paginator, Slice
from orgsdk.providers.base import UserOperations
from orgsdk.providers.flat import records, wire
from orgsdk.providers.matching import match
from orgsdk.providers.reading import read
from orgsdk.transport import parse_links

if TYPE_CHECKING:
    from orgsdk.domain import User
    from orgsdk.providers.flat.organizations import FlatOrganizations
    from orgsdk.transport import Transport


class FlatUsers(UserOperations):
    """The users of one organization; `organization_id` is None for the token's own, whatever its id."""

    def __init__(self, transport: Transport, organizations: FlatOrganizations, organization_id: str | None) -> None:
        self._transport = transport
        self._organizations = organizations
        self._organization_id = organization_id

    def list(self, query: UserQuery) -> Listing[User]:
        """Describe `listOrganizationUsers`."""
        wire.filters(query)

        async def fetch(position: str | None, page_size: int) -> Slice[User]:
            request = wire.list_organization_users(query, position, page_size)
            await self._check_organization()
            response = await self._transport.send(request)
            found = read(records.users.many, response.content, provider=wire.NAME, operation=request.operation)
            return wire.CURSORS.slice(found, parse_links(response.headers.get_all("link")))

        return Listing(
            provider=wire.NAME,
            name="users.list",
            scope=(self._organization_id, query.query, query.role),
            max_page_size=wire.MAX_PAGE_SIZE,
            fetch=fetch,
        )

    async def get(self, user_id: str) -> User:
        """Give one user, found by searching: Flat has no request for one.

        Costs one request where Flat's search knows the id; else the whole list is read, a request for each 1,000
        users, before it is said that there is none.
        """
        wire.IDS.check(user_id, "user id")
        for query in (UserQuery(query=user_id), UserQuery()):
            async for user in Paginator(self.list(query)):
                if user.id == user_id:
                    return user
        raise NotFoundError(
            f"the organization has no user {user_id}.",
            provider=wire.NAME,
            operation="list_organization_users",
        )

    async def find(self, *, email: str | None, username: str | None) -> User | None:
        """Give the user of that address or username, by `listOrganizationUsers` with `q`."""
        found = Paginator(self.list(UserQuery(query=email or username)))
        return await match(
            found, email=email, username=username, provider=wire.NAME, operation="list_organization_users"
        )

    async def count(self, query: UserQuery) -> int:
        """Count by `countOrgaUsers`, which answers a bare integer."""
        request = wire.count_orga_users(query)
        await self._check_organization()
        response = await self._transport.send(request)
        text = response.content.strip()
        if not re.fullmatch(rb"\d{1,15}", text):
            raise DecodeError("the count is no number.", provider=wire.NAME, operation=request.operation)
        return int(text)

    async def _check_organization(self) -> None:
        if self._organization_id is not None:
            await self._organizations.get(self._organization_id)
