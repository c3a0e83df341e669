"""Pure request builders for Logto's Management API, one noun a file, one function per operation."""

from orgsdk.providers.logto.requests import invitations, members, organizations, roles, users
from orgsdk.providers.logto.requests.answers import (
    ALREADY_EXISTS_CODE,
    MESSAGE_LIMIT_CODE,
    REQUEST_ID_HEADER,
    read_problem,
    read_total,
    request_id,
)
from orgsdk.providers.logto.requests.base import (
    IDS,
    MAX_PAGE_SIZE,
    NAME,
    NUMBERED_PAGES,
    SINGLE_PAGE,
    TOKEN_PATH,
    escape_like,
    in_batches,
    search_text,
)

__all__ = [
    "ALREADY_EXISTS_CODE",
    "IDS",
    "MAX_PAGE_SIZE",
    "MESSAGE_LIMIT_CODE",
    "NAME",
    "NUMBERED_PAGES",
    "REQUEST_ID_HEADER",
    "SINGLE_PAGE",
    "TOKEN_PATH",
    "escape_like",
    "in_batches",
    "invitations",
    "jit",
    "members",
    "organizations",
    "read_problem",
    "read_total",
    "request_id",
    "roles",
    "scopes",
    "search_text",
    "users",
]
