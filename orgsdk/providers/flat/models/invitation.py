"""Invitations to join the organization (official document, OrganizationInvitation)."""

from datetime import datetime

from orgsdk.providers.flat.models.base import Answer, Body, Email, Strings
from orgsdk.providers.flat.models.words import InvitedRole, OrganizationRole


class OrganizationInvitation(Answer):
    """An invitation; it is used where `used_by`, ids of users, is not empty.

    `html_url` is the link to join by, `custom_code` the code in it.
    """

    id: str | None = None
    creation_date: datetime | None = None
    organization: str | None = None
    organization_role: OrganizationRole | str | None = None
    custom_code: str | None = None
    email: str | None = None
    invited_by: str | None = None
    html_url: str | None = None
    allow_multiple_use: bool | None = None
    used_by: Strings = ()


class OrganizationInvitationCreation(Body):
    """An invitation to be made; Flat's default role is `"teacher"`."""

    email: Email | None = None
    organization_role: InvitedRole | None = None
