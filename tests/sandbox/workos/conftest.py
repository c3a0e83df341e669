"""A WorkOS server of thirty people in memory, and a client whose every response is checked against the document."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from orgsdk.sandbox.roster import Person
from orgsdk.sandbox.workos.app import create_app
from orgsdk.sandbox.workos.state import WorkOSState
from orgsdk.sandbox.workos.variants import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

NOW = 1_800_000_000.0

# What the document does not have. Each is an observation of the facts, or what HTTP itself prescribes.
UNDOCUMENTED = {
    ("POST", "/user_management/organization_memberships", 409): "a second active membership (facts, section 5)",
    ("DELETE", "/organizations/{id}", 404): "a second deletion (facts, section 5)",
    ("PUT", "/user_management/users/{id}", 404): "an unknown user",
    ("POST", "/user_management/invitations/{id}/revoke", 404): "an unknown invitation",
    ("POST", "/organization_domains", 404): "an unknown organization",
    ("POST", "/organization_domains", 422): "an invalid domain",
    ("POST", "/organization_domains/{id}/verify", 404): "an unknown domain",
    ("GET", "/webhook_endpoints", 422): "a wrong limit or order, as for other lists",
    ("GET", "/authorization/permissions", 422): "a wrong limit or order, as for other lists",
}
ALWAYS_POSSIBLE = frozenset({401, 403, 429})


def is_documented(method: str, template: str, response: httpx.Response) -> bool:
    """Return whether the document has to have the response. A body that is no JSON is 400 (facts, section 3)."""
    if response.status_code in ALWAYS_POSSIBLE or (method, template, response.status_code) in UNDOCUMENTED:
        return False
    return response.status_code != 400 or response.json().get("code") != "invalid_request_body"


class ResponseCheck:
    """The official document, which checks responses."""

    def __init__(self, document: dict[str, Any]) -> None:
        from openapi_core import OpenAPI
        from openapi_core.configurations import Config

        self._server = document["servers"][0]["url"]
        # The key is checked by the tests themselves.
        self._openapi = OpenAPI.from_dict({**document, "security": []}, config=Config(spec_validator_cls=None))
        self._templates = [
            (re.compile("[^/]+".join(map(re.escape, re.split(r"\{[^}]+\}", template)))), template, item)
            for template, item in document["paths"].items()
        ]

    def template(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """Return the template of a path, and its operation."""
        # A fixed segment is before a variable.
        found = [
            (template, item[method.lower()])
            for regex, template, item in self._templates
            if regex.fullmatch(path) and method.lower() in item
        ]
        return min(found, key=lambda each: each[0].count("{"), default=None)

    def __call__(self, response: httpx.Response) -> None:
        """Fail if the document does not have the response."""
        from openapi_core.testing import MockRequest, MockResponse

        request = response.request
        path = request.url.raw_path.decode().partition("?")[0]
        found = self.template(request.method, path)
        if found is None or not is_documented(request.method, found[0], response):
            return
        assert str(response.status_code) in found[1]["responses"], response.text
        sent = MockRequest(self._server, request.method.lower(), path)
        content_type = response.headers.get("content-type", "application/json").partition(";")[0]
        received = MockResponse(response.content, response.status_code, content_type=content_type)
        self._openapi.validate_response(sent, received)


@pytest.fixture(scope="session")
def workos_document(pytestconfig: pytest.Config) -> dict[str, Any] | None:
    """The official document, or None where it is not available."""
    folder = Path(os.environ.get("ORGSDK_SHARED") or pytestconfig.rootpath.parent / "shared")
    file = folder / "specs" / "workos.openapi.json"
    return json.loads(file.read_text("utf-8")) if file.is_file() else None


@pytest.fixture(scope="session")
def check_response(workos_document: dict[str, Any] | None) -> Callable[[httpx.Response], None]:
    """Return the check of a response; without the document it accepts everything."""
    return (lambda response: None) if workos_document is None else ResponseCheck(workos_document)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def people() -> list[Person]:
    def person(number: int) -> Person:
        role = "admin" if number == 0 else "teacher" if number < 5 else "student"
        email = None if number % 3 == 2 else f"Person{number:02}@example.org"
        return Person(f"S{number:03}", f"person_{number:02}", email, "Ada", f"Nr{number:02}", role, "5A")

    return [person(number) for number in range(30)]


@pytest.fixture
def state(people: list[Person]) -> WorkOSState:
    return WorkOSState(people, clock=lambda: NOW)


@pytest.fixture
async def api(state: WorkOSState, check_response: Callable[[httpx.Response], None]) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the API key. Responses of the document's variant are checked."""

    async def check(response: httpx.Response) -> None:
        await response.aread()
        if state.variant == DOCUMENT:
            check_response(response)

    headers = {"Authorization": f"Bearer {state.api_key}"}
    transport = httpx.ASGITransport(create_app(state))
    async with httpx.AsyncClient(
        transport=transport, base_url="http://workos.test", headers=headers, event_hooks={"response": [check]}
    ) as client:
        yield client
