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
    expires_at: float | None = None
    """The moment from which it is refused, in UTC epoch seconds; None is never."""


Audience = Literal["anyone", "staff", "admins"]
ADMIN_ROLES = frozenset({"admin", "accountAdmin"})
_AUDIENCES: Mapping[Audience, frozenset[str]] = {
    "anyone": frozenset({"user", "teacher"}) | ADMIN_ROLES,
    "staff": frozenset({"teacher"}) | ADMIN_ROLES,
    "admins": ADMIN_ROLES,
}


@dataclass(frozen=True, slots=True)
class Requirement:
    """Name the scopes an operation asks for, one of them or all of them, and what the token's account must be."""

    quantity: Literal["any", "all"]
    scopes: frozenset[str]
    audience: Audience = "anyone"

    def met_by(self, granted: frozenset[str]) -> bool:
        """Tell whether the granted scopes are enough."""
        return self.scopes <= granted if self.quantity == "all" else not self.scopes.isdisjoint(granted)

    def admits(self, role: str) -> bool:
        """Tell whether an account of this organization role may."""
        return role in _AUDIENCES[self.audience]


# The official document lists these side by side in one requirement, which OpenAPI reads as "all of them"; the
# descriptions of the scopes, and the facts, say that the users ones are alternatives.
# Whose token it must be is said of LTI alone ("Not admin of an organization"); for users it follows from the names
# of the schemas: UserDetailsAdmin is the "view for organization teacher / admin", UserAdminUpdate is made "as an
# organization admin".
READ_USERS = Requirement("any", frozenset({"edu.admin", "edu.admin.users", "edu.admin.users.readonly"}), "staff")
WRITE_USERS = Requirement("any", frozenset({"edu.admin", "edu.admin.users"}), "admins")
_LTI = frozenset({"edu.admin", "edu.admin.lti"})
WRITE_LTI = Requirement("any", _LTI, "admins")
# Secrets are "only included for admins", so others read as well; and teachers may have credentials of LTI 1.1 unless
# their organization restricts it.
LTI_STAFF_READS = Requirement("any", _LTI | {"edu.admin.lti.readonly"}, "staff")
LTI_STAFF_WRITES = Requirement("any", _LTI, "staff")
READ_OWN_ACCOUNT = Requirement("all", frozenset({"account.public_profile", "account.education_profile"}))


def bearer_token(scope: Scope) -> str | None:
    """Return the request's bearer token, if it has one."""
    scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None


def authorize(token: str | None, tokens: Mapping[str, TokenInfo], requirement: Requirement, *, now: float) -> TokenInfo:
    """Return what the token stands for.

    Raises:
        FlatError: 401 without a known token that is still good, 403 when its scopes are not enough.
    """
    info = None if token is None else tokens.get(token)
    if info is None or (info.expires_at is not None and now >= info.expires_at):
        raise FlatError(401, "UNAUTHORIZED", "The access token is missing or not valid")
    if not requirement.met_by(info.scopes):
        scopes = ", ".join(sorted(requirement.scopes))
        raise FlatError(403, "FORBIDDEN", f"This operation needs {requirement.quantity} of the scopes {scopes}")
    return info
