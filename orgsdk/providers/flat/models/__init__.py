"""Flat's wire models: the arguments and results of `client.native`, under the names of the official document.

A model is loaded on first use: together they take longer to load than the rest of the package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.flat.models.access import (
        ApiAccessToken as ApiAccessToken,
        OrganizationInvitation as OrganizationInvitation,
        OrganizationInvitationCreation as OrganizationInvitationCreation,
        OrganizationInvitationCreationFields as OrganizationInvitationCreationFields,
        OrganizationUserAccessTokenCreation as OrganizationUserAccessTokenCreation,
        OrganizationUserAccessTokenCreationFields as OrganizationUserAccessTokenCreationFields,
        UserSigninLink as UserSigninLink,
        UserSigninLinkCreation as UserSigninLinkCreation,
        UserSigninLinkCreationFields as UserSigninLinkCreationFields,
    )
    from orgsdk.providers.flat.models.base import FlatBody as FlatBody, FlatResponseModel as FlatResponseModel
    from orgsdk.providers.flat.models.literals import (
        AppScope as AppScope,
        ClassRole as ClassRole,
        Direction as Direction,
        InvitationRoleFilter as InvitationRoleFilter,
        InvitedRole as InvitedRole,
        LicenseMode as LicenseMode,
        LicenseSource as LicenseSource,
        LicenseState as LicenseState,
        LmsName as LmsName,
        LtiDeploymentMode as LtiDeploymentMode,
        LtiStatus as LtiStatus,
        OrganizationRole as OrganizationRole,
        Product as Product,
        TestAccounts as TestAccounts,
        UserSort as UserSort,
        UserType as UserType,
    )
    from orgsdk.providers.flat.models.lti import (
        LtiConfiguration as LtiConfiguration,
        LtiConfiguration1p1 as LtiConfiguration1p1,
        LtiConfiguration1p3Base as LtiConfiguration1p3Base,
        LtiConfiguration1p3Deployment as LtiConfiguration1p3Deployment,
        LtiConfiguration1p3Dynamic as LtiConfiguration1p3Dynamic,
        LtiConfiguration1p3Manual as LtiConfiguration1p3Manual,
        LtiConfigurationBase as LtiConfigurationBase,
        LtiCredentials as LtiCredentials,
        LtiCredentialsCreation as LtiCredentialsCreation,
        LtiCredentialsCreationFields as LtiCredentialsCreationFields,
        LtiService as LtiService,
        LtiSupportedServices as LtiSupportedServices,
        LtiTool as LtiTool,
    )
    from orgsdk.providers.flat.models.lti_requests import (
        LtiConfigurationCreate as LtiConfigurationCreate,
        LtiConfigurationCreate1p1 as LtiConfigurationCreate1p1,
        LtiConfigurationCreate1p3Deployment as LtiConfigurationCreate1p3Deployment,
        LtiConfigurationCreate1p3Dynamic as LtiConfigurationCreate1p3Dynamic,
        LtiConfigurationCreate1p3Manual as LtiConfigurationCreate1p3Manual,
        LtiConfigurationCreateFields as LtiConfigurationCreateFields,
        LtiConfigurationUpdate as LtiConfigurationUpdate,
        LtiConfigurationUpdateDeployment as LtiConfigurationUpdateDeployment,
        LtiConfigurationUpdateFields as LtiConfigurationUpdateFields,
        LtiConfigurationUpdateStandalone as LtiConfigurationUpdateStandalone,
        LtiPlatformInfo as LtiPlatformInfo,
    )
    from orgsdk.providers.flat.models.users import (
        License as License,
        UserAdminUpdate as UserAdminUpdate,
        UserAdminUpdateFields as UserAdminUpdateFields,
        UserAzureDetails as UserAzureDetails,
        UserCommunityProfileLinks as UserCommunityProfileLinks,
        UserCreation as UserCreation,
        UserCreationFields as UserCreationFields,
        UserDetails as UserDetails,
        UserDetailsAdmin as UserDetailsAdmin,
        UserPublicSummary as UserPublicSummary,
    )
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".access": [
                "ApiAccessToken",
                "OrganizationInvitation",
                "OrganizationInvitationCreation",
                "OrganizationInvitationCreationFields",
                "OrganizationUserAccessTokenCreation",
                "OrganizationUserAccessTokenCreationFields",
                "UserSigninLink",
                "UserSigninLinkCreation",
                "UserSigninLinkCreationFields",
            ],
            ".base": ["FlatResponseModel", "FlatBody"],
            ".literals": [
                "AppScope",
                "ClassRole",
                "Direction",
                "InvitationRoleFilter",
                "InvitedRole",
                "LicenseMode",
                "LicenseSource",
                "LicenseState",
                "LmsName",
                "LtiDeploymentMode",
                "LtiStatus",
                "OrganizationRole",
                "Product",
                "TestAccounts",
                "UserSort",
                "UserType",
            ],
            ".lti": [
                "LtiConfiguration",
                "LtiConfiguration1p1",
                "LtiConfiguration1p3Base",
                "LtiConfiguration1p3Deployment",
                "LtiConfiguration1p3Dynamic",
                "LtiConfiguration1p3Manual",
                "LtiConfigurationBase",
                "LtiCredentials",
                "LtiCredentialsCreation",
                "LtiCredentialsCreationFields",
                "LtiService",
                "LtiSupportedServices",
                "LtiTool",
            ],
            ".lti_requests": [
                "LtiConfigurationCreate",
                "LtiConfigurationCreateFields",
                "LtiConfigurationCreate1p1",
                "LtiConfigurationCreate1p3Deployment",
                "LtiConfigurationCreate1p3Dynamic",
                "LtiConfigurationCreate1p3Manual",
                "LtiConfigurationUpdate",
                "LtiConfigurationUpdateFields",
                "LtiConfigurationUpdateDeployment",
                "LtiConfigurationUpdateStandalone",
                "LtiPlatformInfo",
            ],
            ".users": [
                "License",
                "UserAdminUpdate",
                "UserAdminUpdateFields",
                "UserAzureDetails",
                "UserCommunityProfileLinks",
                "UserCreation",
                "UserCreationFields",
                "UserDetails",
                "UserDetailsAdmin",
                "UserPublicSummary",
            ],
        },
    )
