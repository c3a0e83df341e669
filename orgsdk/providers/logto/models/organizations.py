"""Wire models of organizations, their members, their invitations and their JIT e-mail domains."""

from __future__ import annotations

from typing import Literal

from orgsdk.providers.logto.models.base import EpochMs, JsonObject, LogtoAnswer, LogtoBody, Named


class OrganizationColor(LogtoAnswer):
    """Hold an organization's colours; `primary_color` and `dark_primary_color` are `#` and 3 or 6 hex digits."""

    primary_color: str | None = None
    is_dark_mode_enabled: bool | None = None
    dark_primary_color: str | None = None


class OrganizationBranding(LogtoAnswer):
    """Hold the addresses of an organization's logos."""

    logo_url: str | None = None
    dark_logo_url: str | None = None
    favicon: str | None = None
    dark_favicon: str | None = None


class FeaturedUser(LogtoAnswer):
    """Hold one of the members that a list of organizations shows a picture of."""

    id: str
    avatar: str | None = None
    name: str | None = None


class Organization(LogtoAnswer):
    """Hold an organization; `users_count` and `featured_users` (3 at most) only where they were asked for."""

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None
    custom_data: JsonObject | None = None
    is_mfa_required: bool | None = None
    color: OrganizationColor | None = None
    branding: OrganizationBranding | None = None
    custom_css: str | None = None
    created_at: EpochMs | None = None
    users_count: int | None = None
    featured_users: list[FeaturedUser] | None = None


class UserOrganization(Organization):
    """Hold an organization that a user belongs to, with the roles that they hold in it."""

    organization_roles: list[Named] | None = None


class _OrganizationBody(LogtoBody):
    description: str | None = None
    custom_data: JsonObject | None = None
    is_mfa_required: bool | None = None
    color: OrganizationColor | None = None
    branding: OrganizationBranding | None = None
    custom_css: str | None = None


class CreateOrganization(_OrganizationBody):
    """Hold an organization to be made: `name` of 1 to 128 characters, `description` of 256 at most."""

    name: str


class UpdateOrganization(_OrganizationBody):
    """Hold what is to be changed of an organization; `custom_data` replaces all of it."""

    name: str | None = None


class OrganizationInvitation(LogtoAnswer):
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


class MessagePayload(LogtoBody):
    """Hold what Logto fills into the template `OrganizationInvitation` of its e-mail connector."""

    code: str | None = None
    link: str | None = None
    locale: str | None = None
    ui_locales: str | None = None


class CreateOrganizationInvitation(LogtoBody):
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


class OrganizationJitEmailDomain(LogtoAnswer):
    """Hold an e-mail domain whose people join the organization when they first sign in."""

    tenant_id: str | None = None
    organization_id: str | None = None
    email_domain: str


class AddedOrganizationUsers(LogtoAnswer):
    """Echo the ids that were asked for, whether they were members before or not."""

    user_ids: list[str]


class AssignedOrganizationRoles(LogtoAnswer):
    """Name the roles that were asked for by their ids, names resolved."""

    organization_role_ids: list[str]
