"""The operations that read accounts (official document, listOrganizationUsers and countOrgaUsers)."""

from collections.abc import Callable

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from orgsdk.sandbox.flat.auth import READ_USERS
from orgsdk.sandbox.flat.filters import UserFilters, read_filters
from orgsdk.sandbox.flat.operation import Call, endpoint
from orgsdk.sandbox.flat.pagination import Place, Window, link_header, read_position, window
from orgsdk.sandbox.flat.parameters import choice, flag, integer
from orgsdk.sandbox.flat.records import FlatUser
from orgsdk.sandbox.flat.state import FlatState

# What an account is sorted by; without a value it stands first when ascending.
_SORT_VALUES: dict[str, Callable[[FlatUser], str]] = {
    "firstname": lambda user: (user.firstname or "").casefold(),
    "lastname": lambda user: (user.lastname or "").casefold(),
    "lastActivityDate": lambda user: user.last_activity_date or "",
    "licenseExpirationDate": lambda user: user.license.expiration_date if user.license else "",
}


def routes(state: FlatState) -> list[Route]:
    """Return the routes of the operations on accounts."""
    return [
        Route(
            "/v2/organizations/users",
            endpoint(state, READ_USERS, _list_organization_users),
            methods=["GET"],
        ),
        Route(
            "/v2/organizations/users/count",
            endpoint(state, READ_USERS, _count_organization_users),
            methods=["GET"],
        ),
    ]


def _list_organization_users(state: FlatState, call: Call) -> Response:
    filters = read_filters(call.query)
    sort = choice(call.query, "sort", _SORT_VALUES)
    descending = choice(call.query, "direction", ("asc", "desc")) == "desc"
    only_ids = flag(call.query, "onlyIds")
    limit = integer(call.query, "limit", minimum=1, maximum=1000, default=25)
    order = f"users {sort} {'desc' if descending else 'asc'}"
    position = read_position(call.query, order)

    place_of = _place_by(sort)
    rows = list(state.users.values()) if state.filter_after_paging else _matching(state, filters)
    # Accounts are kept in the order of creation, which is that of a list without `sort`.
    ordered = rows if sort is None else sorted(rows, key=place_of)
    page: Window[FlatUser] = window(ordered, place_of, position, state.page_size(limit), descending=descending)
    wanted = [user for user in page.rows if filters.matches(user)] if state.filter_after_paging else page.rows

    link = link_header(call.url, order, page, state.back_relation)
    headers = None if link is None else {"Link": link}
    if only_ids:
        ids = [user.id if state.only_ids_as == "strings" else {"id": user.id} for user in wanted]
        return JSONResponse(ids, headers=headers)
    content = b"[" + b",".join(state.views.json(user) for user in wanted) + b"]"
    return Response(content, headers=headers, media_type="application/json")


def _count_organization_users(state: FlatState, call: Call) -> Response:
    return JSONResponse(len(_matching(state, read_filters(call.query))))


def _matching(state: FlatState, filters: UserFilters) -> list[FlatUser]:
    users = state.users.values()
    return list(users) if filters == UserFilters() else [user for user in users if filters.matches(user)]


def _place_by(sort: str | None) -> Callable[[FlatUser], Place]:
    if sort is None:
        return lambda user: ("", user.sequence)
    value_of = _SORT_VALUES[sort]
    return lambda user: (value_of(user), user.sequence)
