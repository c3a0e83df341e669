"""`/api/users/{userId}/roles`: an account's roles of the tenant; `/api/roles`: create such a role."""

from orgsdk.sandbox.logto.api.users import user_of
from orgsdk.sandbox.logto.body import columns, read_body
from orgsdk.sandbox.logto.errors import RequestError, not_found
from orgsdk.sandbox.logto.formats import LONG_ID
from orgsdk.sandbox.logto.http import NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.pagination import page_response, window_of
from orgsdk.sandbox.logto.postgres import refuse_nul_within
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
    """List the account's roles, always in pages."""
    window = window_of(request.query)
    store, user = request.state.store, user_of(request)
    roles = [role for role_id in store.user_roles.of(user.id) if (role := store.tenant_roles.get(role_id))]
    page = [encode(tenant_role_object(role)) for role in window.cut(roles)]
    return page_response(request, window, len(roles), page)


def assign_user_roles(request: LogtoRequest) -> LogtoResponse:
    """Add roles, and return which of them are new (`user.roles.assign.again`)."""
    sent: list[str] = read_body(request, _ROLE_IDS)["roleIds"]
    store, user = request.state.store, user_of(request)
    before = store.user_roles.of(user.id)
    added = [role_id for role_id in dict.fromkeys(sent) if role_id not in before]
    _check_roles(request, added)
    store.user_roles.put(user.id, (*before, *added))
    return json_response({"roleIds": sent, "addedRoleIds": added}, status=201)


def replace_user_roles(request: LogtoRequest) -> LogtoResponse:
    """Replace the account's roles."""
    sent: list[str] = read_body(request, _ROLE_IDS)["roleIds"]
    user = user_of(request)
    _check_roles(request, sent)
    request.state.store.user_roles.put(user.id, sent)
    return json_response({"roleIds": sent})


def _check_roles(request: LogtoRequest, role_ids: list[str]) -> None:
    refuse_nul_within(role_ids)
    for role_id in role_ids:
        role = request.state.store.tenant_roles.get(role_id)
        if role is None:
            raise not_found()
        if role.type != "User":
            raise RequestError(422, "user.invalid_role_type")


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
