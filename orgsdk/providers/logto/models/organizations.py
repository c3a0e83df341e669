"""Wire models of organizations, their members, their invitations and their JIT e-mail domains."""

from __future__ import annotations

from datetime import datetime
from typing import Literal, TypedDict

from orgsdk.providers.logto.models.base import EpochMs, JsonObject, LogtoBody, LogtoResponseModel, Named


class OrganizationColor(LogtoResponseModel):
    """The colors of an organization.

    Attributes:
        primary_color: `#` and 3 or 6 hexadecimal digits.
        is_dark_mode_enabled: Whether the dark mode has its own color.
        dark_primary_color: `#` and 3 or 6 hexadecimal digits.
    """

    primary_color: str | None = None
    is_dark_mode_enabled: bool | None = None
    dark_primary_color: str | None = None


class OrganizationBranding(LogtoResponseModel):
    """The logos of an organization.

    Attributes:
        logo_url: URL of the logo.
        dark_logo_url: URL of the logo in dark mode.
        favicon: URL of the favicon.
        dark_favicon: URL of the favicon in dark mode.
    """

    logo_url: str | None = None
    dark_logo_url: str | None = None
    favicon: str | None = None
    dark_favicon: str | None = None


class FeaturedUser(LogtoResponseModel):
    """A member whose picture a list of organizations shows.

    Attributes:
        id: Id of the user.
        avatar: URL of the picture.
        name: Full name.
    """

    id: str
    avatar: str | None = None
    name: str | None = None


class TenantOrganization(LogtoResponseModel):
    """An organization of the tenant.

    Attributes:
        tenant_id: Id of the tenant.
        id: Id of the organization.
        name: Name, not unique.
        description: Description.
        custom_data: JSON object of the application's own.
        is_mfa_required: Whether members need multi-factor authentication.
        color: Colors.
        branding: Logos.
        custom_css: CSS of the sign-in page.
        created_at: Creation time.
        users_count: Number of members. Only with `show_featured`.
        featured_users: 3 members at most. Only with `show_featured`.
    """

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


class UserOrganization(TenantOrganization):
    """An organization that a user belongs to.

    Attributes:
        organization_roles: The user's roles in the organization.
    """

    organization_roles: list[Named] | None = None


class _OrganizationBody(LogtoBody):
    description: str | None = None
    custom_data: JsonObject | None = None
    is_mfa_required: bool | None = None
    color: OrganizationColor | None = None
    branding: OrganizationBranding | None = None
    custom_css: str | None = None


class CreateOrganization(_OrganizationBody):
    """Request body that creates an organization. `description` has at most 256 characters.

    Attributes:
        name: Name of 1 to 128 characters.
    """

    name: str


class UpdateOrganization(_OrganizationBody):
    """Request body that updates an organization. `custom_data` replaces the whole object.

    Attributes:
        name: Name of 1 to 128 characters.
    """

    name: str | None = None


class OrganizationJitEmailDomain(LogtoResponseModel):
    """An e-mail domain whose users join the organization when they first sign in (JIT provisioning).

    Attributes:
        tenant_id: Id of the tenant.
        organization_id: Id of the organization.
        email_domain: Domain, such as `example.com`.
    """

    tenant_id: str | None = None
    organization_id: str | None = None
    email_domain: str


class AddedOrganizationUsers(LogtoResponseModel):
    """Response to adding members.

    Attributes:
        user_ids: The ids of the request, including those of existing members.
    """

    user_ids: list[str]


class AssignedOrganizationRoles(LogtoResponseModel):
    """Response to adding roles to a member.

    Attributes:
        organization_role_ids: The ids of all roles of the request, including those given by name.
    """

    organization_role_ids: list[str]


class OrganizationInvitation(LogtoResponseModel):
    """An invitation to an organization.

    Attributes:
        tenant_id: Id of the tenant.
        id: Id of the invitation.
        inviter_id: Id of the user who invited.
        invitee: Invited e-mail address.
        accepted_user_id: Id of the user who accepted.
        organization_id: Id of the organization.
        status: `Pending`, `Accepted`, `Revoked`, or `Expired` (computed when it is read).
        created_at: Creation time.
        updated_at: Time of the last change.
        expires_at: Time of expiry.
        organization_roles: The roles that the new member receives.
    """

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
    """Values for the template `OrganizationInvitation` of Logto's e-mail connector.

    Attributes:
        code: Verification code.
        link: Link in the message.
        locale: Language of the message.
        ui_locales: Languages of the user interface.
    """

    code: str | None = None
    link: str | None = None
    locale: str | None = None
    ui_locales: str | None = None


class CreateOrganizationInvitation(LogtoBody):
    """Request body that creates an invitation.

    Attributes:
        inviter_id: Id of the user who invites.
        invitee: E-mail address to invite.
        organization_id: Id of the organization.
        expires_at: Time of expiry, in the future, with a time zone.
        organization_role_ids: Ids of the roles that the new member receives. Names are not accepted here.
        message_payload: False (default) sends no message. `MessagePayload()` sends one without additional values.
    """

    inviter_id: str | None = None
    invitee: str
    organization_id: str
    expires_at: EpochMs
    organization_role_ids: list[str] | None = None
    message_payload: MessagePayload | Literal[False] = False


class _OrganizationFields(TypedDict, total=False):
    name: str
    description: str | None
    custom_data: JsonObject | None
    is_mfa_required: bool | None
    color: OrganizationColor | None
    branding: OrganizationBranding | None
    custom_css: str | None


class CreateOrganizationFields(_OrganizationFields, total=False):
    """The fields of `CreateOrganization`, as keywords of a native operation."""


class UpdateOrganizationFields(_OrganizationFields, total=False):
    """The fields of `UpdateOrganization`, as keywords of a native operation."""


class CreateOrganizationInvitationFields(TypedDict, total=False):
    """The fields of `CreateOrganizationInvitation`, as keywords of a native operation."""

    inviter_id: str | None
    invitee: str
    organization_id: str
    expires_at: datetime
    organization_role_ids: list[str] | None
    message_payload: MessagePayload | Literal[False]


class MessagePayloadFields(TypedDict, total=False):
    """The fields of `MessagePayload`, as keywords of a native operation."""

    code: str | None
    link: str | None
    locale: str | None
    ui_locales: str | None
