"""Organizations of a tenant that stores an application's data with them: whole operations, and adoption by a mark."""

from __future__ import annotations

from abc import abstractmethod
from functools import partial
from typing import ClassVar

from orgsdk.domain import Organization, OrganizationChanges, OrganizationDraft, OrganizationQuery
from orgsdk.pagination import Listing, Paginator
from orgsdk.providers.http.connection import BodyReader
from orgsdk.providers.http.creation import create_or_adopt_marked
from orgsdk.providers.http.routes import RoutedOperations
from orgsdk.providers.operations import OrganizationOperations
from orgsdk.transport import Request


class MarkedOrganizations(RoutedOperations, OrganizationOperations):
    """Operations on organizations whose names are not unique, at a provider that stores metadata with them.

    A subclass has `_routes`, `_reader` and `_mark`, and builds the requests: `_list_request`, `_get_request`, and for
    the capabilities `_create_request`, `_update_request` and `_delete_request`. A new organization has a random mark,
    by which it is adopted after a lost create. A second one is never created.

    Args:
        connection: Sends the requests.

    Attributes:
        _reader: Reads organizations.
        _mark: The member of an organization's JSON with the application's data, and the key of the mark in it.
        _filters_again: Whether the result of a search is filtered by name and id, because some servers ignore it.

    Example:
        ``class AcmeOrganizations(MarkedOrganizations): _mark = ("metadata", "orgsdk_creation")``
    """

    _reader: ClassVar[BodyReader[Organization]]
    _mark: ClassVar[tuple[str, str]]
    _filters_again: ClassVar[bool] = False

    # What a provider writes

    @abstractmethod
    def _list_request(
        self, position: str | None, page_size: int, *, query: str | None = None, complete: bool = False
    ) -> Request:
        """Build the request for a page of the organizations that a search finds."""

    @abstractmethod
    def _get_request(self, organization_id: str) -> Request:
        """Build the request that reads one organization."""

    @abstractmethod
    def _create_request(self, draft: OrganizationDraft, mark: str) -> Request:
        """Build the request that creates an organization with a mark."""

    @abstractmethod
    def _update_request(self, organization_id: str, changes: OrganizationChanges) -> Request | None:
        """Build the request that updates an organization. None if nothing changes."""

    @abstractmethod
    def _delete_request(self, organization_id: str) -> Request:
        """Build the request that deletes an organization."""

    # What follows from it

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe the list of all organizations, or of a search."""
        text = (query.query or "").casefold() if self._filters_again else ""
        build_request = partial(self._list_request, query=query.query or None, complete=query.complete)
        return self._listing(
            "organizations.list",
            self._fetcher(self._reader, build_request, complete=query.complete),
            query.query,
            keep=lambda each: text in (each.name or "").casefold() or text in each.id.casefold(),
            complete=query.complete,
        )

    async def get(self, organization_id: str) -> Organization:
        """Return one organization."""
        return await self._connection.read_one(self._get_request(organization_id), self._reader)

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Create an organization, or adopt it by its mark after a lost response."""
        bounded = self._within_timeout()

        def candidates() -> Paginator[Organization]:
            return Paginator(bounded.list(OrganizationQuery(query=draft.name, complete=True)))

        build_request = partial(self._create_request, draft)
        return await create_or_adopt_marked(bounded._connection, build_request, self._reader, candidates, *self._mark)

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Update an organization. Without a change, it is read."""
        request = self._update_request(organization_id, changes)
        return await (
            self.get(organization_id) if request is None else self._connection.read_one(request, self._reader)
        )

    async def remove(self, organization_id: str) -> None:
        """Delete an organization."""
        await self._connection.send(self._delete_request(organization_id))
