"""`/api/users`: the accounts of the tenant, read."""

from orgsdk.sandbox.logto.answer import Answer, json_answer
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.errors import RequestError, not_found, refuse_nul
from orgsdk.sandbox.logto.heapsort import newest_first
from orgsdk.sandbox.logto.pagination import paged_answer, window_of
from orgsdk.sandbox.logto.records import User
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.user_search import user_search
from orgsdk.sandbox.logto.wire import organization_object, role_entities, user_object


def list_users(call: Call) -> Answer:
    """Answer the accounts that are searched for, newest first."""
    window = window_of(call.query)
    without_organization = _without_organization(call)
    is_wanted = user_search(call.query)
    store, rendered = call.state.store, call.state.rendered
    found = list(store.users)
    if is_wanted is not None:
        found = [user for user in found if is_wanted(user)]
    if without_organization:
        members = store.memberships.members(without_organization)
        found = [user for user in found if user.id not in members]
    page = newest_first(found, window.offset, window.limit)
    return paged_answer(call, window, len(found), [rendered.user(user) for user in page])


def _without_organization(call: Call) -> str | None:
    """Return the organization whose members are left out (`user.list.exclude_organization`)."""
    role_id, organization_id = call.query.text("excludeRoleId"), call.query.text("excludeOrganizationId")
    if role_id and organization_id:
        reason = "Parameter `excludeRoleId` and `excludeOrganizationId` cannot be used at the same time."
        raise RequestError(400, "request.invalid_input", values={"details": reason})
    refuse_nul(organization_id)
    return organization_id


def get_user(call: Call) -> Answer:
    """Answer one account."""
    user = user_of(call)
    answer = user_object(user)
    if call.query.is_true("includeSsoIdentities"):
        answer["ssoIdentities"] = []
    if call.query.is_true("includePasswordHash"):
        answer["passwordDigest"] = user.password_digest
        answer["passwordAlgorithm"] = user.password_algorithm
    return json_answer(answer)


def list_user_organizations(call: Call) -> Answer:
    """Answer every organization the account belongs to, with its roles there: never in pages."""
    user, store = user_of(call), call.state.store
    answer: list[dict[str, object]] = []
    for organization_id in store.memberships.organization_ids(user.id):
        organization = store.organizations.get(organization_id)
        if organization is not None:
            roles = store.member_roles(store.memberships.role_ids(organization_id, user.id) or ())
            answer.append({**organization_object(organization), "organizationRoles": role_entities(roles)})
    return json_answer(answer)


def user_of(call: Call) -> User:
    """Return the account the path names."""
    user = call.state.store.users.get(call.params["userId"])
    if user is None:
        raise not_found()
    return user


ROUTES = (
    Route("GET", "/users", list_users),
    Route("GET", "/users/{userId}", get_user),
    Route("GET", "/users/{userId}/organizations", list_user_organizations),
)
