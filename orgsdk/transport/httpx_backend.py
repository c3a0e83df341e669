"""httpx, or httpx2 by the same interface, behind the seam: our own connections, or a caller's client."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio

from orgsdk.errors import ConfigurationError
from orgsdk.transport.backend import Lost, NotSent, Outgoing, TimedOut, Unreadable
from orgsdk.transport.proxy import proxy_for
from orgsdk.transport.request import Headers, Response
from orgsdk.transport.unpacking import unpack

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator
    from types import ModuleType

    import httpx

_CONNECT_SECONDS = 10.0
# Logto closes a connection after about 6 s idle (facts/logto.md, section 9).
_KEEPALIVE_SECONDS = 5.0
# The whole call has a deadline of its own, in `Transport`; only connecting is bounded here, so that a host that
# does not answer is known as "not sent".
_TIMEOUT = {"connect": _CONNECT_SECONDS, "read": None, "write": None, "pool": None}


class HttpxBackend:
    """Send over a stack of single-connection transports.

    One pool of many connections works in the square of them; a stack behind our own limiter does not (DESIGN.md,
    decision 9). The last connection used is the first used again. Requests go past `httpx.AsyncClient`, whose
    log lines show whole URLs, searches for a person's address among them. `max_body` bounds an answer in bytes;
    `library` is the name of the one to load.
    """

    def __init__(self, base_url: str, *, max_body: int, library: str = "httpx") -> None:
        self._library = import_module(library)
        self._max_body = max_body
        self._ssl = self._library.create_ssl_context() if urlsplit(base_url).scheme == "https" else _no_tls()
        self._proxy = proxy_for(base_url)
        self._origin = _Origin.of(self._library, base_url) if self._proxy is None else None
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._closed = False

    async def send(self, outgoing: Outgoing) -> Response:
        """Give the whole answer; see `Backend.send`."""
        request = _request(self._library, outgoing, self._origin)
        request.extensions["timeout"] = _TIMEOUT
        transport = self._idle.pop() if self._idle else self._connect()
        whole = False
        try:
            with _signals(self._library):
                response = await transport.handle_async_request(request)
                answer = await _read(response, self._max_body)
            whole = True
        finally:
            if whole and not self._closed:
                self._idle.append(transport)
            else:
                # A connection that broke, or was left half-way by a cancellation, is not used again.
                with anyio.CancelScope(shield=True):
                    await transport.aclose()
        return answer.unpacked(self._max_body)

    async def aclose(self) -> None:
        """Close every idle connection, and let those in use close when their answer is read."""
        self._closed = True
        stopped: BaseException | None = None
        while self._idle:
            try:
                await self._idle.pop().aclose()
            except BaseException as error:  # asyncio's own cancellation knows no shield
                stopped = error  # the others are closed all the same
        if stopped is not None:
            raise stopped

    def _connect(self) -> httpx.AsyncHTTPTransport:
        made: httpx.AsyncHTTPTransport = self._library.AsyncHTTPTransport(
            verify=self._ssl,
            limits=self._library.Limits(
                max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEPALIVE_SECONDS
            ),
            proxy=self._proxy,
        )
        return made


class HttpxClientBackend:
    """Send through a caller's `AsyncClient` of httpx or httpx2, which stays the caller's to close.

    Raises `ConfigurationError` where it is a client of neither.
    """

    def __init__(self, client: httpx.AsyncClient, *, max_body: int) -> None:
        self._client = client
        self._library = _library_of(client)
        self._max_body = max_body

    async def send(self, outgoing: Outgoing) -> Response:
        """Give the whole answer; see `Backend.send`."""
        if self._client.is_closed:
            raise NotSent("your http_client is closed")
        request = _request(self._library, outgoing)
        request.extensions["timeout"] = self._client.timeout.as_dict()
        with _signals(self._library):
            response = await self._client.send(request, stream=True, auth=_unsigned, follow_redirects=False)
            answer = await _read(response, self._max_body)
        return answer.unpacked(self._max_body)

    async def aclose(self) -> None:
        """Leave the caller's client open."""


def _library_of(client: object) -> ModuleType:
    # A caller's class may derive from either library's.
    roots = [kind.__module__.partition(".")[0] for kind in type(client).__mro__]
    for name in ("httpx", "httpx2"):
        if name in roots and isinstance(client, import_module(name).AsyncClient):
            return import_module(name)
    raise ConfigurationError(f"http_client is a {type(client).__name__}: pass an AsyncClient of httpx or httpx2.")


@dataclass(frozen=True, slots=True)
class _Origin:
    """Hold the part that all of a client's addresses have in common, parsed once: to parse each takes httpx 20 µs."""

    url: httpx.URL
    length: int

    @classmethod
    def of(cls, library: ModuleType, base_url: str) -> _Origin | None:
        """Give the origin of `base_url`; None where the library's core is too old to take a target apart from it.

        By way of a proxy it must not be used: httpcore would ask the proxy itself for that target.
        """
        core = import_module(library.__name__.replace("httpx", "httpcore"))
        if core.Request("GET", "http://localhost/", extensions={"target": b"/x"}).url.target != b"/x":
            return None
        end = base_url.find("/", base_url.index("://") + 3)
        length = len(base_url) if end < 0 else end
        return cls(library.URL(base_url[:length]), length)


def _request(library: ModuleType, outgoing: Outgoing, origin: _Origin | None = None) -> httpx.Request:
    # The signed header goes from the secret straight into httpx's own object, which does not show it.
    secret = outgoing.authorization
    request: httpx.Request = library.Request(
        outgoing.method,
        outgoing.url if origin is None else origin.url,
        extensions=None if origin is None else {"target": outgoing.url[origin.length :].encode() or b"/"},
        headers=[*outgoing.headers, *([("authorization", secret.get_secret_value())] if secret is not None else [])],
        content=outgoing.body,
    )
    if outgoing.body:
        # httpx's own body is a generator: a cancellation while it is sent would leave that suspended, of which trio
        # warns.
        body = _body_class(library)()
        body.content = outgoing.body
        request.stream = body
    return request


@cache
def _body_class(library: ModuleType) -> Any:
    def pieces(body: Any) -> _Pieces:
        return _Pieces(body.content)

    return type("Body", (library.AsyncByteStream,), {"__aiter__": pieces})


class _Pieces:
    def __init__(self, body: bytes) -> None:
        self._left = [body]

    def __aiter__(self) -> _Pieces:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


def _unsigned(request: httpx.Request) -> httpx.Request:
    # Without this the client would put its own credentials, or a .netrc's, over ours.
    return request


def _no_tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass(frozen=True, slots=True)
class _Packed:
    status: int
    headers: Headers
    content: bytes
    is_packed: bool = True

    def unpacked(self, limit: int) -> Response:
        encoding = (self.headers.get("content-encoding") or "") if self.is_packed else ""
        return Response(self.status, self.headers, unpack(self.content, encoding, limit))


async def _read(response: httpx.Response, limit: int) -> _Packed:
    headers = Headers(tuple(response.headers.multi_items()))
    if response.is_stream_consumed:
        # A hook of the caller's client has read it already, and unpacked it (or their transport had it in memory).
        return _Packed(response.status_code, headers, response.content, is_packed=False)
    # Raw, and unpacked later: a decoder that fails half-way leaves httpcore's generators suspended, of which trio
    # warns.
    chunks: list[bytes] = []
    size = 0
    body = response.aiter_raw()
    try:
        async for chunk in body:
            size += len(chunk)
            if size > limit:
                await _stop(body)
                break
            chunks.append(chunk)
    finally:
        await response.aclose()
    if size > limit:
        raise Unreadable(f"it is larger than {limit} bytes")
    return _Packed(response.status_code, headers, b"".join(chunks))


async def _stop(body: AsyncIterator[bytes]) -> None:
    # Ends the reading where it waits: a loop that is merely left would suspend the same generators.
    with anyio.CancelScope() as reading:
        reading.cancel()
        async for _ in body:
            pass


@contextmanager
def _signals(library: ModuleType) -> Generator[None]:
    try:
        yield
    except (
        library.ConnectError,
        library.ConnectTimeout,
        library.PoolTimeout,
        library.ProxyError,
        library.UnsupportedProtocol,
    ) as error:
        raise NotSent(_reason(error)) from None
    except library.TimeoutException as error:
        raise TimedOut(_reason(error)) from None
    except library.TransportError as error:
        raise Lost(_reason(error)) from None
    except library.DecodingError as error:
        raise Unreadable(_reason(error)) from None


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
