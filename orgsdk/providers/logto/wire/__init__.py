"""Logto's requests and error answers as pure functions, one noun a file, each request under its own name."""

from orgsdk.providers.logto.wire import invitations, jit, members, organizations, roles, scopes, users
from orgsdk.providers.logto.wire.answers import (
    MESSAGE_LIMIT_CODE,
    REQUEST_ID_HEADER,
    TAKEN_CODE,
    read_problem,
    request_id,
    total,
)
from orgsdk.providers.logto.wire.base import (
    IDS,
    MAX_PAGE_SIZE,
    NAME,
    PAGES,
    SINGLE_PAGE,
    TOKEN_PATH,
    contains,
    in_batches,
    loose,
)

__all__ = [
    "IDS",
    "MAX_PAGE_SIZE",
    "MESSAGE_LIMIT_CODE",
    "NAME",
    "PAGES",
    "REQUEST_ID_HEADER",
    "SINGLE_PAGE",
    "TAKEN_CODE",
    "TOKEN_PATH",
    "contains",
    "in_batches",
    "invitations",
    "jit",
    "loose",
    "members",
    "organizations",
    "read_problem",
    "request_id",
    "roles",
    "scopes",
    "total",
    "users",
]
