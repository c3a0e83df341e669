"""One sandbox for the whole run, clients that speak to it, and the check of every request they send.

Whatever a client sends in any test is held against the providers' official OpenAPI documents, which lie in
`../shared/specs` (or under `ORGSDK_SHARED`). Where they are missing the check is off.
"""

from __future__ import annotations

import json
import os
import re
import signal
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from orgsdk import OrgClient
from orgsdk.transport.backends.httpcore import HttpcoreBackend
from orgsdk.transport.backends.httpx_client import HttpxClientBackend
from tests.reliability.counters import COUNTS
from tests.virtual_time import backend

# The providers and the sandbox are imported by those who use them, so that the tests of what lies below run without.
if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator, Mapping
    from contextlib import AbstractContextManager

    from orgsdk.providers import Flat, Logto
    from orgsdk.resources import OrganizationHandle
    from orgsdk.sandbox import Sandbox
    from orgsdk.transport.backends.base import OutgoingRequest
    from orgsdk.transport.request import Response

_FLAT, _LOGTO = "flat-organization.openapi.yaml", "logto-management.openapi.json"
_TOKEN_FORM = {"grant_type": "client_credentials", "scope": "all"}


def pytest_configure() -> None:
    # A shell's background job ignores Ctrl-C, and so would whatever the tests interrupt.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["asyncio", "trio"])
def virtual_time(request: pytest.FixtureRequest) -> tuple[str, Mapping[str, Any]]:
    """Return what a module's own `anyio_backend` returns where nothing in it waits for a socket."""
    return backend(str(request.param))


# The sandbox and its clients


@dataclass(frozen=True)
class Connected:
    """A client of one provider, and the organization that everybody of the roster belongs to."""

    name: str
    client: OrgClient
    org: OrganizationHandle
    organization_id: str
    largest_page: int


@dataclass
class Connect:
    """Make clients that speak to the sandbox and are closed with the test."""

    sandbox: Sandbox
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __call__(self, provider: str, **settings: Any) -> OrgClient:
        return await self.stack.enter_async_context(OrgClient(self.provider(provider, **settings)))

    def provider(self, provider: str, **settings: Any) -> Flat | Logto:
        from orgsdk.providers import Flat, Logto

        if provider == "flat":
            return Flat(**{"token": self.sandbox.flat.token, "base_url": self.sandbox.flat_url, **settings})
        logto = self.sandbox.logto
        own = {"endpoint": self.sandbox.logto_url, "app_id": logto.app_id, "app_secret": logto.app_secret}
        return Logto(**{**own, **settings})

    def organization_id(self, provider: str) -> str:
        return str(getattr(self.sandbox, provider).organization_id)


@pytest.fixture(scope="session")
def provider_hosts() -> set[str]:
    """Return where the providers are: whatever goes there has to be documented."""
    return {"api.flat.io"}


@pytest.fixture(scope="session")
def running_sandbox(provider_hosts: set[str]) -> Iterator[Sandbox]:
    from orgsdk.sandbox import Sandbox

    sandbox = Sandbox()
    sandbox.start()
    provider_hosts |= {urlsplit(url).netloc for url in (sandbox.flat_url, sandbox.logto_url)}
    yield sandbox
    sandbox.stop()


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Iterator[Sandbox]:
    """Return the run's sandbox, seeded anew, with an empty log."""
    running_sandbox.reset()
    logto = running_sandbox.logto
    # `reset` leaves the settings of the Logto server as a test has turned them.
    kept = {name: getattr(logto, name) for name in ("clock", "token_ttl", "rate_limit")}
    yield running_sandbox
    logto.applications.clear()
    for name, value in kept.items():
        setattr(logto, name, value)


@pytest.fixture
async def connect(sandbox: Sandbox) -> AsyncIterator[Connect]:
    """Return what makes a client of "flat" or of "logto", with other settings where given."""
    connect = Connect(sandbox)
    async with connect.stack:
        yield connect


@pytest.fixture
async def flat(connect: Connect) -> OrgClient:
    return await connect("flat")


@pytest.fixture
async def logto(connect: Connect) -> OrgClient:
    return await connect("logto")


@pytest.fixture(params=["flat", "logto"])
async def either(request: pytest.FixtureRequest, connect: Connect) -> Connected:
    """Return one provider after the other, for what has to be the same on both."""
    name = str(request.param)
    client, organization_id = await connect(name), connect.organization_id(name)
    largest_page = {"flat": 1000, "logto": 100}[name]
    return Connected(name, client, client.organization(organization_id), organization_id, largest_page)


# The official documents


class Documents:
    """Say what is wrong with a request, by the providers' official documents."""

    def __init__(self, specs: Path) -> None:
        import yaml

        # The C loader reads the document in a tenth of the time; it is in every wheel of PyYAML.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        self.flat = _Document(yaml.load((specs / _FLAT).read_bytes(), loader), "/v2")
        self.logto = _Document(json.loads((specs / _LOGTO).read_bytes()), "")
        self._known: dict[tuple[object, ...], str | None] = {}

    def problem(self, outgoing: OutgoingRequest, hosts: set[str]) -> str | None:
        """Return what is wrong, None where nothing is, or where the request is for no provider."""
        url = urlsplit(outgoing.url)
        headers = {name.lower(): value for name, value in outgoing.headers}
        if outgoing.authorization is not None:
            headers["authorization"] = outgoing.authorization.get_secret_value()
        # The same requests are sent by many tests; to check one takes milliseconds.
        key: tuple[object, ...] = (outgoing.method, url.path, url.query, outgoing.body, url.netloc in hosts)
        key += tuple(headers.get(name, "").partition(" ")[0] for name in ("authorization", "content-type"))
        if key not in self._known:
            found = self._problem(outgoing, url.path, url.query, headers, known_host=url.netloc in hosts)
            self._known[key] = f"{outgoing.method} {url.path}?{url.query}: {found}" if found else None
        return self._known[key]

    def _problem(
        self, outgoing: OutgoingRequest, path: str, query: str, headers: dict[str, str], *, known_host: bool
    ) -> str | None:
        if path == "/oidc/token":
            return _token_problem(outgoing, query, headers)
        document = self.logto if path.startswith("/api/") else self.flat if path.startswith("/v2/") else None
        if document is None:
            return "no document has this path" if known_host else None
        if not headers.get("authorization", "").startswith("Bearer "):
            return "no bearer token"
        return document.problem(outgoing.method, path, query, headers.get("content-type", ""), outgoing.body)


class _Document:
    def __init__(self, document: dict[str, Any], base_path: str) -> None:
        from openapi_core import OpenAPI
        from openapi_core.configurations import Config

        self._document = _usable(document)
        self._server = self._document["servers"][0]["url"].removesuffix(base_path)
        # What is not documented in a body is refused; `None` spares the check of the document itself.
        config = Config(spec_validator_cls=None, additional_properties_default_policy="forbid")
        self._openapi = OpenAPI.from_dict(self._document, config=config)
        self._templates = [
            (_as_regex(base_path + template), item) for template, item in self._document["paths"].items()
        ]

    def problem(self, method: str, path: str, query: str, content_type: str, body: bytes | None) -> str | None:
        from openapi_core.exceptions import OpenAPIError

        pairs = parse_qsl(query, keep_blank_values=True)
        undocumented = self._undocumented(method.lower(), path, pairs)
        if undocumented is not None:
            return undocumented
        request = _request(method.lower(), self._server, path, pairs, content_type, body)
        try:
            self._openapi.validate_request(request)
        except OpenAPIError as error:
            return f"{error} {error.__cause__ or ''}".strip()
        return None

    def _undocumented(self, method: str, path: str, pairs: list[tuple[str, str]]) -> str | None:
        """Return what openapi-core lets pass: a parameter of no known name, and one that is repeated."""
        none: dict[str, Any] = {}
        item = next((item for regex, item in self._templates if regex.fullmatch(path) and method in item), none)
        parameters = [*item.get("parameters", ()), *item.get(method, {}).get("parameters", ())]
        schemas = {p["name"]: p.get("schema", {}) for p in map(self._resolve, parameters) if p["in"] == "query"}
        names = [name for name, _ in pairs]
        # The members of an exploded object are parameters of their own (style `form`): Logto's `search_params`.
        free = any(schema.get("type") == "object" for schema in schemas.values())
        if item and not free:
            for name in names:
                if name not in schemas:
                    return f"query parameter {name} is not documented"
                if names.count(name) > 1 and schemas[name].get("type") != "array":
                    return f"query parameter {name} is repeated and no array"
        return None

    def _resolve(self, found: dict[str, Any]) -> dict[str, Any]:
        while "$ref" in found:
            target: Any = self._document
            for part in found["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            found = target
        return found


def _usable(node: Any) -> Any:
    """Return the document without what openapi-core cannot check: OAuth 2, Logto's patterns and its empty strings.

    The patterns are JavaScript literals such as `/^#.../i` (facts/logto.md, section 8). A string "or an empty one", a
    format that nobody knows, is one of two that overlap, where `oneOf` would have no text be valid, and null is
    said of both together.
    """
    if isinstance(node, dict):
        alternatives = node.get("oneOf", ())
        if any(isinstance(said, dict) and said.get("format") == "empty" for said in alternatives):
            rest = {key: value for key, value in node.items() if key not in {"oneOf", "type"}}
            nullable = {"nullable": node.get("nullable", False)}
            node = {**rest, "anyOf": [{**said, **nullable} for said in alternatives]}
        return {
            key: _usable(value)
            for key, value in node.items()
            if key != "security" and not (key == "pattern" and isinstance(value, str) and value.startswith("/"))
        }
    return [_usable(item) for item in node] if isinstance(node, list) else node


def _as_regex(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(re.escape(part) for part in re.split(r"\{[^}]+\}", template)))


def _request(
    method: str, server: str, path: str, pairs: list[tuple[str, str]], content_type: str, body: bytes | None
) -> Any:
    from openapi_core.testing import MockRequest
    from werkzeug.datastructures import ImmutableMultiDict

    request = MockRequest(server, method, path, data=body, content_type=content_type)
    request.parameters.query = ImmutableMultiDict(pairs)
    return request


def _token_problem(outgoing: OutgoingRequest, query: str, headers: dict[str, str]) -> str | None:
    """Return what is wrong with a token request, by facts/logto.md, section 1: no document has it."""
    if outgoing.method != "POST" or query:
        return "not a POST without a query"
    if headers.get("content-type") != "application/x-www-form-urlencoded":
        return "not a form"
    if not headers.get("authorization", "").startswith("Basic "):
        return "no basic credentials"
    pairs = parse_qsl((outgoing.body or b"").decode(), keep_blank_values=True, strict_parsing=True)
    form = dict(pairs)
    resource = form.pop("resource", "")
    if form != _TOKEN_FORM or len(pairs) != 3 or not re.fullmatch(r"https://[^/]+/api", resource):
        return "not grant_type, resource and scope"
    return None


def specs_folder(root: Path) -> Path:
    return Path(os.environ.get("ORGSDK_SHARED") or root.parent / "shared") / "specs"


@pytest.fixture(scope="session")
def documents_if_any(pytestconfig: pytest.Config) -> Documents | None:
    specs = specs_folder(pytestconfig.rootpath)
    return Documents(specs) if all((specs / name).is_file() for name in (_FLAT, _LOGTO)) else None


@pytest.fixture(scope="session")
def documents(documents_if_any: Documents | None) -> Documents:
    if documents_if_any is None:
        pytest.skip("requests are not validated: the official documents are not in ../shared/specs (ORGSDK_SHARED)")
    return documents_if_any


@pytest.fixture(scope="session")
def recordings(pytestconfig: pytest.Config) -> list[dict[str, Any]]:
    """Return the request/response pairs that were recorded of a real Logto."""
    file = specs_folder(pytestconfig.rootpath) / "logto-recordings.jsonl"
    if not file.is_file():
        pytest.skip("the recordings of a real Logto are not in ../shared/specs (ORGSDK_SHARED)")
    return [json.loads(line) for line in file.read_text("utf-8").splitlines()]


@pytest.fixture(scope="session")
def validating(
    documents_if_any: Documents | None, provider_hosts: set[str]
) -> Callable[[], AbstractContextManager[None]]:
    """Return what validates every request of a client within a `with` block, and fails at its end."""

    @contextmanager
    def validated() -> Iterator[None]:
        problems: list[str] = []

        def watch(original: Callable[[Any, OutgoingRequest], Any]) -> Callable[[Any, OutgoingRequest], Any]:
            async def send(backend: object, outgoing: OutgoingRequest) -> Response:
                # Noted and reported at the end: an error raised here could be swallowed by the code under test.
                problem = documents_if_any and documents_if_any.problem(outgoing, provider_hosts)
                if problem:
                    problems.append(problem)
                return await original(backend, outgoing)  # type: ignore[no-any-return]

            return send

        with pytest.MonkeyPatch.context() as patch:
            for kind in (HttpcoreBackend, HttpxClientBackend):
                patch.setattr(kind, "send", watch(kind.send))
            yield
        if problems:
            pytest.fail("Not as the provider documents it (or mark the test `undocumented`):\n" + "\n".join(problems))

    return validated


@pytest.fixture(autouse=True)
def _every_request_is_documented(
    request: pytest.FixtureRequest, validating: Callable[[], AbstractContextManager[None]]
) -> Iterator[None]:
    if request.node.get_closest_marker("undocumented"):
        yield
        return
    with validating():
        yield


# What the proofs counted


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if COUNTS:
        terminalreporter.section("counted")
        for line in COUNTS:
            terminalreporter.write_line(line)
