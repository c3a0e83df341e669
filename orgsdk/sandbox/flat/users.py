"""Accounts: list, count, create, update, remove, and `/me` (official document, `/organizations/users`)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any, get_args

from starlette.datastructures import QueryParams
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import READ_OWN_ACCOUNT, READ_USERS, WRITE_USERS
from orgsdk.sandbox.flat.errors import FlatError, invalid_parameter
from orgsdk.sandbox.flat.pagination import CursorPage, SortKey, cut_page, link_header, read_position
from orgsdk.sandbox.flat.records import (
    CLASS_ROLES,
    DEFAULT_LOCALE,
    AccountRecord,
    OrganizationRole,
    normalize_locale,
    own_view,
)
from orgsdk.sandbox.flat.requests import (
    FlatRequest,
    JsonBody,
    choice_parameter,
    choices_parameter,
    endpoint,
    flag_parameter,
    integer_parameter,
    single_parameter,
)
from orgsdk.sandbox.flat.state import FlatState


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the operations on accounts."""
    every, one = "/v2/organizations/users", "/v2/organizations/users/{user}"
    return [
        Route("/v2/me", endpoint(state, READ_OWN_ACCOUNT, _get_authenticated_user), methods=["GET"]),
        Route(every, endpoint(state, READ_USERS, _list_organization_users), methods=["GET"]),
        # Before the route with a user id, which matches "count" as well.
        Route(f"{every}/count", endpoint(state, READ_USERS, _count_organization_users), methods=["GET"]),
        Route(every, endpoint(state, WRITE_USERS, _create_organization_user), methods=["POST"]),
        Route(one, endpoint(state, WRITE_USERS, _update_organization_user), methods=["PUT"]),
        Route(one, endpoint(state, WRITE_USERS, _remove_organization_user), methods=["DELETE"]),
    ]


def _get_authenticated_user(state: FlatState, request: FlatRequest) -> Response:
    if flag_parameter(request.query, "onlyId"):
        return JSONResponse({"id": request.actor.id})
    return JSONResponse(own_view(request.actor, state.organization_id))


@dataclass(frozen=True, slots=True)
class AccountFilters:
    """The filters of a list or count of accounts. An empty value or None does not filter."""

    roles: frozenset[str] = frozenset()
    text: str = ""
    groups: frozenset[str] = frozenset()
    no_active_license: bool = False
    testing: bool | None = None
    license_states: frozenset[bool] = frozenset()
    license_dates: frozenset[date] = frozenset()

    def matches(self, user: AccountRecord) -> bool:
        """Return whether the account matches every filter."""
        return (
            (not self.roles or user.role in self.roles)
            and (not self.text or _matches_text(self.text, user))
            and (not self.groups or not self.groups.isdisjoint(user.groups))
            and not (self.no_active_license and user.has_active_license)
            and (self.testing is None or bool(user.is_testing_student) is self.testing)
            and self._matches_license(user)
        )

    def _matches_license(self, user: AccountRecord) -> bool:
        if not self.license_states and not self.license_dates:
            return True
        expires = None if user.license is None else parse_day(user.license.expiration_date)
        return user.has_active_license in self.license_states or expires in self.license_dates


def read_filters(query: QueryParams) -> AccountFilters:
    """Return the filters of a request.

    Args:
        query: Query parameters.

    Returns:
        The filters.

    Raises:
        FlatError: 400 for an invalid value of a filter.
    """
    states, dates = _license_expirations(query)
    return AccountFilters(
        roles=choices_parameter(query, "role", get_args(OrganizationRole)),
        text=(single_parameter(query, "q") or "").casefold(),
        groups=frozenset(query.getlist("group")),
        no_active_license=flag_parameter(query, "noActiveLicense"),
        testing={"only": True, "exclude": False}.get(
            choice_parameter(query, "testAccounts", ("exclude", "only")) or ""
        ),
        license_states=states,
        license_dates=dates,
    )


def parse_day(text: str) -> date:
    """Return the UTC day of a date or a time in ISO 8601.

    Args:
        text: Date or time.

    Returns:
        The day.

    Raises:
        ValueError: The text is neither a date nor a time.
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


def _matches_text(text: str, user: AccountRecord) -> bool:
    fields = (user.username, user.firstname, user.lastname, user.email)
    return text == user.id or any(text in field.casefold() for field in fields if field)


# Sort keys. An account without a value comes first in ascending order.
_SORT_VALUES: dict[str, Callable[[AccountRecord], str]] = {
    "firstname": lambda user: (user.firstname or "").casefold(),
    "lastname": lambda user: (user.lastname or "").casefold(),
    "lastActivityDate": lambda user: user.last_activity_date or "",
    "licenseExpirationDate": lambda user: user.license.expiration_date if user.license else "",
}


def _list_organization_users(state: FlatState, request: FlatRequest) -> Response:
    filters = read_filters(request.query)
    sort = choice_parameter(request.query, "sort", _SORT_VALUES)
    descending = choice_parameter(request.query, "direction", ("asc", "desc")) == "desc"
    only_ids = flag_parameter(request.query, "onlyIds")
    limit = integer_parameter(request.query, "limit", minimum=1, maximum=1000, default=25)
    order = f"users {sort} {'desc' if descending else 'asc'}"
    position = read_position(request.query, order)

    key_of = _sort_key_by(sort)
    rows = state.users.listed() if state.filter_after_paging else _matching(state, filters)
    # Accounts are stored in the order of creation, which is the order of a list without `sort`.
    ordered = rows if sort is None else sorted(rows, key=key_of)
    page: CursorPage[AccountRecord] = cut_page(ordered, key_of, position, state.page_size(limit), descending=descending)
    selected = [user for user in page.rows if filters.matches(user)] if state.filter_after_paging else page.rows

    link = link_header(request.url, order, page, state.back_relation)
    headers = None if link is None else {"Link": link}
    if only_ids:
        ids = [user.id if state.only_ids_as == "strings" else {"id": user.id} for user in selected]
        return JSONResponse(ids, headers=headers)
    content = b"[" + b",".join(state.views.json(user) for user in selected) + b"]"
    return Response(content, headers=headers, media_type="application/json")


def _count_organization_users(state: FlatState, request: FlatRequest) -> Response:
    return JSONResponse(len(_matching(state, read_filters(request.query))))


def _matching(state: FlatState, filters: AccountFilters) -> Sequence[AccountRecord]:
    users = state.users.listed()
    return users if filters == AccountFilters() else [user for user in users if filters.matches(user)]


def _sort_key_by(sort: str | None) -> Callable[[AccountRecord], SortKey]:
    if sort is None:
        return lambda user: ("", user.sequence)
    value_of = _SORT_VALUES[sort]
    return lambda user: (value_of(user), user.sequence)


_ROLES: tuple[OrganizationRole, ...] = get_args(OrganizationRole)


def _create_organization_user(state: FlatState, request: FlatRequest) -> Response:
    body = request.json()
    role = body.choice("role", _ROLES) or "user"
    changes = _common_changes(body)
    username, password = (body.required(name, changes.get(name)) for name in ("username", "password"))
    locale = body.text("locale")
    _refuse_taken(state, changes, but=None)
    sequence, user_id = state.next_id("user")
    user = AccountRecord(
        sequence=sequence,
        id=user_id,
        username=username,
        role=role,
        firstname=changes.get("firstname"),
        lastname=changes.get("lastname"),
        email=changes.get("email"),
        picture=state.new_picture,
        class_role=CLASS_ROLES.get(role),
        password=password,
        locale=DEFAULT_LOCALE if locale is None else normalize_locale(locale),
    )
    return _store_account(state, user)


def _update_organization_user(state: FlatState, request: FlatRequest) -> Response:
    body = request.json()
    user = find_account(state, request)
    changes = _common_changes(body)
    role = body.choice("organizationRole", _ROLES)
    if role is not None:
        changes |= {"role": role, "class_role": CLASS_ROLES.get(role)}
    _refuse_taken(state, changes, but=user)
    # A partial update, although it is PUT: missing fields do not change (facts/flat.md, Operations).
    return _store_account(state, replace(user, **changes))


def _remove_organization_user(state: FlatState, request: FlatRequest) -> Response:
    convert = flag_parameter(request.query, "convertToIndividual")
    user = find_account(state, request)
    del state.users[user.id]
    if convert:
        # "This operation will remove the education-related data from the account" (official document).
        state.individuals[user.id] = replace(user, class_role=None, groups=(), license=None, is_testing_student=None)
    else:
        state.deleted[user.id] = user
    # A delegated token is valid only while its account belongs to the organization.
    state.tokens = {token: info for token, info in state.tokens.items() if info.user_id != user.id}
    return Response(status_code=204)


def find_account(state: FlatState, request: FlatRequest) -> AccountRecord:
    """Return the account in the path of a request.

    Args:
        state: State of the server.
        request: The request.

    Returns:
        The account.

    Raises:
        FlatError: 404 if the organization has no such account.
    """
    user = state.users.get(request.path["user"])
    if user is None:
        raise FlatError(404, "NOT_FOUND", "User not found")
    return user


def _common_changes(body: JsonBody) -> dict[str, Any]:
    """Return the fields of the request that create and update have in common.

    An empty name clears the field, because the official document has no minimum length. An e-mail address cannot be
    cleared: neither null nor an empty text is a valid address.
    """
    given = {
        "username": body.text("username", minimum=1, maximum=30),
        "password": body.text("password", minimum=6, maximum=1000),
        "firstname": body.text("firstname", maximum=60),
        "lastname": body.text("lastname", maximum=60),
        "email": body.email("email"),
    }
    return {name: value or None for name, value in given.items() if value is not None}


def _refuse_taken(state: FlatState, changes: dict[str, Any], *, but: AccountRecord | None) -> None:
    names = ("username", "email") if state.unique_emails else ("username",)
    for name in names:
        selected = changes.get(name)
        if selected is None:
            continue
        others = (getattr(user, name) for user in state.users.listed() if but is None or user.id != but.id)
        if selected.casefold() in (other.casefold() for other in others if other):
            raise FlatError(state.conflict_status, "CLIENT_ERROR", f"This {name} is already used", param=name)


def _store_account(state: FlatState, user: AccountRecord) -> Response:
    # A changed account keeps its position in the table, and with it the order of creation.
    state.users[user.id] = user
    return Response(state.views.json(user), media_type="application/json")
