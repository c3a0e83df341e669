"""JSON of the Logto server: records as objects, keys in Logto's order (facts/logto.md section 5)."""

import json
from collections.abc import Iterable

from orgsdk.sandbox.logto.records import (
    TENANT_ID,
    LogtoRelease,
    StoredInvitation,
    StoredOrganization,
    StoredOrganizationRole,
    StoredOrganizationScope,
    StoredResource,
    StoredResourceScope,
    StoredUser,
    TenantRole,
)
from orgsdk.sandbox.logto.store import Store


def encode(value: object) -> bytes:
    """Return compact JSON in UTF-8, like `JSON.stringify`."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def array(fragments: Iterable[bytes]) -> bytes:
    """Return the JSON array of encoded values."""
    return b"[" + b",".join(fragments) + b"]"


def _account(user: StoredUser, release: LogtoRelease) -> dict[str, object]:
    return {
        "id": user.id,
        "username": user.username,
        "primaryEmail": user.primary_email,
        "primaryPhone": user.primary_phone,
        "name": user.name,
        "avatar": user.avatar,
        "customData": user.custom_data,
        "identities": user.identities,
        "lastSignInAt": user.last_sign_in_at,
        "createdAt": user.created_at,
        "updatedAt": user.updated_at,
        "profile": user.profile,
        "applicationId": user.application_id,
        **({"cimdClientId": None} if release == "development" else {}),
        "isSuspended": user.is_suspended,
    }


def user_object(user: StoredUser, release: LogtoRelease) -> dict[str, object]:
    """Return an account as in /users."""
    return {**_account(user, release), "hasPassword": user.password_digest is not None}


def member_object(
    user: StoredUser, roles: Iterable[StoredOrganizationRole], release: LogtoRelease
) -> dict[str, object]:
    """Return an account as a member: without `hasPassword`, with its roles in the organization."""
    return {**_account(user, release), "organizationRoles": role_entities(roles)}


def organization_object(organization: StoredOrganization) -> dict[str, object]:
    """Return an organization."""
    return {
        "tenantId": TENANT_ID,
        "id": organization.id,
        "name": organization.name,
        "description": organization.description,
        "customData": organization.custom_data,
        "isMfaRequired": organization.is_mfa_required,
        "color": organization.color,
        "branding": organization.branding,
        "customCss": organization.custom_css,
        "createdAt": organization.created_at,
    }


def role_entities(roles: Iterable[StoredOrganizationRole]) -> list[dict[str, object]]:
    """Return the short form of roles in members, invitations and organizations of a user.

    They are sorted by name: Logto aggregates them `order by name`, and the recordings agree.
    """
    return [{"id": role.id, "name": role.name} for role in sorted(roles, key=lambda role: role.name)]


def role_object(role: StoredOrganizationRole) -> dict[str, object]:
    """Return a role as when it is read by id: without its scopes."""
    return {
        "tenantId": TENANT_ID,
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "type": role.type,
    }


def role_with_scopes(role: StoredOrganizationRole, store: Store) -> dict[str, object]:
    """Return a role as in the list of roles: with its scopes."""
    scopes = [scope for scope_id in role.scope_ids if (scope := store.scopes.get(scope_id))]
    resource_scopes = [
        resource_scope
        for scope_id in role.resource_scope_ids
        if (resource_scope := store.resource_scopes.get(scope_id))
    ]
    return {
        **role_object(role),
        "scopes": [{"id": scope.id, "name": scope.name} for scope in scopes],
        "resourceScopes": [
            {
                "id": scope.id,
                "name": scope.name,
                "resource": {"id": scope.resource_id, "name": scope.resource_name},
            }
            for scope in resource_scopes
        ],
    }


def scope_object(scope: StoredOrganizationScope) -> dict[str, object]:
    """Return an organization scope."""
    return {"tenantId": TENANT_ID, "id": scope.id, "name": scope.name, "description": scope.description}


def resource_object(resource: StoredResource) -> dict[str, object]:
    """Return a new API resource, without scopes."""
    return {
        "tenantId": TENANT_ID,
        "id": resource.id,
        "name": resource.name,
        "indicator": resource.indicator,
        "isDefault": resource.is_default,
        "accessTokenTtl": resource.access_token_ttl,
        "scopes": [],
    }


def resource_scope_object(scope: StoredResourceScope) -> dict[str, object]:
    """Return a scope of an API resource."""
    return {
        "tenantId": TENANT_ID,
        "id": scope.id,
        "resourceId": scope.resource_id,
        "name": scope.name,
        "description": scope.description,
        "createdAt": scope.created_at,
    }


def tenant_role_object(role: TenantRole) -> dict[str, object]:
    """Return a role of the tenant."""
    return {
        "tenantId": TENANT_ID,
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "type": role.type,
        "isDefault": role.is_default,
    }


def email_domain_object(organization_id: str, domain: str) -> dict[str, object]:
    """Return an e-mail domain whose users join the organization when they sign up."""
    return {"tenantId": TENANT_ID, "organizationId": organization_id, "emailDomain": domain}


def invitation_object(invitation: StoredInvitation, store: Store, *, now: float) -> dict[str, object]:
    """Return an invitation; the clock determines whether it is expired (`invitation.get.expired`)."""
    return {
        "tenantId": TENANT_ID,
        "id": invitation.id,
        "inviterId": invitation.inviter_id,
        "invitee": invitation.invitee,
        "acceptedUserId": invitation.accepted_user_id,
        "organizationId": invitation.organization_id,
        "status": invitation.status_at(now),
        "createdAt": invitation.created_at,
        "updatedAt": invitation.updated_at,
        "expiresAt": invitation.expires_at,
        "organizationRoles": role_entities(store.member_roles(invitation.role_ids)),
    }


class RenderCache:
    """The JSON of users and members in one release, cached, because tests list the same users many times.

    Records are frozen, so a changed record is another object.
    """

    __slots__ = ("_members", "_users", "release")

    def __init__(self, release: LogtoRelease) -> None:
        self.release: LogtoRelease = release
        self._users: dict[str, tuple[StoredUser, bytes]] = {}
        self._members: dict[tuple[str, str], tuple[StoredUser, tuple[StoredOrganizationRole, ...], bytes]] = {}

    def user(self, user: StoredUser) -> bytes:
        """Return the JSON of an account."""
        cached = self._users.get(user.id)
        if cached is not None and cached[0] is user:
            return cached[1]
        rendered = encode(user_object(user, self.release))
        self._users[user.id] = (user, rendered)
        return rendered

    def member(self, organization_id: str, user: StoredUser, roles: tuple[StoredOrganizationRole, ...]) -> bytes:
        """Return the JSON of a member."""
        key = (organization_id, user.id)
        cached = self._members.get(key)
        if cached is not None and cached[0] is user and cached[1] == roles:
            return cached[2]
        rendered = encode(member_object(user, roles, self.release))
        self._members[key] = (user, roles, rendered)
        return rendered
