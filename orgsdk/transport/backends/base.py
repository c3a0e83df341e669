"""The backend protocol, and what the backends share: bodies, decompression, and muted library loggers.

Private to orgsdk.
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import anyio
from pydantic import SecretStr

from orgsdk.transport.backends.failures import AttemptProgress, ResponseUnreadable
from orgsdk.transport.backends.unread import spoil, spoil_if_unread

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Generator

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


@dataclass(frozen=True, slots=True)
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
    """Send requests through one HTTP library."""

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


async def read_body(response: Any, limit: int, *, reuse: bool = True) -> bytes:
    """Return the body of a response of httpx or httpcore as received, still compressed, and close the response.

    Without `reuse` its connection is closed too. It is decompressed afterwards: a decoder that fails halfway leaves
    httpcore's generators suspended, and trio warns.

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
            if reuse:
                spoil_if_unread(response)
            else:
                spoil(response)
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


@contextmanager
def mute_http_loggers() -> Generator[None]:
    """Mute the HTTP libraries' loggers within this context. What other code logs through them is not affected."""
    for logger in _LOGGERS:
        if _is_outside_request not in logger.filters:
            logger.addFilter(_is_outside_request)
    token = _IN_REQUEST.set(True)
    try:
        yield
    finally:
        _IN_REQUEST.reset(token)


def _is_outside_request(record: logging.LogRecord) -> bool:
    return not _IN_REQUEST.get()
