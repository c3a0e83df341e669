"""Stored records of the WorkOS server. They are frozen: a write replaces a record, so cached JSON stays valid.

Times are epoch milliseconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

Metadata = Mapping[str, object]
"""Texts by name; the emulator stores other values too."""

DomainState = Literal["pending", "verified"]
MembershipStatus = Literal["active", "inactive", "pending"]
InvitationState = Literal["pending", "accepted", "expired", "revoked"]
EndpointStatus = Literal["enabled", "disabled"]

DEFAULT_RESOURCE_TYPE = "organization"
"""The type of resource that a role belongs to, unless the request names another."""


@dataclass(frozen=True, slots=True)
class StoredDomain:
    """One domain of an organization."""

    id: str
    created_at: int
    updated_at: int
    organization_id: str
    domain: str
    state: DomainState
    verification_token: str


@dataclass(frozen=True, slots=True)
class StoredOrganization:
    """One organization. Its domains are in a table of their own."""

    id: str
    created_at: int
    updated_at: int
    name: str
    external_id: str | None = None
    metadata: Metadata = field(default_factory=dict[str, object])
    stripe_customer_id: str | None = None
    allow_profiles_outside_organization: bool = False


@dataclass(frozen=True, slots=True)
class StoredUser:
    """One account of the environment. `name` is the full name if a request set it."""

    id: str
    created_at: int
    updated_at: int
    email: str
    first_name: str | None = None
    last_name: str | None = None
    name: str | None = None
    email_verified: bool = False
    external_id: str | None = None
    metadata: Metadata = field(default_factory=dict[str, object])
    locale: str | None = None
    profile_picture_url: str | None = None
    last_sign_in_at: int | None = None
    password: str | None = field(default=None, repr=False)
    password_hash: str | None = field(default=None, repr=False)

    @property
    def full_name(self) -> str | None:
        """The name that was set, or else first and last name."""
        return self.name or " ".join(part for part in (self.first_name, self.last_name) if part) or None


@dataclass(frozen=True, slots=True)
class StoredMembership:
    """One membership. The first role is the primary one."""

    id: str
    created_at: int
    updated_at: int
    user_id: str
    organization_id: str
    role_slugs: tuple[str, ...]
    status: MembershipStatus = "active"
    directory_managed: bool = False


@dataclass(frozen=True, slots=True)
class StoredInvitation:
    """One invitation. A pending one is shown as expired after `expires_at`."""

    id: str
    created_at: int
    updated_at: int
    email: str
    expires_at: int
    token: str = field(repr=False)
    state: InvitationState = "pending"
    organization_id: str | None = None
    role_slug: str | None = None
    inviter_user_id: str | None = None
    accepted_at: int | None = None
    revoked_at: int | None = None
    accepted_user_id: str | None = None

    def state_at(self, now: int) -> InvitationState:
        """Return the state at a time in epoch milliseconds."""
        return "expired" if self.state == "pending" and self.expires_at <= now else self.state


@dataclass(frozen=True, slots=True)
class StoredRole:
    """One role of the environment, or of one organization."""

    id: str
    created_at: int
    updated_at: int
    slug: str
    name: str
    description: str | None = None
    organization_id: str | None = None
    permissions: tuple[str, ...] = ()
    resource_type_slug: str = DEFAULT_RESOURCE_TYPE


@dataclass(frozen=True, slots=True)
class StoredPermission:
    """One permission of the environment."""

    id: str
    created_at: int
    updated_at: int
    slug: str
    name: str
    description: str | None = None
    resource_type_slug: str = DEFAULT_RESOURCE_TYPE


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """One event; `body` is its JSON object."""

    id: str
    created_at: int
    name: str
    organization_id: str | None
    body: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class StoredEndpoint:
    """One webhook endpoint. The sandbox stores it and sends nothing to it."""

    id: str
    created_at: int
    updated_at: int
    endpoint_url: str
    secret: str = field(repr=False)
    events: Sequence[str] = ()
    status: EndpointStatus = "enabled"


@dataclass(frozen=True, slots=True)
class StoredRoleAssignment:
    """A role of a member for one resource."""

    id: str
    created_at: int
    updated_at: int
    membership_id: str
    role_slug: str
    resource_id: str
    resource_external_id: str
    resource_type_slug: str


@dataclass(frozen=True, slots=True)
class SentMail:
    """One e-mail that the server sent: an invitation, or a one-time code."""

    to: str
    kind: Literal["invitation", "email_change", "email_verification"]
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class OneTimeCode:
    """A code that was sent to an address, to change to it or to verify it."""

    email: str
    created_at: int
    expires_at: int
    code: str = field(repr=False)
    used: bool = False
    failures: int = 0


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What an API key may do: a read-only one gets 403 for every write."""

    read_only: bool = False
