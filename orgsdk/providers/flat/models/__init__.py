"""Flat's wire models: the arguments and results of `client.native`, under the names of the official document.

A model is loaded on first use: together they take longer to load than the rest of the package.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.providers.flat.models.access import (
        ApiAccessToken,
        OrganizationInvitation,
        OrganizationInvitationCreation,
        OrganizationUserAccessTokenCreation,
        UserSigninLink,
        UserSigninLinkCreation,
    )
    from orgsdk.providers.flat.models.base import FlatAnswer, FlatBody
    from orgsdk.providers.flat.models.literals import (
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
    from orgsdk.providers.flat.models.lti import (
        LtiConfiguration,
        LtiConfiguration1p1,
        LtiConfiguration1p3Base,
        LtiConfiguration1p3Deployment,
        LtiConfiguration1p3Dynamic,
        LtiConfiguration1p3Manual,
        LtiConfigurationBase,
        LtiCredentials,
        LtiCredentialsCreation,
        LtiService,
        LtiSupportedServices,
        LtiTool,
    )
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
    from orgsdk.providers.flat.models.users import (
        License,
        UserAdminUpdate,
        UserAzureDetails,
        UserCommunityProfileLinks,
        UserCreation,
        UserDetails,
        UserDetailsAdmin,
        UserPublicSummary,
    )

_FILES = ("access", "base", "literals", "lti", "lti_requests", "users")

__all__ = [
    "ApiAccessToken",
    "AppScope",
    "ClassRole",
    "Direction",
    "FlatAnswer",
    "FlatBody",
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
