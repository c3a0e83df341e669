"""Requests about users: lists and counts, changes, ways to sign in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, get_args

from orgsdk.errors import InvalidArgumentError
from orgsdk.providers.flat.models.words import Direction, LicenseState, TestAccounts, UserSort
from orgsdk.providers.flat.wire.common import (
    CURSORS,
    Pairs,
    check_role,
    check_word,
    deleting,
    flag,
    path_of,
    sending,
    word,
)
from orgsdk.transport import Request, Safety

if TYPE_CHECKING:
    from collections.abc import Iterable

    from orgsdk.providers.flat.models.access import OrganizationUserAccessTokenCreation, UserSigninLinkCreation
    from orgsdk.providers.flat.models.user import UserAdminUpdate, UserCreation

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

    def parameters(self) -> Pairs:
        """Give the query parameters; arrays repeat (facts/flat.md, Pagination).

        Raises `InvalidArgumentError` for a word that Flat does not know.
        """
        return [
            *([("q", self.q)] if self.q else []),
            *[("role", check_role(role)) for role in _several(self.role)],
            *[("group", group) for group in _several(self.group)],
            *flag("noActiveLicense", value=self.no_active_license),
            *word("testAccounts", self.test_accounts, get_args(TestAccounts), "test account filter"),
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class UserOrder:
    """What else a list of users takes, and a count does not."""

    sort: UserSort | None = None
    direction: Direction | None = None
    license_expiration_date: date | LicenseState | Iterable[date | LicenseState] = ()
    only_ids: bool | None = None

    def parameters(self) -> Pairs:
        """Give the query parameters.

        Raises `InvalidArgumentError` for a word that Flat does not know, and for a moment where a date belongs.
        """
        given = self.license_expiration_date
        wanted = [given] if isinstance(given, (str, date)) else given
        return [
            *word("sort", self.sort, get_args(UserSort), "sort"),
            *word("direction", self.direction, get_args(Direction), "direction"),
            *[("licenseExpirationDate", _expiration(value)) for value in wanted],
            *flag("onlyIds", value=self.only_ids),
        ]


def list_organization_users(parameters: Pairs, position: str | None, page_size: int) -> Request:
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
    return sending("create_organization_user", "POST", _USERS, user, Safety.UNSAFE)


def update_organization_user(user_id: str, changes: UserAdminUpdate) -> Request:
    """Have a user changed: what is set, and nothing else."""
    path = path_of(_USER, user_id=user_id)
    return sending("update_organization_user", "PUT", path, changes, Safety.IDEMPOTENT)


def remove_organization_user(user_id: str, *, convert_to_individual: bool | None = None) -> Request:
    """Have a user removed, with their account and all its data unless it is converted."""
    query = flag("convertToIndividual", value=convert_to_individual)
    return deleting("remove_organization_user", path_of(_USER, user_id=user_id), query)


def create_organization_user_signin_link(user_id: str, link: UserSigninLinkCreation) -> Request:
    """Have a link made that signs a user in; each request makes another."""
    path = path_of(f"{_USER}/signinLink", user_id=user_id)
    return sending("create_organization_user_signin_link", "POST", path, link, Safety.UNSAFE)


def create_organization_user_access_token(user_id: str, token: OrganizationUserAccessTokenCreation) -> Request:
    """Have a token made that acts as a user; each request makes another."""
    path = path_of(f"{_USER}/accessToken", user_id=user_id)
    return sending("create_organization_user_access_token", "POST", path, token, Safety.UNSAFE)


def _several(given: str | Iterable[str]) -> list[str]:
    return [given] if isinstance(given, str) else list(given)


def _expiration(value: date | str) -> str:
    if isinstance(value, datetime):
        raise InvalidArgumentError("license_expiration_date is a moment: pass a date, such as moment.date().")
    if isinstance(value, date):
        return value.isoformat()
    return check_word(value, _LICENSE_STATES, "license state")
