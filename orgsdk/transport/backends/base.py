"""The backend protocol, and what the backends share: bodies, unread bytes, decompression, and muted library loggers.

Private to orgsdk.
"""

from __future__ import annotations

import logging
import select
import ssl
import zlib
from collections.abc import Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from pydantic import SecretStr

from orgsdk.transport.backends.failures import AttemptProgress, ResponseUnreadable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextvars import Token

    import h11

    from orgsdk.transport.backends.proxy import Proxy
    from orgsdk.transport.request import Response

# httpx logs whole URLs, and httpcore every response header, `Link` among them: a search for an email address is in
# them.
_HTTPCORE_LOGGERS = ("connection", "http11", "http2", "proxy", "socks")
_LOGGER_NAMES = (
    "httpx",
    "httpx2",
    *(f"{core}.{part}" for core in ("httpcore", "httpcore2") for part in _HTTPCORE_LOGGERS),
)
# Looked up once: twelve lookups by name took 15 µs of each request.
_LOGGERS = tuple(logging.getLogger(name) for name in _LOGGER_NAMES)
_IN_REQUEST: ContextVar[bool] = ContextVar("orgsdk_in_request", default=False)

# The connection of these responses is not used again: a retry has to use a new one (RFC 9110, sections 15.5.9 and
# 15.5.20: "request timeout", "misdirected request").
NEW_CONNECTION_STATUSES = frozenset({408, 421})

_GZIP, _ZLIB, _RAW_DEFLATE = 31, 15, -15


@dataclass(slots=True)
class OutgoingRequest:
    """One request as it is sent, with all headers. The HTTP library adds nothing to it."""

    method: str
    url: str
    headers: Sequence[tuple[str, str]]
    body: bytes | None
    authorization: SecretStr | None
    progress: AttemptProgress = field(default_factory=AttemptProgress)

    def __repr__(self) -> str:
        return f"OutgoingRequest({self.method})"


class Backend(Protocol):
    """Send requests through one HTTP library.

    `proxy` is the proxy of the environment that they pass, None if there is none. `reads_environment` is whether a
    caller's client may pass that proxy too, which it does not report.
    """

    proxy: Proxy | None
    reads_environment: bool

    async def send(self, outgoing: OutgoingRequest) -> Response:
        """Return the complete response, decompressed, error responses included. Follow no redirect, keep no cookie.

        Report in `outgoing.progress` that the request is not written yet, if that is certain. Raise what the library
        raises: `failure_of` decides what it means for the request.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection that the backend opened."""
        ...


class RequestBody:
    """A request body in one piece.

    The libraries' own bodies are generators: a cancellation during sending would leave one suspended, and trio warns.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> _BodyIterator:
        return _BodyIterator(self._content)


class _BodyIterator:
    def __init__(self, body: bytes) -> None:
        self._pieces = [body] if body else []

    def __aiter__(self) -> _BodyIterator:
        return self

    async def __anext__(self) -> bytes:
        if not self._pieces:
            raise StopAsyncIteration
        return self._pieces.pop()


async def read_body(response: Any, limit: int, unread: UnreadBytes, *, reuse: bool = True) -> bytes:
    """Return the body of a response of httpx or httpcore as received, still compressed, and close the response.

    `unread` is that of the response's connection. Without `reuse` the connection is closed too. The body is
    decompressed afterwards: a decoder that fails halfway leaves httpcore's generators suspended, and trio warns.

    Raises `ResponseUnreadable` if it is larger than `limit` bytes.
    """
    chunks: list[bytes] = []
    size = 0
    try:
        body = aiter(response.stream)
        async for chunk in body:
            size += len(chunk)
            if size > limit:
                await _abort_reading(body)
                break
            chunks.append(chunk)
        else:
            unread.spoil(reuse=reuse)
    finally:
        await response.aclose()
    if size > limit:
        raise ResponseUnreadable(f"it is larger than {limit} bytes")
    return b"".join(chunks)


async def _abort_reading(body: AsyncIterator[bytes]) -> None:
    # A cancelled read ends the generators below. Leaving the loop would suspend them.
    with anyio.CancelScope() as reading:
        reading.cancel()
        async for _ in body:
            pass


# The path from the stream of a response of httpx or httpcore to the connection: each of them wraps the next.
_WRAPPERS = ("_connection", "_stream", "_httpcore_stream")
_DEEPEST = 8


class UnreadBytes:
    """Look for bytes that one connection holds behind the response that was read to its end.

    The next request on such a connection would take them as its response (docs/architecture.md, decision 5). Bytes
    that arrive later make the socket readable, which is checked before a connection is reused: here or by
    httpcore's pool.

    Args:
        response: Any response of the connection, of httpx, httpx2, httpcore or httpcore2.
    """

    __slots__ = ("_secured", "_socket", "connection")

    def __init__(self, response: Any) -> None:
        # HTTP/2 and a transport without connections have no such connection: there is nothing to be mixed up.
        self.connection: Any = _connection_of(response.stream)
        stream = response.extensions.get("network_stream")
        self._secured = None if stream is None else stream.get_extra_info("ssl_object")
        self._socket = None if stream is None else stream.get_extra_info("socket")

    def have_arrived(self) -> bool:
        """Return whether bytes have arrived since the response was read, or the server has closed the connection."""
        return self._socket is None or is_readable(self._socket.fileno())

    def spoil(self, *, reuse: bool = True) -> None:
        """Make httpcore close the connection if it holds further bytes, or without `reuse` in any case.

        Call it before the response is closed.
        """
        if self.connection is not None and (not reuse or self._found()):
            self.connection._h11_state.send_failed()  # h11's own way to end the use of a connection

    async def close(self, *, reuse: bool = True) -> None:
        """Close the connection, as `spoil` does, for a response that other code read and closed."""
        if self.connection is not None and self.connection.is_idle() and (not reuse or self._found()):
            await self.connection.aclose()

    def _found(self) -> bool:
        parser: h11.Connection = self.connection._h11_state
        return bool(parser.trailing_data[0]) or (self._secured is not None and _holds_decrypted_bytes(self._secured))


def _connection_of(stream: object) -> Any:
    # Neither library gives access to it in public; `test_unread.py` fails if they change.
    for _ in range(_DEEPEST):
        if hasattr(stream, "_h11_state"):
            return stream
        inner = (getattr(stream, name, None) for name in _WRAPPERS)
        stream = next((found for found in inner if found is not None), None)
    return None


def _holds_decrypted_bytes(secured: Any) -> bool:
    # A record behind the response may be in OpenSSL's buffer, where the socket does not show it.
    try:
        secured.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True  # closed by the server, or damaged
    return True


def is_readable(descriptor: int) -> bool:
    """Return whether a socket has bytes to read, or was closed by the server."""
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([descriptor], [], [], 0)[0])
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return bool(poll.poll(0))


def decompress(content: bytes, content_encoding: str, limit: int) -> bytes:
    """Return a body without its content encodings (RFC 9110, section 8.4).

    Raises `ResponseUnreadable` if it is truncated or damaged, has an encoding that was not requested, or is larger than
    `limit` bytes.
    """
    for encoding in reversed([name.strip().lower() for name in content_encoding.split(",")]):
        match encoding:
            case "" | "identity":
                continue
            case "gzip" | "x-gzip":
                content = _inflate(content, _GZIP, limit)
            case "deflate":
                # Some servers omit zlib's header. If it is there, the low half of its first byte is 8 (RFC 1950).
                bits = _ZLIB if content[:1] and content[0] & 0x0F == 8 else _RAW_DEFLATE
                content = _inflate(content, bits, limit)
            case _:
                raise ResponseUnreadable("its encoding was not requested")
    return check_size(content, limit)


def check_size(content: bytes, limit: int) -> bytes:
    """Return the body, or raise `ResponseUnreadable` if it is larger than `limit` bytes."""
    if len(content) > limit:
        raise ResponseUnreadable(f"it is larger than {limit} bytes")
    return content


def _inflate(content: bytes, bits: int, limit: int) -> bytes:
    if not content:
        return content  # a response without a body may name an encoding
    decompressor = zlib.decompressobj(bits)
    try:
        inflated = decompressor.decompress(content, limit + 1)
    except zlib.error:
        raise ResponseUnreadable("its compression is damaged") from None
    check_size(inflated, limit)
    if not decompressor.eof:
        raise ResponseUnreadable("it is truncated")
    if decompressor.unused_data:
        raise ResponseUnreadable("its compression is damaged")
    return inflated


class MutedHttpLoggers:
    """Mute the HTTP libraries' loggers within this context. What other code logs through them is not affected."""

    __slots__ = ("_token",)
    _token: Token[bool]

    def __enter__(self) -> None:
        for logger in _LOGGERS:
            if _is_outside_request not in logger.filters:
                logger.addFilter(_is_outside_request)
        self._token = _IN_REQUEST.set(True)

    def __exit__(self, *_: object) -> None:
        _IN_REQUEST.reset(self._token)


def _is_outside_request(record: logging.LogRecord) -> bool:
    return not _IN_REQUEST.get()
