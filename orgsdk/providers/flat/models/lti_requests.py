"""LTI configurations to be made and changed (official document, LtiConfigurationCreate, LtiConfigurationUpdate)."""

from typing import Literal, TypeAlias

from orgsdk.providers.flat.models.base import Body, Url


class LtiConfigurationCreate1p1(Body):
    """A configuration of LTI 1.1 to be made."""

    mode: Literal["1p1-manual"] = "1p1-manual"
    name: str | None = None
    lms: str | None = None


class LtiPlatformInfo(Body):
    """A platform's name to show, and an address of it for reference."""

    name: str | None = None
    url: str | None = None


class LtiConfigurationCreate1p3Dynamic(Body):
    """A configuration that the platform is to fill in; `locale` is the registration page's language."""

    mode: Literal["1p3-dynamic"] = "1p3-dynamic"
    platform_info: LtiPlatformInfo | None = None
    locale: str | None = None


class LtiConfigurationCreate1p3Deployment(Body):
    """A configuration under a platform that many share, such as `"canvas"` or `"schoology"` (`deployment_type`).

    `client_id` is needed for ClassLink. `deployment_breakdown_id` names the tenant on a platform of many.
    """

    mode: Literal["1p3-deployment"] = "1p3-deployment"
    deployment_type: str
    deployment_id: str
    client_id: str | None = None
    deployment_breakdown_id: str | None = None


class LtiConfigurationCreate1p3Manual(Body):
    """A configuration of LTI 1.3 to be made from what the platform's administrator tells."""

    mode: Literal["1p3-manual"] = "1p3-manual"
    platform_iss: str | None = None
    platform_name: str | None = None
    client_id: str | None = None
    deployment_id: str | None = None
    access_token_url: Url | None = None
    authorization_url: Url | None = None
    jwks_url: Url | None = None
    enable_email_matching: bool | None = None


class LtiConfigurationUpdateDeployment(Body):
    """What can be changed of a configuration under a platform that many share; what is None stays."""

    deployment_id: str | None = None
    deployment_breakdown_id: str | None = None
    enable_email_matching: bool | None = None


class LtiConfigurationUpdateStandalone(Body):
    """What can be changed of a manual or a dynamic configuration; what is None stays."""

    deployment_id: str | None = None
    platform_iss: str | None = None
    platform_name: str | None = None
    client_id: str | None = None
    access_token_url: Url | None = None
    authorization_url: Url | None = None
    jwks_url: Url | None = None
    enable_email_matching: bool | None = None


LtiConfigurationCreate: TypeAlias = (
    LtiConfigurationCreate1p1
    | LtiConfigurationCreate1p3Dynamic
    | LtiConfigurationCreate1p3Deployment
    | LtiConfigurationCreate1p3Manual
)
LtiConfigurationUpdate: TypeAlias = LtiConfigurationUpdateDeployment | LtiConfigurationUpdateStandalone
