"""The nouns that every provider shares, and nothing about any provider."""

from orgsdk.domain.capability import FIELD_CAPABILITIES, Capability
from orgsdk.domain.drafts import (
    InvitationDraft,
    OrganizationChanges,
    OrganizationDraft,
    RoleChanges,
    RoleDraft,
    UserChanges,
    UserDraft,
)
from orgsdk.domain.invitation import Invitation
from orgsdk.domain.organization import Organization
from orgsdk.domain.page import Page
from orgsdk.domain.query import InvitationQuery, OrganizationQuery, RoleQuery, UserQuery
from orgsdk.domain.record import Record, RecordReader, mark_adopted
from orgsdk.domain.role import Role
from orgsdk.domain.unset import UNSET, Unset, UnsetType
from orgsdk.domain.user import User

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
    "mark_adopted",
]
