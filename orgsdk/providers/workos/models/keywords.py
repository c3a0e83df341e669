"""The fields of the request bodies as keywords of the native operations, for type checkers.

`tests/providers/workos/test_document.py` compares them with the models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypedDict

if TYPE_CHECKING:
    from pydantic import SecretStr

    from orgsdk.providers.workos.models.organizations import DomainData
    from orgsdk.providers.workos.models.users import PasswordHashType, PasswordSaltPosition


class CreateUserFields(TypedDict, total=False):
    """The fields of `CreateUser` as keywords, for type checkers."""

    email: str
    first_name: str | None
    last_name: str | None
    name: str | None
    email_verified: bool | None
    external_id: str | None
    metadata: dict[str, str] | None
    password: str | SecretStr | None
    password_hash: str | SecretStr
    password_hash_type: PasswordHashType
    password_salt_position: PasswordSaltPosition
    ip_address: str | None
    user_agent: str | None
    signals_id: str


class UpdateUserFields(TypedDict, total=False):
    """The fields of `UpdateUser` as keywords, for type checkers."""

    email: str
    first_name: str
    last_name: str
    name: str
    email_verified: bool
    external_id: str | None
    metadata: dict[str, str] | None
    locale: str | None
    password: str | SecretStr
    password_hash: str | SecretStr
    password_hash_type: PasswordHashType
    password_salt_position: PasswordSaltPosition


class SendEmailChangeFields(TypedDict, total=False):
    """The fields of `SendEmailChange` as keywords, for type checkers."""

    new_email: str


class ConfirmCodeFields(TypedDict, total=False):
    """The fields of `ConfirmCode` as keywords, for type checkers."""

    code: str | SecretStr


class CreateOrganizationMembershipFields(TypedDict, total=False):
    """The fields of `CreateOrganizationMembership` as keywords, for type checkers."""

    user_id: str
    organization_id: str
    role_slug: str
    role_slugs: list[str]


class UpdateOrganizationMembershipFields(TypedDict, total=False):
    """The fields of `UpdateOrganizationMembership` as keywords, for type checkers."""

    role_slug: str
    role_slugs: list[str]


class AssignRoleFields(TypedDict, total=False):
    """The fields of `AssignRole` as keywords, for type checkers."""

    role_slug: str
    resource_id: str
    resource_external_id: str
    resource_type_slug: str


class CreateOrganizationFields(TypedDict, total=False):
    """The fields of `CreateOrganization` as keywords, for type checkers."""

    name: str
    domain_data: list[DomainData]
    domains: list[str]
    external_id: str | None
    metadata: dict[str, str] | None
    allow_profiles_outside_organization: bool


class UpdateOrganizationFields(TypedDict, total=False):
    """The fields of `UpdateOrganization` as keywords, for type checkers."""

    name: str
    domain_data: list[DomainData]
    domains: list[str]
    external_id: str | None
    metadata: dict[str, str] | None
    stripe_customer_id: str
    allow_profiles_outside_organization: bool


class CreateOrganizationDomainFields(TypedDict, total=False):
    """The fields of `CreateOrganizationDomain` as keywords, for type checkers."""

    domain: str
    organization_id: str


class SendInvitationFields(TypedDict, total=False):
    """The fields of `SendInvitation` as keywords, for type checkers."""

    email: str
    organization_id: str
    role_slug: str
    expires_in_days: int
    inviter_user_id: str
    locale: str


class ResendInvitationFields(TypedDict, total=False):
    """The fields of `ResendInvitation` as keywords, for type checkers."""

    locale: str


class CreateRoleFields(TypedDict, total=False):
    """The fields of `CreateRole` as keywords, for type checkers."""

    slug: str
    name: str
    description: str | None
    resource_type_slug: str


class CreateOrganizationRoleFields(TypedDict, total=False):
    """The fields of `CreateOrganizationRole` as keywords, for type checkers."""

    name: str
    slug: str
    description: str | None
    resource_type_slug: str


class UpdateRoleFields(TypedDict, total=False):
    """The fields of `UpdateRole` as keywords, for type checkers."""

    name: str
    description: str | None


class SetRolePermissionsFields(TypedDict, total=False):
    """The fields of `SetRolePermissions` as keywords, for type checkers."""

    permissions: list[str]


class AddRolePermissionFields(TypedDict, total=False):
    """The fields of `AddRolePermission` as keywords, for type checkers."""

    slug: str


class CreatePermissionFields(TypedDict, total=False):
    """The fields of `CreatePermission` as keywords, for type checkers."""

    slug: str
    name: str
    description: str | None
    resource_type_slug: str


class UpdatePermissionFields(TypedDict, total=False):
    """The fields of `UpdatePermission` as keywords, for type checkers."""

    name: str
    description: str | None


class CreateWebhookEndpointFields(TypedDict, total=False):
    """The fields of `CreateWebhookEndpoint` as keywords, for type checkers."""

    endpoint_url: str
    events: list[str]


class UpdateWebhookEndpointFields(TypedDict, total=False):
    """The fields of `UpdateWebhookEndpoint` as keywords, for type checkers."""

    endpoint_url: str
    status: Literal["enabled", "disabled"]
    events: list[str]
