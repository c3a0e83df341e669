"""Stored records of the Logto server. They are frozen: a write replaces a record, so cached JSON stays valid."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

TENANT_ID = "default"

JsonObject = Mapping[str, object]
LogtoRelease = Literal["1.42.0", "development"]
RoleType = Literal["User", "MachineToMachine"]
EmailService = Literal["works", "no_connector", "no_template", "server_down"]
InvitationStatus = Literal["Pending", "Accepted", "Expired", "Revoked"]


@dataclass(frozen=True, slots=True)
class StoredUser:
    """One account of the tenant. Times are epoch milliseconds (facts/logto.md section 5)."""

    id: str
    created_at: int
    updated_at: int
    username: str | None = None
    primary_email: str | None = None
    primary_phone: str | None = None
    name: str | None = None
    avatar: str | None = None
    custom_data: JsonObject = field(default_factory=dict[str, object])
    identities: JsonObject = field(default_factory=dict[str, object])
    last_sign_in_at: int | None = None
    profile: JsonObject = field(default_factory=dict[str, object])
    application_id: str | None = None
    is_suspended: bool = False
    password_digest: str | None = None
    password_algorithm: str | None = None


@dataclass(frozen=True, slots=True)
class StoredOrganization:
    """One organization. Logto does not store the time of its last change."""

    id: str
    name: str
    created_at: int
    description: str | None = None
    custom_data: JsonObject = field(default_factory=dict[str, object])
    is_mfa_required: bool = False
    color: JsonObject = field(default_factory=dict[str, object])
    branding: JsonObject = field(default_factory=dict[str, object])
    custom_css: str | None = None


@dataclass(frozen=True, slots=True)
class StoredOrganizationScope:
    """One scope (permission) of the organization template."""

    id: str
    name: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class StoredResourceScope:
    """One scope (permission) of an API resource, with its resource."""

    id: str
    name: str
    resource_id: str
    resource_name: str
    description: str | None = None
    created_at: int = 0


@dataclass(frozen=True, slots=True)
class StoredResource:
    """One API resource."""

    id: str
    name: str
    indicator: str
    is_default: bool = False
    access_token_ttl: int = 3600


@dataclass(frozen=True, slots=True)
class StoredOrganizationRole:
    """One role of the organization template, with the ids of its scopes."""

    id: str
    name: str
    description: str | None = None
    type: RoleType = "User"
    scope_ids: tuple[str, ...] = ()
    resource_scope_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TenantRole:
    """One role of the tenant, independent of organizations."""

    id: str
    name: str
    description: str
    type: RoleType = "User"
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class StoredInvitation:
    """One invitation. A pending one is shown as expired after `expires_at`."""

    id: str
    invitee: str
    organization_id: str
    expires_at: float
    created_at: int
    updated_at: int
    inviter_id: str | None = None
    accepted_user_id: str | None = None
    status: InvitationStatus = "Pending"
    role_ids: tuple[str, ...] = ()

    def status_at(self, now: float) -> InvitationStatus:
        """Return the status at a time in epoch milliseconds."""
        return "Expired" if self.status == "Pending" and self.expires_at < now else self.status


@dataclass(frozen=True, slots=True)
class SentMessage:
    """One e-mail that was sent for an invitation, with the payload of the request."""

    to: str
    invitation_id: str
    organization_id: str
    payload: JsonObject
    sent_at: float


@dataclass(frozen=True, slots=True)
class Application:
    """One machine-to-machine application; `grants` are the scopes of its roles, by resource indicator."""

    id: str
    secret: str
    grants: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
