"""The way between client and server in memory: one exchange at a time, each with what befalls it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from email.utils import formatdate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio

from orgsdk.transport.backends.base import decompress
from orgsdk.transport.request import Headers, Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from anyio.abc import TaskGroup
    from starlette.types import Message

    from orgsdk.transport.backends.base import OutgoingRequest
    from tests.reliability.servers import SimulatedServers

    Befall = Callable[["Exchange"], Awaitable["Wire"]]

_LIMIT = 8 * 1024 * 1024
LATENCY = 0.01


@dataclass(frozen=True, slots=True)
class Wire:
    """Hold an answer as its bytes came."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        """Give the first line of that name."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def with_headers(self, *added: tuple[str, str]) -> Wire:
        """Give it with these lines in the place of those of their names."""
        names = {name.lower() for name, _ in added}
        kept = tuple(line for line in self.headers if line[0].lower() not in names)
        return replace(self, headers=kept + added)

    def plain(self) -> Wire:
        """Give it without a content encoding."""
        content = decompress(self.body, self.header("content-encoding") or "", _LIMIT)
        kept = tuple(line for line in self.headers if line[0].lower() not in {"content-encoding", "content-length"})
        return replace(self, headers=kept, body=content)


@dataclass(slots=True, eq=False)
class Exchange:
    """Hold one request on its way, and let a fault decide what becomes of it."""

    network: Network
    number: int
    outgoing: OutgoingRequest

    async def run(self, *, authorization: str | None = None) -> Wire:
        """Have the server carry it out and give the answer."""
        return await self.network.serve(self.outgoing, authorization)

    def run_later(self, seconds: float) -> None:
        """Have the server carry it out some time after the connection is gone."""
        self.network.late(self.outgoing, seconds)

    @property
    def is_token(self) -> bool:
        """Tell whether a token is asked for."""
        return self.outgoing.url.endswith("/oidc/token")


async def nothing(exchange: Exchange) -> Wire:
    """Let the exchange happen as it should."""
    return await exchange.run()


@dataclass(slots=True, eq=False)
class Network:
    """Carry requests to a world's server: a `Backend`.

    `plan` says what befalls the exchange of a number, counted from 1.
    """

    world: SimulatedServers
    tasks: TaskGroup
    plan: Callable[[Exchange], Befall] = field(default=lambda _: nothing)
    sent: int = 0
    flying: int = 0
    most_flying: int = 0
    outgoing: list[OutgoingRequest] = field(default_factory=list)
    befallen: list[str] = field(default_factory=list)
    _late: int = 0

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Give the answer, or raise as a backend does."""
        self.sent += 1
        self.outgoing.append(outgoing)
        exchange = Exchange(self, self.sent, outgoing)
        befall = self.plan(exchange)
        self.flying += 1
        self.most_flying = max(self.most_flying, self.flying)
        try:
            await anyio.sleep(LATENCY)
            wire = await befall(exchange)
            await anyio.sleep(LATENCY)
        finally:
            self.flying -= 1
        encoding = wire.header("content-encoding") or ""
        return Response(wire.status, Headers(wire.headers), decompress(wire.body, encoding, _LIMIT))

    async def aclose(self) -> None:
        """Close nothing."""

    def late(self, outgoing: OutgoingRequest, seconds: float) -> None:
        """Have the server carry out a request whose sender is gone."""
        self._late += 1

        async def carry_out() -> None:
            await anyio.sleep(seconds)
            try:
                await self.serve(outgoing, None)
            finally:
                self._late -= 1

        self.tasks.start_soon(carry_out)

    async def settle(self) -> None:
        """Wait until the server has carried out all that reached it."""
        while self._late:  # noqa: ASYNC110  # virtual time: nothing is polled
            await anyio.sleep(1)

    async def serve(self, outgoing: OutgoingRequest, authorization: str | None) -> Wire:
        """Run the server's app on a request."""
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
        asked = [{"type": "http.request", "body": outgoing.body or b"", "more_body": False}]
        answered: list[Message] = []

        async def receive() -> Message:
            return asked.pop() if asked else {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            answered.append(message)

        await self.world.app(scope, receive, send)
        lines = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in answered[0]["headers"])
        # As the server does that stands around the app.
        lines += (("date", formatdate(self.world.now(), usegmt=True)),)
        return Wire(answered[0]["status"], lines, b"".join(message.get("body", b"") for message in answered[1:]))
