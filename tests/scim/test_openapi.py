"""Generated requests against the document that the gateway's own discovery makes: no 5xx, and answers of its form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from orgsdk import OrgClient
from orgsdk.sandbox.loopback import LoopbackServer
from orgsdk.scim import GatewayOptions, IdMap, gateway
from tests.conftest import unmeasured_threads
from tests.scim.discovered import build_document
from tests.scim.gateways import NO_LIMIT, TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
OPERATIONS = [
    (method, f"/{kind}{one}")
    for kind in ("Users", "Groups")
    for one, methods in (("", ("GET", "POST")), ("/{id}", ("GET", "PUT", "PATCH", "DELETE")))
    for method in methods
]


# Without a body no request is invalid: any text is an id.
GENERATED = [
    (method, path, mode)
    for method, path in OPERATIONS
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or method in {"POST", "PUT", "PATCH"} or path in {"/Users", "/Groups"}
]


@pytest.fixture(scope="module")
def http(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """Return a client of a gateway on a loopback port."""
    options = GatewayOptions(on_delete="delete", max_deactivations=NO_LIMIT)
    id_map = IdMap.open(tmp_path_factory.mktemp("openapi") / "scim.db")
    app = gateway(OrgClient.memory(users=5), options=options, tokens=[TOKEN], id_map=id_map)
    server = LoopbackServer(app, 0)
    with unmeasured_threads():
        server.start()
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{server.port}/v2", headers=headers) as client:
        yield client
    server.stop()
    anyio.run(id_map.aclose)


@pytest.fixture(scope="module")
def document(http: httpx.Client) -> dict[str, Any]:
    found = [http.get(path).json()["Resources"] for path in ("/Schemas", "/ResourceTypes")]
    return build_document(*found)


def check(
    http: httpx.Client, document: dict[str, Any], method: str, path: str, mode: GenerationMode, examples: int
) -> None:
    schema = schemathesis.openapi.from_dict(document)
    kind = path.split("/")[1]
    listed = http.get(f"/{kind}?count=1").json().get("Resources", [])
    existing = listed[0]["id"] if listed else "none"

    @settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(schema[path][method].as_strategy(generation_mode=mode))
    def run(case: schemathesis.Case[Any]) -> None:
        if case.path_parameters and len(str(case.path_parameters["id"])) % 2:
            case.path_parameters["id"] = existing
        response = case.call(base_url=str(http.base_url).rstrip("/"), headers=dict(http.headers))
        case.validate_response(response, checks=CHECKS)

    run()


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_answers_conform(http: httpx.Client, document: dict[str, Any], method: str, path: str) -> None:
    check(http, document, method, path, GenerationMode.POSITIVE, 15)


@pytest.mark.proof
@pytest.mark.parametrize(("method", "path", "mode"), GENERATED)
def test_answers_conform_at_length(
    http: httpx.Client, document: dict[str, Any], method: str, path: str, mode: GenerationMode
) -> None:
    check(http, document, method, path, mode, 300)
