"""Request log: what the sandbox servers received and how they responded."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send


async def read_request(receive: Receive) -> list[Message]:
    """Return the ASGI messages of one request, up to its end or the client's disconnect."""
    messages = [await receive()]
    while messages[-1]["type"] == "http.request" and messages[-1].get("more_body", False):
        messages.append(await receive())
    return messages


def replay(messages: list[Message], receive: Receive) -> Receive:
    """Return a `receive` that yields these messages again and then continues with the original."""
    pending = messages.copy()

    async def replay() -> Message:
        return pending.pop(0) if pending else await receive()

    return replay


def raw_path(scope: Scope) -> str:
    """Return the path as it was sent, percent-encoded."""
    raw: bytes | None = scope.get("raw_path")
    return str(scope["path"]) if raw is None else raw.decode("latin-1")


Provider = Literal["flat", "logto", "workos"]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request as it was sent, with status and headers of its response.

    The repr leaves out headers and bodies, which may have secrets.

    Attributes:
        provider: The server that received it: `flat`, `logto` or `workos`.
        method: HTTP method.
        path: Path as sent, percent-encoded.
        query: Query string as sent, without the question mark.
        headers: Request headers by lowercase name, without `authorization`.
        authorized: Whether the request had an `Authorization` header, accepted or not.
        body: Request body.
        status: Status of the response, or None if the connection ended without one.
        response_headers: Names (lowercase) and values of the response's headers, in order.
    """

    provider: Provider
    method: str
    path: str
    query: str
    headers: dict[str, str] = field(repr=False)
    authorized: bool
    body: bytes = field(repr=False)
    status: int | None
    response_headers: list[tuple[str, str]] = field(repr=False)


class RequestLog:
    """Every exchange, in the order of the responses. Safe to read while the servers run."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._exchanges: list[Exchange] = []
        self._resets = 0

    @property
    def resets(self) -> int:
        """How often the log was cleared together with the requests in progress."""
        return self._resets

    def append(self, exchange: Exchange, *, resets: int | None = None) -> None:
        """Add one exchange.

        Args:
            exchange: The exchange to add.
            resets: `resets` when the request arrived. The exchange is ignored if there was a reset since then.
        """
        with self._lock:
            if resets in {None, self._resets}:
                self._exchanges.append(exchange)

    def clear(self, *, in_progress: bool = False) -> None:
        """Remove every exchange.

        Args:
            in_progress: Ignore the requests in progress too when they end.
        """
        with self._lock:
            self._exchanges.clear()
            self._resets += in_progress

    def __len__(self) -> int:
        with self._lock:
            return len(self._exchanges)

    def __iter__(self) -> Iterator[Exchange]:
        with self._lock:
            snapshot = self._exchanges.copy()
        return iter(snapshot)

    def __getitem__(self, index: int) -> Exchange:
        with self._lock:
            return self._exchanges[index]

    def count(
        self, *, provider: Provider | None = None, method: str | None = None, path_prefix: str | None = None
    ) -> int:
        """Return how many exchanges match all given conditions.

        Args:
            provider: `flat`, `logto` or `workos`.
            method: HTTP method, in any case.
            path_prefix: Start of the path as it was sent.

        Returns:
            The number of matching exchanges.
        """
        return sum(
            (provider is None or exchange.provider == provider)
            and (method is None or exchange.method == method.upper())
            and (path_prefix is None or exchange.path.startswith(path_prefix))
            for exchange in self
        )


class LogMiddleware:
    """Record each exchange of an ASGI app."""

    def __init__(self, app: ASGIApp, log: RequestLog, provider: Provider) -> None:
        self._app = app
        self._log = log
        self._provider: Provider = provider

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        resets = self._log.resets
        # Read the body first, so that a request that is rejected by its headers is recorded as a whole too.
        received = await read_request(receive)
        recorded = False

        def record(status: int | None, response_headers: list[tuple[str, str]]) -> None:
            nonlocal recorded
            recorded = True
            exchange = _build_exchange(self._provider, scope, received, status, response_headers)
            self._log.append(exchange, resets=resets)

        async def observe(message: Message) -> None:
            # Record before sending: a client that has the response must find it in the log.
            if message["type"] == "http.response.start":
                record(message["status"], _decode_headers(message["headers"]))
            await send(message)

        try:
            # Ignore a request whose client disconnected before the end of the body.
            if received[-1]["type"] != "http.disconnect":
                await self._app(scope, replay(received, receive), observe)
        finally:
            if not recorded:
                record(None, [])


def _build_exchange(
    provider: Provider,
    scope: Scope,
    received: list[Message],
    status: int | None,
    response_headers: list[tuple[str, str]],
) -> Exchange:
    headers: dict[str, str] = {}
    for name, value in _decode_headers(scope["headers"]):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Exchange(
        provider=provider,
        method=scope["method"],
        path=raw_path(scope),
        query=scope["query_string"].decode("latin-1"),
        authorized=headers.pop("authorization", None) is not None,
        headers=headers,
        body=b"".join(message.get("body", b"") for message in received),
        status=status,
        response_headers=response_headers,
    )


def _decode_headers(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in headers]
