"""SCIM servers that nobody here wrote: scim2-server in this process, and its features as a test wants them."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
from scim2_models import ScimProvider, ServiceProviderConfig
from scim2_server.memory import InMemoryStorage
from scim2_server.service import ScimService
from scim2_server.testserver.application import BearerTokenApplication
from scim2_server.utils import (
    load_default_resource_types,
    load_default_schemas,
    load_default_service_provider_config,
)

from orgsdk import OrgClient
from orgsdk.providers import SCIM
from tests.mock_http import mock_client

if TYPE_CHECKING:
    from collections.abc import Callable

# It logs what clients send, which the checks of secrets would find.
logging.getLogger("scim2_server").setLevel(logging.CRITICAL)

TOKEN = "tok-0123456789-of-the-scim-server"
URL = "https://scim.example.com"
# A server as `--service-provider-config` makes it.
CURSORS = {"pagination": {"cursor": True, "index": True, "defaultPaginationMethod": "index", "maxPageSize": 1000}}
WITHOUT_PATCH = {"patch": {"supported": False}}

DISCOVERY = {"GET /ServiceProviderConfig", "GET /ResourceTypes", "GET /Schemas"}
# What servers announce, which takes them longer than all requests of a test.
_ANNOUNCED: dict[tuple[str, str], httpx.Response] = {}


@cache
def _provider(features: str) -> ScimProvider:
    config = load_default_service_provider_config().model_dump()
    config.update(json.loads(features))
    return ScimProvider.from_discovery(
        load_default_schemas().values(),
        load_default_resource_types().values(),
        config=ServiceProviderConfig.model_validate(config),
    )


@dataclass
class Peer:
    """scim2-server in this process, with the requests that it received, and what a test does to its responses."""

    features: dict[str, Any] = field(default_factory=dict)
    root: str = ""  # what the path of the service starts with
    received: list[httpx.Request] = field(default_factory=list)
    # Called with each request before it is carried out, and with its response after it. A response replaces the real
    # one, and an exception is raised.
    before: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    after: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda _, response: response

    def __post_init__(self) -> None:
        provider = _provider(json.dumps(self.features))
        service = ScimService(provider, secret="of-the-cursors")
        self.storage = InMemoryStorage()
        self.app = BearerTokenApplication(self.storage, provider, service=service, bearer_tokens=[TOKEN])
        self._transport = httpx.WSGITransport(self.app, raise_app_exceptions=True)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        early = self.before(request)
        if early is not None:
            return early
        return self.after(request, self._carry_out(request))

    def _carry_out(self, request: httpx.Request) -> httpx.Response:
        known = (json.dumps(self.features), request.url.path)
        if known not in _ANNOUNCED:
            url = request.url.copy_with(raw_path=request.url.raw_path.removeprefix(self.root.encode()))
            passed = httpx.Request(request.method, url, headers=request.headers, content=request.content)
            response = self._transport.handle_request(passed)
            assert isinstance(response.stream, httpx.SyncByteStream)
            whole = httpx.Response(response.status_code, headers=response.headers, content=b"".join(response.stream))
            if f"GET {request.url.path}" not in DISCOVERY:
                return whole
            _ANNOUNCED[known] = whole
        return _ANNOUNCED[known]

    @property
    def token(self) -> str:
        """Return the token that the server accepts."""
        return TOKEN

    @property
    def calls(self) -> list[str]:
        """Return the requests that were received, without ids and queries, and without discovery."""
        found = [f"{request.method} /{request.url.path.split('/')[1]}" for request in self.received]
        return [call for call in found if call not in DISCOVERY]

    def client(self, **options: Any) -> OrgClient[SCIM]:
        """Return a client of the server. Enter it, so that the provider asks what the server supports."""
        settings = {name: options.pop(name) for name in ("server",) if name in options}
        http = mock_client(self.handle)
        return OrgClient(SCIM(URL, token=TOKEN, http_client=http, **settings), **options)
