"""Logto's wire as models: what `client.native` takes and gives, one noun a file."""

from orgsdk.providers.logto.models.base import Body, EpochMs, JsonObject, Model, ModelReader, Named, Secret
from orgsdk.providers.logto.models.invitation import (
    CreateOrganizationInvitation,
    MessagePayload,
    OrganizationInvitation,
)
from orgsdk.providers.logto.models.jit import OrganizationJitEmailDomain
from orgsdk.providers.logto.models.member import AddedOrganizationUsers, AssignedOrganizationRoles
from orgsdk.providers.logto.models.organization import (
    CreateOrganization,
    FeaturedUser,
    Organization,
    OrganizationBranding,
    OrganizationColor,
    UpdateOrganization,
    UserOrganization,
)
from orgsdk.providers.logto.models.role import (
    CreateOrganizationRole,
    NamedResourceScope,
    OrganizationRole,
    ResourceScope,
    UpdateOrganizationRole,
)
from orgsdk.providers.logto.models.scope import CreateOrganizationScope, OrganizationScope, UpdateOrganizationScope
from orgsdk.providers.logto.models.user import (
    Address,
    AssignedUserRoles,
    CreateUser,
    OrganizationUser,
    SsoIdentity,
    UpdateUser,
    User,
    UserHasPassword,
    UserProfile,
    UserRole,
)

__all__ = [
    "AddedOrganizationUsers",
    "Address",
    "AssignedOrganizationRoles",
    "AssignedUserRoles",
    "Body",
    "CreateOrganization",
    "CreateOrganizationInvitation",
    "CreateOrganizationRole",
    "CreateOrganizationScope",
    "CreateUser",
    "EpochMs",
    "FeaturedUser",
    "JsonObject",
    "MessagePayload",
    "Model",
    "ModelReader",
    "Named",
    "NamedResourceScope",
    "Organization",
    "OrganizationBranding",
    "OrganizationColor",
    "OrganizationInvitation",
    "OrganizationJitEmailDomain",
    "OrganizationRole",
    "OrganizationScope",
    "OrganizationUser",
    "ResourceScope",
    "Secret",
    "SsoIdentity",
    "UpdateOrganization",
    "UpdateOrganizationRole",
    "UpdateOrganizationScope",
    "UpdateUser",
    "User",
    "UserHasPassword",
    "UserOrganization",
    "UserProfile",
    "UserRole",
]
