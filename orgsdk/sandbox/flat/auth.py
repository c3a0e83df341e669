"""Authorization: bearer tokens, scopes, and what operations require (facts/flat.md, Base, authentication)."""

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
    """The scopes, the account and the expiry of a token.

    Attributes:
        scopes: What the token may do.
        user_id: The account it belongs to; None for the server's own account.
        expires_at: Expiry in UTC epoch seconds; None for never.
    """

    scopes: frozenset[str] = SCOPES
    user_id: str | None = None
    expires_at: float | None = None


Audience = Literal["anyone", "staff", "admins"]
ADMIN_ROLES = frozenset({"admin", "accountAdmin"})
_AUDIENCES: Mapping[Audience, frozenset[str]] = {
    "anyone": frozenset({"user", "teacher"}) | ADMIN_ROLES,
    "staff": frozenset({"teacher"}) | ADMIN_ROLES,
    "admins": ADMIN_ROLES,
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """The scopes that an operation requires (any or all of them), and the roles that may use it."""

    quantity: Literal["any", "all"]
    scopes: frozenset[str]
    audience: Audience = "anyone"

    def met_by(self, granted: frozenset[str]) -> bool:
        """Return whether the granted scopes are enough."""
        return self.scopes <= granted if self.quantity == "all" else not self.scopes.isdisjoint(granted)

    def admits(self, role: str) -> bool:
        """Return whether an account with this organization role may use the operation."""
        return role in _AUDIENCES[self.audience]


# The official document lists these scopes in one requirement, which means "all of them" in OpenAPI. The descriptions
# of the scopes, and the facts, state that the scopes for users are alternatives.
# The required role is documented for LTI only ("Not admin of an organization"). For users it follows from the schemas:
# UserDetailsAdmin is the "view for organization teacher / admin", UserAdminUpdate is made "as an organization admin".
READ_USERS = Requirement("any", frozenset({"edu.admin", "edu.admin.users", "edu.admin.users.readonly"}), "staff")
WRITE_USERS = Requirement("any", frozenset({"edu.admin", "edu.admin.users"}), "admins")
_LTI = frozenset({"edu.admin", "edu.admin.lti"})
WRITE_LTI = Requirement("any", _LTI, "admins")
# Secrets are "only included for admins", so other roles can read as well. Teachers may use LTI 1.1 credentials unless
# the organization restricts it.
LTI_STAFF_READS = Requirement("any", _LTI | {"edu.admin.lti.readonly"}, "staff")
LTI_STAFF_WRITES = Requirement("any", _LTI, "staff")
READ_OWN_ACCOUNT = Requirement("all", frozenset({"account.public_profile", "account.education_profile"}))


def bearer_token(scope: Scope) -> str | None:
    """Return the bearer token of a request, or None."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def authorize(token: str | None, tokens: Mapping[str, TokenInfo], requirement: Requirement, *, now: float) -> TokenInfo:
    """Return the scopes and the account of a token.

    Args:
        token: The request's bearer token, or None.
        tokens: Every accepted token.
        requirement: What the operation requires.
        now: Current time in UTC epoch seconds.

    Returns:
        The entry of `tokens`.

    Raises:
        FlatError: 401 if the token is missing, unknown or expired; 403 if its scopes are not enough.
    """
    info = None if token is None else tokens.get(token)
    if info is None or (info.expires_at is not None and now >= info.expires_at):
        raise FlatError(401, "UNAUTHORIZED", "The access token is missing or not valid")
    if not requirement.met_by(info.scopes):
        scopes = ", ".join(sorted(requirement.scopes))
        raise FlatError(403, "FORBIDDEN", f"This operation needs {requirement.quantity} of the scopes {scopes}")
    return info
