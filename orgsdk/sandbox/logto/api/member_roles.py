"""`/api/organizations/{id}/users/{userId}/roles` and `/scopes`: what one member may do."""

from orgsdk.sandbox.logto.answer import NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.api.member_changes import check_role_assignment
from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.database import refuse_nul_within
from orgsdk.sandbox.logto.errors import RequestError, not_found
from orgsdk.sandbox.logto.pagination import list_answer, optional_window_of
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import role_object, scope_object
from orgsdk.sandbox.logto.zod import array, optional, shape, string

_SOME = optional(array(string(least=1)), default=[])
_ROLES = shape(organizationRoleIds=_SOME, organizationRoleNames=_SOME)


def _own_role_ids(call: Call) -> tuple[str, ...]:
    """Return the member's role ids; no member, account or organization is a 422, before the body is looked at."""
    role_ids = call.state.store.memberships.role_ids(call.params["id"], call.params["userId"])
    if role_ids is None:
        raise RequestError(422, "organization.require_membership")
    return role_ids


def list_member_roles(call: Call) -> Answer:
    """Answer a member's roles by id, paged only when a page is asked for."""
    window = optional_window_of(call.query)
    roles = call.state.store.member_roles(tuple(sorted(_own_role_ids(call))))
    return list_answer(call, window, [role_object(role) for role in roles])


def _wanted_role_ids(call: Call) -> list[str]:
    """Return the ids of the roles that are named by id or by name, each once."""
    body = read_body(call, _ROLES)
    ids, names = body["organizationRoleIds"], body["organizationRoleNames"]
    refuse_nul_within(names)
    by_name = {role.name: role.id for role in call.state.store.roles}
    unknown = [name for name in names if name not in by_name]
    if unknown:
        raise RequestError(422, "organization.role_names_not_found", values={"names": _listed(unknown)})
    wanted = list(dict.fromkeys((*ids, *(by_name[name] for name in names))))
    check_role_assignment(call.state.store, wanted)
    return wanted


def _listed(names: list[str]) -> str:
    """Return the names as an English sentence lists them."""
    if len(names) < 3:
        return " and ".join(names)
    return f"{', '.join(names[:-1])}, and {names[-1]}"


def add_member_roles(call: Call) -> Answer:
    """Give a member further roles, and answer the ids of all that were named."""
    _own_role_ids(call)
    wanted = _wanted_role_ids(call)
    call.state.store.memberships.add(call.params["id"], call.params["userId"], wanted)
    return json_answer({"organizationRoleIds": wanted}, status=201)


def replace_member_roles(call: Call) -> Answer:
    """Let a member have exactly these roles; with none named, none (`orguser.roles.put.empty_object`)."""
    _own_role_ids(call)
    wanted = _wanted_role_ids(call)
    call.state.store.memberships.put(call.params["id"], call.params["userId"], tuple(wanted))
    return NO_CONTENT


def remove_member_role(call: Call) -> Answer:
    """Take a role from a member."""
    before, role_id = _own_role_ids(call), call.params["organizationRoleId"]
    if role_id not in before:
        raise not_found()
    kept = tuple(one for one in before if one != role_id)
    call.state.store.memberships.put(call.params["id"], call.params["userId"], kept)
    return NO_CONTENT


def list_member_scopes(call: Call) -> Answer:
    """Answer what a member's roles permit, each once, by id; nothing for one who is no member."""
    store = call.state.store
    role_ids = store.memberships.role_ids(call.params["id"], call.params["userId"]) or ()
    scope_ids = {scope_id for role in store.member_roles(role_ids) for scope_id in role.scope_ids}
    scopes = [scope for scope_id in sorted(scope_ids) if (scope := store.scopes.get(scope_id))]
    return json_answer([scope_object(scope) for scope in scopes])


ROUTES = (
    Route("GET", "/organizations/{id}/users/{userId}/roles", list_member_roles),
    Route("POST", "/organizations/{id}/users/{userId}/roles", add_member_roles),
    Route("PUT", "/organizations/{id}/users/{userId}/roles", replace_member_roles),
    Route("DELETE", "/organizations/{id}/users/{userId}/roles/{organizationRoleId}", remove_member_role),
    Route("GET", "/organizations/{id}/users/{userId}/scopes", list_member_scopes),
)
