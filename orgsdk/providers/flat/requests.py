"""Pure request builders for Flat's REST API, one function per operation, with its paging and ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, TypeVar, get_args

from orgsdk._messages import did_you_mean
from orgsdk.arguments import check_flag, check_instance
from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.flat.models.literals import (
    Direction,
    InvitationRoleFilter,
    LicenseState,
    OrganizationRole,
    TestAccounts,
    UserSort,
)
from orgsdk.providers.http.paging import LinkCursor
from orgsdk.transport import IdAlphabet, Request, Safety, build_path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.pagination import QueryParameters
    from orgsdk.providers.flat.models.access import (
        OrganizationInvitationCreation,
        OrganizationUserAccessTokenCreation,
        UserSigninLinkCreation,
    )
    from orgsdk.providers.flat.models.base import FlatBody
    from orgsdk.providers.flat.models.lti import LtiCredentialsCreation
    from orgsdk.providers.flat.models.lti_requests import LtiConfigurationCreate, LtiConfigurationUpdate
    from orgsdk.providers.flat.models.users import UserAdminUpdate, UserCreation

T = TypeVar("T")
LiteralT = TypeVar("LiteralT", bound=str)

NAME = "flat"
MAX_PAGE_SIZE = 1000  # the largest page, and the default page size (docs/architecture.md, decision 10)
IDS = IdAlphabet("0-9A-Fa-f", "24 hexadecimal digits at Flat", length=24)
PAGING = LinkCursor(forward="next", backward="previous", size="limit")
ROLE_NAMES: tuple[OrganizationRole, ...] = get_args(OrganizationRole)
_LICENSE_STATES: tuple[LicenseState, ...] = get_args(LicenseState)

_USERS = "/organizations/users"
_USER = f"{_USERS}/{{user_id}}"
_INVITATIONS = "/organizations/invitations"
_CREDENTIALS = "/organizations/lti/credentials"
_CONFIGURATIONS = "/organizations/lti/configurations"
_CONFIGURATION = f"{_CONFIGURATIONS}/{{configuration_id}}"


# Validation


def check_literal(value: str, allowed: tuple[LiteralT, ...], name: str) -> LiteralT:
    """Return `value` if Flat accepts it; raise `InvalidArgumentError` otherwise. `name` is its kind, for the error.

    Requests are validated before they are sent (docs/architecture.md, decision 2).
    """
    check_instance(f"The {name}", value, str, f"one of {', '.join(allowed)}")
    for literal in allowed:
        if literal == value:
            return literal
    question = did_you_mean(value, allowed)
    raise InvalidArgumentError(f"Unknown {name} {value!r}.{question} Allowed: {', '.join(allowed)}.")


def check_role(value: str) -> OrganizationRole:
    """Return `value` if it is one of Flat's four roles; raise `InvalidArgumentError` otherwise."""
    return check_literal(value, ROLE_NAMES, "role")


# Parts of a request


def _checked_path(template: str, **ids: str) -> str:
    return build_path(template, IDS, **ids)


def _delete_request(operation: str, path: str, query: Sequence[tuple[str, str]] = ()) -> Request:
    return Request(
        operation=operation,
        method="DELETE",
        path=path,
        query=query,
        safety=Safety.IDEMPOTENT,
        expects_json=False,
    )


def _json_request(operation: str, method: str, path: str, body: FlatBody, safety: Safety) -> Request:
    return Request(
        operation=operation,
        method=method,
        path=path,
        safety=safety,
        body=body.content(),
        content_type="application/json",
    )


def _flag_parameter(name: str, *, value: bool | None) -> QueryParameters:
    if value is None:
        return []
    check_flag(f"The filter {name}", value)
    return [(name, "true" if value else "false")]


def _literal_parameter(name: str, value: str | None, allowed: tuple[str, ...], meaning: str) -> QueryParameters:
    return [] if value is None else [(name, check_literal(value, allowed, meaning))]


# The token's account


def get_authenticated_user(*, only_id: bool | None = None) -> Request:
    """Build the request for the account that the token belongs to."""
    query = _flag_parameter("onlyId", value=only_id)
    return Request(operation="get_authenticated_user", method="GET", path="/me", query=query)


# Users


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilters:
    """The filters of a list or a count of users; None or empty means no filter."""

    role: str | Iterable[str] = ()
    q: str | None = None
    group: str | Iterable[str] = ()
    no_active_license: bool | None = None
    test_accounts: TestAccounts | None = None

    def parameters(self) -> QueryParameters:
        """Return the query parameters, one for each value of an array (facts/flat.md, Pagination).

        Raises `InvalidArgumentError` for a value that Flat does not accept.
        """
        return [
            *([("q", _check_text("q", self.q))] if self.q else []),
            *[("role", check_role(role)) for role in _as_list("role", self.role)],
            *[("group", _check_text("group", group)) for group in _as_list("group", self.group)],
            *_flag_parameter("noActiveLicense", value=self.no_active_license),
            *_literal_parameter("testAccounts", self.test_accounts, get_args(TestAccounts), "test account filter"),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserListOptions:
    """The options of a list of users that a count does not have."""

    sort: UserSort | None = None
    direction: Direction | None = None
    license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = ()
    only_ids: bool | None = None

    def parameters(self) -> QueryParameters:
        """Return the query parameters.

        Raises `InvalidArgumentError` for a value that Flat does not accept, and for a datetime instead of a date.
        """
        given = self.license_expiration_date
        dates = [given] if isinstance(given, date) else _as_list("license_expiration_date", given)
        return [
            *_literal_parameter("sort", self.sort, get_args(UserSort), "sort"),
            *_literal_parameter("direction", self.direction, get_args(Direction), "direction"),
            *[("licenseExpirationDate", _expiration_parameter(value)) for value in dates],
            *_flag_parameter("onlyIds", value=self.only_ids),
        ]


def _check_text(name: str, value: str) -> str:
    check_instance(f"The filter {name}", value, str, "a text")
    return value


def _as_list(name: str, value: str | Iterable[T]) -> list[str] | list[T]:
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list | tuple):
        check_instance(f"The filter {name}", value, Iterable, "one value or a list")
    return list(value)


def _expiration_parameter(value: date | str) -> str:
    if isinstance(value, datetime):
        raise InvalidArgumentError("license_expiration_date has a time of day: pass a date, such as value.date().")
    if isinstance(value, date):
        return value.isoformat()
    return check_literal(value, _LICENSE_STATES, "license state")


def list_organization_users(parameters: QueryParameters, position: str | None, page_size: int) -> Request:
    """Build the request for a page of users; `parameters` are those of `UserFilters` and `UserListOptions`."""
    return Request(
        operation="list_organization_users",
        method="GET",
        path=_USERS,
        query=parameters + PAGING.parameters(position, page_size),
    )


def count_orga_users(filters: UserFilters) -> Request:
    """Build the request for the number of users."""
    return Request(operation="count_orga_users", method="GET", path=f"{_USERS}/count", query=filters.parameters())


def create_organization_user(user: UserCreation) -> Request:
    """Build the request that creates an account. Flat refuses a second account with the same username."""
    return _json_request("create_organization_user", "POST", _USERS, user, Safety.UNSAFE)


def update_organization_user(user_id: str, changes: UserAdminUpdate) -> Request:
    """Build the request that updates the fields of a user that are set in `changes`."""
    path = _checked_path(_USER, user_id=user_id)
    return _json_request("update_organization_user", "PUT", path, changes, Safety.IDEMPOTENT)


def remove_organization_user(user_id: str, *, convert_to_individual: bool | None = None) -> Request:
    """Build the request that removes a user, and deletes the account unless it is converted."""
    query = _flag_parameter("convertToIndividual", value=convert_to_individual)
    return _delete_request("remove_organization_user", _checked_path(_USER, user_id=user_id), query)


def create_organization_user_signin_link(user_id: str, link: UserSigninLinkCreation) -> Request:
    """Build the request that creates a sign-in link; each request creates another link."""
    path = _checked_path(f"{_USER}/signinLink", user_id=user_id)
    return _json_request("create_organization_user_signin_link", "POST", path, link, Safety.UNSAFE)


def create_organization_user_access_token(user_id: str, token: OrganizationUserAccessTokenCreation) -> Request:
    """Build the request that creates a delegated token; each request creates another token."""
    path = _checked_path(f"{_USER}/accessToken", user_id=user_id)
    return _json_request("create_organization_user_access_token", "POST", path, token, Safety.UNSAFE)


# Invitations


def invitation_filters(role: InvitationRoleFilter | None) -> QueryParameters:
    """Return the query parameters that filter invitations; raise `InvalidArgumentError` for an unsupported role."""
    return _literal_parameter("role", role, get_args(InvitationRoleFilter), "invitation role filter")


def list_organization_invitations(parameters: QueryParameters, position: str | None, page_size: int) -> Request:
    """Build the request for a page of invitations."""
    return Request(
        operation="list_organization_invitations",
        method="GET",
        path=_INVITATIONS,
        query=parameters + PAGING.parameters(position, page_size),
    )


def create_organization_invitation(invitation: OrganizationInvitationCreation) -> Request:
    """Build the request that invites an email address; a second request sends a second mail."""
    return _json_request("create_organization_invitation", "POST", _INVITATIONS, invitation, Safety.UNSAFE)


def remove_organization_invitation(invitation_id: str) -> Request:
    """Build the request that removes an invitation."""
    path = _checked_path(f"{_INVITATIONS}/{{invitation_id}}", invitation_id=invitation_id)
    return _delete_request("remove_organization_invitation", path)


# LTI: credentials (deprecated) and configurations


def list_lti_credentials() -> Request:
    """Build the request for all credentials."""
    return Request(operation="list_lti_credentials", method="GET", path=_CREDENTIALS)


def create_lti_credentials(credentials: LtiCredentialsCreation) -> Request:
    """Build the request that creates credentials; each request creates others."""
    return _json_request("create_lti_credentials", "POST", _CREDENTIALS, credentials, Safety.UNSAFE)


def revoke_lti_credentials(credentials_id: str) -> Request:
    """Build the request that revokes credentials."""
    path = _checked_path(f"{_CREDENTIALS}/{{credentials_id}}", credentials_id=credentials_id)
    return _delete_request("revoke_lti_credentials", path)


def list_lti_configurations() -> Request:
    """Build the request for all configurations."""
    return Request(operation="list_lti_configurations", method="GET", path=_CONFIGURATIONS)


def create_lti_configuration(configuration: LtiConfigurationCreate) -> Request:
    """Build the request that creates a configuration; each request creates another."""
    return _json_request("create_lti_configuration", "POST", _CONFIGURATIONS, configuration, Safety.UNSAFE)


def update_lti_configuration(configuration_id: str, changes: LtiConfigurationUpdate) -> Request:
    """Build the request that updates the fields of a configuration that are set in `changes`."""
    path = _checked_path(_CONFIGURATION, configuration_id=configuration_id)
    return _json_request("update_lti_configuration", "PUT", path, changes, Safety.IDEMPOTENT)


def delete_lti_configuration(configuration_id: str) -> Request:
    """Build the request that deletes a configuration."""
    return _delete_request("delete_lti_configuration", _checked_path(_CONFIGURATION, configuration_id=configuration_id))
