"""Pure request builders for Flat's REST API, one function per operation, with its paging and ids."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar, get_args

from orgsdk.errors import InvalidArgumentError
from orgsdk.pagination import LinkCursor
from orgsdk.providers.flat.errors import read_count, read_problem, read_rate_limit
from orgsdk.providers.flat.models.literals import (
    Direction,
    InvitationRoleFilter,
    LicenseState,
    OrganizationRole,
    TestAccounts,
    UserSort,
)
from orgsdk.transport import IdAlphabet, Request, Safety, build_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from orgsdk.providers.flat.models.base import FlatBody
    from orgsdk.providers.flat.models.lti import LtiConfigurationCreate, LtiConfigurationUpdate, LtiCredentialsCreation
    from orgsdk.providers.flat.models.users import (
        OrganizationInvitationCreation,
        OrganizationUserAccessTokenCreation,
        UserAdminUpdate,
        UserCreation,
        UserSigninLinkCreation,
    )

__all__ = [
    "CURSORS",
    "IDS",
    "MAX_PAGE_SIZE",
    "NAME",
    "ROLE_NAMES",
    "UserFilters",
    "UserListOptions",
    "check_role",
    "count_orga_users",
    "create_lti_configuration",
    "create_lti_credentials",
    "create_organization_invitation",
    "create_organization_user",
    "create_organization_user_access_token",
    "create_organization_user_signin_link",
    "delete_lti_configuration",
    "get_authenticated_user",
    "invitation_filters",
    "list_lti_configurations",
    "list_lti_credentials",
    "list_organization_invitations",
    "list_organization_users",
    "read_count",
    "read_problem",
    "read_rate_limit",
    "remove_organization_invitation",
    "remove_organization_user",
    "revoke_lti_credentials",
    "update_lti_configuration",
    "update_organization_user",
]


LiteralT = TypeVar("LiteralT", bound=str)

NAME = "flat"
MAX_PAGE_SIZE = 1000
IDS = IdAlphabet("0-9A-Fa-f", "24 hexadecimal digits at Flat")
CURSORS = LinkCursor(forward="next", backward="previous", size="limit")
QueryParameters = list[tuple[str, str]]

ROLE_NAMES: tuple[OrganizationRole, ...] = get_args(OrganizationRole)


def checked_path(template: str, **ids: str) -> str:
    """Give the path with every `{name}` replaced by a checked id."""
    return build_path(template, IDS, **ids)


def delete_request(operation: str, path: str, query: Sequence[tuple[str, str]] = ()) -> Request:
    """Give a request that deletes, and is answered without a body."""
    return Request(
        operation=operation,
        method="DELETE",
        path=path,
        query=query,
        safety=Safety.IDEMPOTENT,
        expects_json=False,
    )


def json_request(operation: str, method: str, path: str, body: FlatBody, safety: Safety) -> Request:
    """Give a request that carries a body of JSON."""
    return Request(
        operation=operation,
        method=method,
        path=path,
        safety=safety,
        body=body.content(),
        content_type="application/json",
    )


def flag_parameter(name: str, *, value: bool | None) -> QueryParameters:
    """Give the query parameter of a boolean, none where it is left out."""
    return [] if value is None else [(name, "true" if value else "false")]


def literal_parameter(name: str, value: str | None, allowed: tuple[str, ...], meaning: str) -> QueryParameters:
    """Give the query parameter of a word that Flat knows, none where it is left out.

    Raises `InvalidArgumentError` for another word; `meaning` says what it is.
    """
    return [] if value is None else [(name, check_literal(value, allowed, meaning))]


def check_literal(value: str, allowed: tuple[LiteralT, ...], name: str) -> LiteralT:
    """Give the word back where it is one that Flat knows; `name` says what it is in the error.

    What is sent is checked before it leaves (DESIGN.md, decision 2). Raises `InvalidArgumentError`.
    """
    for word in allowed:
        if word == value:
            return word
    raise InvalidArgumentError(f"Flat has no {name} {value!r}: its {name}s are {', '.join(allowed)}.")


def check_role(value: str) -> OrganizationRole:
    """Give the role's name back where it is one of the four that Flat has.

    Raises `InvalidArgumentError` for another.
    """
    return check_literal(value, ROLE_NAMES, "role")


def get_authenticated_user(*, only_id: bool | None = None) -> Request:
    """Ask for the account that the token belongs to."""
    query = flag_parameter("onlyId", value=only_id)
    return Request(operation="get_authenticated_user", method="GET", path="/me", query=query)


_USERS = "/organizations/users"
_LICENSE_STATES: tuple[LicenseState, ...] = get_args(LicenseState)
_USER = f"{_USERS}/{{user_id}}"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilters:
    """What narrows a list of users, and a count of them; what is None or empty narrows nothing."""

    role: str | Iterable[str] = ()
    q: str | None = None
    group: str | Iterable[str] = ()
    no_active_license: bool | None = None
    test_accounts: TestAccounts | None = None

    def parameters(self) -> QueryParameters:
        """Give the query parameters; arrays repeat (facts/flat.md, Pagination).

        Raises `InvalidArgumentError` for a word that Flat does not know.
        """
        return [
            *([("q", self.q)] if self.q else []),
            *[("role", check_role(role)) for role in _as_list(self.role)],
            *[("group", group) for group in _as_list(self.group)],
            *flag_parameter("noActiveLicense", value=self.no_active_license),
            *literal_parameter("testAccounts", self.test_accounts, get_args(TestAccounts), "test account filter"),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserListOptions:
    """What else a list of users takes, and a count does not."""

    sort: UserSort | None = None
    direction: Direction | None = None
    license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = ()
    only_ids: bool | None = None

    def parameters(self) -> QueryParameters:
        """Give the query parameters.

        Raises `InvalidArgumentError` for a word that Flat does not know, and for a moment where a date belongs.
        """
        given = self.license_expiration_date
        wanted = [given] if isinstance(given, (str, date)) else given
        return [
            *literal_parameter("sort", self.sort, get_args(UserSort), "sort"),
            *literal_parameter("direction", self.direction, get_args(Direction), "direction"),
            *[("licenseExpirationDate", _expiration_parameter(value)) for value in wanted],
            *flag_parameter("onlyIds", value=self.only_ids),
        ]


def list_organization_users(parameters: QueryParameters, position: str | None, page_size: int) -> Request:
    """Ask for a page of the organization's users; `parameters` are those of filters and order."""
    return Request(
        operation="list_organization_users",
        method="GET",
        path=_USERS,
        query=parameters + CURSORS.parameters(position, page_size),
    )


def count_orga_users(filters: UserFilters) -> Request:
    """Ask how many users the organization has."""
    return Request(operation="count_orga_users", method="GET", path=f"{_USERS}/count", query=filters.parameters())


def create_organization_user(user: UserCreation) -> Request:
    """Have an account made. Usernames are unique, so that a second one is refused; passwords are not compared."""
    return json_request("create_organization_user", "POST", _USERS, user, Safety.UNSAFE)


def update_organization_user(user_id: str, changes: UserAdminUpdate) -> Request:
    """Have a user changed: what is set, and nothing else."""
    path = checked_path(_USER, user_id=user_id)
    return json_request("update_organization_user", "PUT", path, changes, Safety.IDEMPOTENT)


def remove_organization_user(user_id: str, *, convert_to_individual: bool | None = None) -> Request:
    """Have a user removed, with their account and all its data unless it is converted."""
    query = flag_parameter("convertToIndividual", value=convert_to_individual)
    return delete_request("remove_organization_user", checked_path(_USER, user_id=user_id), query)


def create_organization_user_signin_link(user_id: str, link: UserSigninLinkCreation) -> Request:
    """Have a link made that signs a user in; each request makes another."""
    path = checked_path(f"{_USER}/signinLink", user_id=user_id)
    return json_request("create_organization_user_signin_link", "POST", path, link, Safety.UNSAFE)


def create_organization_user_access_token(user_id: str, token: OrganizationUserAccessTokenCreation) -> Request:
    """Have a token made that acts as a user; each request makes another."""
    path = checked_path(f"{_USER}/accessToken", user_id=user_id)
    return json_request("create_organization_user_access_token", "POST", path, token, Safety.UNSAFE)


def _as_list(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _expiration_parameter(value: date | str) -> str:
    if isinstance(value, datetime):
        raise InvalidArgumentError("license_expiration_date is a moment: pass a date, such as moment.date().")
    if isinstance(value, date):
        return value.isoformat()
    return check_literal(value, _LICENSE_STATES, "license state")


_INVITATIONS = "/organizations/invitations"


def invitation_filters(role: InvitationRoleFilter | None) -> QueryParameters:
    """Give the parameters that narrow invitations.

    Raises `InvalidArgumentError` for a role by which Flat does not narrow.
    """
    return literal_parameter("role", role, get_args(InvitationRoleFilter), "invitation role filter")


def list_organization_invitations(parameters: QueryParameters, position: str | None, page_size: int) -> Request:
    """Ask for a page of the organization's invitations."""
    return Request(
        operation="list_organization_invitations",
        method="GET",
        path=_INVITATIONS,
        query=parameters + CURSORS.parameters(position, page_size),
    )


def create_organization_invitation(invitation: OrganizationInvitationCreation) -> Request:
    """Have an address invited; a second request sends a second mail."""
    return json_request("create_organization_invitation", "POST", _INVITATIONS, invitation, Safety.UNSAFE)


def remove_organization_invitation(invitation_id: str) -> Request:
    """Have an invitation removed."""
    path = checked_path(f"{_INVITATIONS}/{{invitation_id}}", invitation_id=invitation_id)
    return delete_request("remove_organization_invitation", path)


_CREDENTIALS = "/organizations/lti/credentials"
_CONFIGURATIONS = "/organizations/lti/configurations"
_CONFIGURATION = f"{_CONFIGURATIONS}/{{configuration_id}}"


def list_lti_credentials() -> Request:
    """Ask for all credentials."""
    return Request(operation="list_lti_credentials", method="GET", path=_CREDENTIALS)


def create_lti_credentials(credentials: LtiCredentialsCreation) -> Request:
    """Have a couple of credentials made; a second request makes a second one."""
    return json_request("create_lti_credentials", "POST", _CREDENTIALS, credentials, Safety.UNSAFE)


def revoke_lti_credentials(credentials_id: str) -> Request:
    """Have a couple of credentials revoked."""
    path = checked_path(f"{_CREDENTIALS}/{{credentials_id}}", credentials_id=credentials_id)
    return delete_request("revoke_lti_credentials", path)


def list_lti_configurations() -> Request:
    """Ask for all configurations."""
    return Request(operation="list_lti_configurations", method="GET", path=_CONFIGURATIONS)


def create_lti_configuration(configuration: LtiConfigurationCreate) -> Request:
    """Have a configuration made; a second request makes a second one."""
    return json_request("create_lti_configuration", "POST", _CONFIGURATIONS, configuration, Safety.UNSAFE)


def update_lti_configuration(configuration_id: str, changes: LtiConfigurationUpdate) -> Request:
    """Have a configuration changed: what is set, and nothing else."""
    path = checked_path(_CONFIGURATION, configuration_id=configuration_id)
    return json_request("update_lti_configuration", "PUT", path, changes, Safety.IDEMPOTENT)


def delete_lti_configuration(configuration_id: str) -> Request:
    """Have a configuration deleted."""
    return delete_request("delete_lti_configuration", checked_path(_CONFIGURATION, configuration_id=configuration_id))
