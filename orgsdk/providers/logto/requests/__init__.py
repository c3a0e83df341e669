"""Pure request builders for Logto's Management API, one noun a file, one function per operation."""

from orgsdk.providers.logto.requests import invitations, members, organizations, roles, users
from orgsdk.providers.logto.requests.base import (
    IDS,
    MAX_PAGE_SIZE,
    NAME,
    PAGING,
    TOKEN_PATH,
    escape_like,
    in_batches,
    search_text,
)

__all__ = [
    "IDS",
    "MAX_PAGE_SIZE",
    "NAME",
    "PAGING",
    "TOKEN_PATH",
    "escape_like",
    "in_batches",
    "invitations",
    "members",
    "organizations",
    "roles",
    "search_text",
    "users",
]
