"""`/authorization/permissions`: permissions of the environment."""

from dataclasses import replace

from orgsdk.sandbox.workos.body import nullable, read_fields, text
from orgsdk.sandbox.workos.errors import not_found, slug_conflict
from orgsdk.sandbox.workos.formats import encode
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import StoredPermission
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.wire import JsonObject, permission_object

_DETAILS = {"name": text(48), "description": nullable(text(150))}


def shown(state: WorkOSState, permission: StoredPermission) -> JsonObject:
    """Return a permission as the variant shows it."""
    return permission_object(permission, emulator=state.variant.is_emulator)


def _find(request: WorkOSRequest) -> StoredPermission:
    permission = request.state.store.permissions.first("slug", request.params["slug"])
    if permission is None:
        raise not_found("Permission", request.params["slug"])
    return permission


def list_permissions(request: WorkOSRequest) -> WorkOSResponse:
    """List the permissions."""
    return list_response(request, request.state.store.permissions, lambda one: encode(shown(request.state, one)))


def get_permission(request: WorkOSRequest) -> WorkOSResponse:
    """Return one permission."""
    return json_response(shown(request.state, _find(request)))


def create_permission(request: WorkOSRequest) -> WorkOSResponse:
    """Create a permission, with a slug of its own."""
    state, fields = request.state, read_fields(request)
    values = fields.required(slug=text(48), name=_DETAILS["name"])
    values |= fields.given(description=_DETAILS["description"], resource_type_slug=text(48))
    if state.store.permissions.first("slug", values["slug"]) is not None:
        raise slug_conflict("permission_slug_conflict", emulator=state.variant.is_emulator)
    moment = state.creation_time()
    permission = StoredPermission(state.new_id("perm_", moment), moment, moment, **values)
    state.store.permissions.put(permission)
    state.emit("permission.created", shown(state, permission))
    return json_response(shown(state, permission), 201)


def update_permission(request: WorkOSRequest) -> WorkOSResponse:
    """Change name or description. The slug never changes."""
    state, permission = request.state, _find(request)
    changes = read_fields(request).given(**_DETAILS)
    changed = replace(permission, **changes, updated_at=state.creation_time())
    state.store.permissions.put(changed)
    state.emit("permission.updated", shown(state, changed))
    return json_response(shown(state, changed))


def remove_permission(request: WorkOSRequest) -> WorkOSResponse:
    """Delete a permission, and take it from every role."""
    state, permission = request.state, _find(request)
    state.store.permissions.remove(permission.id)
    for role in [one for one in state.store.roles if permission.slug in one.permissions]:
        remaining = tuple(slug for slug in role.permissions if slug != permission.slug)
        state.store.roles.put(replace(role, permissions=remaining))
    state.emit("permission.deleted", shown(state, permission))
    return WorkOSResponse(204)


_PATH = "/authorization/permissions"

ROUTES = (
    Route("GET", _PATH, list_permissions),
    Route("POST", _PATH, create_permission),
    Route("GET", f"{_PATH}/{{slug}}", get_permission),
    Route("PATCH", f"{_PATH}/{{slug}}", update_permission, only="document"),
    Route("PUT", f"{_PATH}/{{slug}}", update_permission, only="emulator"),
    Route("DELETE", f"{_PATH}/{{slug}}", remove_permission),
)
