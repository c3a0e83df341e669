"""Base of WorkOS' operations: lists whose cursors name a row, lookups after a lost create, unknown organizations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import anyio

from orgsdk.domain import Invitation, Organization, User
from orgsdk.errors import NotFoundError
from orgsdk.pagination import Listing
from orgsdk.providers.http import BodyCursor, HTTPOperations, complete_by_row_cursor
from orgsdk.providers.workos.native.routes import MAX_PAGE_SIZE, NAME, PAGES, build, build_page
from orgsdk.providers.workos.records import organization_reader
from orgsdk.transport.headers import response_date

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.pagination import Fetch
    from orgsdk.providers.http import EnvelopeReader
    from orgsdk.providers.http.duplicates import RowT
    from orgsdk.providers.workos.models import WorkOSBody
    from orgsdk.transport import Request

T = TypeVar("T")
CreatedT = TypeVar("CreatedT", User, Invitation)

# A complete list continues after a row that was removed, so that its pages may have rows that were read before.
_COMPLETE_PAGES = BodyCursor(next=("list_metadata", "after"), unique=False)
# Two servers of one provider may differ by this much.
_CLOCK_SKEW = timedelta(seconds=60)


class WorkOSOperations(HTTPOperations):
    """Base of the operations."""

    async def _one(
        self, reader: EnvelopeReader[T], operation: str, body: WorkOSBody | None = None, /, **names: str
    ) -> T:
        """Send the request of an operation, and return the object of its response."""
        return await self._connection.read_one(build(operation, body, **names), reader)

    async def _send(self, operation: str, body: WorkOSBody | None = None, /, **names: str) -> None:
        await self._connection.send(build(operation, body, **names))

    def _fetcher(
        self, reader: EnvelopeReader[T], operation: str, *filters: tuple[str, str | None], complete: bool = False
    ) -> Fetch[T]:
        """Return the `fetch` of a list, newest first. A filter of None is left out."""
        paging = _COMPLETE_PAGES if complete else PAGES
        return self._connection.fetcher(
            lambda position, size: build_page(operation, position, size, *filters), reader, paging
        )

    def _listing(
        self,
        name: str,
        scope: tuple[str | None, ...],
        fetch: Fetch[RowT],
        *,
        keep: Callable[[RowT], bool] | None = None,
        complete: bool = False,
    ) -> Listing[RowT]:
        listing = Listing(provider=NAME, name=name, scope=scope, max_page_size=MAX_PAGE_SIZE, fetch=fetch, keep=keep)
        return complete_by_row_cursor(listing) if complete else listing

    async def _read_created(self, request: Request, reader: EnvelopeReader[CreatedT], started: float) -> list[CreatedT]:
        """Return the records of a lookup that were created since `started` on anyio's clock, by the server's clock.

        An older one is another's: WorkOS refused the create because of it.
        """
        response = await self._connection.send(request)
        now, elapsed = datetime.now(UTC), timedelta(seconds=anyio.current_time() - started)
        since = (response_date(response.headers, now) or now) - elapsed - _CLOCK_SKEW
        found = self._connection.decode(request, response, reader.many)
        return [each for each in found if each.created_at is not None and each.created_at >= since]

    async def _get_organization(self, organization_id: str) -> Organization:
        """Return an organization. WorkOS' own 404 does not name the usual reason."""
        try:
            return await self._one(organization_reader, "get_organization", organization_id=organization_id)
        except NotFoundError as error:
            error.message = (
                f"organization {organization_id} does not exist in the environment of this API key. Check the id, or "
                "use a key of the organization's environment."
            )
            raise
