"""Generated valid and invalid requests, with responses checked against the official document."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.routing import Match, Route

from orgsdk.sandbox import Person, Sandbox
from orgsdk.sandbox.flat.app import create_app
from orgsdk.sandbox.flat.state import FlatState

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("ORGSDK_SHARED") or ROOT.parent / "shared")
DOCUMENT = SHARED / "specs" / "flat-organization.openapi.yaml"

METHODS = ("get", "post", "put", "patch", "delete")
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# Declared as any string, but not every string is valid.
OPAQUE = frozenset({"next", "previous", "licenseExpirationDate"})
# Every operation of the document; a test below checks this.
OPERATIONS = [
    ("GET", "/me"),
    ("GET", "/organizations/users"),
    ("POST", "/organizations/users"),
    ("GET", "/organizations/users/count"),
    ("PUT", "/organizations/users/{user}"),
    ("DELETE", "/organizations/users/{user}"),
    ("POST", "/organizations/users/{user}/signinLink"),
    ("POST", "/organizations/users/{user}/accessToken"),
    ("GET", "/organizations/invitations"),
    ("POST", "/organizations/invitations"),
    ("DELETE", "/organizations/invitations/{invitation}"),
    ("GET", "/organizations/lti/credentials"),
    ("POST", "/organizations/lti/credentials"),
    ("DELETE", "/organizations/lti/credentials/{credentials}"),
    ("GET", "/organizations/lti/configurations"),
    ("POST", "/organizations/lti/configurations"),
    ("PUT", "/organizations/lti/configurations/{configuration}"),
    ("DELETE", "/organizations/lti/configurations/{configuration}"),
]
# Without query and body no request is invalid: any text is an identifier.
BARE = {
    ("DELETE", "/organizations/invitations/{invitation}"),
    ("GET", "/organizations/lti/credentials"),
    ("DELETE", "/organizations/lti/credentials/{credentials}"),
    ("GET", "/organizations/lti/configurations"),
    ("DELETE", "/organizations/lti/configurations/{configuration}"),
}
GENERATED = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or (method, path) not in BARE
]

# The document's name for a format that JSON Schema calls `uri`.
schemathesis.openapi.format("url", st.from_regex(r"https://[a-z]{1,8}\.example\.org(/[a-z]{0,5}){0,2}", fullmatch=True))


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    if not DOCUMENT.exists():
        pytest.skip("the official document is not here; ORGSDK_SHARED names the folder that has specs/")
    content: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    for parameter in content["paths"]["/organizations/users"]["get"]["parameters"]:
        if parameter.get("name") == "sort":
            # The document has the values of this string under `items`, where they have no effect.
            parameter["schema"]["enum"] = parameter["schema"].pop("items")["enum"]
    return content


@pytest.fixture(scope="module")
def running() -> Iterator[Sandbox]:
    sandbox = Sandbox([Person(f"S{n}", f"p{n}", None, "P", str(n), "student", "5B") for n in range(30)])
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running: Sandbox) -> Sandbox:
    """Return the state of a sandbox with thirty people and no rate limit."""
    running.reset()
    running.flat.rate_limit = 1_000_000
    return running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {sandbox.flat.token}"}
    with httpx.Client(base_url=f"{sandbox.flat_url}/organizations/", headers=headers, verify=False) as client:
        yield client


def identifier(name: str, state: FlatState, http: httpx.Client) -> str:
    """Return the identifier of an existing object, by the name of a variable in the path."""
    makings: dict[str, tuple[str, dict[str, str]]] = {
        "user": ("users", {"username": "x", "password": "secret"}),
        "invitation": ("invitations", {}),
        "credentials": ("lti/credentials", {"name": "x", "lms": "other"}),
        "configuration": ("lti/configurations", {"mode": "1p3-manual"}),
    }
    there = next(iter(state.users), None) if name == "user" else None
    path, body = makings[name]
    return there or str(http.post(path, json=body).json()["id"])


# A sample, and the whole in the proofs.
@pytest.mark.parametrize("examples", [10, pytest.param(60, marks=pytest.mark.proof)])
@pytest.mark.parametrize(("method", "path", "mode"), GENERATED)
def test_responses_match_the_official_document(
    document: dict[str, Any],
    sandbox: Sandbox,
    http: httpx.Client,
    method: str,
    path: str,
    mode: GenerationMode,
    examples: int,
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {sandbox.flat.token}"}
    statuses: set[int] = set()

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path][method].as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case[Any]) -> None:
        components = case.meta.components if case.meta else {}
        wrong = {position for position, data in components.items() if data.mode is GenerationMode.NEGATIVE}
        # Generated identifiers do not exist; an existing one shows errors in the other parts.
        if ParameterLocation.PATH not in wrong and case.path_parameters:
            case.path_parameters = {name: identifier(name, sandbox.flat, http) for name in case.path_parameters}
        response = case.call(base_url=sandbox.flat_url, headers=headers)
        query = parse_qs(sandbox.requests[-1].query, keep_blank_values=True)
        # The document does not declare lists of ids (facts/flat.md, Pagination).
        only_ids = ["true"] in (query.get("onlyId"), query.get("onlyIds"))
        checks = [each for each in CHECKS if not (only_ids and each is response_schema_conformance)]
        case.validate_response(response, checks=checks)
        statuses.add(response.status_code)
        if mode is GenerationMode.POSITIVE and OPAQUE.isdisjoint(query):
            assert response.status_code in expected, response.text

    expected = {204} if method == "DELETE" else {200}
    # Not in the document: usernames are unique, ClassLink requires a client id, and which of two sets of fields can be
    # changed depends on the configuration.
    expected |= {
        "POST /organizations/users": {409},
        "PUT /organizations/users/{user}": {409},
        "PUT /organizations/lti/configurations/{configuration}": {400},
    }.get(f"{method} {path}", set())
    check()
    assert statuses <= {200, 204, 400, 404, 409}
    assert not statuses.isdisjoint({200, 204} if mode is GenerationMode.POSITIVE else {400})


def test_every_operation_is_tested(document: dict[str, Any]) -> None:
    declared = [
        (method.upper(), path) for path, item in document["paths"].items() for method in METHODS if method in item
    ]
    assert sorted(declared) == sorted(OPERATIONS)


def test_routes_and_documented_operations_match(document: dict[str, Any]) -> None:
    app = create_app(FlatState([]))
    served: dict[str, str] = {}
    unserved: list[str] = []
    for path, item in document["paths"].items():
        for method in METHODS:
            if method not in item:
                continue
            operation = item[method]["operationId"]
            scope = {"type": "http", "method": method.upper(), "path": f"/v2{path}"}
            matched = [each for each in app.routes if isinstance(each, Route) and each.matches(scope)[0] is Match.FULL]
            if matched:
                served[operation] = f"{method} {matched[0].path}"
            else:
                unserved.append(operation)
    assert not unserved
    assert len(set(served.values())) == len(served) == 18
    beside = {each.path for each in app.routes if isinstance(each, Route)} - {
        route.partition(" ")[2] for route in served.values()
    }
    assert beside == {"/oauth/access_token"}
