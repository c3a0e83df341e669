"""The backend protocol, and what the backends share: bodies, decompression, proxies, and muted library loggers.

httpx logs whole URLs, httpcore and httpcore2 every header of an answer, `Link` among them: with a search for a
person's address in it. What is to be told of a request the logger `orgsdk` tells.
"""

from __future__ import annotations

import logging
import zlib
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import anyio

from orgsdk.transport.urls import is_loopback

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
    from types import ModuleType

    from pydantic import SecretStr

    from orgsdk.transport.request import Response


class RequestNotSent(Exception):  # noqa: N818  # a signal between backend and transport, not an error anybody catches
    """Say that the request did not leave; the text says why."""


class ResponseLost(Exception):  # noqa: N818  # as above
    """Say that the request may have arrived and no whole answer came; the text says why."""


class ResponseTimedOut(Exception):  # noqa: N818  # as above
    """Say that the request may have arrived and the answer took too long."""


class ResponseUnreadable(Exception):  # noqa: N818  # as above
    """Say that an answer came which is too large, or whose content encoding is broken."""


@dataclass(frozen=True, slots=True)
class OutgoingRequest:
    """Hold one signed request as bytes go: nothing in it is decided by the HTTP library."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None
    authorization: SecretStr | None

    def __repr__(self) -> str:
        return f"Outgoing({self.method})"


class Backend(Protocol):
    """Send requests through one HTTP library."""

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Give the whole answer, decoded, whatever its status; follow no redirect, keep no cookie.

        Raises `RequestNotSent`, `ResponseLost`, `ResponseTimedOut` or `ResponseUnreadable`.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection that the backend opened."""
        ...


_HTTPCORE_LOGGERS = ("connection", "http11", "http2", "proxy", "socks")
_LOGGER_NAMES = (
    "httpx",
    "httpx2",
    *(f"{core}.{part}" for core in ("httpcore", "httpcore2") for part in _HTTPCORE_LOGGERS),
)
# Found once: to ask for twelve loggers by name at each request took 15 µs of it.
_LOGGERS = tuple(logging.getLogger(name) for name in _LOGGER_NAMES)
_IN_REQUEST: ContextVar[bool] = ContextVar("orgsdk_request_on_its_way", default=False)


@contextmanager
def mute_http_loggers() -> Generator[None]:
    """Have the HTTP libraries log nothing in this context; what others send is logged as ever."""
    for logger in _LOGGERS:
        if _is_outside_request not in logger.filters:
            logger.addFilter(_is_outside_request)
    before = _IN_REQUEST.set(True)
    try:
        yield
    finally:
        _IN_REQUEST.reset(before)


def _is_outside_request(record: logging.LogRecord) -> bool:
    return not _IN_REQUEST.get()


class RequestBody:
    """Give a request's body in one piece.

    The libraries' own are generators: a cancellation while one is sent would leave it suspended, of which trio warns.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> _BodyIterator:
        return _BodyIterator(self._content)


class _BodyIterator:
    def __init__(self, body: bytes) -> None:
        self._left = [body] if body else []

    def __aiter__(self) -> _BodyIterator:
        return self

    async def __anext__(self) -> bytes:
        if not self._left:
            raise StopAsyncIteration
        return self._left.pop()


async def read_body(body: AsyncIterator[bytes], aclose: Callable[[], Awaitable[None]], limit: int) -> bytes:
    """Give the body as it came, still packed, and close it.

    Unpacked later, for a decoder that fails half-way leaves httpcore's generators suspended, of which trio warns.

    Raises `ResponseUnreadable` where it is larger than `limit` bytes.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        async for chunk in body:
            size += len(chunk)
            if size > limit:
                await _abort_reading(body)
                break
            chunks.append(chunk)
    finally:
        await aclose()
    if size > limit:
        raise ResponseUnreadable(f"it is larger than {limit} bytes")
    return b"".join(chunks)


async def _abort_reading(body: AsyncIterator[bytes]) -> None:
    # Ends the reading where it waits: a loop that is merely left would suspend the same generators.
    with anyio.CancelScope() as reading:
        reading.cancel()
        async for _ in body:
            pass


def classify_error(
    error: Exception, *libraries: ModuleType
) -> RequestNotSent | ResponseTimedOut | ResponseLost | ResponseUnreadable | None:
    """Give what an error of one of `libraries`, httpx or its engine, says of the request; None for any other error."""
    reason = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    for library in libraries:
        connecting = (library.ConnectError, library.ConnectTimeout, library.PoolTimeout, library.ProxyError)
        if isinstance(error, (*connecting, library.UnsupportedProtocol)):
            return RequestNotSent(reason)
        if isinstance(error, library.TimeoutException):
            return ResponseTimedOut(reason)
        if isinstance(error, (library.NetworkError, library.ProtocolError)):
            return ResponseLost(reason)
        # Only a client unpacks, where a hook of its own has it read an answer.
        if isinstance(error, getattr(library, "DecodingError", ())):
            return ResponseUnreadable(reason)
    return None


_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


def decompress(packed: bytes, content_encoding: str, limit: int) -> bytes:
    """Give the body without its content encodings.

    Raises `ResponseUnreadable` where it is cut off or damaged, packed in a way that was not asked for, or larger than
    `limit` bytes.
    """
    for encoding in reversed([name.strip().lower() for name in content_encoding.split(",")]):
        match encoding:
            case "" | "identity":
                continue
            case "gzip" | "x-gzip":
                packed = _inflate(packed, _GZIP, limit)
            case "deflate":
                # Some servers leave zlib's header out; its first byte's low half is 8 where it is there (RFC 1950).
                bits = _ZLIB if packed[:1] and packed[0] & 0x0F == 8 else _RAW_DEFLATE
                packed = _inflate(packed, bits, limit)
            case _:
                raise ResponseUnreadable("it is packed in a way that was not asked for")
    return check_size(packed, limit)


def check_size(content: bytes, limit: int) -> bytes:
    """Give the body where it is no larger than `limit` bytes; raises `ResponseUnreadable` where it is."""
    if len(content) > limit:
        raise ResponseUnreadable(f"it is larger than {limit} bytes")
    return content


def _inflate(packed: bytes, bits: int, limit: int) -> bytes:
    if not packed:
        return packed  # an answer without a body may name an encoding all the same
    unpacker = zlib.decompressobj(bits)
    try:
        content = unpacker.decompress(packed, limit + 1)
    except zlib.error:
        raise ResponseUnreadable("its packing is damaged") from None
    check_size(content, limit)
    if not unpacker.eof:
        raise ResponseUnreadable("it is cut off")
    if unpacker.unused_data:
        raise ResponseUnreadable("its packing is damaged")
    return content


def proxy_for(base_url: str) -> str | None:
    """Give the proxy's address, None where requests go straight: to this machine, or where `NO_PROXY` says so.

    Source: `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, as the standard library reads them. An HTTP library's own
    reading of the environment would take sign-ins from a `.netrc` file too.
    """
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    if is_loopback(host) or proxy_bypass(host):
        return None
    return getproxies().get(parts.scheme)
