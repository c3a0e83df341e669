"""httpx behind the seam: our own connections, or a caller's client."""

from __future__ import annotations

import ssl
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio
import httpx

from orgsdk.transport.backend import Lost, NotSent, Outgoing, TimedOut, Unreadable
from orgsdk.transport.base_url import is_loopback
from orgsdk.transport.request import Headers, Response

if TYPE_CHECKING:
    from collections.abc import Generator

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
    log lines show whole URLs, searches for a person's address among them.
    """

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        host = parts.hostname or ""
        self._ssl = httpx.create_ssl_context() if parts.scheme == "https" else _no_tls()
        direct = is_loopback(host) or bool(proxy_bypass(host))
        self._proxy = None if direct else getproxies().get(parts.scheme)
        self._idle: list[httpx.AsyncHTTPTransport] = []
        self._closed = False

    async def send(self, outgoing: Outgoing) -> Response:
        """Give the whole answer; see `Backend.send`."""
        request = httpx.Request(
            outgoing.method,
            outgoing.url,
            headers=list(outgoing.headers),
            content=outgoing.body,
            extensions={"timeout": _TIMEOUT},
        )
        transport = self._idle.pop() if self._idle else self._connect()
        whole = False
        try:
            with _signals():
                response = await transport.handle_async_request(request)
                try:
                    packed = b"".join([chunk async for chunk in response.aiter_raw()])
                finally:
                    await response.aclose()
            whole = True
        finally:
            if whole and not self._closed:
                self._idle.append(transport)
            else:
                # A connection that broke, or was left half-way by a cancellation, is not used again.
                with anyio.CancelScope(shield=True):
                    await transport.aclose()
        return _answer(response, _unpacked(response, packed))

    async def aclose(self) -> None:
        """Close every idle connection, and let those in use close when their answer is read."""
        self._closed = True
        while self._idle:
            await self._idle.pop().aclose()

    def _connect(self) -> httpx.AsyncHTTPTransport:
        return httpx.AsyncHTTPTransport(
            verify=self._ssl,
            limits=httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_KEEPALIVE_SECONDS),
            proxy=self._proxy,
        )


class HttpxClientBackend:
    """Send through a caller's `httpx.AsyncClient`, which stays the caller's to close."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, outgoing: Outgoing) -> Response:
        """Give the whole answer; see `Backend.send`."""
        if self._client.is_closed:
            raise NotSent("your http_client is closed")
        request = httpx.Request(outgoing.method, outgoing.url, headers=list(outgoing.headers), content=outgoing.body)
        request.extensions["timeout"] = self._client.timeout.as_dict()
        with _signals():
            response = await self._client.send(request, auth=_unsigned, follow_redirects=False)
        return _answer(response, response.content)

    async def aclose(self) -> None:
        """Leave the caller's client open."""


def _unsigned(request: httpx.Request) -> httpx.Request:
    # Without this the client would put its own credentials, or a .netrc's, over ours.
    return request


def _no_tls() -> ssl.SSLContext:
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _answer(response: httpx.Response, content: bytes) -> Response:
    return Response(response.status_code, Headers(tuple(response.headers.multi_items())), content)


def _unpacked(response: httpx.Response, packed: bytes) -> bytes:
    # Not while it is read: a decoder that fails half-way leaves httpcore's generators suspended, of which trio warns.
    if "content-encoding" not in response.headers:
        return packed
    with _signals():
        return httpx.Response(response.status_code, headers=response.headers, content=packed).content


@contextmanager
def _signals() -> Generator[None]:
    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        raise NotSent(_reason(error)) from None
    except httpx.UnsupportedProtocol as error:
        raise NotSent(_reason(error)) from None
    except httpx.TimeoutException as error:
        raise TimedOut(_reason(error)) from None
    except httpx.DecodingError as error:
        raise Unreadable(_reason(error)) from None
    except httpx.TransportError as error:
        raise Lost(_reason(error)) from None


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
