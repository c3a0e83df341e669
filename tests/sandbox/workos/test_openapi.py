"""Every operation of the official document is served, and generated requests get documented responses."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orgsdk.sandbox.workos.app import ROUTES, create_app
from orgsdk.sandbox.workos.records import (
    OneTimeCode,
    StoredDomain,
    StoredEndpoint,
    StoredInvitation,
    StoredRole,
    StoredRoleAssignment,
)
from tests.sandbox.workos.conftest import is_documented

if TYPE_CHECKING:
    from schemathesis.checks import CheckFunction

    from orgsdk.sandbox import Person
    from orgsdk.sandbox.workos.state import WorkOSState

SERVED = {(route.method, route.template) for route in ROUTES if route.is_in(emulator=False)}
CHECKS: list[CheckFunction] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
METHODS = ("get", "post", "put", "patch", "delete")


def operations(document: dict[str, Any]) -> set[tuple[str, str]]:
    return {(method.upper(), path) for path, item in document["paths"].items() for method in METHODS if method in item}


@pytest.fixture
def document(workos_document: dict[str, Any] | None) -> dict[str, Any]:
    if workos_document is None:
        pytest.skip("the official document is not here; ORGSDK_SHARED names the folder that has specs/")
    return workos_document


def test_exactly_the_documented_operations_are_served(document: dict[str, Any]) -> None:
    assert operations(document) == SERVED
    assert len(SERVED) > 50


def prepare(state: WorkOSState, people: list[Person]) -> dict[str, Any]:
    """Seed the server, and return values of existing objects by the name of a member of a body or of a variable."""
    state.seed(people)
    store, moment = state.store, state.creation_time()
    user, last = list(store.users)[1], list(store.users)[-1]
    member = store.memberships.having("user", last.id)[0]
    permissions = ("members:read",)
    store.roles.put(StoredRole("role_own", moment, moment, "org-own", "Own", None, state.organization_id, permissions))
    store.domains.put(StoredDomain("domain_known", moment, moment, state.organization_id, "k.example", "pending", "t"))
    store.invitations.put(StoredInvitation("invitation_known", moment, moment, "k@example.org", moment * 2, "token"))
    store.endpoints.put(StoredEndpoint("we_known", moment, moment, "https://known.example", "secret"))
    store.users.put(replace(user, email_verified=False))
    for purpose, email in (("email_change", "new@example.org"), ("email_verification", user.email)):
        state.codes[purpose, user.id] = OneTimeCode(email, moment, moment * 2, "1")
    for resource in ("r1", "r2"):
        store.role_assignments.put(
            StoredRoleAssignment(
                f"ra_{resource}", moment, moment, member.id, "teacher", resource, resource, "organization"
            )
        )
    return {
        "user_id": user.id,
        "inviter_user_id": user.id,
        "organization_id": list(store.organizations)[-1].id,
        "organizationId": state.organization_id,
        "organization_membership_id": member.id,
        "role_assignment_id": "ra_r1",
        "external_id": user.external_id,
        "permissionSlug": "members:read",
        "token": "token",
        "role_slug": "teacher",
        "role_slugs": ["teacher"],
        "resource_id": "r1",
        "permissions": ["members:read"],
        "code": "1",
        "new_email": "new@example.org",
        "domain": "new.example",
        "endpoint_url": "https://new.example",
    }


IDS = {
    "/users/": "user_id",
    "/invitations/": "invitation_known",
    "/organization_memberships/": "organization_membership_id",
    "/organization_domains/": "domain_known",
    "/webhook_endpoints/": "we_known",
    "/organizations/": "organizationId",
}


def id_of(template: str, known: dict[str, Any]) -> str:
    """Return the value of `{id}` or `{slug}` in a path."""
    if "{slug}" in template:
        own = "org-own" if "/organizations/" in template else "teacher"
        return "members:read" if template.startswith("/authorization/permissions") else own
    name = next(name for part, name in IDS.items() if part in template)
    return str(known.get(name, name))


def use_known(case: schemathesis.Case[Any], method: str, template: str, known: dict[str, Any]) -> None:
    """Replace generated values by those of existing objects."""
    # The external id of an existing object is taken; a path with one needs it.
    values = known if "{external_id}" in template else {**known, "external_id": "new"}
    if template.startswith("/organizations/external_id"):
        values = {**known, "external_id": "harmony-school"}
    path = case.path_parameters or {}
    case.path_parameters = {name: values.get(name) or id_of(template, known) for name in path}
    if isinstance(case.body, dict):
        renamed = {"slug": "members:read"} if template.endswith("/permissions") and "{slug}" in template else {}
        if (method, template) == ("POST", "/authorization/organizations/{organizationId}/roles"):
            renamed = {"slug": "org-new"}
        case.body = {name: {**values, **renamed}.get(name, value) for name, value in case.body.items()}
    case.query = {name: known.get(name, value) for name, value in (case.query or {}).items()}


# Few invalid requests, and more in the proofs. Among fewer valid ones, none would be carried out.
@pytest.mark.parametrize(
    ("mode", "examples"),
    [
        (GenerationMode.POSITIVE, 12),
        (GenerationMode.NEGATIVE, 4),
        pytest.param(GenerationMode.NEGATIVE, 12, marks=pytest.mark.proof),
    ],
    ids=lambda value: getattr(value, "value", value),
)
@pytest.mark.parametrize(("method", "template"), sorted(SERVED))
def test_responses_match_the_document(
    document: dict[str, Any],
    state: WorkOSState,
    people: list[Person],
    method: str,
    template: str,
    mode: GenerationMode,
    examples: int,
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.app = create_app(state)
    headers = {"Authorization": f"Bearer {state.api_key}"}
    statuses: set[int] = set()

    @settings(
        max_examples=examples,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[template][method].as_strategy(generation_mode=mode), uses_known=st.booleans())
    def conforms(case: schemathesis.Case[Any], uses_known: bool) -> None:
        known = prepare(state, people)
        if uses_known and mode is GenerationMode.POSITIVE:
            use_known(case, method, template, known)
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        received = httpx.Response(response.status_code, content=response.content)
        if is_documented(method, template, received):
            case.validate_response(response, checks=CHECKS)

    conforms()
    # Invalid requests can have an invalid key.
    assert statuses <= {200, 201, 202, 204, 400, 401, 404, 409, 422}
    if mode is GenerationMode.POSITIVE:
        assert statuses & {200, 201, 202, 204}
