"""The nouns that every provider shares, and nothing about any provider."""

from orgsdk.domain.capability import Capability
from orgsdk.domain.invitation import Invitation
from orgsdk.domain.organization import Organization
from orgsdk.domain.page import Page
from orgsdk.domain.query import OrganizationQuery, RoleQuery, UserQuery
from orgsdk.domain.record import Record, RecordReader
from orgsdk.domain.role import Role
from orgsdk.domain.user import User

__all__ = [
    "Capability",
    "Invitation",
    "Organization",
    "OrganizationQuery",
    "Page",
    "Record",
    "RecordReader",
    "Role",
    "RoleQuery",
    "User",
    "UserQuery",
]
