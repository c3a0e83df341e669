"""Flat's requests and error answers as pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import APIError, InvalidArgumentError, RateLimitError
from orgsdk.pagination import LinkCursor
from orgsdk.providers.flat.records import ROLES
from orgsdk.transport import IdAlphabet, Problem, Request, epoch_time

if TYPE_CHECKING:
    from orgsdk.domain import UserQuery
    from orgsdk.transport import Response

NAME = "flat"
MAX_PAGE_SIZE = 1000
IDS = IdAlphabet("0-9A-Fa-f", "24 hexadecimal digits")
CURSORS = LinkCursor(forward="next", backward="previous", size="limit")

_ROLE_NAMES = frozenset(role.name for role in ROLES)
_RATE_LIMIT_CODE = "API_RATE_LIMIT_EXCEEDED"


def get_authenticated_user() -> Request:
    """Ask for the account that the token belongs to."""
    return Request(operation="get_authenticated_user", method="GET", path="/me")


def list_organization_users(query: UserQuery, position: str | None, page_size: int) -> Request:
    """Ask for a page of the organization's users."""
    return Request(
        operation="list_organization_users",
        method="GET",
        path="/organizations/users",
        query=filters(query) + CURSORS.parameters(position, page_size),
    )


def count_orga_users(query: UserQuery) -> Request:
    """Ask how many users the organization has."""
    return Request(
        operation="count_orga_users",
        method="GET",
        path="/organizations/users/count",
        query=filters(query),
    )


def filters(query: UserQuery) -> list[tuple[str, str]]:
    """Give the parameters that narrow users.

    Raises `InvalidArgumentError` for a role that Flat does not have: what is sent is checked before it leaves.
    """
    asked: list[tuple[str, str]] = []
    if query.query:
        asked.append(("q", query.query))
    if query.role is not None:
        if query.role not in _ROLE_NAMES:
            raise InvalidArgumentError(
                f"Flat has no role {query.role!r}: its roles are {', '.join(role.name for role in ROLES)}."
            )
        asked.append(("role", query.role))
    return asked


def read_problem(response: Response) -> Problem:
    """Read an error answer: `{"code", "message", "id"?, "param"?}` (facts/flat.md, Errors)."""
    body = response.json_object()
    code, message, parameter = body.get("code"), body.get("message"), body.get("param")
    request_id = body.get("id")
    kind: type[APIError] | None = None
    resets_at = None
    if response.status == 429 or (response.status == 403 and code == _RATE_LIMIT_CODE):
        # Exhaustion is a 403 that only its code tells from a real refusal (facts/flat.md, Rate limit).
        kind = RateLimitError
        resets_at = epoch_time(response.headers.get("x-ratelimit-reset"))
    return Problem(
        message=message if isinstance(message, str) else f"answered {response.status} without an explanation",
        code=code if isinstance(code, str) else None,
        details=f"parameter {parameter}" if isinstance(parameter, str) else None,
        request_id=request_id if isinstance(request_id, str) else None,
        kind=kind,
        resets_at=resets_at,
    )
