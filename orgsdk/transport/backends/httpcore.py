"""Backend over httpcore, the engine below httpx: a stack of the client's own connections. Private to orgsdk."""

from __future__ import annotations

import math
from contextlib import suppress
from importlib import import_module
from time import monotonic
from typing import TYPE_CHECKING, Any

import anyio
from anyio import BrokenResourceError, ClosedResourceError, EndOfStream
from anyio.abc import SocketAttribute
from anyio.streams.tls import TLSAttribute, TLSStream

from orgsdk.errors import ConfigurationError
from orgsdk.responses import Headers
from orgsdk.transport.backends.base import (
    NEW_CONNECTION_STATUSES,
    RequestBody,
    UnreadBytes,
    decompress,
    read_body,
)
from orgsdk.transport.backends.proxy import proxy_for
from orgsdk.transport.request import Response

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable
    from types import ModuleType

    import httpcore
    import httpx
    from anyio.abc import ByteStream, SocketStream

    from orgsdk.transport.backends.base import OutgoingRequest
    from orgsdk.transport.backends.proxy import Proxy

_CONNECT_SECONDS = 10.0
# Logto closes a connection after about 6 s idle (facts/logto.md, section 9).
_KEEPALIVE_SECONDS = 5.0
# The deadline of the call is enforced by the pipeline. Only connecting has a timeout here, so that a host that does not
# answer is reported as "not sent".
_TIMEOUTS = {"connect": _CONNECT_SECONDS}
# Only a new connection reports its progress. On an open one, httpcore's ten reports would take time for nothing.
_OPEN = {"timeout": _TIMEOUTS}
# What asyncio reads at once. httpcore asks for less, and each further read takes a round of the event loop.
_READ_BYTES = 256 * 1024
# Without a content length a server may wait for the body of these methods: RFC 9110, section 8.6.
_METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})


class HttpcoreBackend:
    """Send requests over a stack of single connections. The connection used last is used next.

    A pool of many connections takes time in the square of their number; a stack behind the concurrency limiter does
    not (docs/architecture.md, decision 9). Requests do not pass httpx's client: it logs whole URLs,
    searches for an email address among them, and its request and response objects take more time than all of orgsdk's
    layers.

    Args:
        base_url: The provider's address.
        max_body: Limit of a response body in bytes.
        library: ``httpx`` or ``httpx2``; the engine is the one that comes with it.

    Raises:
        ConfigurationError: The environment names a proxy that is not supported.
    """

    def __init__(self, base_url: str, *, max_body: int, library: str = "httpx") -> None:
        library_module = import_module(library)
        # httpx installs it, in a version that fits.
        self._core = import_module(library.replace("httpx", "httpcore"))
        self._max_body = max_body
        end = base_url.find("/", base_url.index("://") + 3)
        self._origin_length = len(base_url) if end < 0 else end
        # Parsed once per client: parsing takes 20 µs.
        url: httpx.URL = library_module.URL(base_url[: self._origin_length])
        self._host = (b"Host", url.netloc)
        self._parts = {"scheme": url.raw_scheme, "host": url.raw_host, "port": url.port}
        self._origin: httpcore.Origin = self._core.URL(**self._parts, target=b"/").origin
        tls: ssl.SSLContext | None = library_module.create_ssl_context() if url.scheme == "https" else None
        self.proxy: Proxy | None = proxy_for(base_url)
        self.reads_environment: bool = False
        self._factory = _connection_factory(library_module, self._core, self.proxy, tls)
        self._idle: list[_Connection] = []
        self._closed = False

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Return the complete response. See `Backend.send`."""
        connection = await self._take()
        unread = connection.unread
        request = self._request(outgoing, is_new=unread is None)
        is_complete = False
        try:
            response = await connection.engine.handle_async_request(request)
            if unread is None:
                connection.unread = unread = UnreadBytes(response)
                connection.shorten_path(self._origin)
            content = await read_body(response, self._max_body, unread)
            is_complete = response.status not in NEW_CONNECTION_STATUSES
        finally:
            if is_complete and not self._closed and connection.engine.is_idle():
                connection.expires_at = monotonic() + _KEEPALIVE_SECONDS
                self._idle.append(connection)
            else:
                # A connection that broke, holds unread bytes after a cancellation, or was refused, is not reused.
                await _discard(connection)
                await outgoing.progress.close_unfinished()
        headers = Headers(tuple([(_decode_header(name), _decode_header(value)) for name, value in response.headers]))
        return Response(
            response.status, headers, decompress(content, headers.get("content-encoding") or "", self._max_body)
        )

    async def aclose(self) -> None:
        """Close every idle connection. Those in use close when their response is read."""
        self._closed = True
        interrupted: BaseException | None = None
        while self._idle:
            try:
                await self._idle.pop().aclose()
            except BaseException as error:  # asyncio's own cancellation ignores anyio's shield
                interrupted = error  # close the others first
        if interrupted is not None:
            raise interrupted

    async def _take(self) -> _Connection:
        while self._idle:
            connection = self._idle.pop()
            if not connection.has_expired():
                return connection
            await _discard(connection)
        return _Connection(self._factory.create_connection(self._origin))

    def _request(self, outgoing: OutgoingRequest, *, is_new: bool) -> httpcore.Request:
        secret, body = outgoing.authorization, outgoing.body
        headers = [self._host, *((name.encode(), value.encode()) for name, value in outgoing.headers)]
        if secret is not None:
            headers.append((b"Authorization", secret.get_secret_value().encode()))
        if body or outgoing.method in _METHODS_WITH_BODY:
            headers.append((b"Content-Length", b"%d" % len(body or b"")))
        target = outgoing.url[self._origin_length :].encode() or b"/"
        request: httpcore.Request = self._core.Request(
            outgoing.method,
            self._core.URL(**self._parts, target=target),
            headers=headers,
            content=RequestBody(body or b""),
            extensions={"timeout": _TIMEOUTS, "trace": outgoing.progress.trace} if is_new else _OPEN,
        )
        return request


class _Connection:
    """A connection of the stack. `unread` is None until its first response: the connection is new."""

    __slots__ = ("engine", "expires_at", "unread")

    def __init__(self, engine: httpcore.AsyncConnectionInterface) -> None:
        self.engine = engine
        self.unread: UnreadBytes | None = None
        self.expires_at = math.inf

    def shorten_path(self, origin: httpcore.Origin) -> None:
        """Send later requests to the HTTP/1.1 connection itself, without the locks of httpcore.

        A connection of the stack has one request at a time, so there is nothing to lock. Each of the three locks takes
        a round of the event loop. The objects around it only open the connection. A proxy that forwards requests is
        another origin, and keeps its own object, which rewrites them.
        """
        inner = None if self.unread is None else self.unread.connection
        if inner is not None and inner.can_handle_request(origin):
            inner._state_lock = _NO_LOCK
            self.engine = inner

    def has_expired(self) -> bool:
        """Return whether it was idle for too long, was closed by the server, or has bytes that nobody asked for."""
        # httpcore's own check takes 8 µs, because it looks for the socket each time.
        return monotonic() > self.expires_at or (self.unread is not None and self.unread.have_arrived())

    async def aclose(self) -> None:
        """Close the connection."""
        await self.engine.aclose()


class _NoLock:
    """An async context manager that does nothing."""

    async def __aenter__(self) -> None: ...

    async def __aexit__(self, *_: object) -> None: ...


_NO_LOCK = _NoLock()


async def _discard(connection: _Connection) -> None:
    # A connection that is broken may fail to close, which reveals nothing about the request.
    with anyio.CancelScope(shield=True), suppress(Exception):
        await connection.aclose()


def _connection_factory(
    library: ModuleType, core: ModuleType, proxy: Proxy | None, tls: ssl.SSLContext | None
) -> httpcore.AsyncConnectionPool:
    # A pool that never holds a connection. It creates them, direct or through a proxy.
    settings: dict[str, Any] = {"ssl_context": tls, "network_backend": _NetworkBackend(core)}
    factory: httpcore.AsyncConnectionPool
    if proxy is None:
        factory = core.AsyncConnectionPool(**settings)
        return factory
    url = core.URL(scheme=proxy.scheme.encode(), host=proxy.host.encode(), port=proxy.port, target=b"/")
    if proxy.username is not None and proxy.password is not None:
        credentials = (proxy.username, proxy.password)
        settings["proxy_auth"] = tuple(secret.get_secret_value().encode() for secret in credentials)
    if proxy.scheme == "https":
        settings["proxy_ssl_context"] = tls
    kind = core.AsyncSOCKSProxy if proxy.scheme.startswith("socks") else core.AsyncHTTPProxy
    try:
        factory = kind(proxy_url=url, **settings)
    except RuntimeError:
        package = f"{library.__name__}[socks]"
        raise ConfigurationError(
            f'The SOCKS proxy of {proxy.source} needs one more package: pip install "{package}".'
        ) from None
    return factory


class _NetworkBackend:
    """Open connections. It has the methods of httpcore's `AsyncNetworkBackend`.

    `core` is httpcore or httpcore2, whose exceptions are raised. Its own streams enter a timeout and a generator for
    each read and write. The deadline of the call makes that unnecessary.
    """

    def __init__(self, core: ModuleType) -> None:
        self._core = core

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # httpcore's interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> _NetworkStream:
        """Open a TCP connection. The client sets no local address and no socket options."""
        try:
            with anyio.fail_after(timeout):
                stream = await anyio.connect_tcp(host, port, local_host=local_address)
        except TimeoutError as error:
            raise self._core.ConnectTimeout(error) from error
        except (OSError, BrokenResourceError) as error:
            raise self._core.ConnectError(error) from error
        return _NetworkStream(self._core, stream)

    async def sleep(self, seconds: float) -> None:
        """Wait before httpcore's own retries, which are off."""
        await anyio.sleep(seconds)


class _NetworkStream:
    """An open connection. It has the methods of httpcore's `AsyncNetworkStream`.

    The timeouts that httpcore passes are not used, except for TLS: the deadline of the call ends a read or a write.
    """

    def __init__(self, core: ModuleType, stream: SocketStream | TLSStream) -> None:
        self._core = core
        self._stream: ByteStream = stream
        # A record of TLS has at most 16 KB, and a larger buffer would be allocated for each.
        self._least = 0 if isinstance(stream, TLSStream) else _READ_BYTES

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # as above
        """Return the bytes that have arrived, at least one. Empty if the server has closed the connection."""
        try:
            return await self._stream.receive(max(max_bytes, self._least))
        except EndOfStream:
            return b""
        except (BrokenResourceError, ClosedResourceError) as error:
            raise self._core.ReadError(error) from error

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # as above
        """Send all bytes."""
        if not buffer:
            return
        try:
            await self._stream.send(buffer)
        except (BrokenResourceError, ClosedResourceError) as error:
            raise self._core.WriteError(error) from error

    async def aclose(self) -> None:
        """Close the connection."""
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # as above
    ) -> _NetworkStream:
        """Return the connection with TLS."""
        try:
            with anyio.fail_after(timeout):
                secured = await TLSStream.wrap(
                    self._stream,
                    hostname=server_hostname,
                    ssl_context=ssl_context,
                    standard_compatible=False,
                    server_side=False,
                )
        except TimeoutError as error:
            await self.aclose()
            raise self._core.ConnectTimeout(error) from error
        except (OSError, BrokenResourceError, EndOfStream) as error:  # ssl.SSLError is an OSError
            await self.aclose()
            raise self._core.ConnectError(error) from error
        return _NetworkStream(self._core, secured)

    def get_extra_info(self, info: str) -> Any:
        """Return a part of the connection that httpcore or `UnreadBytes` asks for, or None."""
        match info:
            case "ssl_object":
                return self._stream.extra(TLSAttribute.ssl_object, None)  # noqa: S610  # not Django's
            case "socket":
                return self._stream.extra(SocketAttribute.raw_socket, None)  # noqa: S610  # not Django's
            case _:
                return None


def _decode_header(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return line.decode("latin-1")  # RFC 9110, 5.5
