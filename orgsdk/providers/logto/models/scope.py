"""Logto's organization scopes on the wire."""

from __future__ import annotations

from orgsdk.providers.logto.models.base import Body, Model


class OrganizationScope(Model):
    """Hold an organization scope: a permission that organization roles carry."""

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None


class CreateOrganizationScope(Body):
    """Hold an organization scope to be made: `name` of 1 to 128 characters, `description` of 256 at most."""

    name: str
    description: str | None = None


class UpdateOrganizationScope(Body):
    """Hold what is to be changed of an organization scope."""

    name: str | None = None
    description: str | None = None
