"""`/api/organization-roles`: roles of the organization template, created, changed and deleted."""

from orgsdk.sandbox.logto.answer import NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.api.template import (
    DESCRIPTION,
    NAME,
    TENANT_ID,
    change_named,
    refuse_taken_name,
    stored_columns,
)
from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.cascades import delete_role
from orgsdk.sandbox.logto.database import check_references
from orgsdk.sandbox.logto.errors import not_found
from orgsdk.sandbox.logto.ids import LONG
from orgsdk.sandbox.logto.records import OrganizationRole
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import role_object
from orgsdk.sandbox.logto.zod import array, enumeration, optional, shape, string

_DETAILS = {
    "description": DESCRIPTION,
    "type": optional(enumeration("User", "MachineToMachine")),
}
_IDS = optional(array(string()), default=[])
_CREATION = shape(tenantId=TENANT_ID, name=NAME, **_DETAILS, organizationScopeIds=_IDS, resourceScopeIds=_IDS)
_CHANGE = shape(tenantId=TENANT_ID, name=optional(NAME), **_DETAILS)


def create_role(call: Call) -> Answer:
    """Create a role with its scopes, or neither (`orgrole.create.bad_scope`)."""
    body = read_body(call, _CREATION)
    scope_ids: list[str] = body.pop("organizationScopeIds")
    resource_scope_ids: list[str] = body.pop("resourceScopeIds")
    stored, store = stored_columns(body), call.state.store
    refuse_taken_name(call.state.store.roles, stored)
    check_references((scope_ids, store.scopes), (resource_scope_ids, store.resource_scopes))
    role = OrganizationRole(
        id=call.state.new_id(LONG),
        scope_ids=tuple(dict.fromkeys(scope_ids)),
        resource_scope_ids=tuple(dict.fromkeys(resource_scope_ids)),
        **stored,
    )
    store.roles.put(role)
    return json_answer(role_object(role), status=201)


def update_role(call: Call) -> Answer:
    """Change what is sent."""
    return json_answer(role_object(change_named(call, call.state.store.roles, _CHANGE, kind="organization_role")))


def remove_role(call: Call) -> Answer:
    """Delete a role, in use or not (`orgrole.delete.in_use`)."""
    if not delete_role(call.state.store, call.params["id"]):
        raise not_found()
    return NO_CONTENT


ROUTES = (
    Route("POST", "/organization-roles", create_role),
    Route("PATCH", "/organization-roles/{id}", update_role),
    Route("DELETE", "/organization-roles/{id}", remove_role),
)
