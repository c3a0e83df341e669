"""The nouns that every provider shares, and nothing about any provider."""

from orgsdk.domain.capability import Capability
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
from orgsdk.domain.fields import (
    EMAIL_FORM,
    USER_FIELDS,
    UserField,
    UserFieldName,
    UserFields,
    UserFieldValues,
    check_email,
    fields_to_create,
    fields_to_update,
)
from orgsdk.domain.json_reader import JsonReader
from orgsdk.domain.models import Invitation, Organization, Page, Role, User
from orgsdk.domain.record import Record, RecordReader, mark_adopted

__all__ = [
    "EMAIL_FORM",
    "UNSET",
    "USER_FIELDS",
    "Capability",
    "Invitation",
    "InvitationDraft",
    "InvitationQuery",
    "JsonReader",
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
    "UserField",
    "UserFieldName",
    "UserFieldValues",
    "UserFields",
    "UserQuery",
    "check_email",
    "fields_to_create",
    "fields_to_update",
    "mark_adopted",
]
