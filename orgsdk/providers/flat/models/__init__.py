"""Flat's wire models: what `client.native` takes and gives, under the names of the official document.

They are loaded when one of them is named: together they take longer to load than all the rest of the room.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.providers.flat.models.access import (
        ApiAccessToken,
        OrganizationUserAccessTokenCreation,
        UserSigninLink,
        UserSigninLinkCreation,
    )
    from orgsdk.providers.flat.models.account import UserAzureDetails, UserCommunityProfileLinks, UserDetails
    from orgsdk.providers.flat.models.base import Answer, Body
    from orgsdk.providers.flat.models.invitation import OrganizationInvitation, OrganizationInvitationCreation
    from orgsdk.providers.flat.models.lti_configuration import (
        LtiConfiguration,
        LtiConfiguration1p1,
        LtiConfiguration1p3Base,
        LtiConfiguration1p3Deployment,
        LtiConfiguration1p3Dynamic,
        LtiConfiguration1p3Manual,
        LtiConfigurationBase,
        LtiService,
        LtiSupportedServices,
        LtiTool,
    )
    from orgsdk.providers.flat.models.lti_credentials import LtiCredentials, LtiCredentialsCreation
    from orgsdk.providers.flat.models.lti_requests import (
        LtiConfigurationCreate,
        LtiConfigurationCreate1p1,
        LtiConfigurationCreate1p3Deployment,
        LtiConfigurationCreate1p3Dynamic,
        LtiConfigurationCreate1p3Manual,
        LtiConfigurationUpdate,
        LtiConfigurationUpdateDeployment,
        LtiConfigurationUpdateStandalone,
        LtiPlatformInfo,
    )
    from orgsdk.providers.flat.models.user import (
        License,
        UserAdminUpdate,
        UserCreation,
        UserDetailsAdmin,
        UserPublicSummary,
    )
    from orgsdk.providers.flat.models.words import (
        AppScope,
        ClassRole,
        Direction,
        InvitationRoleFilter,
        InvitedRole,
        LicenseMode,
        LicenseSource,
        LicenseState,
        LmsName,
        LtiDeploymentMode,
        LtiStatus,
        OrganizationRole,
        Product,
        TestAccounts,
        UserSort,
        UserType,
    )

_FILES = (
    "access",
    "account",
    "base",
    "invitation",
    "lti_configuration",
    "lti_credentials",
    "lti_requests",
    "user",
    "words",
)

__all__ = [
    "Answer",
    "ApiAccessToken",
    "AppScope",
    "Body",
    "ClassRole",
    "Direction",
    "InvitationRoleFilter",
    "InvitedRole",
    "License",
    "LicenseMode",
    "LicenseSource",
    "LicenseState",
    "LmsName",
    "LtiConfiguration",
    "LtiConfiguration1p1",
    "LtiConfiguration1p3Base",
    "LtiConfiguration1p3Deployment",
    "LtiConfiguration1p3Dynamic",
    "LtiConfiguration1p3Manual",
    "LtiConfigurationBase",
    "LtiConfigurationCreate",
    "LtiConfigurationCreate1p1",
    "LtiConfigurationCreate1p3Deployment",
    "LtiConfigurationCreate1p3Dynamic",
    "LtiConfigurationCreate1p3Manual",
    "LtiConfigurationUpdate",
    "LtiConfigurationUpdateDeployment",
    "LtiConfigurationUpdateStandalone",
    "LtiCredentials",
    "LtiCredentialsCreation",
    "LtiDeploymentMode",
    "LtiPlatformInfo",
    "LtiService",
    "LtiStatus",
    "LtiSupportedServices",
    "LtiTool",
    "OrganizationInvitation",
    "OrganizationInvitationCreation",
    "OrganizationRole",
    "OrganizationUserAccessTokenCreation",
    "Product",
    "TestAccounts",
    "UserAdminUpdate",
    "UserAzureDetails",
    "UserCommunityProfileLinks",
    "UserCreation",
    "UserDetails",
    "UserDetailsAdmin",
    "UserPublicSummary",
    "UserSigninLink",
    "UserSigninLinkCreation",
    "UserSort",
    "UserType",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    files = (import_module(f"{__name__}.{file}") for file in _FILES)
    found: object = next(getattr(file, name) for file in files if hasattr(file, name))
    return found
