"""One async client for the organizations, users, invitations and roles that live in somebody else's system.

Example: `async with OrgClient(Flat(token="…")) as client: ...`, with `Flat` from `orgsdk.providers`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.client import OrgClient
    from orgsdk.domain import Capability, Invitation, Organization, Page, Role, User
    from orgsdk.errors import (
        APIError,
        AuthenticationError,
        BadRequestError,
        ConfigurationError,
        ConflictError,
        DecodeError,
        InvalidArgumentError,
        InvalidCursorError,
        NotFoundError,
        NotSentError,
        OrgError,
        OutcomeUnknownError,
        PaginationError,
        PermissionDeniedError,
        RateLimitError,
        RequestTimeoutError,
        ServerError,
        TransportError,
        UnprocessableError,
        UnsupportedError,
    )
    from orgsdk.pagination import Paginator

__all__ = [
    "APIError",
    "AuthenticationError",
    "BadRequestError",
    "Capability",
    "ConfigurationError",
    "ConflictError",
    "DecodeError",
    "InvalidArgumentError",
    "InvalidCursorError",
    "Invitation",
    "NotFoundError",
    "NotSentError",
    "OrgClient",
    "OrgError",
    "Organization",
    "OutcomeUnknownError",
    "Page",
    "PaginationError",
    "Paginator",
    "PermissionDeniedError",
    "RateLimitError",
    "RequestTimeoutError",
    "Role",
    "ServerError",
    "TransportError",
    "UnprocessableError",
    "UnsupportedError",
    "User",
]

_ELSEWHERE = {
    "OrgClient": "orgsdk.client",
    "Paginator": "orgsdk.pagination",
    **dict.fromkeys(("Capability", "Invitation", "Organization", "Page", "Role", "User"), "orgsdk.domain"),
}


def __getattr__(name: str) -> object:
    # Each name is loaded when first used (PEP 562): pydantic alone takes longer than `import orgsdk` may
    # (DESIGN.md, decision 13).
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ELSEWHERE.get(name, "orgsdk.errors")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
