"""`/authorization/…/roles`: roles of the environment and of organizations, and their permissions (facts, section 7)."""

from dataclasses import replace
from typing import Any, Literal

from orgsdk.sandbox.workos.api.organizations import find_organization
from orgsdk.sandbox.workos.api.permissions import shown
from orgsdk.sandbox.workos.body import TEXT, TEXTS, nullable, read_fields, text
from orgsdk.sandbox.workos.errors import conflict, not_found, refused, slug_conflict
from orgsdk.sandbox.workos.formats import ORGANIZATION_ROLE_SLUG_FORM, encode, slugified
from orgsdk.sandbox.workos.http import Handler, Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import StoredRole
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.wire import JsonObject, emulated_role_object, role_object

_SLUG_LENGTH = 48
_NAME = text(48)
_DESCRIPTION = nullable(text(150))


def _shown(state: WorkOSState, role: StoredRole) -> JsonObject:
    if state.variant.is_emulator:
        return emulated_role_object(role)
    return role_object(role)


def _emit(state: WorkOSState, event: str, role: StoredRole) -> None:
    """Emit an event of a role. Its data has no id, and for a role of the environment no name (document)."""
    whole = role_object(role)
    if state.variant.is_emulator:
        # 0.14.0 sends `role.*` for both (facts, section 8).
        state.emit(f"role.{event}", _shown(state, role), role.organization_id)
        return
    names = ("slug", "resource_type_slug", "permissions", "created_at", "updated_at")
    data = {"object": "role", **{name: whole[name] for name in names}}
    if role.organization_id is None:
        state.emit(f"role.{event}", data)
        return
    more = {"organization_id": role.organization_id, "name": role.name, "description": role.description}
    state.emit(f"organization_role.{event}", {**data, "object": "organization_role", **more}, role.organization_id)


def _scope(request: WorkOSRequest) -> str | None:
    """Return the organization of the path, or None for the environment."""
    organization_id = request.params.get("organizationId")
    if organization_id is not None and request.state.variant.checks_references:
        find_organization(request.state, organization_id)
    return organization_id


def _own_role(request: WorkOSRequest) -> StoredRole:
    """Return the role of the path that belongs to the environment, or to the organization itself."""
    scope, slug = _scope(request), request.params["slug"]
    role = request.state.store.roles.first("slug", (slug, scope))
    if role is None:
        raise not_found("Role", slug)
    return role


def list_roles(request: WorkOSRequest) -> WorkOSResponse:
    """List the roles in the order of priority: those of the environment, then those of the organization (document)."""
    state, roles, scope = request.state, request.state.store.roles, _scope(request)
    if state.variant.pages_roles:
        index = roles.index("organization", scope or "")
        return list_response(request, roles, lambda role: encode(_shown(state, role)), index=index)
    applying = roles.having("organization", "") + ([] if scope is None else roles.having("organization", scope))
    return json_response({"object": "list", "data": [_shown(state, role) for role in applying]})


def get_role(request: WorkOSRequest) -> WorkOSResponse:
    """Return a role of the environment, or one that applies to the organization; on the emulator its own alone."""
    scope, slug = _scope(request), request.params["slug"]
    role = None if request.state.variant.is_emulator else request.state.store.role(slug, scope)
    return json_response(_shown(request.state, role or _own_role(request)))


def create_role(request: WorkOSRequest) -> WorkOSResponse:
    """Create a role. A slug is unique in the environment, and in an organization."""
    state, fields, scope = request.state, read_fields(request), _scope(request)
    values = fields.required(name=_NAME)
    values |= fields.given(description=_DESCRIPTION, resource_type_slug=text(_SLUG_LENGTH))
    if scope is None or state.variant.is_emulator:
        values |= fields.required(slug=text(_SLUG_LENGTH))
    else:
        values |= fields.given(slug=text(_SLUG_LENGTH))
    moment = state.creation_time()
    role_id = state.new_id("role_", moment)
    if "slug" not in values:
        values["slug"] = f"org-{slugified(values['name'])}"[: _SLUG_LENGTH - 7] + f"-{role_id[-6:].lower()}"
    elif scope is not None and not ORGANIZATION_ROLE_SLUG_FORM.fullmatch(values["slug"]) and state.variant.strict:
        raise refused("bad_request", "The slug of an organization role begins with 'org-'.")
    if state.store.roles.first("slug", (values["slug"], scope)) is not None:
        code = "role_slug_conflict" if scope is None else "organization_role_slug_conflict"
        raise slug_conflict(code, emulator=state.variant.is_emulator)
    role = StoredRole(role_id, moment, moment, organization_id=scope, **values)
    state.store.roles.put(role)
    _emit(state, "created", role)
    return json_response(_shown(state, role), 201)


def _change(request: WorkOSRequest, role: StoredRole, **changes: Any) -> WorkOSResponse:
    state = request.state
    changed = replace(role, **changes, updated_at=state.creation_time())
    state.store.roles.put(changed)
    _emit(state, "updated", changed)
    return json_response(_shown(state, changed))


def update_role(request: WorkOSRequest) -> WorkOSResponse:
    """Change name or description. The slug never changes."""
    role = _own_role(request)
    changes = read_fields(request).given(name=_NAME, description=_DESCRIPTION)
    return _change(request, role, **changes)


def remove_role(request: WorkOSRequest) -> WorkOSResponse:
    """Delete a role of an organization that no membership has."""
    state, role = request.state, _own_role(request)
    members = state.store.memberships.having("organization", role.organization_id)
    if not state.variant.is_emulator and any(role.slug in member.role_slugs for member in members):
        raise conflict("role_has_assignments")
    state.store.roles.remove(role.id)
    _emit(state, "deleted", role)
    return WorkOSResponse(204)


# Permissions of a role


def _check_permission(state: WorkOSState, slug: str) -> str:
    if state.store.permissions.first("slug", slug) is None:
        raise not_found("Permission", slug)
    return slug


def set_permissions(request: WorkOSRequest) -> WorkOSResponse:
    """Replace the permissions of a role."""
    role = _own_role(request)
    slugs: list[str] = read_fields(request).required(permissions=TEXTS)["permissions"]
    unique = dict.fromkeys(_check_permission(request.state, slug) for slug in slugs)
    return _change(request, role, permissions=tuple(unique))


def add_permission(request: WorkOSRequest) -> WorkOSResponse:
    """Add a permission to a role; one that it has changes nothing."""
    role = _own_role(request)
    slug = _check_permission(request.state, read_fields(request).required(slug=TEXT)["slug"])
    return _change(request, role, permissions=tuple(dict.fromkeys((*role.permissions, slug))))


def set_listed_permissions(request: WorkOSRequest) -> WorkOSResponse:
    """Replace the permissions of a role, and return them, as the emulator does (facts, section 7)."""
    state = request.state
    set_permissions(request)
    permissions = [state.store.permissions.first("slug", slug) for slug in _own_role(request).permissions]
    data = [shown(state, permission) for permission in permissions if permission is not None]
    return json_response({"object": "list", "data": data, "list_metadata": {"before": None, "after": None}})


def remove_permission(request: WorkOSRequest) -> WorkOSResponse:
    """Remove a permission from a role of an organization."""
    role, slug = _own_role(request), request.params["permissionSlug"]
    if slug not in role.permissions:
        raise not_found("Permission", slug)
    return _change(request, role, permissions=tuple(one for one in role.permissions if one != slug))


_ENVIRONMENT = "/authorization/roles"
_ORGANIZATION = "/authorization/organizations/{organizationId}/roles"


Variants = Literal["document", "emulator"] | None


def _both(method: str, suffix: str, handler: Handler, only: Variants = None) -> tuple[Route, Route]:
    paths = (f"{_ENVIRONMENT}{suffix}", f"{_ORGANIZATION}{suffix}")
    return Route(method, paths[0], handler, only=only), Route(method, paths[1], handler, only=only)


ROUTES = (
    *_both("GET", "", list_roles),
    *_both("POST", "", create_role),
    *_both("GET", "/{slug}", get_role),
    *_both("PATCH", "/{slug}", update_role, "document"),
    *_both("PUT", "/{slug}", update_role, "emulator"),
    *_both("PUT", "/{slug}/permissions", set_permissions, "document"),
    *_both("POST", "/{slug}/permissions", add_permission, "document"),
    *_both("POST", "/{slug}/permissions", set_listed_permissions, "emulator"),
    Route("DELETE", f"{_ENVIRONMENT}/{{slug}}", remove_role, only="emulator"),
    Route("DELETE", f"{_ORGANIZATION}/{{slug}}", remove_role),
    Route("DELETE", f"{_ORGANIZATION}/{{slug}}/permissions/{{permissionSlug}}", remove_permission, only="document"),
)
