"""`/api/organizations/{id}/users`: members, added, replaced and removed."""

from orgsdk.sandbox.logto.answer import CREATED, NO_CONTENT, Answer, json_answer
from orgsdk.sandbox.logto.body import read_body
from orgsdk.sandbox.logto.call import Call
from orgsdk.sandbox.logto.database import (
    LONGEST_ID,
    check_links,
    check_references,
    no_such_row,
    refuse_long,
    refuse_nul_within,
    violated_constraint,
)
from orgsdk.sandbox.logto.errors import not_found
from orgsdk.sandbox.logto.routing import Route
from orgsdk.sandbox.logto.store import Store
from orgsdk.sandbox.logto.zod import array, shape, string

_IDS = array(string(least=1))
_SOME_IDS = array(string(least=1), nonempty=True)
_ADDITION = shape(userIds=_SOME_IDS)
_REPLACEMENT = shape(userIds=_IDS)
_ASSIGNMENT = shape(userIds=_SOME_IDS, organizationRoleIds=_SOME_IDS)


def add_members(call: Call) -> Answer:
    """Add all of the users or none, and echo the request; members stay members, with their roles."""
    user_ids: list[str] = read_body(call, _ADDITION)["userIds"]
    store, organization_id = call.state.store, call.params["id"]
    check_links(user_ids, store.users, parent_id=organization_id, parents=store.organizations)
    for user_id in user_ids:
        store.memberships.add(organization_id, user_id)
    return json_answer({"userIds": user_ids}, status=201)


def replace_members(call: Call) -> Answer:
    """Let exactly these be members; those who were keep their roles.

    The last is of Logto's own tests ("should preserve role assignments of members whose membership survives a
    PUT"); repeated ids are fine (`orguser.replace.duplicate_in_body`), as no other replacement allows.
    """
    user_ids: list[str] = read_body(call, _REPLACEMENT)["userIds"]
    store, organization_id = call.state.store, call.params["id"]
    check_links(user_ids, store.users, parent_id=organization_id, parents=store.organizations)
    wanted = dict.fromkeys(user_ids)
    for user_id in [one for one in store.memberships.members(organization_id) if one not in wanted]:
        store.memberships.remove(organization_id, user_id)
    for user_id in wanted:
        store.memberships.add(organization_id, user_id)
    return NO_CONTENT


def remove_member(call: Call) -> Answer:
    """End a membership; the account stays."""
    if not call.state.store.memberships.remove(call.params["id"], call.params["userId"]):
        raise not_found()
    return NO_CONTENT


def check_role_assignment(store: Store, role_ids: list[str]) -> None:
    """Raise the 422 of a role that is a machine's, or that does not exist.

    A check constraint is tested before any foreign key.
    """
    refuse_nul_within(role_ids)
    roles = [store.roles.get(role_id) for role_id in role_ids]
    if any(role is not None and role.type == "MachineToMachine" for role in roles):
        raise violated_constraint()
    check_references((role_ids, store.roles))


def assign_roles(call: Call) -> Answer:
    """Give all the roles to all the members, or none (`orguser.bulk_roles.one_non_member`)."""
    body = read_body(call, _ASSIGNMENT)
    user_ids, role_ids = body["userIds"], body["organizationRoleIds"]
    store, organization_id = call.state.store, call.params["id"]
    check_role_assignment(store, role_ids)
    members = store.memberships.members(organization_id)
    refuse_nul_within(user_ids)
    refuse_long(LONGEST_ID, organization_id, *user_ids)
    if not all(user_id in members for user_id in user_ids):
        raise no_such_row()
    for user_id in user_ids:
        store.memberships.add(organization_id, user_id, role_ids)
    return CREATED


ROUTES = (
    Route("POST", "/organizations/{id}/users", add_members),
    Route("PUT", "/organizations/{id}/users", replace_members),
    Route("DELETE", "/organizations/{id}/users/{userId}", remove_member),
    Route("POST", "/organizations/{id}/users/roles", assign_roles),
)
