"""Wire models of requests that create or update an LTI configuration."""

from collections.abc import Mapping
from typing import Literal, TypeAlias, TypedDict

from orgsdk.arguments import check_instance
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.flat.models.base import FlatBody, Url
from orgsdk.providers.http.bodies import build_body


class LtiConfigurationCreate1p1(FlatBody):
    """A configuration of LTI 1.1 to create.

    Attributes:
        mode: Always `"1p1-manual"`.
        name: Name of the configuration.
        lms: Learning management system.
    """

    mode: Literal["1p1-manual"] = "1p1-manual"
    name: str | None = None
    lms: str | None = None


class LtiPlatformInfo(FlatBody):
    """Information about a platform.

    Attributes:
        name: Display name.
        url: URL, for reference.
    """

    name: str | None = None
    url: str | None = None


class LtiConfigurationCreate1p3Dynamic(FlatBody):
    """A configuration to create by dynamic registration.

    Attributes:
        mode: Always `"1p3-dynamic"`.
        platform_info: Information about the platform.
        locale: Language code of the registration page.
    """

    mode: Literal["1p3-dynamic"] = "1p3-dynamic"
    platform_info: LtiPlatformInfo | None = None
    locale: str | None = None


class LtiConfigurationCreate1p3Deployment(FlatBody):
    """A configuration to create for a platform that several tenants share.

    Attributes:
        mode: Always `"1p3-deployment"`.
        deployment_type: Key of the platform, such as `"canvas"` or `"schoology"`.
        deployment_id: Deployment id from the platform.
        client_id: OAuth 2 client id of the tenant. Required for ClassLink.
        deployment_breakdown_id: Value of the claim that identifies the tenant.
    """

    mode: Literal["1p3-deployment"] = "1p3-deployment"
    deployment_type: str
    deployment_id: str
    client_id: str | None = None
    deployment_breakdown_id: str | None = None


class LtiConfigurationCreate1p3Manual(FlatBody):
    """A configuration of LTI 1.3 to create from the values of the platform's administrator.

    Attributes:
        mode: Always `"1p3-manual"`.
        platform_iss: Issuer URL of the platform.
        platform_name: Display name of the platform.
        client_id: OAuth 2 client id from the platform.
        deployment_id: Deployment id from the platform.
        access_token_url: OAuth 2 token endpoint of the platform.
        authorization_url: OIDC authorization endpoint of the platform.
        jwks_url: URL of the platform's public keys.
        enable_email_matching: Whether users are matched by email address at sign-in.
    """

    mode: Literal["1p3-manual"] = "1p3-manual"
    platform_iss: str | None = None
    platform_name: str | None = None
    client_id: str | None = None
    deployment_id: str | None = None
    access_token_url: Url | None = None
    authorization_url: Url | None = None
    jwks_url: Url | None = None
    enable_email_matching: bool | None = None


class LtiConfigurationUpdateDeployment(FlatBody):
    """An update of a configuration of a shared platform. None leaves a field unchanged.

    Attributes:
        deployment_id: Deployment id from the platform.
        deployment_breakdown_id: Value of the claim that identifies the tenant.
        enable_email_matching: Whether users are matched by email address at sign-in.
    """

    deployment_id: str | None = None
    deployment_breakdown_id: str | None = None
    enable_email_matching: bool | None = None


class LtiConfigurationUpdateStandalone(FlatBody):
    """An update of a manual or dynamic configuration. None leaves a field unchanged.

    Attributes:
        deployment_id: Deployment id from the platform.
        platform_iss: Issuer URL of the platform.
        platform_name: Display name of the platform.
        client_id: OAuth 2 client id from the platform.
        access_token_url: OAuth 2 token endpoint of the platform.
        authorization_url: OIDC authorization endpoint of the platform.
        jwks_url: URL of the platform's public keys.
        enable_email_matching: Whether users are matched by email address at sign-in.
    """

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


class LtiConfigurationCreateFields(TypedDict, total=False):
    """The fields of the classes of `LtiConfigurationCreate`, as keywords of a native operation. `mode` is required."""

    mode: Literal["1p1-manual", "1p3-dynamic", "1p3-deployment", "1p3-manual"]
    name: str | None
    lms: str | None
    platform_info: LtiPlatformInfo | None
    locale: str | None
    deployment_type: str
    deployment_id: str | None
    client_id: str | None
    deployment_breakdown_id: str | None
    platform_iss: str | None
    platform_name: str | None
    access_token_url: str | None
    authorization_url: str | None
    jwks_url: str | None
    enable_email_matching: bool | None


class LtiConfigurationUpdateFields(TypedDict, total=False):
    """The fields of the classes of `LtiConfigurationUpdate`, as keywords of a native operation."""

    deployment_id: str | None
    deployment_breakdown_id: str | None
    platform_iss: str | None
    platform_name: str | None
    client_id: str | None
    access_token_url: str | None
    authorization_url: str | None
    jwks_url: str | None
    enable_email_matching: bool | None


_BY_MODE: Mapping[str, type[LtiConfigurationCreate]] = {
    "1p1-manual": LtiConfigurationCreate1p1,
    "1p3-dynamic": LtiConfigurationCreate1p3Dynamic,
    "1p3-deployment": LtiConfigurationCreate1p3Deployment,
    "1p3-manual": LtiConfigurationCreate1p3Manual,
}


def lti_configuration_creation(
    configuration: LtiConfigurationCreate | None, fields: LtiConfigurationCreateFields
) -> LtiConfigurationCreate:
    """Return the body that creates a configuration. Among the fields, the mode decides its class.

    Raises `InvalidArgumentError` if both or neither are given, or one of them is invalid.
    """
    if configuration is not None:
        check_instance("The body", configuration, LtiConfigurationCreate, "one of a class of LtiConfigurationCreate")
        return build_body(type(configuration), configuration, fields)
    mode: object = fields.get("mode")
    if not isinstance(mode, str) or mode not in _BY_MODE:
        raise InvalidArgumentError(f"The mode of the configuration is missing or unknown: pass {', '.join(_BY_MODE)}.")
    return build_body(_BY_MODE[mode], None, fields)


def lti_configuration_update(
    changes: LtiConfigurationUpdate | None, fields: LtiConfigurationUpdateFields
) -> LtiConfigurationUpdate:
    """Return the body that updates a configuration. Only that of a shared platform has `deployment_breakdown_id`.

    Raises `InvalidArgumentError` if both are given, or one of them is invalid.
    """
    if changes is not None:
        check_instance("The body", changes, LtiConfigurationUpdate, "one of a class of LtiConfigurationUpdate")
        return build_body(type(changes), changes, fields)
    if "deployment_breakdown_id" in fields:
        return build_body(LtiConfigurationUpdateDeployment, None, fields)
    return build_body(LtiConfigurationUpdateStandalone, None, fields)
