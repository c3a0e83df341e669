"""Wire models of WorkOS: the objects of its responses and request bodies, under its own names.

Fields are lenient in responses and strict in request bodies. Secrets are `SecretStr`: no repr shows them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.providers.workos.models.base import (
        WorkOSBody as WorkOSBody,
        WorkOSResponseModel as WorkOSResponseModel,
    )
    from orgsdk.providers.workos.models.events import (
        CreateWebhookEndpoint as CreateWebhookEndpoint,
        EventActor as EventActor,
        EventContext as EventContext,
        UpdateWebhookEndpoint as UpdateWebhookEndpoint,
        WebhookEndpoint as WebhookEndpoint,
        WorkOSEvent as WorkOSEvent,
    )
    from orgsdk.providers.workos.models.invitations import (
        ResendInvitation as ResendInvitation,
        SendInvitation as SendInvitation,
        WorkOSInvitation as WorkOSInvitation,
    )
    from orgsdk.providers.workos.models.memberships import (
        AssignRole as AssignRole,
        CreateOrganizationMembership as CreateOrganizationMembership,
        MembershipStatus as MembershipStatus,
        OrganizationMembership as OrganizationMembership,
        RoleAssignment as RoleAssignment,
        RoleAssignmentResource as RoleAssignmentResource,
        RoleAssignmentSource as RoleAssignmentSource,
        RoleSlug as RoleSlug,
        UpdateOrganizationMembership as UpdateOrganizationMembership,
    )
    from orgsdk.providers.workos.models.organizations import (
        CreateOrganization as CreateOrganization,
        CreateOrganizationDomain as CreateOrganizationDomain,
        DomainData as DomainData,
        OrganizationDomain as OrganizationDomain,
        UpdateOrganization as UpdateOrganization,
        WorkOSOrganization as WorkOSOrganization,
    )
    from orgsdk.providers.workos.models.roles import (
        AddRolePermission as AddRolePermission,
        CreateOrganizationRole as CreateOrganizationRole,
        CreatePermission as CreatePermission,
        CreateRole as CreateRole,
        Permission as Permission,
        SetRolePermissions as SetRolePermissions,
        UpdatePermission as UpdatePermission,
        UpdateRole as UpdateRole,
        WorkOSRole as WorkOSRole,
    )
    from orgsdk.providers.workos.models.users import (
        ConfirmCode as ConfirmCode,
        CreateUser as CreateUser,
        EmailChange as EmailChange,
        PasswordHashType as PasswordHashType,
        PasswordSaltPosition as PasswordSaltPosition,
        SendEmailChange as SendEmailChange,
        UpdateUser as UpdateUser,
        UserEnvelope as UserEnvelope,
        WorkOSUser as WorkOSUser,
    )
else:
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".base": ["WorkOSBody", "WorkOSResponseModel"],
            ".events": [
                "CreateWebhookEndpoint",
                "EventActor",
                "EventContext",
                "UpdateWebhookEndpoint",
                "WebhookEndpoint",
                "WorkOSEvent",
            ],
            ".invitations": ["ResendInvitation", "SendInvitation", "WorkOSInvitation"],
            ".memberships": [
                "AssignRole",
                "CreateOrganizationMembership",
                "MembershipStatus",
                "OrganizationMembership",
                "RoleAssignment",
                "RoleAssignmentResource",
                "RoleAssignmentSource",
                "RoleSlug",
                "UpdateOrganizationMembership",
            ],
            ".organizations": [
                "CreateOrganization",
                "CreateOrganizationDomain",
                "DomainData",
                "OrganizationDomain",
                "UpdateOrganization",
                "WorkOSOrganization",
            ],
            ".roles": [
                "AddRolePermission",
                "CreateOrganizationRole",
                "CreatePermission",
                "CreateRole",
                "Permission",
                "SetRolePermissions",
                "UpdatePermission",
                "UpdateRole",
                "WorkOSRole",
            ],
            ".users": [
                "ConfirmCode",
                "CreateUser",
                "EmailChange",
                "PasswordHashType",
                "PasswordSaltPosition",
                "SendEmailChange",
                "UpdateUser",
                "UserEnvelope",
                "WorkOSUser",
            ],
        },
    )
