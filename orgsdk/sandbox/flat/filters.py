"""Which accounts a request asks for (official document, listOrganizationUsers and countOrgaUsers)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import get_args

from starlette.datastructures import QueryParams

from orgsdk.sandbox.flat.errors import invalid_parameter
from orgsdk.sandbox.flat.parameters import choice, choices, flag, single
from orgsdk.sandbox.flat.records import FlatUser, OrganizationRole


@dataclass(frozen=True, slots=True)
class UserFilters:
    """Say which accounts are wanted; what is empty or None asks for nothing."""

    roles: frozenset[str] = frozenset()
    text: str = ""
    groups: frozenset[str] = frozenset()
    no_active_license: bool = False
    testing: bool | None = None
    license_states: frozenset[bool] = frozenset()
    license_dates: frozenset[date] = frozenset()

    def matches(self, user: FlatUser) -> bool:
        """Tell whether the account is wanted."""
        return (
            (not self.roles or user.role in self.roles)
            and (not self.text or _found(self.text, user))
            and (not self.groups or not self.groups.isdisjoint(user.groups))
            and not (self.no_active_license and user.has_active_license)
            and (self.testing is None or bool(user.is_testing_student) is self.testing)
            and self._license_wanted(user)
        )

    def _license_wanted(self, user: FlatUser) -> bool:
        if not self.license_states and not self.license_dates:
            return True
        expires = None if user.license is None else parse_day(user.license.expiration_date)
        return user.has_active_license in self.license_states or expires in self.license_dates


def read_filters(query: QueryParams) -> UserFilters:
    """Return the filters of a request.

    Raises:
        FlatError: 400 for a value that a filter does not know.
    """
    states, dates = _license_expirations(query)
    return UserFilters(
        roles=choices(query, "role", get_args(OrganizationRole)),
        text=(single(query, "q") or "").casefold(),
        groups=frozenset(query.getlist("group")),
        no_active_license=flag(query, "noActiveLicense"),
        testing={"only": True, "exclude": False}.get(choice(query, "testAccounts", ("exclude", "only")) or ""),
        license_states=states,
        license_dates=dates,
    )


def parse_day(text: str) -> date:
    """Return the UTC day of an ISO 8601 date or moment.

    Raises:
        ValueError: the text is neither.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(UTC).date()
    except OverflowError as error:
        raise ValueError(text) from error


def _license_expirations(query: QueryParams) -> tuple[frozenset[bool], frozenset[date]]:
    name = "licenseExpirationDate"
    named = {"active": True, "notActive": False}
    states: set[bool] = set()
    dates: set[date] = set()
    for value in query.getlist(name):
        if value in named:
            states.add(named[value])
            continue
        try:
            dates.add(parse_day(value))
        except ValueError as error:
            raise invalid_parameter(name, f"{name} must be a date, active or notActive") from error
    return frozenset(states), frozenset(dates)


def _found(text: str, user: FlatUser) -> bool:
    fields = (user.username, user.firstname, user.lastname, user.email)
    return text == user.id or any(text in field.casefold() for field in fields if field)
