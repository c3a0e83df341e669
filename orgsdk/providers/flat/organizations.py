"""The one organization that a Flat token reaches: its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from anyio import Lock

from orgsdk.domain import Organization
from orgsdk.errors import NotFoundError
from orgsdk.pagination import Listing, SinglePage, Slice
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.flat import records, wire
from orgsdk.providers.reading import read

if TYPE_CHECKING:
    from orgsdk.domain import OrganizationQuery
    from orgsdk.transport import Transport


class FlatOrganizations(OrganizationOperations):
    """Read the token's organization from `GET /me`, once: a token cannot change its organization."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._lock = Lock()
        self._account: records.FlatAccount | None = None

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of one: the token's own organization."""
        single = SinglePage()

        async def fetch(position: str | None, page_size: int) -> Slice[Organization]:
            single.parameters(position)
            own = await self._own_id()
            return single.slice([Organization(id=own)] if own is not None else [])

        return Listing(
            provider=wire.NAME,
            name="organizations.list",
            scope=(),
            max_page_size=wire.MAX_PAGE_SIZE,
            fetch=fetch,
        )

    async def get(self, organization_id: str) -> Organization:
        """Give the token's own organization where the id is its; no other can be reached."""
        wire.IDS.check(organization_id, "organization id")
        if await self._own_id() != organization_id:
            raise NotFoundError(
                f"the token does not belong to organization {organization_id}: Flat reaches the token's own alone.",
                provider=wire.NAME,
                operation="get_authenticated_user",
            )
        return Organization(id=organization_id)

    async def _own_id(self) -> str | None:
        # Behind the lock, so that one request answers all who ask at once.
        async with self._lock:
            if self._account is None:
                request = wire.get_authenticated_user()
                response = await self._transport.send(request)
                self._account = read(
                    records.accounts.one, response.content, provider=wire.NAME, operation=request.operation
                )
            return self._account.organization_id
