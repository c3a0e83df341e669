"""Backend over httpcore, the engine below httpx: a stack of the client's own connections."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

import anyio

from orgsdk.errors import ConfigurationError
from orgsdk.transport.backends.base import RequestBody, classify_error, decompress, proxy_for, read_body
from orgsdk.transport.request import Headers, Response

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterable
    from types import ModuleType

    import httpcore
    import httpx

    from orgsdk.transport.backends.base import OutgoingRequest

_CONNECT_SECONDS = 10.0
# Logto closes a connection after about 6 s idle (facts/logto.md, section 9).
_KEEPALIVE_SECONDS = 5.0
# The whole call has a deadline of its own, in `Transport`; only connecting is bounded here, so that a host that
# does not answer is known as "not sent".
_EXTENSIONS = {"timeout": {"connect": _CONNECT_SECONDS}}
# RFC 9110, 8.6: of these a server may wait for a body where no length is told.
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class HttpcoreBackend:
    """Send over a stack of single connections.

    One pool of many connections works in the square of them; a stack behind our own limiter does not (DESIGN.md,
    decision 9). The last connection used is the first used again. Requests go past httpx's client, whose log lines
    show whole URLs, searches for a person's address among them, and past its objects for requests and answers, which
    take more time than all of our own layers. `max_body` bounds an answer in bytes; `library` is the name of the one
    whose engine it is.
    """

    def __init__(self, base_url: str, *, max_body: int, library: str = "httpx") -> None:
        httpx_or_2 = import_module(library)
        # Comes with httpx, in the version that it asks for.
        self._core = import_module(library.replace("httpx", "httpcore"))
        # respx, which stands in for the engine in tests, raises httpx's errors.
        self._raising = (self._core, httpx_or_2)
        self._max_body = max_body
        end = base_url.find("/", base_url.index("://") + 3)
        self._origin_length = len(base_url) if end < 0 else end
        # Parsed once a client: to parse each request's takes 20 µs.
        url: httpx.URL = httpx_or_2.URL(base_url[: self._origin_length])
        self._host = (b"Host", url.netloc)
        self._parts = {"scheme": url.raw_scheme, "host": url.raw_host, "port": url.port}
        self._origin: httpcore.Origin = self._core.URL(**self._parts, target=b"/").origin
        tls: ssl.SSLContext | None = httpx_or_2.create_ssl_context() if url.scheme == "https" else None
        self._maker = _connection_factory(httpx_or_2, self._core, proxy_for(base_url), tls)
        self._idle: list[httpcore.AsyncConnectionInterface] = []
        self._closed = False

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Give the whole answer; see `Backend.send`."""
        request = self._request(outgoing)
        connection = await self._take()
        whole = False
        try:
            response = await connection.handle_async_request(request)
            body = aiter(cast("AsyncIterable[bytes]", response.stream))
            content = await read_body(body, response.aclose, self._max_body)
            whole = True
        except Exception as error:
            signal = classify_error(error, *self._raising)
            if signal is None:
                raise
            raise signal from None
        finally:
            if whole and not self._closed and connection.is_idle():
                self._idle.append(connection)
            else:
                # A connection that broke, or was left half-way by a cancellation, is not used again.
                with anyio.CancelScope(shield=True):
                    await connection.aclose()
        headers = Headers(tuple([(_decode_header(name), _decode_header(value)) for name, value in response.headers]))
        return Response(
            response.status, headers, decompress(content, headers.get("content-encoding") or "", self._max_body)
        )

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

    async def _take(self) -> httpcore.AsyncConnectionInterface:
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():  # nor has the server closed it meanwhile
                return connection
            with anyio.CancelScope(shield=True):
                await connection.aclose()
        return self._maker.create_connection(self._origin)

    def _request(self, outgoing: OutgoingRequest) -> httpcore.Request:
        secret, body = outgoing.authorization, outgoing.body
        headers = [self._host, *((name.encode(), value.encode()) for name, value in outgoing.headers)]
        if secret is not None:
            headers.append((b"Authorization", secret.get_secret_value().encode()))
        if body or outgoing.method in _METHODS_WITH_BODY:
            headers.append((b"Content-Length", b"%d" % len(body or b"")))
        target = outgoing.url[self._origin_length :].encode() or b"/"
        made: httpcore.Request = self._core.Request(
            outgoing.method,
            self._core.URL(**self._parts, target=target),
            headers=headers,
            content=RequestBody(body or b""),
            extensions=_EXTENSIONS,
        )
        return made


def _connection_factory(
    library: ModuleType, core: ModuleType, proxy: str | None, tls: ssl.SSLContext | None
) -> httpcore.AsyncConnectionPool:
    # A pool that never holds a connection: it knows how to make one, straight or by way of a proxy.
    settings = {"ssl_context": tls, "keepalive_expiry": _KEEPALIVE_SECONDS}
    made: httpcore.AsyncConnectionPool
    if proxy is None:
        made = core.AsyncConnectionPool(**settings)
        return made
    try:
        by: httpx.Proxy = library.Proxy(proxy)
    except ValueError:
        scheme = proxy.partition("://")[0]
        raise ConfigurationError(
            f"The environment names a proxy of the scheme {scheme!r}: name one of http, https, socks5 or socks5h."
        ) from None
    url = core.URL(scheme=by.url.raw_scheme, host=by.url.raw_host, port=by.url.port, target=by.url.raw_path)
    kind = core.AsyncSOCKSProxy if by.url.scheme.startswith("socks") else core.AsyncHTTPProxy
    try:
        made = kind(proxy_url=url, proxy_auth=by.raw_auth, **settings)
    except RuntimeError:
        package = f"{library.__name__}[socks]"
        raise ConfigurationError(
            f'The environment names a SOCKS proxy, which needs one more package: pip install "{package}".'
        ) from None
    return made


def _decode_header(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # RFC 9110, 5.5
