"""`…/role_assignments`: roles of a member for one resource, which are no roles of the organization."""

from typing import Any

from orgsdk.sandbox.workos.api.memberships import find_membership
from orgsdk.sandbox.workos.body import TEXT, Fields, read_fields
from orgsdk.sandbox.workos.errors import WorkOSError, invalid, not_found
from orgsdk.sandbox.workos.formats import encode
from orgsdk.sandbox.workos.http import Route, WorkOSRequest, WorkOSResponse, json_response
from orgsdk.sandbox.workos.pagination import list_response
from orgsdk.sandbox.workos.records import DEFAULT_RESOURCE_TYPE, StoredRoleAssignment
from orgsdk.sandbox.workos.wire import role_assignment_object

_MEMBERSHIP = "organization_membership_id"


def _read(fields: Fields) -> dict[str, Any]:
    """Return the role and the resource: its id, or its external id and its type."""
    values = fields.required(role_slug=TEXT)
    if "resource_id" in fields:
        return values | fields.required(resource_id=TEXT)
    if "resource_external_id" not in fields:
        raise invalid("resource_id", "required")
    return values | fields.required(resource_external_id=TEXT, resource_type_slug=TEXT)


def _matches(assignment: StoredRoleAssignment, wanted: dict[str, Any]) -> bool:
    return all(getattr(assignment, name) == value for name, value in wanted.items())


def list_assignments(request: WorkOSRequest) -> WorkOSResponse:
    """List the roles of a member for resources, of every resource or of one."""
    assignments = request.state.store.role_assignments
    membership = find_membership(request.state, request.params[_MEMBERSHIP])
    names = ("resource_id", "resource_external_id", "resource_type_slug")
    wanted = {name: value for name in names if (value := request.query.text(name))}
    return list_response(
        request,
        assignments,
        lambda one: encode(role_assignment_object(one)),
        index=assignments.index("membership", membership.id),
        keep=lambda one: _matches(one, wanted),
    )


def assign_role(request: WorkOSRequest) -> WorkOSResponse:
    """Assign a role for one resource to a member."""
    state = request.state
    membership = find_membership(state, request.params[_MEMBERSHIP])
    values = _read(read_fields(request))
    if state.store.role(values["role_slug"], membership.organization_id) is None:
        raise WorkOSError(422, f"Role '{values['role_slug']}' is not a valid role.")
    moment = state.creation_time()
    resource_id: str = values.get("resource_id") or state.new_id("authz_resource_", moment)
    assignment = StoredRoleAssignment(
        id=state.new_id("role_assignment_", moment),
        created_at=moment,
        updated_at=moment,
        membership_id=membership.id,
        role_slug=values["role_slug"],
        resource_id=resource_id,
        resource_external_id=values.get("resource_external_id", resource_id),
        resource_type_slug=values.get("resource_type_slug", DEFAULT_RESOURCE_TYPE),
    )
    state.store.role_assignments.put(assignment)
    return json_response(role_assignment_object(assignment), 201)


def remove_by_criteria(request: WorkOSRequest) -> WorkOSResponse:
    """Remove a role for one resource from a member."""
    assignments = request.state.store.role_assignments
    membership = find_membership(request.state, request.params[_MEMBERSHIP])
    wanted = _read(read_fields(request))
    found = [one for one in assignments.having("membership", membership.id) if _matches(one, wanted)]
    if not found:
        raise not_found("Role assignment", wanted["role_slug"])
    for one in found:
        assignments.remove(one.id)
    return WorkOSResponse(204)


def remove_by_id(request: WorkOSRequest) -> WorkOSResponse:
    """Remove a role for one resource from a member, by the id of the assignment."""
    assignments, assignment_id = request.state.store.role_assignments, request.params["role_assignment_id"]
    membership = find_membership(request.state, request.params[_MEMBERSHIP])
    assignment = assignments.get(assignment_id)
    if assignment is None or assignment.membership_id != membership.id:
        raise not_found("Role assignment", assignment_id)
    assignments.remove(assignment_id)
    return WorkOSResponse(204)


_PATH = f"/authorization/organization_memberships/{{{_MEMBERSHIP}}}/role_assignments"

ROUTES = (
    Route("GET", _PATH, list_assignments),
    Route("POST", _PATH, assign_role),
    Route("DELETE", _PATH, remove_by_criteria, only="document"),
    Route("DELETE", f"{_PATH}/{{role_assignment_id}}", remove_by_id),
)
