"""Logto's requests and error answers as pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.pagination import PageNumber
from orgsdk.transport import IdAlphabet, Problem, Request, epoch_time, fill

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.transport import Response

NAME = "logto"
MAX_PAGE_SIZE = 100
IDS = IdAlphabet("0-9A-Za-z_-", "letters and digits")
PAGES = PageNumber(number="page", size="page_size")
TOKEN_PATH = "/oidc/token"  # noqa: S105  # a path, not a secret


def list_organizations(query: str | None, position: str | None, page_size: int) -> Request:
    """Ask for a page of the tenant's organizations."""
    return _list("list_organizations", "/api/organizations", _q(query), position, page_size)


def get_organization(organization_id: str) -> Request:
    """Ask for one organization."""
    return Request(
        operation="get_organization",
        method="GET",
        path=fill("/api/organizations/{organization_id}", IDS, organization_id=organization_id),
    )


def list_organization_users(
    organization_id: str, query: str | None, role_id: str | None, position: str | None, page_size: int
) -> Request:
    """Ask for a page of an organization's members."""
    path = fill("/api/organizations/{organization_id}/users", IDS, organization_id=organization_id)
    asked = _q(query) + ([("organizationRoleId", role_id)] if role_id is not None else [])
    return _list("list_organization_users", path, asked, position, page_size)


def list_organization_roles(query: str | None, position: str | None, page_size: int) -> Request:
    """Ask for a page of the tenant's organization roles."""
    return _list("list_organization_roles", "/api/organization-roles", _q(query), position, page_size)


def _list(operation: str, path: str, asked: Sequence[tuple[str, str]], position: str | None, page_size: int) -> Request:
    return Request(
        operation=operation,
        method="GET",
        path=path,
        query=[*asked, *PAGES.parameters(position, page_size)],
    )


def _q(query: str | None) -> list[tuple[str, str]]:
    return [("q", query)] if query else []


def total(response: Response) -> int | None:
    """Give the whole list's length as the answer tells it, None where it does not or tells garbage."""
    value = response.headers.get("total-number")
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 16 else None


def request_id(response: Response) -> str | None:
    """Give the id that every answer of Logto carries (facts/logto.md, section 3)."""
    return response.headers.get("logto-core-request-id")


def read_problem(response: Response) -> Problem:
    """Read an error answer, in Logto's form, RFC 6749's, or as plain text (facts/logto.md, sections 1 and 3).

    `data` is left out: for an expired token it holds the token's claims.
    """
    body = response.json_object()
    code, message, details = body.get("code"), body.get("message"), body.get("details")
    explained = body.get("error_description")
    if isinstance(explained, str):
        message = explained
    return Problem(
        message=message if isinstance(message, str) else f"answered {response.status} without an explanation",
        code=code if isinstance(code, str) else None,
        details=details if isinstance(details, str) else None,
        request_id=request_id(response),
        resets_at=epoch_time(response.headers.get("x-ratelimit-reset")),
    )
