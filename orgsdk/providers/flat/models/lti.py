"""Wire models of LTI: credentials (deprecated), and configurations of LTI 1.1 and 1.3."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, TypeAlias, TypedDict, cast

from pydantic import Discriminator, Field, Tag

from orgsdk.domain import JsonReader
from orgsdk.providers.flat.models.base import FlatBody, FlatResponseModel, Strings
from orgsdk.providers.flat.models.literals import LmsName, LtiDeploymentMode, LtiStatus
from orgsdk.providers.http.secrets import HiddenSecret

# Credentials


class LtiCredentials(FlatResponseModel):
    """A pair of OAuth 1 credentials for LTI 1.x. Deprecated by Flat in favor of configurations.

    Attributes:
        id: Id of the credentials.
        name: Name of the credentials.
        lms: Learning management system.
        organization: Id of the organization.
        creator: Id of the user who created the credentials.
        creation_date: Time of the creation, in UTC.
        last_usage: Time of the last use, in UTC.
        consumer_key: OAuth 1 consumer key.
        consumer_secret: OAuth 1 consumer secret.
        enable_email_matching: Whether users are matched by email address at sign-in.
    """

    id: str
    name: str | None = None
    lms: LmsName | str | None = None
    organization: str | None = None
    creator: str | None = None
    creation_date: datetime | None = None
    last_usage: datetime | None = None
    consumer_key: str | None = None
    consumer_secret: HiddenSecret | None = None
    enable_email_matching: bool | None = None


class LtiCredentialsCreation(FlatBody):
    """A pair of credentials to create.

    Attributes:
        name: At most 300 characters.
        lms: Learning management system.
    """

    name: Annotated[str, Field(max_length=300)]
    lms: LmsName


class LtiCredentialsCreationFields(TypedDict, total=False):
    """The fields of `LtiCredentialsCreation`, as keywords of a native operation."""

    name: str
    lms: LmsName


# Configurations in responses


class LtiTool(FlatResponseModel):
    """The product information of a platform.

    Attributes:
        product: Product name.
        version: Product version.
        instance_name: Name of the instance.
        instance_guid: GUID of the instance.
        instance_contact: Contact of the instance.
        instance_domain: Domain of the instance.
    """

    product: str | None = None
    version: str | None = None
    instance_name: str | None = None
    instance_guid: str | None = None
    instance_contact: str | None = None
    instance_domain: str | None = None


class LtiService(FlatResponseModel):
    """Support of one LTI service.

    Attributes:
        available: Whether the platform supports it.
        version: Version of the service.
        enabled: Whether it is enabled at Flat.
        lineitems_url: URL of the line items (grades).
    """

    available: bool | None = None
    version: str | None = None
    enabled: bool | None = None
    lineitems_url: str | None = None


class LtiSupportedServices(FlatResponseModel):
    """Support of the LTI services.

    Attributes:
        ags: Assignment and Grade Services.
        nrps: Names and Role Provisioning Services.
        deep_linking: Deep Linking.
    """

    ags: LtiService | None = None
    nrps: LtiService | None = None
    deep_linking: LtiService | None = None


class LtiConfigurationBase(FlatResponseModel):
    """The fields of every configuration, and the model of one whose LTI version is unknown.

    Attributes:
        id: Id of the configuration.
        lti_version: LTI version, `"1p1"` or `"1p3"`.
        organization_id: Id of the organization.
        organization_name: Name of the organization.
        creator_id: Id of the user who created the configuration.
        creation_date: Time of the creation, in UTC.
        last_used_date: Time of the last use, in UTC.
        status: Status of the configuration.
    """

    id: str
    lti_version: str | None = None
    organization_id: str | None = None
    organization_name: str | None = None
    creator_id: str | None = None
    creation_date: datetime | None = None
    last_used_date: datetime | None = None
    status: LtiStatus | str | None = None


class LtiConfiguration1p1(LtiConfigurationBase):
    """A configuration of LTI 1.1.

    Attributes:
        consumer_key: Consumer key.
        consumer_secret: Consumer secret, for admins only.
        lms: Learning management system.
        name: Name of the configuration.
        tool: Product information of the platform.
    """

    consumer_key: str | None = None
    consumer_secret: HiddenSecret | None = None
    lms: str | None = None
    name: str | None = None
    tool: LtiTool | None = None


class LtiConfiguration1p3Base(LtiConfigurationBase):
    """The fields of every configuration of LTI 1.3, and the model of one whose mode is unknown.

    Attributes:
        mode: Mode of the configuration.
        platform_iss: Issuer URL of the platform.
        platform_name: Display name of the platform.
        client_id: OAuth 2 client id from the platform.
        deployment_id: Deployment id from the platform.
        access_token_url: OAuth 2 token endpoint of the platform.
        authorization_url: OIDC authorization endpoint of the platform.
        jwks_url: URL of the platform's public keys.
        deployment_mode: `"single"` for one organization, `"multi"` for a shared platform.
        supported_services: Support of the LTI services.
        tool: Product information of the platform.
        public_keyset_url: URL of Flat's public keys.
        initiate_login_url: URL at Flat that starts a login.
        redirect_uris: Allowed redirect URIs of launches.
        enable_email_matching: Whether users are matched by email address at sign-in.
    """

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
    """A configuration of LTI 1.3 that was entered by hand (`mode` is `"1p3-manual"`)."""


class LtiConfiguration1p3Deployment(LtiConfiguration1p3Base):
    """A configuration of a platform that several tenants share (`mode` is `"1p3-deployment"`).

    Attributes:
        parent_id: Id of the parent configuration.
        deployment_key: Key of the platform, such as `"schoology"`.
        deployment_breakdown_by: Claim that identifies the tenant, in the parent configuration only.
        deployment_breakdown_id: Value of that claim for this tenant.
    """

    parent_id: str | None = None
    deployment_key: str | None = None
    deployment_breakdown_by: str | None = None
    deployment_breakdown_id: str | None = None


class LtiConfiguration1p3Dynamic(LtiConfiguration1p3Base):
    """A configuration by dynamic registration: the platform sets it (`mode` is `"1p3-dynamic"`).

    Attributes:
        registration_token: Token for the registration, valid once, for admins only.
        registration_url: URL for the registration with the token in it, for admins only.
        registration_token_used: Whether the token was used.
        registration_completion_date: Time of the registration, in UTC. None before.
    """

    registration_token: HiddenSecret | None = None
    registration_url: HiddenSecret | None = None
    registration_token_used: bool | None = None
    registration_completion_date: datetime | None = None


_MODES = {"1p3-manual", "1p3-deployment", "1p3-dynamic"}


def _configuration_tag(value: object) -> str:
    if not isinstance(value, Mapping):
        return "other"
    fields = cast("Mapping[str, object]", value)
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


# Reads configurations of any version and mode.
lti_configuration_reader: JsonReader[LtiConfiguration] = JsonReader(cast("type[LtiConfiguration]", LtiConfiguration))
