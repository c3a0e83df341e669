"""Organization template: organization roles, scopes (permissions), and API resources whose scopes roles can have."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, TypeVar, cast

from orgsdk.sandbox.logto.api.relations import Relation, relation_routes
from orgsdk.sandbox.logto.body import Fields, columns, read_body
from orgsdk.sandbox.logto.errors import RequestError, not_exists, not_exists_with_id, not_found
from orgsdk.sandbox.logto.formats import LONG_ID
from orgsdk.sandbox.logto.http import NO_CONTENT, LogtoRequest, LogtoResponse, Route, json_response
from orgsdk.sandbox.logto.pagination import list_response, optional_window_of, page_response, window_of
from orgsdk.sandbox.logto.postgres import (
    LONGEST_ID,
    check_references,
    contains,
    empty_value_list,
    no_such_row,
    refuse_nul_within,
    unique_violation,
)
from orgsdk.sandbox.logto.records import (
    StoredOrganizationRole,
    StoredOrganizationScope,
    StoredResource,
    StoredResourceScope,
)
from orgsdk.sandbox.logto.store import Store, Table, delete_role, delete_scope
from orgsdk.sandbox.logto.wire import (
    encode,
    resource_object,
    resource_scope_object,
    role_object,
    role_with_scopes,
    scope_object,
)
from orgsdk.sandbox.logto.zod import Schema, array, boolean, enumeration, nullable, number, optional, shape, string

TENANT_ID = optional(string(most=LONGEST_ID))
NAME = string(least=1, most=128)
DESCRIPTION = optional(nullable(string(most=256)))

NamedT = TypeVar("NamedT", StoredOrganizationRole, StoredOrganizationScope)


def stored_columns(fields: Fields) -> Fields:
    """Return the columns to write. The tenant is checked but ignored."""
    refuse_nul_within(fields.values())
    return columns({name: value for name, value in fields.items() if name != "tenantId"})


def refuse_taken_name(rows: Iterable[NamedT], stored: Fields, *, own_id: str | None = None) -> None:
    """Raise the 422 for a name that another row has in the same case (`orgrole.create.duplicate_other_case`)."""
    if any(row.name == stored.get("name") and row.id != own_id for row in rows):
        raise unique_violation()


def change_named(request: LogtoRequest, rows: Table[NamedT], schema: Schema, *, kind: str) -> NamedT:
    """Update the role or scope in the path, and return it."""
    stored = stored_columns(read_body(request, schema))
    if not stored:
        raise empty_value_list()
    before = rows.get(request.params["id"])
    if before is None:
        raise not_exists(kind)
    refuse_taken_name(rows, stored, own_id=before.id)
    after = replace(before, **stored)
    rows.put(after)
    return after


def list_roles(request: LogtoRequest) -> LogtoResponse:
    """List the roles by name (upper case first), with their scopes, which no other operation returns."""
    window = window_of(request.query)
    pattern = contains(request.query.text("q"))
    store = request.state.store
    found = [
        role
        for role in store.roles
        if any(pattern.search(text) for text in (role.id, role.name, role.description or ""))
    ]
    found.sort(key=lambda role: role.name)
    page = [encode(role_with_scopes(role, store)) for role in window.cut(found)]
    return page_response(request, window, len(found), page)


def get_role(request: LogtoRequest) -> LogtoResponse:
    """Return one role, without its scopes."""
    role = request.state.store.roles.get(request.params["id"])
    if role is None:
        raise not_found()
    return json_response(role_object(role))


_ROLE_DETAILS = {
    "description": DESCRIPTION,
    "type": optional(enumeration("User", "MachineToMachine")),
}
_IDS = optional(array(string()), default=[])
_ROLE_CREATION = shape(tenantId=TENANT_ID, name=NAME, **_ROLE_DETAILS, organizationScopeIds=_IDS, resourceScopeIds=_IDS)
_ROLE_CHANGE = shape(tenantId=TENANT_ID, name=optional(NAME), **_ROLE_DETAILS)


def create_role(request: LogtoRequest) -> LogtoResponse:
    """Create a role with its scopes; an unknown scope creates nothing (`orgrole.create.bad_scope`)."""
    body = read_body(request, _ROLE_CREATION)
    scope_ids: list[str] = body.pop("organizationScopeIds")
    resource_scope_ids: list[str] = body.pop("resourceScopeIds")
    stored, store = stored_columns(body), request.state.store
    refuse_taken_name(request.state.store.roles, stored)
    check_references((scope_ids, store.scopes), (resource_scope_ids, store.resource_scopes))
    role = StoredOrganizationRole(
        id=request.state.new_id(LONG_ID),
        scope_ids=tuple(dict.fromkeys(scope_ids)),
        resource_scope_ids=tuple(dict.fromkeys(resource_scope_ids)),
        **stored,
    )
    store.roles.put(role)
    return json_response(role_object(role), status=201)


def update_role(request: LogtoRequest) -> LogtoResponse:
    """Update the fields in the request."""
    return json_response(
        role_object(change_named(request, request.state.store.roles, _ROLE_CHANGE, kind="organization_role"))
    )


def remove_role(request: LogtoRequest) -> LogtoResponse:
    """Delete a role, even if it is in use (`orgrole.delete.in_use`)."""
    if not delete_role(request.state.store, request.params["id"]):
        raise not_found()
    return NO_CONTENT


def _missing_role(_role_id: str) -> RequestError:
    return not_found()


def _read_column(column: str) -> Callable[[Store, str], tuple[str, ...]]:
    return lambda store, role_id: cast("tuple[str, ...]", getattr(store.roles.get(role_id), column, ()))


def _write_column(column: str) -> Callable[[Store, str, tuple[str, ...]], None]:
    def write(store: Store, role_id: str, ids: tuple[str, ...]) -> None:
        changes: dict[str, Any] = {column: ids}
        store.roles.put(replace(store.roles[role_id], **changes))

    return write


_SCOPE_CREATION = shape(tenantId=TENANT_ID, name=NAME, description=DESCRIPTION)
_SCOPE_CHANGE = shape(tenantId=TENANT_ID, name=optional(NAME), description=DESCRIPTION)


def list_scopes(request: LogtoRequest) -> LogtoResponse:
    """List the scopes by name. Without a requested page, the response is the whole list without paging headers."""
    window = optional_window_of(request.query)
    pattern = contains(request.query.text("q"))
    found = [scope for scope in request.state.store.scopes if pattern.search(scope.name)]
    found.sort(key=lambda scope: scope.name)
    return list_response(request, window, [scope_object(scope) for scope in found])


def get_scope(request: LogtoRequest) -> LogtoResponse:
    """Return one scope."""
    scope = request.state.store.scopes.get(request.params["id"])
    if scope is None:
        raise not_exists_with_id("organization_scopes", request.params["id"])
    return json_response(scope_object(scope))


def create_scope(request: LogtoRequest) -> LogtoResponse:
    """Create a scope with a unique name."""
    stored = stored_columns(read_body(request, _SCOPE_CREATION))
    refuse_taken_name(request.state.store.scopes, stored)
    scope = StoredOrganizationScope(id=request.state.new_id(LONG_ID), **stored)
    request.state.store.scopes.put(scope)
    return json_response(scope_object(scope), status=201)


def update_scope(request: LogtoRequest) -> LogtoResponse:
    """Update the fields in the request."""
    return json_response(
        scope_object(change_named(request, request.state.store.scopes, _SCOPE_CHANGE, kind="organization_scope"))
    )


def remove_scope(request: LogtoRequest) -> LogtoResponse:
    """Delete a scope, even if roles have it."""
    if not delete_scope(request.state.store, request.params["id"]):
        raise not_found()
    return NO_CONTENT


_RESOURCE_CREATION = shape(
    name=string(least=1),
    indicator=string(least=1),
    isDefault=optional(boolean),
    accessTokenTtl=optional(number),
)
_RESOURCE_SCOPE_CREATION = shape(name=string(least=1, most=256), description=optional(nullable(string())))


def create_resource(request: LogtoRequest) -> LogtoResponse:
    """Create an API resource. Tokens can be requested for it from now on."""
    body = read_body(request, _RESOURCE_CREATION)
    refuse_nul_within(body.values())
    state = request.state
    if any(resource.indicator == body["indicator"] for resource in state.store.resources):
        raise unique_violation()
    resource = StoredResource(id=state.new_id(LONG_ID), **columns(body))
    state.store.resources.put(resource)
    state.resources.add(resource.indicator)
    return json_response(resource_object(resource), status=201)


def create_resource_scope(request: LogtoRequest) -> LogtoResponse:
    """Create a scope of a resource, with a name that is unique in the resource."""
    body = read_body(request, _RESOURCE_SCOPE_CREATION)
    refuse_nul_within(body.values())
    state, resource_id = request.state, request.params["id"]
    scopes = [scope for scope in state.store.resource_scopes if scope.resource_id == resource_id]
    if any(scope.name == body["name"] for scope in scopes):
        raise RequestError(422, "scope.name_exists", values={"name": body["name"]})
    resource = state.store.resources.get(resource_id)
    if resource is None:
        raise no_such_row()
    scope = StoredResourceScope(
        state.new_id(LONG_ID), body["name"], resource.id, resource.name, body.get("description"), state.creation_time()
    )
    state.store.resource_scopes.put(scope)
    return json_response(resource_scope_object(scope), status=201)


ROUTES = (
    Route("GET", "/organization-roles", list_roles),
    Route("GET", "/organization-roles/{id}", get_role),
    Route("POST", "/organization-roles", create_role),
    Route("PATCH", "/organization-roles/{id}", update_role),
    Route("DELETE", "/organization-roles/{id}", remove_role),
    *relation_routes(
        Relation(
            template="/organization-roles/{id}/scopes",
            variable="organizationScopeId",
            body_key="organizationScopeIds",
            parents=lambda store: store.roles,
            related=lambda store: store.scopes,
            read=_read_column("scope_ids"),
            write=_write_column("scope_ids"),
            render=scope_object,
            missing_parent=_missing_role,
        )
    ),
    *relation_routes(
        Relation(
            template="/organization-roles/{id}/resource-scopes",
            variable="scopeId",
            # Not `resourceScopeIds` (`orgrole.resource_scopes.add.wrong_key`).
            body_key="scopeIds",
            parents=lambda store: store.roles,
            related=lambda store: store.resource_scopes,
            read=_read_column("resource_scope_ids"),
            write=_write_column("resource_scope_ids"),
            render=resource_scope_object,
            missing_parent=_missing_role,
        )
    ),
    Route("GET", "/organization-scopes", list_scopes),
    Route("POST", "/organization-scopes", create_scope),
    Route("GET", "/organization-scopes/{id}", get_scope),
    Route("PATCH", "/organization-scopes/{id}", update_scope),
    Route("DELETE", "/organization-scopes/{id}", remove_scope),
    Route("POST", "/resources", create_resource),
    Route("POST", "/resources/{id}/scopes", create_resource_scope),
)
