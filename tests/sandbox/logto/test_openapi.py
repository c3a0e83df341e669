"""Answers to generated requests agree with the OpenAPI document the real server gives of itself."""

import json
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CheckFunction
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orgsdk.sandbox.logto.app import create_app
from orgsdk.sandbox.logto.dispatch import MANAGEMENT_ROUTES
from orgsdk.sandbox.logto.records import TENANT_ID
from orgsdk.sandbox.logto.state import LogtoState

OPERATIONS = [(route.method, f"/api{route.template}") for route in MANAGEMENT_ROUTES if route.is_protected]

CHECKS: list[CheckFunction] = [
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]


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
        template: {method.lower(): mended["paths"][template][method.lower()]} for method, template in OPERATIONS
    }
    return mended


def _known_ids(state: LogtoState) -> dict[str, str]:
    user_id = next(iter(state.store.users)).id
    role_id = next(iter(state.store.roles)).id
    return {"organizations": state.organization_id, "users": user_id, "organization-roles": role_id}


def _is_undocumented(status: int, sent: str) -> bool:
    """Tell whether the answer is one the real server gives and its document keeps quiet about (section 8)."""
    has_nul = "%00" in sent
    return status in (422, 431) or (status == 500 and has_nul)


@pytest.mark.parametrize(("method", "template"), OPERATIONS)
def test_operation(document: dict[str, Any], state: LogtoState, method: str, template: str) -> None:
    schema = schemathesis.openapi.from_dict(document)
    schema.app = create_app(state)
    claims = {"aud": state.resource, "exp": 9e9, "scope": "all", "client_id": TENANT_ID}
    headers = {"Authorization": f"Bearer {state.signer.sign(claims)}"}
    known = _known_ids(state)
    statuses: set[int] = set()

    @settings(
        max_examples=30,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[template][method].as_strategy(), uses_known_ids=st.booleans())
    def conforms(case: schemathesis.Case, uses_known_ids: bool) -> None:
        if uses_known_ids:
            segments = template.split("/")
            for before, variable in zip(segments, segments[1:], strict=False):
                if variable.startswith("{"):
                    case.path_parameters[variable[1:-1]] = known[before]
        response = case.call(headers=headers)
        statuses.add(response.status_code)
        if not _is_undocumented(response.status_code, str(response.request.url)):
            case.validate_response(response, checks=CHECKS)

    conforms()
    assert 200 in statuses
