"""Wire models of events and of the endpoints that receive them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, JsonValue

from orgsdk.providers.http.secrets import HiddenSecret
from orgsdk.providers.workos.models.base import UNSENT, Strings, Time, WorkOSBody, WorkOSResponseModel


class EventActor(WorkOSResponseModel):
    """Who caused an event.

    Attributes:
        id: Id.
        source: ``"api"``, ``"dashboard"``, ``"admin_portal"`` or ``"system"``.
        name: Name.
    """

    id: str
    source: str | None = None
    name: str | None = None


class EventContext(WorkOSResponseModel):
    """The circumstances of an event.

    Attributes:
        actor: Who caused it.
        previous_attributes: The values before a change.
        client_id: Id of the application.
        ajs_anonymous_id: Id of the visitor for Segment.
        google_analytics_client_id: Id of the visitor for Google Analytics.
        google_analytics_sessions: Sessions of the visitor for Google Analytics.
    """

    actor: EventActor | None = None
    previous_attributes: dict[str, JsonValue] | None = Field(None, repr=False)
    client_id: str | None = None
    ajs_anonymous_id: str | None = None
    google_analytics_client_id: str | None = None
    google_analytics_sessions: list[dict[str, JsonValue]] | None = Field(None, repr=False)


class WorkOSEvent(WorkOSResponseModel):
    """Something that happened in the environment.

    Attributes:
        id: Id, the same as in the webhook.
        event: What happened, such as ``user.created``.
        data: The resource, as it was then.
        created_at: When it happened.
        context: The circumstances.
    """

    id: str
    event: str | None = None
    data: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue], repr=False)
    created_at: Time = None
    context: EventContext | None = None


class WebhookEndpoint(WorkOSResponseModel):
    """An address that receives events.

    Attributes:
        id: Id.
        endpoint_url: The address.
        secret: The secret that signs the requests.
        status: ``"enabled"`` or ``"disabled"``.
        events: The events.
        created_at: When it was created.
        updated_at: When it was last changed.
    """

    id: str
    endpoint_url: str | None = None
    secret: HiddenSecret | None = None
    status: str | None = None
    events: Strings = ()
    created_at: Time = None
    updated_at: Time = None


class CreateWebhookEndpoint(WorkOSBody):
    """Request body that creates a webhook endpoint.

    Attributes:
        endpoint_url: The address.
        events: The events, such as ``user.created``.
    """

    endpoint_url: str
    events: list[str]


class UpdateWebhookEndpoint(WorkOSBody):
    """Request body that updates a webhook endpoint. A field that is not set stays as it is.

    Attributes:
        endpoint_url: The address.
        status: ``"enabled"`` or ``"disabled"``.
        events: The events.
    """

    endpoint_url: str = UNSENT
    status: Literal["enabled", "disabled"] = UNSENT
    events: list[str] = UNSENT
