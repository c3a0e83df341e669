"""Every operation of the real server's OpenAPI document has a route, and its responses match the document."""

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orgsdk.sandbox.logto.app import MANAGEMENT_ROUTES, create_app
from orgsdk.sandbox.logto.records import StoredInvitation, TenantRole
from orgsdk.sandbox.logto.state import LogtoState

ROUTES = {(route.method, f"/api{route.template}") for route in MANAGEMENT_ROUTES}
# Operations that are not in the document; tests use them to create scopes and roles for the documented ones.
BEYOND = {
    ("GET", "/api/status"),
    ("POST", "/api/resources"),
    ("POST", "/api/resources/{id}/scopes"),
    ("POST", "/api/roles"),
    ("POST", "/api/users/{userId}/password/verify"),
}
LEFT_OUT = {
    "AddOrganizationApplications",
    "AssignOrganizationRolesToApplication",
    "AssignOrganizationRolesToApplications",
    "CreateOrganizationJitSsoConnector",
    "DeleteOrganizationApplication",
    "DeleteOrganizationApplicationRole",
    "DeleteOrganizationJitSsoConnector",
    "ListOrganizationApplicationRoles",
    "ListOrganizationApplications",
    "ListOrganizationJitSsoConnectors",
    "ReplaceOrganizationApplicationRoles",
    "ReplaceOrganizationApplications",
    "ReplaceOrganizationJitSsoConnectors",
}

CHECKS: list[CheckFunction] = [
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]

# The document declares JSON, but the response is the text `Created` (facts/logto.md section 5).
CREATED_AS_TEXT = {
    "/api/organization-roles/{id}/scopes",
    "/api/organization-roles/{id}/resource-scopes",
    "/api/organizations/{id}/jit/roles",
    "/api/organizations/{id}/users/roles",
}

# Statuses of the real server that are not in its document, by operation (facts/logto.md section 8).
NOT_DOCUMENTED = {
    ("DELETE", "/api/organization-roles/{id}/scopes/{organizationScopeId}"): 404,
    ("DELETE", "/api/organization-roles/{id}/resource-scopes/{scopeId}"): 404,
    ("DELETE", "/api/organizations/{id}/jit/roles/{organizationRoleId}"): 404,
    ("POST", "/api/organization-invitations/{id}/message"): 404,
    ("PUT", "/api/organization-invitations/{id}/status"): 404,
    # Both read the account first; the document has no 404.
    ("GET", "/api/users/{userId}/custom-data"): 404,
    ("PATCH", "/api/users/{userId}/password"): 404,
}


def _fix(value: Any) -> Any:
    """Return the document without its errors (facts/logto.md section 8).

    Regular expressions are JavaScript literals, and nullable enumerations do not have null.
    """
    if isinstance(value, list):
        return [_fix(item) for item in value]
    if not isinstance(value, dict):
        return value
    fixed = {key: _fix(item) for key, item in value.items()}
    if str(fixed.get("pattern", "")).startswith("/"):
        del fixed["pattern"]
    if fixed.get("nullable") and "enum" in fixed:
        fixed["enum"] = [*fixed["enum"], None]
    return fixed


@pytest.fixture(scope="module")
def document(shared: Path) -> dict[str, Any]:
    text = (shared / "specs" / "logto-management.openapi.json").read_text()
    fixed: dict[str, Any] = _fix(json.loads(text))
    fixed["paths"] = {
        template: {method: operation for method, operation in item.items() if (method.upper(), template) in ROUTES}
        for template, item in fixed["paths"].items()
        if any(template == known for _, known in ROUTES)
    }
    for template in CREATED_AS_TEXT:
        created = fixed["paths"][template]["post"]["responses"]["201"]
        created["content"] = {"text/plain": {"schema": {"type": "string"}}}
    # A time after PostgreSQL's last timestamp ends in 500.
    invitation = fixed["paths"]["/api/organization-invitations"]["post"]["requestBody"]["content"]
    invitation["application/json"]["schema"]["properties"]["expiresAt"]["maximum"] = 9_000_000_000_000_000
    return fixed


def test_every_operation_has_a_route(shared: Path) -> None:
    paths = json.loads((shared / "specs" / "logto-management.openapi.json").read_text())["paths"]
    documented = {
        (method.upper(), template): operation["operationId"]
        for template, item in paths.items()
        for method, operation in item.items()
    }
    assert {name for operation, name in documented.items() if operation not in ROUTES} == LEFT_OUT
    assert ROUTES - set(documented) == BEYOND


@pytest.fixture
def known(state: LogtoState) -> dict[str, Any]:
    """Ids of existing objects, by the name of a variable in the path or a member of the body."""
    store = state.store
    user_id = next(iter(store.users)).id
    role = next(role for role in store.roles if role.type == "User")
    role_id, scope_id, resource_scope_id = role.id, role.scope_ids[0], role.resource_scope_ids[0]
    store.invitations.put(StoredInvitation("known", "Person00@example.org", state.organization_id, 9e12, 1, 1))
    store.tenant_roles.put(TenantRole("known", "known", "known"))
    store.jit_email_domains.put(state.organization_id, ["known.example"])
    store.jit_roles.put(state.organization_id, [role_id])
    store.user_roles.put(user_id, ["known"])
    return {
        "organizations": state.organization_id,
        "users": user_id,
        "organization-roles": role_id,
        "organization-scopes": scope_id,
        "organization-invitations": "known",
        "scopes": scope_id,
        "resource-scopes": resource_scope_id,
        "email-domains": "known.example",
        "organizationId": state.organization_id,
        "userIds": [user_id],
        "organizationRoleIds": [role_id],
        "organizationScopeIds": [scope_id],
        "resourceScopeIds": [resource_scope_id],
        "scopeIds": [resource_scope_id],
        "roleIds": ["known"],
        "inviterId": user_id,
        "acceptedUserId": user_id,
        "expiresAt": 9_000_000_000_000,
        # zod rejects some generated e-mail addresses.
        "invitee": "known@example.org",
    }


def _use_known(case: schemathesis.Case[Any], template: str, known: dict[str, Any]) -> None:
    """Replace generated ids with ids of existing objects."""
    for before, variable in pairwise(template.split("/")):
        if variable.startswith("{"):
            is_role = before == "roles" and not variable.startswith("{organization")
            by_position = "known" if is_role else known.get("organization-roles" if before == "roles" else before)
            case.path_parameters[variable[1:-1]] = by_position
    if isinstance(case.body, dict):
        case.body = {name: known.get(name, value) for name, value in case.body.items()}


def _is_undocumented(method: str, template: str, status: int, sent: str) -> bool:
    """Return whether the real server sends this status although its document does not have it (section 8)."""
    has_nul = "%00" in sent or "\\u0000" in sent
    is_known = NOT_DOCUMENTED.get((method, template)) == status
    return is_known or status in (422, 431) or (status == 500 and has_nul)


@pytest.mark.parametrize(("method", "template"), sorted(ROUTES - BEYOND))
def test_responses_match_the_document(
    document: dict[str, Any], state: LogtoState, known: dict[str, Any], method: str, template: str
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    state.release = "development"
    schema.app = create_app(state)
    claims = {"aud": state.resource, "exp": 9e9, "scope": "all"}
    headers = {"Authorization": f"Bearer {state.signer.sign(claims)}"}
    statuses: set[int] = set()

    @settings(
        max_examples=15,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[template][method].as_strategy(), uses_known=st.booleans())
    def conforms(case: schemathesis.Case[Any], uses_known: bool) -> None:
        if uses_known:
            _use_known(case, template, known)
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        sent = f"{response.request.url} {response.request.body!r}"
        if not _is_undocumented(method, template, response.status_code, sent):
            case.validate_response(response, checks=CHECKS)

    conforms()
    assert statuses & {200, 201, 204}
