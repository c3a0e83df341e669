"""Wire models of organization roles and of scopes."""

from __future__ import annotations

from typing import TypedDict

from orgsdk.providers.logto.models.base import EpochMs, LogtoBody, LogtoResponseModel, Named


class NamedResourceScope(Named):
    """An API resource's scope as part of another object.

    Attributes:
        resource: The API resource.
    """

    resource: Named | None = None


class OrganizationRole(LogtoResponseModel):
    """An organization role.

    Attributes:
        tenant_id: Id of the tenant.
        id: Id of the role.
        name: Name, unique in the tenant.
        description: Description.
        type: `User` or `MachineToMachine`.
        scopes: Organization scopes. Only the list of roles has them.
        resource_scopes: Scopes of API resources. Only the list of roles has them.
    """

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None
    type: str | None = None
    scopes: list[Named] | None = None
    resource_scopes: list[NamedResourceScope] | None = None


class ResourceScope(LogtoResponseModel):
    """A scope of an API resource.

    Attributes:
        tenant_id: Id of the tenant.
        id: Id of the scope.
        resource_id: Id of the API resource.
        name: Name.
        description: Description.
        created_at: Creation time.
    """

    tenant_id: str | None = None
    id: str
    resource_id: str | None = None
    name: str
    description: str | None = None
    created_at: EpochMs | None = None


class CreateOrganizationRole(LogtoBody):
    """Request body that creates an organization role.

    Attributes:
        name: Name of 1 to 128 characters, unique in the tenant.
        description: Description of at most 256 characters.
        type: `User` (Logto's default) or `MachineToMachine`.
        organization_scope_ids: Ids of organization scopes.
        resource_scope_ids: Ids of API resources' scopes.
    """

    name: str
    description: str | None = None
    type: str | None = None
    organization_scope_ids: list[str] | None = None
    resource_scope_ids: list[str] | None = None


class UpdateOrganizationRole(LogtoBody):
    """Request body that updates an organization role.

    Attributes:
        name: Name of 1 to 128 characters, unique in the tenant.
        description: Description of at most 256 characters. None clears it.
        type: `User` or `MachineToMachine`.
    """

    name: str | None = None
    description: str | None = None
    type: str | None = None


class OrganizationScope(LogtoResponseModel):
    """An organization scope: a permission that organization roles have.

    Attributes:
        tenant_id: Id of the tenant.
        id: Id of the scope.
        name: Name, unique in the tenant.
        description: Description.
    """

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None


class CreateOrganizationScope(LogtoBody):
    """Request body that creates an organization scope.

    Attributes:
        name: Name of 1 to 128 characters, unique in the tenant.
        description: Description of at most 256 characters.
    """

    name: str
    description: str | None = None


class UpdateOrganizationScope(LogtoBody):
    """Request body that updates an organization scope.

    Attributes:
        name: Name of 1 to 128 characters, unique in the tenant.
        description: Description of at most 256 characters. None clears it.
    """

    name: str | None = None
    description: str | None = None


class UpdateOrganizationRoleFields(TypedDict, total=False):
    """The fields of `UpdateOrganizationRole`, as keywords of a native operation."""

    name: str
    description: str | None
    type: str


class CreateOrganizationRoleFields(UpdateOrganizationRoleFields, total=False):
    """The fields of `CreateOrganizationRole`, as keywords of a native operation."""

    organization_scope_ids: list[str]
    resource_scope_ids: list[str]


class CreateOrganizationScopeFields(TypedDict, total=False):
    """The fields of `CreateOrganizationScope`, as keywords of a native operation."""

    name: str
    description: str | None


class UpdateOrganizationScopeFields(TypedDict, total=False):
    """The fields of `UpdateOrganizationScope`, as keywords of a native operation."""

    name: str
    description: str | None
