"""`/api/organizations`: organizations, read."""

from orgsdk.sandbox.logto.answer import Answer, json_answer
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.errors import not_exists_with_id
from orgsdk.sandbox.logto.matching import contains
from orgsdk.sandbox.logto.pagination import paged_answer, window_of
from orgsdk.sandbox.logto.records import Organization
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.wire import encode, organization_object

_FEATURED = 3


def list_organizations(call: Call) -> Answer:
    """Answer the organizations whose id or name contains `q`, in heap order: Logto orders them by nothing."""
    window = window_of(call.query)
    wanted = contains(call.query.text("q"))
    shows_featured = call.query.is_true("showFeatured")
    store = call.state.store
    found = [row for row in store.organizations if wanted.search(row.id) or wanted.search(row.name)]
    page = [
        encode({**organization_object(row), **(_featured(store, row) if shows_featured else {})})
        for row in window.cut(found)
    ]
    return paged_answer(call, window, len(found), page)


def _featured(store: Store, organization: Organization) -> dict[str, object]:
    user_ids = sorted(store.memberships.members(organization.id))
    users = [user for user_id in user_ids[:_FEATURED] if (user := store.users.get(user_id))]
    return {
        "usersCount": len(user_ids),
        "featuredUsers": [{"id": user.id, "avatar": user.avatar, "name": user.name} for user in users],
    }


def get_organization(call: Call) -> Answer:
    """Answer one organization."""
    organization = call.state.store.organizations.get(call.params["id"])
    if organization is None:
        raise not_exists_with_id("organizations", call.params["id"])
    return json_answer(organization_object(organization))


ROUTES = (
    Route("GET", "/organizations", list_organizations),
    Route("GET", "/organizations/{id}", get_organization),
)
