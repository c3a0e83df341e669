"""Who a bearer token speaks for, and what it may do (facts/flat.md, Base, authentication)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import Headers
from starlette.types import Scope

from orgsdk.sandbox.flat.errors import FlatError

SCOPES = frozenset(
    {
        "account.public_profile",
        "account.email",
        "account.education_profile",
        "scores.readonly",
        "scores.social",
        "scores",
        "collections.readonly",
        "collections.add_scores",
        "collections",
        "notifications.readonly",
        "edu.resources",
        "edu.resources.readonly",
        "edu.classes",
        "edu.classes.readonly",
        "edu.assignments",
        "edu.assignments.readonly",
        "edu.admin",
        "edu.admin.lti",
        "edu.admin.lti.readonly",
        "edu.admin.users",
        "edu.admin.users.readonly",
        "tasks.readonly",
        "omr",
    }
)
"""Every scope of the official document (AppScopes)."""


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """Say what a token may do, and for which account; None is the server's own account."""

    scopes: frozenset[str] = SCOPES
    user_id: str | None = None


@dataclass(frozen=True, slots=True)
class Requirement:
    """Name the scopes an operation asks for: one of them, or all of them."""

    quantity: Literal["any", "all"]
    scopes: frozenset[str]

    def met_by(self, granted: frozenset[str]) -> bool:
        """Tell whether the granted scopes are enough."""
        return self.scopes <= granted if self.quantity == "all" else not self.scopes.isdisjoint(granted)


# The official document lists these side by side in one requirement, which OpenAPI reads as "all of them"; the
# descriptions of the scopes, and the facts, say that the users ones are alternatives.
READ_USERS = Requirement("any", frozenset({"edu.admin", "edu.admin.users", "edu.admin.users.readonly"}))
READ_OWN_ACCOUNT = Requirement("all", frozenset({"account.public_profile", "account.education_profile"}))


def bearer_token(scope: Scope) -> str | None:
    """Return the request's bearer token, if it has one."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def authorize(token: str | None, tokens: Mapping[str, TokenInfo], requirement: Requirement) -> TokenInfo:
    """Return what the token stands for.

    Raises:
        FlatError: 401 without a known token, 403 when its scopes are not enough.
    """
    info = None if token is None else tokens.get(token)
    if info is None:
        raise FlatError(401, "UNAUTHORIZED", "The access token is missing or not valid")
    if not requirement.met_by(info.scopes):
        scopes = ", ".join(sorted(requirement.scopes))
        raise FlatError(403, "FORBIDDEN", f"This operation needs {requirement.quantity} of the scopes {scopes}")
    return info
