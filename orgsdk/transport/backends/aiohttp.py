"""Backend over aiohttp, for asyncio only (extra `aiohttp`). Private to orgsdk."""

from __future__ import annotations

import ssl
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from weakref import WeakSet

import aiohttp
from yarl import URL

from orgsdk._before_writing import check_before_writing
from orgsdk.errors import ConfigurationError
from orgsdk.responses import Headers
from orgsdk.transport.backends.base import NEW_CONNECTION_STATUSES, OutgoingRequest, decompress, is_readable
from orgsdk.transport.backends.failures import SIGNALS, AttemptProgress, ResponseUnreadable, failure_of
from orgsdk.transport.backends.proxy import Proxy, proxy_for
from orgsdk.transport.request import Response

if TYPE_CHECKING:
    from aiohttp.tracing import Trace

_CONNECT_SECONDS = 10.0
# Below the 6 s after which Logto closes an idle connection (facts/logto.md, section 9).
_KEEPALIVE_SECONDS = 5.0
# The headers that aiohttp would add by default.
_SKIPPED_HEADERS = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
# The progress of the request that the current task sends, for the connector, which gets no request of ours.
_PROGRESS: ContextVar[AttemptProgress] = ContextVar("orgsdk_progress")


class AiohttpBackend:
    """Send requests through one session, opened with the first request.

    The session's own connection limit is off, because the concurrency limiter is in front of it. Its own retries are
    off too: a DELETE that was silently sent twice would be reported as not found.

    Args:
        base_url: The provider's address.
        max_body: Limit of a response body in bytes.
    """

    def __init__(self, base_url: str, *, max_body: int) -> None:
        self._max_body = max_body
        self.proxy: Proxy | None = proxy_for(base_url)
        self.reads_environment: bool = False
        if self.proxy is not None and self.proxy.scheme.startswith("socks"):
            raise ConfigurationError(
                f"aiohttp does not support the SOCKS proxy of {self.proxy.source}: use httpx or httpx2."
            )
        # aiohttp creates its default context on import, once per process, and ignores later changes of the environment.
        self._ssl = ssl.create_default_context() if urlsplit(base_url).scheme == "https" else True
        self._session: aiohttp.ClientSession | None = None

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Return the complete response. See `Backend.send`."""
        session = self._open()
        secret = outgoing.authorization
        progress = _PROGRESS.set(outgoing.progress)
        try:
            async with session.request(
                outgoing.method,
                # Not re-encoded: aiohttp would unquote what has to stay quoted, such as a cursor's %2B.
                URL(outgoing.url, encoded=True),
                headers=[
                    *outgoing.headers,
                    *([("authorization", secret.get_secret_value())] if secret is not None else []),
                ],
                data=outgoing.body,
                allow_redirects=False,
                **_proxy_settings(self.proxy),
            ) as response:
                content = await self._read(response)
            if response.status in NEW_CONNECTION_STATUSES:
                outgoing.progress.connection.force_close()  # it may be back in the pool: `connect` drops it
        finally:
            _PROGRESS.reset(progress)
        headers = Headers(
            tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
        )
        encoding = headers.get("content-encoding") or ""
        return Response(
            response.status, headers, decompress(content, encoding, self._max_body) if encoding else content
        )

    async def aclose(self) -> None:
        """Close the session and its connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None:
            try:
                connector = _Connector(limit=0, keepalive_timeout=_KEEPALIVE_SECONDS, ssl=self._ssl)
            except RuntimeError:
                raise ConfigurationError("aiohttp works on asyncio only: use httpx or httpx2 on trio.") from None
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_SECONDS),
                auto_decompress=False,
                skip_auto_headers=_SKIPPED_HEADERS,
                middlewares=(_send_once,),
            )
        return self._session

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        chunks: list[bytes] = []
        size = 0
        async for chunk in response.content.iter_any():
            size += len(chunk)
            if size > self._max_body:
                response.close()
                raise ResponseUnreadable(f"it is larger than {self._max_body} bytes")
            chunks.append(chunk)
        return b"".join(chunks)


def _proxy_settings(proxy: Proxy | None) -> dict[str, Any]:
    if proxy is None:
        return {}
    credentials = proxy.authorization
    # `proxy_auth=` is deprecated, and older releases have no function for the header.
    headers = {} if credentials is None else {"Proxy-Authorization": credentials.get_secret_value()}
    return {"proxy": proxy.url, "proxy_headers": headers}


class _Connector(aiohttp.TCPConnector):
    """aiohttp's connections, with the progress of each request and without connections that hold unread bytes."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)  # pyright: ignore[reportUnknownMemberType]  # aiohttp's own annotations
        self._used: WeakSet[object] = WeakSet()

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> aiohttp.connector.Connection:
        progress = _PROGRESS.get()
        progress.is_connecting = True
        connection = await super().connect(req, traces, timeout)
        # A new one may be readable: TLS 1.3 sends session tickets.
        while connection.protocol in self._used and _holds_unread_bytes(connection):
            connection.close()
            connection = await super().connect(req, traces, timeout)
        self._used.add(connection.protocol)
        progress.is_connecting, progress.connection = False, connection.protocol
        check_before_writing.get()()
        return connection


def _holds_unread_bytes(connection: aiohttp.connector.Connection) -> bool:
    # aiohttp looks at its own buffer when it puts a connection back, and no more when it takes it out. `should_close`
    # is also true after `force_close`.
    protocol, transport = connection.protocol, connection.transport
    if protocol is None or transport is None or protocol.should_close:
        return True
    found = transport.get_extra_info("socket")
    return found is not None and is_readable(found.fileno())


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    # aiohttp retries GET, PUT and DELETE if the connection was closed, and has no setting for that. It does not
    # recognize the exceptions that are raised here.
    try:
        return await handler(request)
    except SIGNALS:
        raise
    except Exception as error:
        raise failure_of(error, is_connecting=_PROGRESS.get().is_connecting) from None
