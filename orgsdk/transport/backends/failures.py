"""Failures of an attempt: what an exception of any HTTP library means for the request. Private to orgsdk.

Nothing here imports an HTTP library: exceptions are recognized by the names of their classes.
"""

from __future__ import annotations

import ssl
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import anyio

from orgsdk._before_writing import check_before_writing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


class RequestNotSent(Exception):  # noqa: N818  # a signal between backend and transport, not an error for callers
    """The request was not sent. The text states why.

    `retryable` is False if every further attempt would fail in the same way. `advice` is what to do, if that is known.
    """

    def __init__(self, reason: str, *, retryable: bool = True, advice: str | None = None) -> None:
        super().__init__(reason)
        self.retryable = retryable
        self.advice = advice


class ResponseLost(Exception):  # noqa: N818  # as above
    """The request may have arrived, and no complete response was received. The text states why."""


class ResponseTimedOut(Exception):  # noqa: N818  # as above
    """The request may have arrived, and the response took too long."""


class ResponseUnreadable(Exception):  # noqa: N818  # as above
    """The response is too large, or its content encoding is damaged."""


SIGNALS = (RequestNotSent, ResponseLost, ResponseTimedOut, ResponseUnreadable)

# Classes of httpx, httpx2, httpcore, httpcore2 and aiohttp. Their own subclasses have these among their base classes.
_NOT_SENT = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "ProxyError",
        "UnsupportedProtocol",
        "ClientConnectorError",
        "ConnectionTimeoutError",
        "ClientHttpProxyError",
    }
)
_TIMED_OUT = frozenset({"TimeoutException", "TimeoutError"})
# Only a caller's own client decompresses, if a hook of theirs makes it read a response.
_UNREADABLE = frozenset({"DecodingError"})
# Their texts help to find a cause and contain nothing of the request. A `LocalProtocolError` quotes the header that it
# refuses, aiohttp quotes whole URLs, and an unknown exception may quote anything.
_SAFE_TEXTS = frozenset(
    {"ConnectError", "ProxyError", "NetworkError", "RemoteProtocolError", "TimeoutException", "DecodingError"}
)
_CERTIFICATE_ADVICE = "set SSL_CERT_FILE to a file with the certificate of its issuer"


@dataclass(slots=True)
class AttemptProgress:
    """How far an attempt got, as far as its backend reports it.

    A backend that reports nothing, such as a caller's own `httpx` transport, may have sent the request. Only a backend
    that reports that it is connecting has not.
    """

    is_connecting: bool = False
    connection: Any = None  # of aiohttp
    _stream: Any = None

    async def trace(self, event: str, details: Mapping[str, Any]) -> None:
        """Follow an httpcore connection. It calls this as the request's extension ``trace``, before each step.

        Source: https://www.encode.io/httpcore/extensions/ (``trace``).
        """
        if event.endswith((".connect_tcp.started", ".connect_unix_socket.started")):
            self.is_connecting = True
        elif event.endswith((".connect_tcp.complete", ".connect_unix_socket.complete")):
            self._stream = details["return_value"]
        elif event.endswith(".send_request_headers.started") and details["request"].method != b"CONNECT":
            self.is_connecting = False
            check_before_writing.get()()

    async def close_unfinished(self) -> None:
        """Close the socket of a connection that was not completed: httpcore leaves it open if it is cancelled."""
        if self.is_connecting and self._stream is not None:
            with anyio.CancelScope(shield=True), suppress(Exception):
                await self._stream.aclose()


def failure_of(
    error: Exception, *, is_connecting: bool
) -> RequestNotSent | ResponseLost | ResponseTimedOut | ResponseUnreadable:
    """Return what an exception that a backend raised means for the request.

    Any exception before the request was written is "not sent", and an unknown one afterwards is "lost": the provider
    may have carried it out.
    """
    if isinstance(error, SIGNALS):
        return error
    error = _first_of(error)
    names = {kind.__name__ for kind in type(error).__mro__}
    name = type(error).__name__
    reason = f"{name}: {error}" if names & _SAFE_TEXTS and str(error) else name
    if is_connecting or names & _NOT_SENT:
        # A certificate that is refused now is refused again.
        is_refused = any(isinstance(cause, ssl.SSLCertVerificationError) for cause in _causes(error))
        return RequestNotSent(reason, retryable=not is_refused, advice=_CERTIFICATE_ADVICE if is_refused else None)
    if names & _TIMED_OUT:
        return ResponseTimedOut(reason)
    return ResponseUnreadable(reason) if names & _UNREADABLE else ResponseLost(reason)


def _first_of(error: Exception) -> Exception:
    """Return the first exception of a group, because connecting runs in task groups."""
    if not isinstance(error, ExceptionGroup):
        return error
    return _first_of(cast("ExceptionGroup[Exception]", error).exceptions[0])


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield the exception and those that it was raised from, by the library's own account."""
    for _ in range(10):
        if error is None:
            return
        yield error
        # aiohttp keeps the cause as an attribute.
        for inner in (getattr(error, "certificate_error", None), getattr(error, "os_error", None)):
            if isinstance(inner, BaseException):
                yield inner
        error = error.__cause__ or error.__context__
