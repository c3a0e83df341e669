"""Logto's organizations on the wire."""

from __future__ import annotations

from orgsdk.providers.logto.models.base import Body, EpochMs, JsonObject, Model, Named


class OrganizationColor(Model):
    """Hold an organization's colours; `primary_color` and `dark_primary_color` are `#` and 3 or 6 hex digits."""

    primary_color: str | None = None
    is_dark_mode_enabled: bool | None = None
    dark_primary_color: str | None = None


class OrganizationBranding(Model):
    """Hold the addresses of an organization's logos."""

    logo_url: str | None = None
    dark_logo_url: str | None = None
    favicon: str | None = None
    dark_favicon: str | None = None


class FeaturedUser(Model):
    """Hold one of the members that a list of organizations shows a picture of."""

    id: str
    avatar: str | None = None
    name: str | None = None


class Organization(Model):
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


class _OrganizationBody(Body):
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
