"""Every operation of the OpenAPI document the real server gives of itself has a route, and answers as it says."""

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
# What the sandbox has beyond the document: where tests get the scopes and roles that the document's operations take.
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

# Where the document has JSON for what is the text `Created` (facts/logto.md section 5).
CREATED_AS_TEXT = {
    "/api/organization-roles/{id}/scopes",
    "/api/organization-roles/{id}/resource-scopes",
    "/api/organizations/{id}/jit/roles",
    "/api/organizations/{id}/users/roles",
}

# The statuses of the real server that its document does not have, by operation (facts/logto.md section 8).
NOT_DOCUMENTED = {
    ("DELETE", "/api/organization-roles/{id}/scopes/{organizationScopeId}"): 404,
    ("DELETE", "/api/organization-roles/{id}/resource-scopes/{scopeId}"): 404,
    ("DELETE", "/api/organizations/{id}/jit/roles/{organizationRoleId}"): 404,
    ("POST", "/api/organization-invitations/{id}/message"): 404,
    ("PUT", "/api/organization-invitations/{id}/status"): 404,
    # Both look for the account first; the document has no 404.
    ("GET", "/api/users/{userId}/custom-data"): 404,
    ("PATCH", "/api/users/{userId}/password"): 404,
}


def _mended(value: Any) -> Any:
    """Return the document without its own faults (facts/logto.md section 8).

    Regular expressions are written as JavaScript literals, nullable enumerations lack null.
    """
    if isinstance(value, list):
        return [_mended(item) for item in value]
    if not isinstance(value, dict):
        return value
    mended = {key: _mended(item) for key, item in value.items()}
    if str(mended.get("pattern", "")).startswith("/"):
        del mended["pattern"]
    if mended.get("nullable") and "enum" in mended:
        mended["enum"] = [*mended["enum"], None]
    return mended


@pytest.fixture(scope="module")
def document(shared: Path) -> dict[str, Any]:
    text = (shared / "specs" / "logto-management.openapi.json").read_text()
    mended: dict[str, Any] = _mended(json.loads(text))
    mended["paths"] = {
        template: {method: operation for method, operation in item.items() if (method.upper(), template) in ROUTES}
        for template, item in mended["paths"].items()
        if any(template == known for _, known in ROUTES)
    }
    for template in CREATED_AS_TEXT:
        created = mended["paths"][template]["post"]["responses"]["201"]
        created["content"] = {"text/plain": {"schema": {"type": "string"}}}
    # PostgreSQL's timestamps end, and what is past them is a 500.
    invitation = mended["paths"]["/api/organization-invitations"]["post"]["requestBody"]["content"]
    invitation["application/json"]["schema"]["properties"]["expiresAt"]["maximum"] = 9_000_000_000_000_000
    return mended


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
    """What exists, by the name of a path's variable or a body's member."""
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
        # Not everything that is called an e-mail address is one to zod.
        "invitee": "known@example.org",
    }


def _use_known(case: schemathesis.Case[Any], template: str, known: dict[str, Any]) -> None:
    """Put ids of what exists in the place of generated ones."""
    for before, variable in pairwise(template.split("/")):
        if variable.startswith("{"):
            is_role = before == "roles" and not variable.startswith("{organization")
            by_place = "known" if is_role else known.get("organization-roles" if before == "roles" else before)
            case.path_parameters[variable[1:-1]] = by_place
    if isinstance(case.body, dict):
        case.body = {name: known.get(name, value) for name, value in case.body.items()}


def _is_undocumented(method: str, template: str, status: int, sent: str) -> bool:
    """Tell whether the answer is one the real server gives and its document keeps quiet about (section 8)."""
    has_nul = "%00" in sent or "\\u0000" in sent
    is_known = NOT_DOCUMENTED.get((method, template)) == status
    return is_known or status in (422, 431) or (status == 500 and has_nul)


@pytest.mark.parametrize(("method", "template"), sorted(ROUTES - BEYOND))
def test_operation(
    document: dict[str, Any], state: LogtoState, known: dict[str, Any], method: str, template: str
) -> None:
    schema = schemathesis.openapi.from_dict(document)
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
