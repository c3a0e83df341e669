"""`/api/organizations/{id}/users`: members and their roles, read."""

from orgsdk.sandbox.logto.answer import Answer, json_answer
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.errors import RequestError, refuse_nul
from orgsdk.sandbox.logto.matching import contains
from orgsdk.sandbox.logto.pagination import optional_window_of, paged_answer, window_of
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.user_search import texts_of
from orgsdk.sandbox.logto.wire import encode, role_object


def list_members(call: Call) -> Answer:
    """Answer the members by user id, of a role, found by `q`; a missing organization has none."""
    window = window_of(call.query)
    q, role_id = call.query.text("q"), call.query.text("organizationRoleId")
    refuse_nul(role_id)
    if role_id == "":
        raise _too_short("organizationRoleId")
    state, organization_id = call.state, call.params["id"]
    members = state.store.memberships.members(organization_id)
    user_ids = sorted(user_id for user_id, roles in members.items() if role_id is None or role_id in roles)
    found = [user for user_id in user_ids if (user := state.store.users.get(user_id))]
    if q:
        wanted = contains(q)
        found = [user for user in found if any(wanted.search(text) for text in texts_of(user))]
    page = [
        state.rendered.member(organization_id, user, state.store.member_roles(members[user.id]))
        for user in window.cut(found)
    ]
    return paged_answer(call, window, len(found), page)


def list_member_roles(call: Call) -> Answer:
    """Answer a member's roles, paged only when a page is asked for; a non-member is a 422."""
    window = optional_window_of(call.query)
    store = call.state.store
    role_ids = store.memberships.role_ids(call.params["id"], call.params["userId"])
    if role_ids is None:
        raise RequestError(422, "organization.require_membership")
    roles = [role_object(role) for role in store.member_roles(role_ids)]
    if window is None:
        return json_answer(roles)
    return paged_answer(call, window, len(roles), [encode(role) for role in window.cut(roles)])


def _too_short(name: str) -> RequestError:
    """Return the 400 of an empty value where the OpenAPI document wants a character at least."""
    issue = {
        "code": "too_small",
        "minimum": 1,
        "type": "string",
        "inclusive": True,
        "exact": False,
        "message": "String must contain at least 1 character(s)",
        "path": [name],
    }
    return RequestError(
        400,
        "guard.invalid_input",
        data={"issues": [issue], "name": "ZodError"},
        details=f'Error in key path "{name}": (too_small) String must contain at least 1 character(s)',
        values={"type": "query"},
    )


ROUTES = (
    Route("GET", "/organizations/{id}/users", list_members),
    Route("GET", "/organizations/{id}/users/{userId}/roles", list_member_roles),
)
