"""Wire models of LTI: credentials (deprecated), and configurations of LTI 1.1 and 1.3."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal, TypeAlias, cast

from pydantic import Discriminator, Field, SecretStr, Tag

from orgsdk.providers.flat.models.base import FlatAnswer, FlatBody, Strings, Url
from orgsdk.providers.flat.models.literals import LmsName, LtiDeploymentMode, LtiStatus


class LtiCredentials(FlatAnswer):
    """A couple of OAuth 1 credentials. `organization` and `creator` are ids; times are in UTC."""

    id: str
    name: str | None = None
    lms: LmsName | str | None = None
    organization: str | None = None
    creator: str | None = None
    creation_date: datetime | None = None
    last_usage: datetime | None = None
    consumer_key: str | None = None
    consumer_secret: SecretStr | None = None
    enable_email_matching: bool | None = None


class LtiCredentialsCreation(FlatBody):
    """A couple of credentials to be made."""

    name: Annotated[str, Field(max_length=300)]
    lms: LmsName


class LtiTool(FlatAnswer):
    """What a platform tells of itself."""

    product: str | None = None
    version: str | None = None
    instance_name: str | None = None
    instance_guid: str | None = None
    instance_contact: str | None = None
    instance_domain: str | None = None


class LtiService(FlatAnswer):
    """How far one of LTI's services is supported: `available` by the platform, `enabled` at Flat."""

    available: bool | None = None
    version: str | None = None
    enabled: bool | None = None
    lineitems_url: str | None = None


class LtiSupportedServices(FlatAnswer):
    """Grades (`ags`), names and roles (`nrps`), and deep links."""

    ags: LtiService | None = None
    nrps: LtiService | None = None
    deep_linking: LtiService | None = None


class LtiConfigurationBase(FlatAnswer):
    """What every configuration shows. One of an LTI version that is none of these is shown so."""

    id: str
    lti_version: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    creator_id: str | None = None
    creation_date: datetime | None = None
    last_used_date: datetime | None = None
    status: LtiStatus | str | None = None


class LtiConfiguration1p1(LtiConfigurationBase):
    """A configuration of LTI 1.1; `consumer_secret` is for admins alone."""

    consumer_key: str | None = None
    consumer_secret: SecretStr | None = None
    lms: str | None = None
    name: str | None = None
    tool: LtiTool | None = None


class LtiConfiguration1p3Base(LtiConfigurationBase):
    """What every configuration of LTI 1.3 shows. One of a mode that is none of the three is shown so."""

    mode: str | None = None
    platform_iss: str | None = None
    platform_name: str | None = None
    client_id: str | None = None
    deployment_id: str | None = None
    access_token_url: str | None = None
    authorization_url: str | None = None
    jwks_url: str | None = None
    deployment_mode: LtiDeploymentMode | str | None = None
    supported_services: LtiSupportedServices | None = None
    tool: LtiTool | None = None
    public_keyset_url: str | None = None
    initiate_login_url: str | None = None
    redirect_uris: Strings = ()
    enable_email_matching: bool | None = None


class LtiConfiguration1p3Manual(LtiConfiguration1p3Base):
    """A configuration of LTI 1.3 that was typed in (`mode` is `"1p3-manual"`)."""


class LtiConfiguration1p3Deployment(LtiConfiguration1p3Base):
    """A configuration under a platform that many share (`mode` is `"1p3-deployment"`)."""

    parent_id: str | None = None
    deployment_key: str | None = None
    deployment_breakdown_by: str | None = None
    deployment_breakdown_id: str | None = None


class LtiConfiguration1p3Dynamic(LtiConfiguration1p3Base):
    """A configuration that the platform fills in itself (`mode` is `"1p3-dynamic"`).

    `registration_token` and `registration_url`, which carries it, are for admins alone and good once.
    """

    registration_token: SecretStr | None = None
    registration_url: SecretStr | None = None
    registration_token_used: bool | None = None
    registration_completion_date: datetime | None = None


_MODES = {"1p3-manual", "1p3-deployment", "1p3-dynamic"}


def _configuration_tag(found: object) -> str:
    if not isinstance(found, Mapping):
        return "other"
    fields = cast("Mapping[str, object]", found)
    version, mode = fields.get("ltiVersion"), fields.get("mode")
    if version == "1p1":
        return "1p1"
    if isinstance(mode, str) and mode in _MODES:
        return mode
    return "1p3" if version == "1p3" else "other"


LtiConfiguration: TypeAlias = Annotated[
    Annotated[LtiConfiguration1p1, Tag("1p1")]
    | Annotated[LtiConfiguration1p3Manual, Tag("1p3-manual")]
    | Annotated[LtiConfiguration1p3Deployment, Tag("1p3-deployment")]
    | Annotated[LtiConfiguration1p3Dynamic, Tag("1p3-dynamic")]
    | Annotated[LtiConfiguration1p3Base, Tag("1p3")]
    | Annotated[LtiConfigurationBase, Tag("other")],
    Discriminator(_configuration_tag),
]


class LtiConfigurationCreate1p1(FlatBody):
    """A configuration of LTI 1.1 to be made."""

    mode: Literal["1p1-manual"] = "1p1-manual"
    name: str | None = None
    lms: str | None = None


class LtiPlatformInfo(FlatBody):
    """A platform's name to show, and an address of it for reference."""

    name: str | None = None
    url: str | None = None


class LtiConfigurationCreate1p3Dynamic(FlatBody):
    """A configuration that the platform is to fill in; `locale` is the registration page's language."""

    mode: Literal["1p3-dynamic"] = "1p3-dynamic"
    platform_info: LtiPlatformInfo | None = None
    locale: str | None = None


class LtiConfigurationCreate1p3Deployment(FlatBody):
    """A configuration under a platform that many share, such as `"canvas"` or `"schoology"` (`deployment_type`).

    `client_id` is needed for ClassLink. `deployment_breakdown_id` names the tenant on a platform of many.
    """

    mode: Literal["1p3-deployment"] = "1p3-deployment"
    deployment_type: str
    deployment_id: str
    client_id: str | None = None
    deployment_breakdown_id: str | None = None


class LtiConfigurationCreate1p3Manual(FlatBody):
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


class LtiConfigurationUpdateDeployment(FlatBody):
    """What can be changed of a configuration under a platform that many share; what is None stays."""

    deployment_id: str | None = None
    deployment_breakdown_id: str | None = None
    enable_email_matching: bool | None = None


class LtiConfigurationUpdateStandalone(FlatBody):
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
