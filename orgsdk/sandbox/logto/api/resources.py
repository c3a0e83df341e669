"""`/api/resources`: API resources and their scopes, created; enough to give roles resource scopes."""

from orgsdk.sandbox.logto.answer import Answer, json_answer
from orgsdk.sandbox.logto.body import columns, read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.database import no_such_row, refuse_nul_within, unique_violation
from orgsdk.sandbox.logto.errors import RequestError
from orgsdk.sandbox.logto.ids import LONG
from orgsdk.sandbox.logto.records import Resource, ResourceScope
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import resource_object, resource_scope_object
from orgsdk.sandbox.logto.zod import boolean, nullable, number, optional, shape, string

_CREATION = shape(
    name=string(least=1),
    indicator=string(least=1),
    isDefault=optional(boolean),
    accessTokenTtl=optional(number),
)
_SCOPE_CREATION = shape(name=string(least=1, most=256), description=optional(nullable(string())))


def create_resource(call: Call) -> Answer:
    """Create an API resource; a token can be had for it from now on."""
    body = read_body(call, _CREATION)
    refuse_nul_within(body.values())
    state = call.state
    if any(resource.indicator == body["indicator"] for resource in state.store.resources):
        raise unique_violation()
    resource = Resource(id=state.new_id(LONG), **columns(body))
    state.store.resources.put(resource)
    state.resources.add(resource.indicator)
    return json_answer(resource_object(resource), status=201)


def create_scope(call: Call) -> Answer:
    """Create a scope of a resource; its name is its own within the resource."""
    body = read_body(call, _SCOPE_CREATION)
    refuse_nul_within(body.values())
    state, resource_id = call.state, call.params["id"]
    scopes = [scope for scope in state.store.resource_scopes if scope.resource_id == resource_id]
    if any(scope.name == body["name"] for scope in scopes):
        raise RequestError(422, "scope.name_exists", values={"name": body["name"]})
    resource = state.store.resources.get(resource_id)
    if resource is None:
        raise no_such_row()
    scope = ResourceScope(
        state.new_id(LONG), body["name"], resource.id, resource.name, body.get("description"), state.creation_time()
    )
    state.store.resource_scopes.put(scope)
    return json_answer(resource_scope_object(scope), status=201)


ROUTES = (
    Route("POST", "/resources", create_resource),
    Route("POST", "/resources/{id}/scopes", create_scope),
)
