"""The nouns that every provider shares, and nothing about any provider."""

from orgsdk.domain.capability import FIELD_CAPABILITIES, Capability
from orgsdk.domain.drafts import (
    UNSET,
    InvitationDraft,
    InvitationQuery,
    OrganizationChanges,
    OrganizationDraft,
    OrganizationQuery,
    RoleChanges,
    RoleDraft,
    RoleQuery,
    Unset,
    UnsetType,
    UserChanges,
    UserDraft,
    UserQuery,
)
from orgsdk.domain.fields import check_email
from orgsdk.domain.models import Invitation, Organization, Page, Role, User
from orgsdk.domain.record import Record, RecordReader, mark_adopted

__all__ = [
    "FIELD_CAPABILITIES",
    "UNSET",
    "Capability",
    "Invitation",
    "InvitationDraft",
    "InvitationQuery",
    "Organization",
    "OrganizationChanges",
    "OrganizationDraft",
    "OrganizationQuery",
    "Page",
    "Record",
    "RecordReader",
    "Role",
    "RoleChanges",
    "RoleDraft",
    "RoleQuery",
    "Unset",
    "UnsetType",
    "User",
    "UserChanges",
    "UserDraft",
    "UserQuery",
    "check_email",
    "mark_adopted",
]
