"""Native operations on events and on the endpoints that receive them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.http import build_body
from orgsdk.providers.workos.models.events import (
    CreateWebhookEndpoint,
    UpdateWebhookEndpoint,
    WebhookEndpoint,
    WorkOSEvent,
)
from orgsdk.providers.workos.native.base import WorkOSNativeOperations

if TYPE_CHECKING:
    from collections.abc import Iterable

    from typing_extensions import Unpack

    from orgsdk.pagination import Paginator
    from orgsdk.providers.workos.models.keywords import CreateWebhookEndpointFields, UpdateWebhookEndpointFields
    from orgsdk.providers.workos.native.base import Order


class WorkOSEventsAPI(WorkOSNativeOperations):
    """Native operations on events and webhook endpoints."""

    def list_events(
        self,
        *,
        events: Iterable[str],
        range_start: datetime | None = None,
        range_end: datetime | None = None,
        organization_id: str | None = None,
        order: Order = "asc",
        page_size: int | None = None,
        cursor: str | None = None,
    ) -> Paginator[WorkOSEvent]:
        """List what happened in the environment, in the last 30 days.

        Args:
            events: The kinds of event, such as ``user.created``.
            range_start: Only events from this time on, with a time zone.
            range_end: Only events before this time, with a time zone.
            organization_id: Only events of this organization.
            order: ``"asc"`` is oldest first, the default, so that new events come last.
            page_size: Events per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: `events` is empty, a time has no time zone, or the page size is invalid. Raised at
                once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /events.
        """
        return self._list(
            WorkOSEvent,
            "list_events",
            ("events", ",".join(events)),
            ("range_start", _iso_time(range_start, "range_start")),
            ("range_end", _iso_time(range_end, "range_end")),
            ("organization_id", organization_id),
            order=order,
            page_size=page_size,
            cursor=cursor,
        )

    def list_webhook_endpoints(
        self, *, order: Order = "desc", page_size: int | None = None, cursor: str | None = None
    ) -> Paginator[WebhookEndpoint]:
        """List the addresses that receive events.

        Args:
            order: ``"desc"`` is newest first.
            page_size: Endpoints per page, 1 to 100. Default 100.
            cursor: `next_cursor` of a page, to resume after it.

        Returns:
            A paginator; it has sent no request.

        Raises:
            InvalidArgumentError: The page size is invalid. Raised at once.
            InvalidCursorError: The cursor is not one of this list. Raised at once.

        Source:
            GET /webhook_endpoints.
        """
        return self._list(WebhookEndpoint, "list_webhook_endpoints", order=order, page_size=page_size, cursor=cursor)

    async def create_webhook_endpoint(
        self, endpoint: CreateWebhookEndpoint | None = None, /, **fields: Unpack[CreateWebhookEndpointFields]
    ) -> WebhookEndpoint:
        """Create an address that receives events.

        Args:
            endpoint: The endpoint, as a model.
            **fields: The fields of `CreateWebhookEndpoint`, instead of the model.

        Returns:
            The endpoint, with the secret that signs its requests.

        Raises:
            InvalidArgumentError: A field is invalid, or both the model and fields are passed.
            ConflictError: There is an endpoint with this address.
            OutcomeUnknownError: The response was lost: list the endpoints.

        Source:
            POST /webhook_endpoints.
        """
        body = build_body(CreateWebhookEndpoint, endpoint, fields)
        return await self._call(WebhookEndpoint, "create_webhook_endpoint", body)

    async def update_webhook_endpoint(
        self,
        webhook_endpoint_id: str,
        changes: UpdateWebhookEndpoint | None = None,
        /,
        **fields: Unpack[UpdateWebhookEndpointFields],
    ) -> WebhookEndpoint:
        """Update a webhook endpoint.

        Args:
            webhook_endpoint_id: Id of the endpoint.
            changes: The changes, as a model.
            **fields: The fields of `UpdateWebhookEndpoint`, instead of the model.

        Returns:
            The endpoint after the change.

        Raises:
            NotFoundError: No such endpoint.

        Source:
            PATCH /webhook_endpoints/{id}.
        """
        return await self._call(
            WebhookEndpoint,
            "update_webhook_endpoint",
            build_body(UpdateWebhookEndpoint, changes, fields),
            webhook_endpoint_id=webhook_endpoint_id,
        )

    async def delete_webhook_endpoint(self, webhook_endpoint_id: str) -> None:
        """Delete a webhook endpoint.

        Args:
            webhook_endpoint_id: Id of the endpoint.

        Raises:
            InvalidArgumentError: The id is invalid.
            NotFoundError: No such endpoint.

        Source:
            DELETE /webhook_endpoints/{id}.
        """
        await self._delete("delete_webhook_endpoint", webhook_endpoint_id=webhook_endpoint_id)


def _iso_time(value: datetime | None, name: str) -> str | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise InvalidArgumentError("has no time zone: pass one, such as datetime.now(UTC).", argument=name)
    return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03}Z"
