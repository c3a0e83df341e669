"""Wire models of users, as accounts of the tenant and as members of an organization."""

from __future__ import annotations

from typing import TypedDict

from pydantic import SecretStr  # pydantic reads the annotations of its models at run time

from orgsdk.providers.http.secrets import HiddenSecret
from orgsdk.providers.logto.models.base import EpochMs, JsonObject, LogtoBody, LogtoResponseModel, Named, Secret


class Address(LogtoResponseModel):
    """A postal address (OpenID Connect Core, section 5.1.1).

    Attributes:
        formatted: The whole address as text.
        street_address: Street and number.
        locality: City.
        region: State or province.
        postal_code: Postal code.
        country: Country.
    """

    formatted: str | None = None
    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class UserProfile(LogtoResponseModel):
    """A user's profile (OpenID Connect Core, section 5.1).

    Attributes:
        family_name: Family name.
        given_name: Given name.
        middle_name: Middle name.
        nickname: Nickname.
        preferred_username: Preferred username.
        profile: URL of the profile page.
        website: URL of the website.
        gender: Gender.
        birthdate: Date of birth, as `YYYY-MM-DD`.
        zoneinfo: Time zone, such as `Europe/Paris`.
        locale: Language, such as `fr-CA`.
        address: Postal address.
    """

    family_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    nickname: str | None = None
    preferred_username: str | None = None
    profile: str | None = None
    website: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None
    address: Address | None = None


class SsoIdentity(LogtoResponseModel):
    """A user's identity at an enterprise single sign-on (SSO).

    Attributes:
        tenant_id: Id of the tenant.
        id: Id of this object.
        user_id: Id of the user at Logto.
        issuer: Issuer of the identity.
        identity_id: Id of the user at the issuer.
        detail: Claims of the issuer.
        created_at: Creation time.
        updated_at: Time of the last change.
        sso_connector_id: Id of the SSO connector.
    """

    tenant_id: str | None = None
    id: str
    user_id: str | None = None
    issuer: str | None = None
    identity_id: str | None = None
    detail: JsonObject | None = None
    created_at: EpochMs | None = None
    updated_at: EpochMs | None = None
    sso_connector_id: str | None = None


class _UserResponse(LogtoResponseModel):
    id: str
    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    custom_data: JsonObject | None = None
    identities: JsonObject | None = None
    last_sign_in_at: EpochMs | None = None
    created_at: EpochMs | None = None
    updated_at: EpochMs | None = None
    profile: UserProfile | None = None
    application_id: str | None = None
    cimd_client_id: str | None = None
    is_suspended: bool | None = None


class TenantUser(_UserResponse):
    """An account of the tenant.

    Attributes:
        has_password: Whether the user has a password.
        has_security_verification_method: Whether the user has a method to verify an identity.
        sso_identities: Identities at enterprise SSO. Only with `include_sso_identities`.
        password_digest: Digest of the password. Only with `include_password_hash`.
        password_algorithm: Algorithm of the digest. Only with `include_password_hash`.
    """

    has_password: bool | None = None
    has_security_verification_method: bool | None = None
    sso_identities: list[SsoIdentity] | None = None
    password_digest: HiddenSecret | None = None
    password_algorithm: str | None = None


class OrganizationUser(_UserResponse):
    """A member of an organization.

    Attributes:
        organization_roles: The member's roles in the organization.
    """

    organization_roles: list[Named] | None = None


class UserHasPassword(LogtoResponseModel):
    """Whether a user has a password.

    Attributes:
        has_password: Whether the user has a password.
    """

    has_password: bool


class UserRole(LogtoResponseModel):
    """A user's role of the tenant. Organization roles are separate.

    Attributes:
        tenant_id: Id of the tenant.
        id: Id of the role.
        name: Name.
        description: Description.
        type: `User` or `MachineToMachine`.
        is_default: Whether new users receive the role.
    """

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None
    type: str | None = None
    is_default: bool | None = None


class AssignedUserRoles(LogtoResponseModel):
    """Response to adding or replacing a user's roles of the tenant.

    Attributes:
        role_ids: The ids of the request.
        added_role_ids: The ids that the user did not have before.
    """

    role_ids: list[str]
    added_role_ids: list[str] | None = None


class _UserBody(LogtoBody):
    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    custom_data: JsonObject | None = None
    profile: UserProfile | None = None


class _UserFields(TypedDict, total=False):
    username: str | None
    primary_email: str | None
    primary_phone: str | None
    name: str | None
    avatar: str | None
    custom_data: JsonObject | None
    profile: UserProfile | None


class CreateUser(_UserBody):
    """Request body that creates an account.

    It needs `username`, `primary_email` or `primary_phone`. A phone number has digits only, with the country code.

    Attributes:
        password: Password as plain text, without `password_digest`.
        password_digest: Digest of a password, with `password_algorithm`.
        password_algorithm: `Argon2i`, `Argon2id`, `Argon2d`, `SHA1`, `SHA256`, `MD5`, `Bcrypt` or `Legacy`.
    """

    password: Secret | None = None
    password_digest: Secret | None = None
    password_algorithm: str | None = None


class UpdateUser(_UserBody):
    """Request body that updates an account. `custom_data` and `profile` replace the whole object."""


class UpdateUserProfile(LogtoBody):
    """Request body that merges fields into an account's profile. The fields are those of `UserProfile`."""

    family_name: str | None = None
    given_name: str | None = None
    middle_name: str | None = None
    nickname: str | None = None
    preferred_username: str | None = None
    profile: str | None = None
    website: str | None = None
    gender: str | None = None
    birthdate: str | None = None
    zoneinfo: str | None = None
    locale: str | None = None
    address: Address | None = None


class CreateUserFields(_UserFields, total=False):
    """The fields of `CreateUser`, as keywords of a native operation."""

    password: str | SecretStr | None
    password_digest: str | SecretStr | None
    password_algorithm: str | None


class UpdateUserFields(_UserFields, total=False):
    """The fields of `UpdateUser`, as keywords of a native operation."""


class UpdateUserProfileFields(TypedDict, total=False):
    """The fields of `UpdateUserProfile`, as keywords of a native operation."""

    family_name: str | None
    given_name: str | None
    middle_name: str | None
    nickname: str | None
    preferred_username: str | None
    profile: str | None
    website: str | None
    gender: str | None
    birthdate: str | None
    zoneinfo: str | None
    locale: str | None
    address: Address | None
