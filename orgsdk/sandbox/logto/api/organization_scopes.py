"""`/api/organization-scopes`: the permissions of the organization template."""

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
from orgsdk.sandbox.logto.cascades import delete_scope
from orgsdk.sandbox.logto.errors import not_exists_with_id, not_found
from orgsdk.sandbox.logto.ids import LONG
from orgsdk.sandbox.logto.matching import contains
from orgsdk.sandbox.logto.pagination import list_answer, optional_window_of
from orgsdk.sandbox.logto.records import OrganizationScope
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import scope_object
from orgsdk.sandbox.logto.zod import optional, shape

_CREATION = shape(tenantId=TENANT_ID, name=NAME, description=DESCRIPTION)
_CHANGE = shape(tenantId=TENANT_ID, name=optional(NAME), description=DESCRIPTION)


def list_scopes(call: Call) -> Answer:
    """Answer the scopes by name; without a page asked for the whole list, and no paging headers."""
    window = optional_window_of(call.query)
    wanted = contains(call.query.text("q"))
    found = [scope for scope in call.state.store.scopes if wanted.search(scope.name)]
    found.sort(key=lambda scope: scope.name)
    return list_answer(call, window, [scope_object(scope) for scope in found])


def get_scope(call: Call) -> Answer:
    """Answer one scope."""
    scope = call.state.store.scopes.get(call.params["id"])
    if scope is None:
        raise not_exists_with_id("organization_scopes", call.params["id"])
    return json_answer(scope_object(scope))


def create_scope(call: Call) -> Answer:
    """Create a scope; its name is its own."""
    stored = stored_columns(read_body(call, _CREATION))
    refuse_taken_name(call.state.store.scopes, stored)
    scope = OrganizationScope(id=call.state.new_id(LONG), **stored)
    call.state.store.scopes.put(scope)
    return json_answer(scope_object(scope), status=201)


def update_scope(call: Call) -> Answer:
    """Change what is sent."""
    return json_answer(scope_object(change_named(call, call.state.store.scopes, _CHANGE, kind="organization_scope")))


def remove_scope(call: Call) -> Answer:
    """Delete a scope, granted or not."""
    if not delete_scope(call.state.store, call.params["id"]):
        raise not_found()
    return NO_CONTENT


ROUTES = (
    Route("GET", "/organization-scopes", list_scopes),
    Route("POST", "/organization-scopes", create_scope),
    Route("GET", "/organization-scopes/{id}", get_scope),
    Route("PATCH", "/organization-scopes/{id}", update_scope),
    Route("DELETE", "/organization-scopes/{id}", remove_scope),
)
