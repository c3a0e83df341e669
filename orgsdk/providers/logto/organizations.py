"""Organizations of a Logto tenant, and adoption of an organization after a lost create."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, TypeVar

from orgsdk.domain import Unset
from orgsdk.domain.record import mark_adopted
from orgsdk.errors import OrgError, OutcomeUnknownError
from orgsdk.pagination import Paginator
from orgsdk.providers.base import OrganizationOperations
from orgsdk.providers.http.adoption import is_response_lost
from orgsdk.providers.logto import records, requests
from orgsdk.providers.logto.models import CreateOrganization, UpdateOrganization
from orgsdk.providers.logto.requests import NAME
from orgsdk.providers.logto.walks import describe_list

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.domain import Organization, OrganizationChanges, OrganizationDraft, OrganizationQuery
    from orgsdk.pagination import Listing, Slice
    from orgsdk.providers.logto.connection import LogtoConnection

T = TypeVar("T")


async def create_marked(
    create: Callable[[], Awaitable[T]], look_up: Callable[[], Awaitable[T | None]], *, operation: str
) -> tuple[T, bool]:
    """Give what `create` makes, and whether it was found by `look_up` after the answer was lost.

    Unlike `create_once` it never makes a thing twice: nothing would refuse the second.

    Raises what `create` raises, and `OutcomeUnknownError` where the answer was lost and the mark is not found: the
    request may have got nowhere, or still be on its way.
    """
    try:
        return await create(), False
    except OrgError as error:
        if not is_response_lost(error):
            raise
        lost = error
    try:
        found = await look_up()
    except OrgError as error:
        raise _unknown(operation, "the look-up failed too") from error
    if found is None:
        raise _unknown(operation, "its mark is not to be found") from lost
    return found, True


def _unknown(operation: str, why: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(
        f"the answer was lost, and {why}: it may or may not have been carried out.", provider=NAME, operation=operation
    )


# The key in an organization's custom data that holds a random id: names are not unique, and Logto knows no
# idempotency key, so that by nothing else can one be told whose creation was not answered.
CREATION_MARK = "orgsdkCreation"


class LogtoOrganizations(OrganizationOperations):
    """Work with organizations."""

    def __init__(self, connection: LogtoConnection) -> None:
        self._connection = connection

    def list(self, query: OrganizationQuery) -> Listing[Organization]:
        """Describe `ListOrganizations`, which keeps no order from page to page while rows change."""
        return self._listing(requests.escape_like(query.query), query.query, complete=query.complete)

    async def get(self, organization_id: str) -> Organization:
        """Give one by `GetOrganization`."""
        request = requests.organizations.get_organization(organization_id)
        return await self._connection.read_one(records.organizations, request)

    async def create(self, draft: OrganizationDraft) -> Organization:
        """Make one by `CreateOrganization`, with a mark in its custom data by which it is found if need be."""
        mark = secrets.token_hex(8)
        body = CreateOrganization.model_validate(
            {"name": draft.name, "custom_data": {CREATION_MARK: mark}}
            | ({} if draft.description is None else {"description": draft.description})
        )
        request = requests.organizations.create_organization(body)

        async def create() -> Organization:
            return await self._connection.read_one(records.organizations, request)

        async def look_up() -> Organization | None:
            async for found in Paginator(self._listing(requests.search_text(draft.name), draft.name, complete=True)):
                data = found.raw.get("customData")
                if isinstance(data, dict) and data.get(CREATION_MARK) == mark:
                    return found
            return None

        organization, found = await create_marked(create, look_up, operation=request.operation)
        if found:
            mark_adopted(organization)
        return organization

    async def update(self, organization_id: str, changes: OrganizationChanges) -> Organization:
        """Change one by `UpdateOrganization`; with nothing to change it is read: Logto refuses an empty PATCH."""
        given = {"name": changes.name, "description": changes.description}
        fields = {name: value for name, value in given.items() if not isinstance(value, Unset)}
        if not fields:
            return await self.get(organization_id)
        request = requests.organizations.update_organization(organization_id, UpdateOrganization.model_validate(fields))
        return await self._connection.read_one(records.organizations, request)

    async def remove(self, organization_id: str) -> None:
        """Delete one by `DeleteOrganization`, its members and invitations with it."""
        await self._connection.send(requests.organizations.delete_organization(organization_id))

    def _listing(self, q: str | None, asked: str | None, *, complete: bool) -> Listing[Organization]:
        async def fetch(position: str | None, page_size: int) -> Slice[Organization]:
            request = requests.organizations.list_organizations(q, position, page_size)
            return await self._connection.read_page(records.organizations, request, position, page_size)

        return describe_list(fetch, name="organizations.list", scope=(asked,), complete=complete)
