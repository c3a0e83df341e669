"""`/api/organizations/{id}/users`: members, read."""

from orgsdk.sandbox.logto.answer import Answer
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.errors import empty_string, refuse_nul
from orgsdk.sandbox.logto.matching import contains
from orgsdk.sandbox.logto.pagination import paged_answer, window_of
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.user_search import texts_of


def list_members(call: Call) -> Answer:
    """Answer the members by user id, of a role, found by `q`; a missing organization has none."""
    window = window_of(call.query)
    q, role_id = call.query.text("q"), call.query.text("organizationRoleId")
    refuse_nul(role_id)
    if role_id == "":
        raise empty_string("organizationRoleId")
    store, organization_id = call.state.store, call.params["id"]
    members = store.memberships.members(organization_id)
    user_ids = sorted(user_id for user_id, roles in members.items() if role_id is None or role_id in roles)
    found = [user for user_id in user_ids if (user := store.users.get(user_id))]
    if q:
        wanted = contains(q)
        found = [user for user in found if any(wanted.search(text) for text in texts_of(user))]
    page = [
        call.state.rendered.member(organization_id, user, store.member_roles(members[user.id]))
        for user in window.cut(found)
    ]
    return paged_answer(call, window, len(found), page)


ROUTES = (Route("GET", "/organizations/{id}/users", list_members),)
