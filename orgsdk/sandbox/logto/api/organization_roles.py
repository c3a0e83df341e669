"""`/api/organization-roles`: the roles of the organization template, read."""

from orgsdk.sandbox.logto.answer import Answer, json_answer
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.errors import not_found
from orgsdk.sandbox.logto.matching import contains
from orgsdk.sandbox.logto.pagination import paged_answer, window_of
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.wire import encode, role_object, role_with_scopes


def list_roles(call: Call) -> Answer:
    """Answer the roles by name, upper case first, with their scopes: only this list shows them."""
    window = window_of(call.query)
    wanted = contains(call.query.text("q"))
    store = call.state.store
    found = [
        role
        for role in store.roles
        if any(wanted.search(text) for text in (role.id, role.name, role.description or ""))
    ]
    found.sort(key=lambda role: role.name)
    page = [encode(role_with_scopes(role, store)) for role in window.cut(found)]
    return paged_answer(call, window, len(found), page)


def get_role(call: Call) -> Answer:
    """Answer one role, without its scopes."""
    role = call.state.store.roles.get(call.params["id"])
    if role is None:
        raise not_found()
    return json_answer(role_object(role))


ROUTES = (
    Route("GET", "/organization-roles", list_roles),
    Route("GET", "/organization-roles/{id}", get_role),
)
