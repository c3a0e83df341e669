"""The whole pipeline over a provider in memory, on virtual time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import TYPE_CHECKING, Any, Protocol

import anyio
import pytest
from pydantic import SecretStr

from orgsdk.errors import RateLimitError
from orgsdk.options import CallOptions
from orgsdk.responses import RateLimit
from orgsdk.transport import (
    BearerToken,
    Headers,
    ProviderProblem,
    Request,
    Response,
    Safety,
    Transport,
    parse_epoch_seconds,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.transport.backends.base import OutgoingRequest
    from orgsdk.transport.backends.proxy import Proxy

READ = Request("list_things", "GET", "/things")
CREATE = Request("create_thing", "POST", "/things", safety=Safety.UNSAFE, body=b"{}", content_type="application/json")
REPLACE = Request("replace_thing", "PUT", "/things/1", safety=Safety.IDEMPOTENT, expects_json=False)
REMOVE = Request("remove_thing", "DELETE", "/things/1", safety=Safety.IDEMPOTENT, expects_json=False)

Step = Response | Exception | Callable[["OutgoingRequest"], Any]


def reply(status: int = 200, body: bytes = b"{}", **headers: str) -> Response:
    lines = [("content-type", "application/json"), *((name.replace("_", "-"), text) for name, text in headers.items())]
    return Response(status, Headers(tuple(lines)), body)


async def hang(outgoing: OutgoingRequest) -> Response:
    await anyio.sleep_forever()
    raise AssertionError


@dataclass
class Script:
    """A backend that returns the steps in order, the last one repeatedly, and records the time of each request."""

    steps: tuple[Step, ...]
    latency: float = 0.0
    proxy: Proxy | None = None
    reads_environment: bool = False
    sent: list[float] = field(default_factory=list)
    outgoing: list[OutgoingRequest] = field(default_factory=list)
    started: float = field(default_factory=anyio.current_time)

    async def send(self, outgoing: OutgoingRequest) -> Response:
        step = self.steps[min(len(self.sent), len(self.steps) - 1)]
        self.sent.append(anyio.current_time() - self.started)
        self.outgoing.append(outgoing)
        await anyio.sleep(self.latency)
        found = step(outgoing) if callable(step) else step
        if isawaitable(found):
            found = await found
        if isinstance(found, Exception):
            raise type(found)(*found.args)
        assert isinstance(found, Response)
        return found

    async def aclose(self) -> None:
        """Do nothing."""


@dataclass
class Wire:
    """A transport with a scripted backend."""

    transport: Transport
    script: Script

    async def send(self, request: Request = READ, **options: Any) -> Response:
        return await self.transport.with_options(CallOptions(**options)).send(request)


class Connect(Protocol):
    def __call__(self, *steps: Step, latency: float = 0.0, **settings: Any) -> Wire: ...


def read_problem(response: Response) -> ProviderProblem:
    """Read Flat's error format: a 403 may be a rate limit."""
    body = response.json_object()
    limited = response.status == 403 and body.get("code") == "API_RATE_LIMIT_EXCEEDED"
    return ProviderProblem(
        str(body.get("message", "no explanation")),
        kind=RateLimitError if limited else None,
        resets_at=parse_epoch_seconds(response.headers.get("x-ratelimit-reset")),
        request_id=response.headers.get("x-request-id"),
        is_own=True,
    )


def read_rate_limit(response: Response) -> RateLimit | None:
    left = response.headers.get("x-ratelimit-remaining")
    return None if left is None else RateLimit(limit=None, remaining=int(left), resets_at=None)


@pytest.fixture
def anyio_backend(virtual_time: tuple[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    return virtual_time


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Connect:
    """Return a function that creates a transport with a scripted backend."""

    def make(*steps: Step, latency: float = 0.0, **settings: Any) -> Wire:
        script = Script(steps or (reply(),), latency)
        defaults: dict[str, Any] = {
            "provider": "acme",
            "base_url": "http://provider.localhost",
            "auth": BearerToken(SecretStr("t0ken")),
            "read_problem": read_problem,
            "read_rate_limit": read_rate_limit,
            "request_id_header": "x-request-id",
        }
        transport = Transport(**{**defaults, **settings})
        monkeypatch.setattr(transport._sender, "_open_backend", lambda: script)
        return Wire(transport, script)

    return make
