"""The network between client and server in memory: one exchange at a time, each with an optional fault."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio

from orgsdk.responses import Headers
from orgsdk.transport.backends.base import decompress
from orgsdk.transport.request import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.abc import TaskGroup
    from starlette.types import Message

    from orgsdk.transport.backends.base import OutgoingRequest
    from orgsdk.transport.backends.proxy import Proxy
    from tests.reliability.servers import SimulatedServers

    Injection = Callable[["Exchange"], Awaitable["Wire"]]

_LIMIT = 8 * 1024 * 1024
LATENCY = 0.01


@dataclass(frozen=True, slots=True)
class Wire:
    """A response as its bytes."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Return the first value of a header."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def with_headers(self, *added: tuple[str, str]) -> Wire:
        """Return the response with these headers replaced."""
        names = {name.lower() for name, _ in added}
        kept = tuple(line for line in self.headers if line[0].lower() not in names)
        return replace(self, headers=kept + added)

    def plain(self) -> Wire:
        """Return the response without a content encoding."""
        content = decompress(self.body, self.header("content-encoding") or "", _LIMIT)
        kept = tuple(line for line in self.headers if line[0].lower() not in {"content-encoding", "content-length"})
        return replace(self, headers=kept, body=content)


@dataclass(slots=True, eq=False)
class Exchange:
    """One request in flight, which a fault can change."""

    network: Network
    number: int
    outgoing: OutgoingRequest

    async def run(self, *, authorization: str | None = None) -> Wire:
        """Let the server execute the request, and return the response."""
        return await self.network.serve(self.outgoing, authorization)

    def sent_secrets(self) -> list[str]:
        """Return the credentials and the body that the request was sent with."""
        authorization = self.outgoing.authorization
        sent = "" if authorization is None else authorization.get_secret_value()
        return [sent, sent.partition(" ")[2], (self.outgoing.body or b"").decode("latin-1")]

    def run_later(self, seconds: float) -> None:
        """Let the server execute the request some time after the connection is gone."""
        self.network.late(self.outgoing, seconds)

    @property
    def is_token(self) -> bool:
        """Return whether this is a token request."""
        return self.outgoing.url.endswith("/oidc/token")


async def no_fault(exchange: Exchange) -> Wire:
    """Let the exchange happen without a fault."""
    return await exchange.run()


@dataclass(slots=True, eq=False)
class Network:
    """A `Backend` that sends requests to a simulated server.

    `plan` returns the fault of an exchange. Exchanges are numbered from 1.
    """

    servers: SimulatedServers
    tasks: TaskGroup
    proxy: Proxy | None = None
    reads_environment: bool = False
    plan: Callable[[Exchange], Injection] = field(default=lambda _: no_fault)
    sent: int = 0
    in_flight: int = 0
    max_in_flight: int = 0
    outgoing: list[OutgoingRequest] = field(default_factory=list)
    injected: list[str] = field(default_factory=list)
    _late: int = 0

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Return the response, or raise as a backend does."""
        self.sent += 1
        self.outgoing.append(outgoing)
        exchange = Exchange(self, self.sent, outgoing)
        inject = self.plan(exchange)
        self.in_flight += 1
        self.max_in_flight = max(self.max_in_flight, self.in_flight)
        try:
            await anyio.sleep(LATENCY)
            wire = await inject(exchange)
            await anyio.sleep(LATENCY)
        finally:
            self.in_flight -= 1
        encoding = wire.header("content-encoding") or ""
        return Response(wire.status, Headers(wire.headers), decompress(wire.body, encoding, _LIMIT))

    async def aclose(self) -> None:
        """Close nothing."""

    def late(self, outgoing: OutgoingRequest, seconds: float) -> None:
        """Let the server execute a request whose sender is gone."""
        self._late += 1

        async def execute() -> None:
            await anyio.sleep(seconds)
            try:
                await self.serve(outgoing, None)
            finally:
                self._late -= 1

        self.tasks.start_soon(execute)

    def secrets(self) -> set[str]:
        """Return the credentials that the client was given or has sent."""
        sent = {each.authorization.get_secret_value() for each in self.outgoing if each.authorization is not None}
        given = {self.servers.flat.token, self.servers.logto.app_secret, self.servers.workos.api_key}
        given.add(self.servers.scim.token)
        return given | sent | {value.partition(" ")[2] for value in sent}

    async def settle(self) -> None:
        """Wait until the server has executed every request."""
        while self._late:  # noqa: ASYNC110  # virtual time: nothing is polled
            await anyio.sleep(1)

    async def serve(self, outgoing: OutgoingRequest, authorization: str | None) -> Wire:
        """Run the server's app for a request."""
        url = urlsplit(outgoing.url)
        headers = [(name.lower().encode(), value.encode("latin-1")) for name, value in outgoing.headers]
        headers.append((b"host", url.netloc.encode()))
        if authorization is None and outgoing.authorization is not None:
            authorization = outgoing.authorization.get_secret_value()
        if authorization is not None:
            headers.append((b"authorization", authorization.encode()))
        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": outgoing.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.path.encode(),
            "query_string": url.query.encode(),
            "root_path": "",
            "headers": headers,
            "server": (url.hostname, 80),
            "client": ("192.0.2.1", 1),
        }
        incoming = [{"type": "http.request", "body": outgoing.body or b"", "more_body": False}]
        messages: list[Message] = []

        async def receive() -> Message:
            return incoming.pop() if incoming else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            messages.append(message)

        await self.servers.app(scope, receive, send)
        lines = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in messages[0]["headers"])
        # The real server around the app adds this header.
        lines += (("date", formatdate(self.servers.now(), usegmt=True)),)
        return Wire(messages[0]["status"], lines, b"".join(message.get("body", b"") for message in messages[1:]))
