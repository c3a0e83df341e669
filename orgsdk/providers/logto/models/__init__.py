"""Logto's wire models: the arguments and results of `client.native`, under the names of the Management API.

A model is loaded on first use: together they take longer to load than the rest of the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.logto.models.base import (
        EpochMs as EpochMs,
        JsonObject as JsonObject,
        LogtoBody as LogtoBody,
        LogtoResponseModel as LogtoResponseModel,
        Named as Named,
        Secret as Secret,
    )
    from orgsdk.providers.logto.models.organizations import (
        AddedOrganizationUsers as AddedOrganizationUsers,
        AssignedOrganizationRoles as AssignedOrganizationRoles,
        CreateOrganization as CreateOrganization,
        CreateOrganizationFields as CreateOrganizationFields,
        CreateOrganizationInvitation as CreateOrganizationInvitation,
        CreateOrganizationInvitationFields as CreateOrganizationInvitationFields,
        FeaturedUser as FeaturedUser,
        MessagePayload as MessagePayload,
        MessagePayloadFields as MessagePayloadFields,
        OrganizationBranding as OrganizationBranding,
        OrganizationColor as OrganizationColor,
        OrganizationInvitation as OrganizationInvitation,
        OrganizationJitEmailDomain as OrganizationJitEmailDomain,
        TenantOrganization as TenantOrganization,
        UpdateOrganization as UpdateOrganization,
        UpdateOrganizationFields as UpdateOrganizationFields,
        UserOrganization as UserOrganization,
    )
    from orgsdk.providers.logto.models.roles import (
        CreateOrganizationRole as CreateOrganizationRole,
        CreateOrganizationRoleFields as CreateOrganizationRoleFields,
        CreateOrganizationScope as CreateOrganizationScope,
        CreateOrganizationScopeFields as CreateOrganizationScopeFields,
        NamedResourceScope as NamedResourceScope,
        OrganizationRole as OrganizationRole,
        OrganizationScope as OrganizationScope,
        ResourceScope as ResourceScope,
        UpdateOrganizationRole as UpdateOrganizationRole,
        UpdateOrganizationRoleFields as UpdateOrganizationRoleFields,
        UpdateOrganizationScope as UpdateOrganizationScope,
        UpdateOrganizationScopeFields as UpdateOrganizationScopeFields,
    )
    from orgsdk.providers.logto.models.users import (
        Address as Address,
        AssignedUserRoles as AssignedUserRoles,
        CreateUser as CreateUser,
        CreateUserFields as CreateUserFields,
        OrganizationUser as OrganizationUser,
        SsoIdentity as SsoIdentity,
        TenantUser as TenantUser,
        UpdateUser as UpdateUser,
        UpdateUserFields as UpdateUserFields,
        UpdateUserProfile as UpdateUserProfile,
        UpdateUserProfileFields as UpdateUserProfileFields,
        UserHasPassword as UserHasPassword,
        UserProfile as UserProfile,
        UserRole as UserRole,
    )
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".base": [
                "EpochMs",
                "JsonObject",
                "LogtoBody",
                "LogtoResponseModel",
                "Named",
                "Secret",
            ],
            ".organizations": [
                "AddedOrganizationUsers",
                "AssignedOrganizationRoles",
                "CreateOrganization",
                "CreateOrganizationFields",
                "CreateOrganizationInvitation",
                "CreateOrganizationInvitationFields",
                "FeaturedUser",
                "MessagePayload",
                "MessagePayloadFields",
                "OrganizationBranding",
                "OrganizationColor",
                "OrganizationInvitation",
                "OrganizationJitEmailDomain",
                "TenantOrganization",
                "UpdateOrganization",
                "UpdateOrganizationFields",
                "UserOrganization",
            ],
            ".roles": [
                "CreateOrganizationRole",
                "CreateOrganizationRoleFields",
                "CreateOrganizationScope",
                "CreateOrganizationScopeFields",
                "NamedResourceScope",
                "OrganizationRole",
                "OrganizationScope",
                "ResourceScope",
                "UpdateOrganizationRole",
                "UpdateOrganizationRoleFields",
                "UpdateOrganizationScope",
                "UpdateOrganizationScopeFields",
            ],
            ".users": [
                "Address",
                "AssignedUserRoles",
                "CreateUser",
                "CreateUserFields",
                "OrganizationUser",
                "SsoIdentity",
                "TenantUser",
                "UpdateUser",
                "UpdateUserFields",
                "UpdateUserProfile",
                "UpdateUserProfileFields",
                "UserHasPassword",
                "UserProfile",
                "UserRole",
            ],
        },
    )
