"""`/api/organizations/{id}/users`: members of an organization, their roles and scopes."""

from orgsdk.sandbox.logto.api.search import texts_of
from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.errors import RequestError, empty_string, not_found, refuse_nul
from orgsdk.sandbox.logto.http import CREATED, NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.pagination import list_response, optional_window_of, page_response, window_of
from orgsdk.sandbox.logto.postgres import (
    LONGEST_ID,
    check_links,
    check_references,
    contains,
    empty_value_list,
    no_such_row,
    refuse_long,
    refuse_nul_within,
    violated_constraint,
)
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.wire import role_object, scope_object
from orgsdk.sandbox.logto.zod import array, optional, shape, string


def list_members(request: LogtoRequest) -> LogtoResponse:
    """List the members by user id, filtered by role and by `q`. An unknown organization has none."""
    window = window_of(request.query)
    q, role_id = request.query.text("q"), request.query.text("organizationRoleId")
    refuse_nul(role_id)
    if role_id == "":
        raise empty_string("organizationRoleId")
    store, organization_id = request.state.store, request.params["id"]
    members = store.memberships.members(organization_id)
    found = store.memberships.sorted_ids(organization_id)
    if role_id is not None:
        found = [user_id for user_id in found if role_id in members[user_id]]
    if q:
        pattern = contains(q)
        found = [user_id for user_id in found if any(map(pattern.search, texts_of(store.users[user_id])))]
    page = [
        request.state.rendered.member(organization_id, store.users[user_id], store.member_roles(members[user_id]))
        for user_id in window.cut(found)
    ]
    return page_response(request, window, len(found), page)


_IDS = array(string(least=1))
_NONEMPTY_IDS = array(string(least=1), nonempty=True)
_ADDITION = shape(userIds=_NONEMPTY_IDS)
_REPLACEMENT = shape(userIds=_IDS)
_ASSIGNMENT = shape(userIds=_NONEMPTY_IDS, organizationRoleIds=_NONEMPTY_IDS)


def add_members(request: LogtoRequest) -> LogtoResponse:
    """Add all users or none, and return the request. Existing members do not change."""
    user_ids: list[str] = read_body(request, _ADDITION)["userIds"]
    store, organization_id = request.state.store, request.params["id"]
    check_links(user_ids, store.users, parent_id=organization_id, parents=store.organizations)
    for user_id in user_ids:
        store.memberships.add(organization_id, user_id)
    return json_response({"userIds": user_ids}, status=201)


def replace_members(request: LogtoRequest) -> LogtoResponse:
    """Replace the members. Existing members keep their roles.

    Logto's own tests check this ("should preserve role assignments of members whose membership survives a PUT").
    Repeated ids are accepted (`orguser.replace.duplicate_in_body`), unlike in other replacements.
    """
    user_ids: list[str] = read_body(request, _REPLACEMENT)["userIds"]
    store, organization_id = request.state.store, request.params["id"]
    check_links(user_ids, store.users, parent_id=organization_id, parents=store.organizations)
    new_members = dict.fromkeys(user_ids)
    for user_id in [one for one in store.memberships.members(organization_id) if one not in new_members]:
        store.memberships.remove(organization_id, user_id)
    for user_id in new_members:
        store.memberships.add(organization_id, user_id)
    return NO_CONTENT


def remove_member(request: LogtoRequest) -> LogtoResponse:
    """Remove a member from the organization. The account is not deleted."""
    if not request.state.store.memberships.remove(request.params["id"], request.params["userId"]):
        raise not_found()
    return NO_CONTENT


def check_role_assignment(store: Store, role_ids: list[str]) -> None:
    """Raise the 422 for a machine-to-machine role or an unknown role.

    PostgreSQL tests a check constraint before any foreign key.
    """
    refuse_nul_within(role_ids)
    roles = [store.roles.get(role_id) for role_id in role_ids]
    if any(role is not None and role.type == "MachineToMachine" for role in roles):
        raise violated_constraint()
    check_references((role_ids, store.roles))


def assign_roles(request: LogtoRequest) -> LogtoResponse:
    """Add all roles to all members, or change nothing (`orguser.bulk_roles.one_non_member`)."""
    body = read_body(request, _ASSIGNMENT)
    user_ids, role_ids = body["userIds"], body["organizationRoleIds"]
    store, organization_id = request.state.store, request.params["id"]
    check_role_assignment(store, role_ids)
    members = store.memberships.members(organization_id)
    refuse_nul_within(user_ids)
    refuse_long(LONGEST_ID, organization_id, *user_ids)
    if not all(user_id in members for user_id in user_ids):
        raise no_such_row()
    for user_id in user_ids:
        store.memberships.add(organization_id, user_id, role_ids)
    return CREATED


_OPTIONAL_IDS = optional(array(string(least=1)), default=[])
_ROLES = shape(organizationRoleIds=_OPTIONAL_IDS, organizationRoleNames=_OPTIONAL_IDS)


def _own_role_ids(request: LogtoRequest) -> tuple[str, ...]:
    """Return the member's role ids. An unknown member, account or organization ends in 422, before the body is read."""
    role_ids = request.state.store.memberships.role_ids(request.params["id"], request.params["userId"])
    if role_ids is None:
        raise RequestError(422, "organization.require_membership")
    return role_ids


def list_member_roles(request: LogtoRequest) -> LogtoResponse:
    """List a member's roles by id, in pages only if a page is requested."""
    window = optional_window_of(request.query)
    roles = request.state.store.member_roles(tuple(sorted(_own_role_ids(request))))
    return list_response(request, window, [role_object(role) for role in roles])


def _requested_role_ids(request: LogtoRequest) -> list[str]:
    """Return the ids of the roles that the body has by id or by name, each once."""
    body = read_body(request, _ROLES)
    ids, names = body["organizationRoleIds"], body["organizationRoleNames"]
    refuse_nul_within(names)
    by_name = {role.name: role.id for role in request.state.store.roles}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise RequestError(422, "organization.role_names_not_found", values={"names": _listed(unknown)})
    role_ids = list(dict.fromkeys((*ids, *(by_name[name] for name in names))))
    check_role_assignment(request.state.store, role_ids)
    return role_ids


def _listed(names: list[str]) -> str:
    """Return the names as a list in an English sentence."""
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def add_member_roles(request: LogtoRequest) -> LogtoResponse:
    """Add roles to a member, and return the ids of all roles in the request.

    Without roles the release returns the error of an insert without rows (facts/logto.md section 0). In the development
    state nothing changes (`orguser.roles.post.empty_lists`).
    """
    _own_role_ids(request)
    role_ids = _requested_role_ids(request)
    if not role_ids and request.state.release == "1.42.0":
        raise empty_value_list()
    request.state.store.memberships.add(request.params["id"], request.params["userId"], role_ids)
    return json_response({"organizationRoleIds": role_ids}, status=201)


def replace_member_roles(request: LogtoRequest) -> LogtoResponse:
    """Replace the roles of a member; an empty request removes all (`orguser.roles.put.empty_object`)."""
    _own_role_ids(request)
    role_ids = _requested_role_ids(request)
    request.state.store.memberships.put(request.params["id"], request.params["userId"], tuple(role_ids))
    return NO_CONTENT


def remove_member_role(request: LogtoRequest) -> LogtoResponse:
    """Remove a role from a member."""
    before, role_id = _own_role_ids(request), request.params["organizationRoleId"]
    if role_id not in before:
        raise not_found()
    remaining = tuple(one for one in before if one != role_id)
    request.state.store.memberships.put(request.params["id"], request.params["userId"], remaining)
    return NO_CONTENT


def list_member_scopes(request: LogtoRequest) -> LogtoResponse:
    """List the scopes of a member's roles, each once, by id; empty for a user who is not a member."""
    store = request.state.store
    role_ids = store.memberships.role_ids(request.params["id"], request.params["userId"]) or ()
    scope_ids = {scope_id for role in store.member_roles(role_ids) for scope_id in role.scope_ids}
    scopes = [scope for scope_id in sorted(scope_ids) if (scope := store.scopes.get(scope_id))]
    return json_response([scope_object(scope) for scope in scopes])


ROUTES = (
    Route("GET", "/organizations/{id}/users", list_members),
    Route("POST", "/organizations/{id}/users", add_members),
    Route("PUT", "/organizations/{id}/users", replace_members),
    Route("DELETE", "/organizations/{id}/users/{userId}", remove_member),
    Route("POST", "/organizations/{id}/users/roles", assign_roles),
    Route("GET", "/organizations/{id}/users/{userId}/roles", list_member_roles),
    Route("POST", "/organizations/{id}/users/{userId}/roles", add_member_roles),
    Route("PUT", "/organizations/{id}/users/{userId}/roles", replace_member_roles),
    Route("DELETE", "/organizations/{id}/users/{userId}/roles/{organizationRoleId}", remove_member_role),
    Route("GET", "/organizations/{id}/users/{userId}/scopes", list_member_scopes),
)
