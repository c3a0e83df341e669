"""Wire models of users, as accounts of the tenant and as members of an organization."""

from __future__ import annotations

from pydantic import SecretStr  # noqa: TC002  # pydantic reads the annotations of its models at run time

from orgsdk.providers.logto.models.base import EpochMs, JsonObject, LogtoAnswer, LogtoBody, Named, Secret


class Address(LogtoAnswer):
    """Hold a postal address (OpenID Connect Core, section 5.1.1)."""

    formatted: str | None = None
    street_address: str | None = None
    locality: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None


class UserProfile(LogtoAnswer):
    """Hold a user's profile (OpenID Connect Core, section 5.1)."""

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


class SsoIdentity(LogtoAnswer):
    """Hold who a user is at an enterprise's sign-in."""

    tenant_id: str | None = None
    id: str
    user_id: str | None = None
    issuer: str | None = None
    identity_id: str | None = None
    detail: JsonObject | None = None
    created_at: EpochMs | None = None
    updated_at: EpochMs | None = None
    sso_connector_id: str | None = None


class _UserFields(LogtoAnswer):
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


class User(_UserFields):
    """Hold an account; SSO identities and the password's digest only where they were asked for."""

    has_password: bool | None = None
    has_security_verification_method: bool | None = None
    sso_identities: list[SsoIdentity] | None = None
    password_digest: SecretStr | None = None
    password_algorithm: str | None = None


class OrganizationUser(_UserFields):
    """Hold a member of an organization, with the roles that they hold in it."""

    organization_roles: list[Named] | None = None


class UserHasPassword(LogtoAnswer):
    """Say whether a user has a password."""

    has_password: bool


class UserRole(LogtoAnswer):
    """Hold a role of the tenant (not of an organization) that a user holds."""

    tenant_id: str | None = None
    id: str
    name: str
    description: str | None = None
    type: str | None = None
    is_default: bool | None = None


class AssignedUserRoles(LogtoAnswer):
    """Say which roles of the tenant were asked for, and which of them the user did not hold before."""

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


class CreateUser(_UserBody):
    """Hold an account to be made: at least one of `username`, `primary_email` and `primary_phone`.

    `primary_phone` is digits alone, with the country's. `password_digest` goes with `password_algorithm`
    (`Argon2i`, `Argon2id`, `Argon2d`, `SHA1`, `SHA256`, `MD5`, `Bcrypt` or `Legacy`) and without `password`.
    """

    password: Secret | None = None
    password_digest: Secret | None = None
    password_algorithm: str | None = None


class UpdateUser(_UserBody):
    """Hold what is to be changed of an account; `custom_data` and `profile` replace all of it."""
