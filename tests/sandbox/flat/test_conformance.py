"""The built operations against the official document, by generated requests of good and bad data."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import schemathesis
import yaml
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from orgsdk.sandbox import Sandbox

ROOT = Path(__file__).parents[3]
SHARED = Path(os.environ.get("ORGSDK_SHARED") or ROOT.parent / "shared")
DOCUMENT = SHARED / "specs" / "flat-organization.openapi.yaml"

OPERATIONS = ["/me", "/organizations/users", "/organizations/users/count"]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]
# Declared as any string, but not any string is one.
OPAQUE = frozenset({"next", "previous", "licenseExpirationDate"})


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    if not DOCUMENT.exists():
        pytest.skip("the official document is not here; ORGSDK_SHARED names the folder that has specs/")
    content: dict[str, Any] = yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))
    for parameter in content["paths"]["/organizations/users"]["get"]["parameters"]:
        if parameter.get("name") == "sort":
            # The document has the values of this string under `items`, where they say nothing.
            parameter["schema"]["enum"] = parameter["schema"].pop("items")["enum"]
    return content


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox()
    sandbox.flat.rate_limit = 1_000_000
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.mark.parametrize("mode", list(GenerationMode))
@pytest.mark.parametrize("path", OPERATIONS)
def test_answers_as_the_official_document_says(
    document: dict[str, Any], sandbox: Sandbox, path: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    headers = {"Authorization": f"Bearer {sandbox.flat.token}"}
    statuses: set[int] = set()

    @settings(
        max_examples=30,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path]["GET"].as_strategy(generation_mode=mode))
    def check(case: schemathesis.Case[Any]) -> None:
        response = case.call(base_url=sandbox.flat_url, headers=headers)
        query = parse_qs(sandbox.requests[-1].query, keep_blank_values=True)
        # Ids alone are not what the document declares (facts/flat.md, Pagination).
        only_ids = ["true"] in (query.get("onlyId"), query.get("onlyIds"))
        checks = [each for each in CHECKS if not (only_ids and each is response_schema_conformance)]
        case.validate_response(response, checks=checks)
        statuses.add(response.status_code)
        if mode is GenerationMode.POSITIVE and OPAQUE.isdisjoint(query):
            assert response.status_code == 200, response.text

    check()
    assert statuses <= {200, 400}
    assert (200 if mode is GenerationMode.POSITIVE else 400) in statuses
