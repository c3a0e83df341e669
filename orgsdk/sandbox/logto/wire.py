"""Records as the JSON Logto sends, keys in Logto's order (facts/logto.md section 5). Pure."""

import json
from collections.abc import Iterable

from orgsdk.sandbox.logto.records import (
    TENANT_ID,
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
    """Return compact JSON in UTF-8, as `JSON.stringify` writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def array(fragments: Iterable[bytes]) -> bytes:
    """Return the JSON array of values that are encoded already."""
    return b"[" + b",".join(fragments) + b"]"


def _account(user: StoredUser) -> dict[str, object]:
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
        "cimdClientId": None,
        "isSuspended": user.is_suspended,
    }


def user_object(user: StoredUser) -> dict[str, object]:
    """Return an account as /users shows it."""
    return {**_account(user), "hasPassword": user.password_digest is not None}


def member_object(user: StoredUser, roles: Iterable[StoredOrganizationRole]) -> dict[str, object]:
    """Return an account as a member: without `hasPassword`, with the roles in the organization."""
    return {**_account(user), "organizationRoles": role_entities(roles)}


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
    """Return the short form roles have inside members, invitations and a user's organizations: by name.

    Logto aggregates them `order by name`; the recordings agree.
    """
    return [{"id": role.id, "name": role.name} for role in sorted(roles, key=lambda role: role.name)]


def role_object(role: StoredOrganizationRole) -> dict[str, object]:
    """Return a role as it is got by id: without its scopes."""
    return {
        "tenantId": TENANT_ID,
        "id": role.id,
        "name": role.name,
        "description": role.description,
        "type": role.type,
    }


def role_with_scopes(role: StoredOrganizationRole, store: Store) -> dict[str, object]:
    """Return a role as only the list of roles shows it: with its scopes."""
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
    """Return an API resource, as it is when it was just made: without scopes."""
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
    """Return an e-mail domain whose people join the organization when they sign up."""
    return {"tenantId": TENANT_ID, "organizationId": organization_id, "emailDomain": domain}


def invitation_object(invitation: StoredInvitation, store: Store, *, now: float) -> dict[str, object]:
    """Return an invitation; whether it is expired is told from the clock (`invitation.get.expired`)."""
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
    """Keep the bytes of users and members: a page of 100 is then a join, whatever is walked again and again.

    Records are frozen and replaced as a whole, so identity tells whether the bytes are still true.
    """

    __slots__ = ("_members", "_users")

    def __init__(self) -> None:
        self._users: dict[str, tuple[StoredUser, bytes]] = {}
        self._members: dict[tuple[str, str], tuple[StoredUser, tuple[StoredOrganizationRole, ...], bytes]] = {}

    def user(self, user: StoredUser) -> bytes:
        """Return the JSON of an account."""
        kept = self._users.get(user.id)
        if kept is not None and kept[0] is user:
            return kept[1]
        rendered = encode(user_object(user))
        self._users[user.id] = (user, rendered)
        return rendered

    def member(self, organization_id: str, user: StoredUser, roles: tuple[StoredOrganizationRole, ...]) -> bytes:
        """Return the JSON of a member."""
        key = (organization_id, user.id)
        kept = self._members.get(key)
        if kept is not None and kept[0] is user and kept[1] == roles:
            return kept[2]
        rendered = encode(member_object(user, roles))
        self._members[key] = (user, roles, rendered)
        return rendered
