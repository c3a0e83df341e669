"""One async client for the organizations, users, invitations and roles that another system keeps.

`Flat`, `Logto`, `WorkOS` and `SCIM` are also in `orgsdk.providers`, with the other providers.

Example: ``async with OrgClient(Flat(token="…")) as client: ...``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._distribution import __version__ as __version__
from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.client import OrgClient as OrgClient
    from orgsdk.domain import (
        Capability as Capability,
        Invitation as Invitation,
        Organization as Organization,
        Page as Page,
        Role as Role,
        User as User,
    )
    from orgsdk.errors import (
        APIError as APIError,
        AuthenticationError as AuthenticationError,
        BadRequestError as BadRequestError,
        ConfigurationError as ConfigurationError,
        ConflictError as ConflictError,
        DecodeError as DecodeError,
        InvalidArgumentError as InvalidArgumentError,
        InvalidCursorError as InvalidCursorError,
        NotFoundError as NotFoundError,
        NotSentError as NotSentError,
        OrgError as OrgError,
        OutcomeUnknownError as OutcomeUnknownError,
        PaginationError as PaginationError,
        PermissionDeniedError as PermissionDeniedError,
        RateLimitError as RateLimitError,
        RequestTimeoutError as RequestTimeoutError,
        ServerError as ServerError,
        TransportError as TransportError,
        UnprocessableError as UnprocessableError,
        UnsupportedError as UnsupportedError,
    )
    from orgsdk.pagination import Paginator as Paginator
    from orgsdk.providers import SCIM as SCIM, Flat as Flat, Logto as Logto, WorkOS as WorkOS
else:
    # `import orgsdk` loads no dependency, pydantic included (docs/architecture.md, decision 13).
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".client": ["OrgClient"],
            ".domain": ["Capability", "Invitation", "Organization", "Page", "Role", "User"],
            ".errors": [
                "APIError",
                "AuthenticationError",
                "BadRequestError",
                "ConfigurationError",
                "ConflictError",
                "DecodeError",
                "InvalidArgumentError",
                "InvalidCursorError",
                "NotFoundError",
                "NotSentError",
                "OrgError",
                "OutcomeUnknownError",
                "PaginationError",
                "PermissionDeniedError",
                "RateLimitError",
                "RequestTimeoutError",
                "ServerError",
                "TransportError",
                "UnprocessableError",
                "UnsupportedError",
            ],
            ".pagination": ["Paginator"],
            ".providers": ["Flat", "Logto", "SCIM", "WorkOS"],
        },
    )
