"""`/user_management/organization_memberships`: users in organizations, with their roles (facts, section 7)."""

from dataclasses import replace
from typing import Any

from orgsdk.sandbox.workos.api.organizations import find_organization
from orgsdk.sandbox.workos.api.users import find_user
from orgsdk.sandbox.workos.body import TEXT, TEXTS, Fields, read_fields
from orgsdk.sandbox.workos.errors import Emulated, WorkOSError, conflict, invalid, not_found, refused
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import DEFAULT_RESOURCE_TYPE, MembershipStatus, StoredMembership
from orgsdk.sandbox.workos.state import DEFAULT_ROLE, WorkOSState
from orgsdk.sandbox.workos.wire import membership_object

_STATUSES = ("active", "inactive", "pending")
_PENDING = {
    "reactivate": "A pending organization membership cannot be reactivated. The user must accept the invitation.",
    "deactivate": "A pending organization membership cannot be deactivated. Delete it instead.",
}


def _response(state: WorkOSState, membership: StoredMembership, status: int = 200) -> WorkOSResponse:
    return WorkOSResponse(status, state.rendered.membership(membership, state.store))


def _emit(state: WorkOSState, event: str, membership: StoredMembership) -> None:
    data = membership_object(membership, emulator=state.variant.is_emulator)
    state.emit(f"organization_membership.{event}", data, membership.organization_id)


def find_membership(state: WorkOSState, membership_id: str) -> StoredMembership:
    """Return a membership, or raise 404."""
    membership = state.store.memberships.get(membership_id)
    if membership is None:
        raise not_found("Organization membership", membership_id)
    return membership


def list_memberships(request: WorkOSRequest) -> WorkOSResponse:
    """List the memberships of a user, of an organization, or of both; the active ones, unless `statuses` is there."""
    state, query = request.state, request.query
    user_id, organization_id = query.text("user_id"), query.text("organization_id")
    variant, table = state.variant, state.store.memberships
    if variant.needs_owner and not user_id and not organization_id:
        raise refused("missing_user_id_or_organization_id")
    if variant.checks_references:
        _check_owners(state, user_id, organization_id)
    index = table.order
    if user_id and organization_id:
        index = table.index("both", (user_id, organization_id))
    elif user_id or organization_id:
        index = table.index("user", user_id) if user_id else table.index("organization", organization_id)
    statuses = _statuses(request)

    def view(membership: StoredMembership) -> bytes:
        return state.rendered.membership(membership, state.store)

    def keep(membership: StoredMembership) -> bool:
        return statuses is None or membership.status in statuses

    return list_response(request, table, view, index=index, keep=keep)


def _check_owners(state: WorkOSState, user_id: str | None, organization_id: str | None) -> None:
    if user_id:
        find_user(state, user_id)
    if organization_id:
        find_organization(state, organization_id)


def _statuses(request: WorkOSRequest) -> set[str] | None:
    variant = request.state.variant
    statuses = request.query.texts("statuses", brackets=variant.array_brackets)
    if statuses is None:
        return {"active"} if variant.active_by_default else None
    if variant.strict and not set(statuses) <= set(_STATUSES):
        raise invalid("statuses")
    return set(statuses)


def get_membership(request: WorkOSRequest) -> WorkOSResponse:
    """Return one membership."""
    return _response(request.state, find_membership(request.state, request.params["id"]))


def _read_roles(state: WorkOSState, fields: Fields, organization_id: str) -> tuple[str, ...] | None:
    """Return the roles of a request, or None if it has none. Unknown roles are 422 (document)."""
    if state.variant.is_emulator:
        # 0.14.0 ignores `role_slugs` (facts, section 7).
        slug = fields.given(role_slug=TEXT).get("role_slug")
        return None if not slug else (slug,)
    given = fields.given(role_slug=TEXT, role_slugs=TEXTS)
    if len(given) > 1:
        raise invalid("role_slugs")
    if not given:
        return None
    slugs: list[str] = given.get("role_slugs", [given.get("role_slug")])
    if not slugs:
        raise invalid("role_slugs")
    for slug in slugs:
        _check_role(state, slug, organization_id)
    if len(set(slugs)) > 1 and not state.multiple_roles:
        message = "Multiple roles are not enabled for this environment."
        raise WorkOSError(422, message, code="multiple_roles_not_enabled")
    return tuple(dict.fromkeys(slugs))


def _check_role(state: WorkOSState, slug: str, organization_id: str) -> None:
    role = state.store.role(slug, organization_id)
    if role is None:
        raise WorkOSError(422, f"Role '{slug}' is not a valid role.", code="invalid_role")
    if role.resource_type_slug != DEFAULT_RESOURCE_TYPE:
        message = "Sub-resource scoped roles are not allowed for this operation."
        raise WorkOSError(422, message, code="sub_resource_scoped_role_not_allowed", more={"role_slug": slug})


def create_membership(request: WorkOSRequest) -> WorkOSResponse:
    """Create an active membership. That of an inactive member is activated, with the new roles (document)."""
    state, fields = request.state, read_fields(request)
    values = fields.required(user_id=TEXT, organization_id=TEXT)
    user_id, organization_id = values["user_id"], values["organization_id"]
    find_organization(state, organization_id)
    if state.variant.checks_references:
        find_user(state, user_id)
    roles = _read_roles(state, fields, organization_id) or (DEFAULT_ROLE,)
    known = _known_membership(state, user_id, organization_id)
    if known is not None:
        activated = _change(state, known, {"status": "active", "role_slugs": roles})
        return _response(state, activated, 201)
    return _response(state, add_membership(state, user_id, organization_id, roles), 201)


def _known_membership(state: WorkOSState, user_id: str, organization_id: str) -> StoredMembership | None:
    """Return the inactive membership to activate, or None. An active or pending one is refused."""
    known = state.store.memberships.having("both", (user_id, organization_id))
    for membership in known:
        if membership.status == "active":
            # The document has no code for it; the emulators send 409 (facts, section 5).
            message = "The user is a member of this organization."
            raise conflict(None, message, emulated=Emulated(409, "conflict"))
        if membership.status == "pending":
            raise refused("cannot_reactivate_pending_organization_membership", _PENDING["reactivate"])
    return known[0] if known and state.variant.reactivates else None


def add_membership(state: WorkOSState, user_id: str, organization_id: str, roles: tuple[str, ...]) -> StoredMembership:
    """Create an active membership."""
    moment = state.creation_time()
    membership = StoredMembership(state.new_id("om_", moment), moment, moment, user_id, organization_id, roles)
    state.store.put_membership(membership)
    _emit(state, "created", membership)
    return membership


def activate(state: WorkOSState, membership: StoredMembership) -> StoredMembership:
    """Activate a membership, as accepting an invitation does."""
    return _change(state, membership, {"status": "active"})


def _change(state: WorkOSState, membership: StoredMembership, changes: dict[str, Any]) -> StoredMembership:
    changed = replace(membership, **changes, updated_at=state.creation_time())
    state.store.put_membership(changed)
    _emit(state, "updated", changed)
    return changed


def update_membership(request: WorkOSRequest) -> WorkOSResponse:
    """Replace the roles of a membership; without roles nothing changes."""
    state, fields = request.state, read_fields(request)
    membership = find_membership(state, request.params["id"])
    roles = _read_roles(state, fields, membership.organization_id)
    changes = {} if roles is None else {"role_slugs": roles}
    return _response(state, _change(state, membership, changes))


def deactivate_membership(request: WorkOSRequest) -> WorkOSResponse:
    """Deactivate a membership. An inactive one does not change (document); on the emulator it is 422."""
    return _set_status(request, "deactivate", "inactive")


def reactivate_membership(request: WorkOSRequest) -> WorkOSResponse:
    """Activate a membership, with the roles that it has. An active one does not change (document)."""
    return _set_status(request, "reactivate", "active")


def _set_status(request: WorkOSRequest, verb: str, status: MembershipStatus) -> WorkOSResponse:
    state = request.state
    membership = find_membership(state, request.params["id"])
    if membership.status == "pending":
        raise refused(f"cannot_{verb}_pending_organization_membership", _PENDING[verb])
    if membership.status == status:
        if state.variant.is_emulator:
            raise WorkOSError(422, f"The membership is {status}.", code="unprocessable_entity")
        return _response(state, membership)
    return _response(state, _change(state, membership, {"status": status}))


def remove_membership(request: WorkOSRequest) -> WorkOSResponse:
    """Delete a membership. The account stays."""
    state = request.state
    membership = find_membership(state, request.params["id"])
    state.store.remove_membership(membership)
    _emit(state, "deleted", membership)
    return WorkOSResponse(204 if state.variant.is_emulator else 200)


_PATH = "/user_management/organization_memberships"

ROUTES = (
    Route("GET", _PATH, list_memberships, "bad_request"),
    Route("POST", _PATH, create_membership, "coded"),
    Route("GET", f"{_PATH}/{{id}}", get_membership),
    Route("PUT", f"{_PATH}/{{id}}", update_membership, "coded"),
    Route("DELETE", f"{_PATH}/{{id}}", remove_membership),
    Route("PUT", f"{_PATH}/{{id}}/deactivate", deactivate_membership, "coded"),
    Route("PUT", f"{_PATH}/{{id}}/reactivate", reactivate_membership, "coded"),
)
