"""Logto's organization invitations on the wire."""

from __future__ import annotations

from typing import Literal

from orgsdk.providers.logto.models.base import Body, EpochMs, Model, Named


class OrganizationInvitation(Model):
    """Hold an invitation; `status` is `Pending`, `Accepted`, `Expired` (told when read) or `Revoked`."""

    tenant_id: str | None = None
    id: str
    inviter_id: str | None = None
    invitee: str
    accepted_user_id: str | None = None
    organization_id: str
    status: str
    created_at: EpochMs | None = None
    updated_at: EpochMs | None = None
    expires_at: EpochMs | None = None
    organization_roles: list[Named] | None = None


class MessagePayload(Body):
    """Hold what Logto fills into the template `OrganizationInvitation` of its e-mail connector."""

    code: str | None = None
    link: str | None = None
    locale: str | None = None
    ui_locales: str | None = None


class CreateOrganizationInvitation(Body):
    """Hold an invitation to be made. `expires_at` has a time zone and lies in the future.

    `message_payload` is False for no message (as is leaving it out), `MessagePayload()` for one without more to
    fill in. `organization_role_ids` are ids alone: names are not taken here.
    """

    inviter_id: str | None = None
    invitee: str
    organization_id: str
    expires_at: EpochMs
    organization_role_ids: list[str] | None = None
    message_payload: MessagePayload | Literal[False] = False
