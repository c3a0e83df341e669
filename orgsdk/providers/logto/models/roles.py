"""Wire models of organization roles and of scopes."""

from __future__ import annotations

from orgsdk.providers.logto.models.base import EpochMs, LogtoAnswer, LogtoBody, Named


class NamedResourceScope(Named):
    """Hold the id and the name of a resource's scope, and of the resource."""

    resource: Named | None = None


class OrganizationRole(LogtoAnswer):
    """Hold an organization role; `type` is `User` or `MachineToMachine`, scopes are told by the list alone."""

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None
    type: str | None = None
    scopes: list[Named] | None = None
    resource_scopes: list[NamedResourceScope] | None = None


class ResourceScope(LogtoAnswer):
    """Hold a scope of an API resource."""

    tenant_id: str | None = None
    id: str
    resource_id: str | None = None
    name: str
    description: str | None = None
    created_at: EpochMs | None = None


class CreateOrganizationRole(LogtoBody):
    """Hold an organization role to be made: `name` of 1 to 128 characters, `type` `User` or `MachineToMachine`."""

    name: str
    description: str | None = None
    type: str | None = None
    organization_scope_ids: list[str] | None = None
    resource_scope_ids: list[str] | None = None


class UpdateOrganizationRole(LogtoBody):
    """Hold what is to be changed of an organization role."""

    name: str | None = None
    description: str | None = None
    type: str | None = None


class OrganizationScope(LogtoAnswer):
    """Hold an organization scope: a permission that organization roles carry."""

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None


class CreateOrganizationScope(LogtoBody):
    """Hold an organization scope to be made: `name` of 1 to 128 characters, `description` of 256 at most."""

    name: str
    description: str | None = None


class UpdateOrganizationScope(LogtoBody):
    """Hold what is to be changed of an organization scope."""

    name: str | None = None
    description: str | None = None
