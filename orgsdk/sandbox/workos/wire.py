"""JSON of the WorkOS server: records as objects, with the members of the document or of the emulator."""

from collections.abc import Iterable
from typing import Protocol

from orgsdk.sandbox.workos.formats import encode, wire_time
from orgsdk.sandbox.workos.records import (
    StoredDomain,
    StoredEndpoint,
    StoredInvitation,
    StoredMembership,
    StoredOrganization,
    StoredPermission,
    StoredRole,
    StoredRoleAssignment,
    StoredUser,
)
from orgsdk.sandbox.workos.store import Store

JsonObject = dict[str, object]

ACCEPT_URL = "https://app.example.org/invite?invitation_token="


class _Changing(Protocol):
    """A record that can change."""

    @property
    def created_at(self) -> int: ...

    @property
    def updated_at(self) -> int: ...


def _times(record: _Changing) -> JsonObject:
    return {"created_at": wire_time(record.created_at), "updated_at": wire_time(record.updated_at)}


def domain_object(domain: StoredDomain) -> JsonObject:
    """Return a domain of an organization."""
    return {
        "object": "organization_domain",
        "id": domain.id,
        "organization_id": domain.organization_id,
        "domain": domain.domain,
        "state": domain.state,
        "verification_strategy": "manual",
        "verification_token": domain.verification_token,
        "verification_prefix": "workos-verify",
        **_times(domain),
    }


def organization_object(
    organization: StoredOrganization, domains: Iterable[StoredDomain], *, emulator: bool
) -> JsonObject:
    """Return an organization. The document has the customer id of a payment service only if there is one."""
    customer = organization.stripe_customer_id
    return {
        "object": "organization",
        "id": organization.id,
        "name": organization.name,
        "external_id": organization.external_id,
        "metadata": organization.metadata,
        "domains": [domain_object(domain) for domain in domains],
        **({} if customer is None and not emulator else {"stripe_customer_id": customer}),
        **(
            {}
            if emulator
            else {"allow_profiles_outside_organization": organization.allow_profiles_outside_organization}
        ),
        **_times(organization),
    }


def user_object(user: StoredUser, *, emulator: bool) -> JsonObject:
    """Return an account. The emulator has no full name."""
    return {
        "object": "user",
        "id": user.id,
        "email": user.email,
        "first_name": user.first_name,
        "last_name": user.last_name,
        **({} if emulator else {"name": user.full_name}),
        "email_verified": user.email_verified,
        "profile_picture_url": user.profile_picture_url,
        "last_sign_in_at": None if user.last_sign_in_at is None else wire_time(user.last_sign_in_at),
        "external_id": user.external_id,
        "metadata": user.metadata,
        "locale": user.locale,
        **_times(user),
    }


def membership_object(membership: StoredMembership, *, emulator: bool) -> JsonObject:
    """Return a membership, without the names of its organization and its user."""
    roles = [{"slug": slug} for slug in membership.role_slugs]
    one: JsonObject = {"external_id": None, "metadata": {}}
    all_roles: JsonObject = {"roles": roles, "directory_managed": membership.directory_managed, "custom_attributes": {}}
    return {
        "object": "organization_membership",
        "id": membership.id,
        "user_id": membership.user_id,
        "organization_id": membership.organization_id,
        "status": membership.status,
        "role": roles[0],
        **(one if emulator else all_roles),
        **_times(membership),
    }


def invitation_object(invitation: StoredInvitation, *, now: int, emulator: bool) -> JsonObject:
    """Return an invitation, without its secrets. The clock determines whether it is expired."""
    accepted, revoked = invitation.accepted_at, invitation.revoked_at
    ends: JsonObject = {
        "accepted_at": None if accepted is None else wire_time(accepted),
        "revoked_at": None if revoked is None else wire_time(revoked),
        "accepted_user_id": invitation.accepted_user_id,
    }
    return {
        "object": "invitation",
        "id": invitation.id,
        "email": invitation.email,
        "state": invitation.state_at(now),
        **({} if emulator else ends),
        "expires_at": wire_time(invitation.expires_at),
        "organization_id": invitation.organization_id,
        "inviter_user_id": invitation.inviter_user_id,
        "role_slug": invitation.role_slug,
        **_times(invitation),
    }


def invitation_secrets(invitation: StoredInvitation) -> JsonObject:
    """Return the members that let anyone accept an invitation."""
    return {"token": invitation.token, "accept_invitation_url": f"{ACCEPT_URL}{invitation.token}"}


def role_object(role: StoredRole) -> JsonObject:
    """Return a role."""
    return {
        "object": "role",
        "id": role.id,
        "slug": role.slug,
        "name": role.name,
        "description": role.description,
        "type": "EnvironmentRole" if role.organization_id is None else "OrganizationRole",
        "resource_type_slug": role.resource_type_slug,
        "permissions": list(role.permissions),
        **_times(role),
    }


def emulated_role_object(role: StoredRole) -> JsonObject:
    """Return a role as the emulator does."""
    return {
        "object": "role",
        "id": role.id,
        "slug": role.slug,
        "name": role.name,
        "description": role.description,
        "type": "EnvironmentRole" if role.organization_id is None else "OrganizationRole",
        "organization_id": role.organization_id,
        "is_default_role": False,
        "priority": 0,
        **_times(role),
    }


def permission_object(permission: StoredPermission, *, emulator: bool) -> JsonObject:
    """Return a permission."""
    more = {"system": False, "resource_type_slug": permission.resource_type_slug}
    return {
        "object": "permission",
        "id": permission.id,
        "slug": permission.slug,
        "name": permission.name,
        "description": permission.description,
        **({} if emulator else more),
        **_times(permission),
    }


def endpoint_object(endpoint: StoredEndpoint, *, emulator: bool, is_new: bool = False) -> JsonObject:
    """Return a webhook endpoint. The emulator shows its secret once, and has no status."""
    secret = endpoint.secret if is_new or not emulator else f"{endpoint.secret[:8]}****"
    status: JsonObject = {"enabled": True, "description": None} if emulator else {"status": endpoint.status}
    return {
        "object": "webhook_endpoint",
        "id": endpoint.id,
        "endpoint_url": endpoint.endpoint_url,
        "secret": secret,
        **status,
        "events": list(endpoint.events),
        **_times(endpoint),
    }


def role_assignment_object(assignment: StoredRoleAssignment) -> JsonObject:
    """Return a role of a member for one resource."""
    return {
        "object": "role_assignment",
        "id": assignment.id,
        "organization_membership_id": assignment.membership_id,
        "role": {"slug": assignment.role_slug},
        "resource": {
            "id": assignment.resource_id,
            "external_id": assignment.resource_external_id,
            "resource_type_slug": assignment.resource_type_slug,
        },
        "source": {"type": "direct", "group_role_assignment_id": None},
        **_times(assignment),
    }


class RenderCache:
    """The JSON of users and memberships, cached, because tests list the same ones many times.

    Records are frozen, so a changed record is another object.
    """

    __slots__ = ("_emulator", "_memberships", "_users")

    def __init__(self, *, emulator: bool) -> None:
        self._emulator = emulator
        self._users: dict[str, tuple[StoredUser, bytes]] = {}
        self._memberships: dict[str, tuple[tuple[object, ...], bytes]] = {}

    def user(self, user: StoredUser) -> bytes:
        """Return the JSON of an account."""
        cached = self._users.get(user.id)
        if cached is not None and cached[0] is user:
            return cached[1]
        rendered = encode(user_object(user, emulator=self._emulator))
        self._users[user.id] = (user, rendered)
        return rendered

    def membership(self, membership: StoredMembership, store: Store) -> bytes:
        """Return the JSON of a membership, with the name of its organization and its user."""
        user, organization = store.users.get(membership.user_id), store.organizations.get(membership.organization_id)
        parts = (membership, user, organization)
        cached = self._memberships.get(membership.id)
        if cached is not None and all(one is other for one, other in zip(cached[0], parts, strict=True)):
            return cached[1]
        whole = membership_object(membership, emulator=self._emulator)
        if organization is not None and not self._emulator:
            whole["organization_name"] = organization.name
        rendered = encode(whole)
        if user is not None and not self._emulator:
            # The user is a member of the object, and is encoded once for both lists.
            rendered = rendered[:-1] + b',"user":' + self.user(user) + b"}"
        self._memberships[membership.id] = (parts, rendered)
        return rendered
