"""`/api/users/{userId}/roles`: an account's roles of the tenant; `/api/roles`: create such a role."""

from orgsdk.sandbox.logto.api.search import role_search
from orgsdk.sandbox.logto.api.users import user_of
from orgsdk.sandbox.logto.body import columns, read_body
from orgsdk.sandbox.logto.errors import RequestError, not_exists_with_id, not_found
from orgsdk.sandbox.logto.formats import LONG_ID
from orgsdk.sandbox.logto.http import NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.pagination import page_response, window_of
from orgsdk.sandbox.logto.postgres import refuse_nul_within, violated_constraint
from orgsdk.sandbox.logto.records import TenantRole
from orgsdk.sandbox.logto.wire import encode, tenant_role_object
from orgsdk.sandbox.logto.zod import array, boolean, enumeration, optional, shape, string

_ROLE_IDS = shape(roleIds=array(string(least=1)))
_CREATION = shape(
    name=string(least=1, most=128),
    description=string(least=1, most=128),
    type=optional(enumeration("User", "MachineToMachine")),
    isDefault=optional(boolean),
)


def list_user_roles(request: LogtoRequest) -> LogtoResponse:
    """List the account's roles that match the search, always in pages."""
    window = window_of(request.query)
    store, user = request.state.store, user_of(request)
    matches = role_search(request.query)
    roles = [role for role_id in store.user_roles.of(user.id) if (role := store.tenant_roles.get(role_id))]
    if matches is not None:
        roles = [role for role in roles if matches(role)]
    page = [encode(tenant_role_object(role)) for role in window.cut(roles)]
    return page_response(request, window, len(roles), page)


def assign_user_roles(request: LogtoRequest) -> LogtoResponse:
    """Add all roles or none, and return which of them are new (`user.roles.assign.again`).

    The type of the roles is checked before the existence of the others.
    """
    sent: list[str] = read_body(request, _ROLE_IDS)["roleIds"]
    store, user = request.state.store, user_of(request)
    before = store.user_roles.of(user.id)
    added = [role_id for role_id in dict.fromkeys(sent) if role_id not in before]
    refuse_nul_within(added)
    if any(_is_for_machines(request, role_id) for role_id in added):
        raise RequestError(422, "user.invalid_role_type")
    _check_roles_exist(request, added)
    store.user_roles.put(user.id, (*before, *added))
    return json_response({"roleIds": sent, "addedRoleIds": added}, status=201)


def replace_user_roles(request: LogtoRequest) -> LogtoResponse:
    """Replace the account's roles: remove those that are not in the request, then insert the new ones.

    The steps are no transaction. A machine-to-machine role fails at the insert, when the removed roles are gone
    (facts/logto.md section 0).
    """
    sent: list[str] = read_body(request, _ROLE_IDS)["roleIds"]
    links, user = request.state.store.user_roles, user_of(request)
    kept = [role_id for role_id in links.of(user.id) if role_id in sent]
    added = [role_id for role_id in sent if role_id not in kept]
    refuse_nul_within(added)
    _check_roles_exist(request, added)
    links.put(user.id, kept)
    if any(_is_for_machines(request, role_id) for role_id in added):
        raise violated_constraint()
    links.put(user.id, (*kept, *added))
    return json_response({"roleIds": sent})


def _is_for_machines(request: LogtoRequest, role_id: str) -> bool:
    role = request.state.store.tenant_roles.get(role_id)
    return role is not None and role.type == "MachineToMachine"


def _check_roles_exist(request: LogtoRequest, role_ids: list[str]) -> None:
    for role_id in role_ids:
        if role_id not in request.state.store.tenant_roles:
            raise not_exists_with_id("roles", role_id)


def remove_user_role(request: LogtoRequest) -> LogtoResponse:
    """Remove a role from the account."""
    links, user_id, removed_id = request.state.store.user_roles, request.params["userId"], request.params["roleId"]
    before = links.of(user_id)
    if removed_id not in before:
        raise not_found()
    links.put(user_id, (role_id for role_id in before if role_id != removed_id))
    return NO_CONTENT


def create_role(request: LogtoRequest) -> LogtoResponse:
    """Create a role of the tenant, with 200 (`role.create`)."""
    body = read_body(request, _CREATION)
    refuse_nul_within(body.values())
    roles = request.state.store.tenant_roles
    if any(role.name == body["name"] for role in roles):
        raise RequestError(422, "role.name_in_use", values={"name": body["name"]})
    role = TenantRole(id=request.state.new_id(LONG_ID), **columns(body))
    roles.put(role)
    return json_response(tenant_role_object(role))


ROUTES = (
    Route("GET", "/users/{userId}/roles", list_user_roles),
    Route("POST", "/users/{userId}/roles", assign_user_roles),
    Route("PUT", "/users/{userId}/roles", replace_user_roles),
    Route("DELETE", "/users/{userId}/roles/{roleId}", remove_user_role),
    Route("POST", "/roles", create_role),
)
