"""The last middleware: headers and User-Agent, the HTTP backend, and the events of each attempt."""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from orgsdk._version import __version__
from orgsdk.errors import DecodeError, NotSentError, OrgError, RequestTimeoutError, TransportError
from orgsdk.events import AttemptFailed, RequestSent, ResponseReceived
from orgsdk.transport.backends.base import (
    OutgoingRequest,
    RequestNotSent,
    ResponseLost,
    ResponseTimedOut,
    ResponseUnreadable,
    mute_http_loggers,
)
from orgsdk.transport.request import AttemptStage

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.backends.base import Backend
    from orgsdk.transport.request import Call, CallNext, Response

# Names operation, status, attempt, duration and request id, and nothing else (DESIGN.md, decision 12).
_LOGGER = logging.getLogger("orgsdk")


HeaderLines: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _HeaderCache:
    """Hold the headers that a caller chose, and the lines that they make; neither is shown, for keys may be in them."""

    chosen: HeaderLines = field(repr=False)
    lines: HeaderLines = field(repr=False)


class SendMiddleware:
    """Send by the backend that `open_backend` makes when the first request leaves; nothing is onward of this.

    `request_id_header` is where an answer carries the provider's id of the request. A client that crossed a fork is
    refused: parent and child would read each other's answers from one connection.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        open_backend: Callable[[], Backend],
        request_id_header: str | None,
    ) -> None:
        self._provider = provider
        self._base_url = base_url
        self._headers: _HeaderCache | None = None
        self._open_backend = open_backend
        self._request_id_header = request_id_header
        self._backend: Backend | None = None
        self._process = 0
        self._closed = False

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Give the answer whatever its status.

        Raises `NotSentError`, `RequestTimeoutError` or `TransportError` where none came, and `DecodeError` where
        it is too large or its encoding is broken.
        """
        self.refuse_unusable(call.request.operation)
        backend = self._ready()
        outgoing = self._outgoing(call)
        call.attempt += 1
        call.stage = AttemptStage.SENT
        if call.has_listeners:
            call.emit(RequestSent(provider=self._provider, operation=call.request.operation, attempt=call.attempt))
        began = time.perf_counter()
        try:
            with mute_http_loggers():
                response = await backend.send(outgoing)
        except (RequestNotSent, ResponseTimedOut, ResponseLost, ResponseUnreadable) as signal:
            error = self._error(call, signal)
        else:
            call.stage = AttemptStage.ANSWERED
            self._tell_answer(call, response, time.perf_counter() - began)
            return response
        self._tell_failure(call, error, time.perf_counter() - began)
        # Raised outside the handler: the library's own error, and with it its view of the request, stays behind.
        raise error

    async def aclose(self) -> None:
        """Close the backend; nothing is sent from now on."""
        self._closed = True
        # After a fork the connections are the parent's: to end TLS on one of them here would end it there.
        if self._backend is not None and self._process == os.getpid():
            await self._backend.aclose()

    def refuse_unusable(self, operation: str) -> None:
        """Raise `NotSentError` where the client is closed, or lived through a fork: no wait will mend that."""
        if self._closed:
            raise NotSentError(
                "the client is closed: call it within its `async with`, or make another.",
                provider=self._provider,
                operation=operation,
            )
        if self._backend is not None and self._process != os.getpid():
            why = "the client was used before this process was forked: make one in each process."
            raise NotSentError(why, provider=self._provider, operation=operation)

    def request_id(self, response: Response) -> str | None:
        """Give the provider's id of the request, None where it tells none."""
        return None if self._request_id_header is None else response.headers.get(self._request_id_header)

    def _ready(self) -> Backend:
        if self._backend is None:
            self._backend = self._open_backend()
            self._process = os.getpid()
        return self._backend

    def _outgoing(self, call: Call) -> OutgoingRequest:
        url = self._base_url + call.request.target
        headers = self._headers_with(call.options.headers)
        if call.request.content_type is not None:
            headers = (*headers, ("content-type", call.request.content_type))
        return OutgoingRequest(
            call.request.method,
            url,
            headers,
            call.request.body,
            call.authorization,
        )

    def _headers_with(self, chosen: HeaderLines) -> HeaderLines:
        if self._headers is None or chosen is not self._headers.chosen:  # most calls of a client have the same options
            self._headers = _HeaderCache(chosen, _with_default_headers(chosen))
        return self._headers.lines

    def _error(
        self, call: Call, signal: RequestNotSent | ResponseTimedOut | ResponseLost | ResponseUnreadable
    ) -> OrgError:
        told = {"provider": self._provider, "operation": call.request.operation}
        match signal:
            case RequestNotSent():
                return NotSentError(f"could not connect to {self._base_url} ({signal}).", **told)
            case ResponseTimedOut():
                return RequestTimeoutError(f"no answer in time ({signal}).", **told)
            case ResponseLost():
                return TransportError(f"the connection broke ({signal}).", **told)
            case ResponseUnreadable():
                return DecodeError(f"the answer cannot be unpacked ({signal}).", **told)

    def _tell_answer(self, call: Call, response: Response, duration: float) -> None:
        request_id = self.request_id(response)
        if call.has_listeners:
            call.emit(
                ResponseReceived(
                    provider=self._provider,
                    operation=call.request.operation,
                    attempt=call.attempt,
                    status_code=response.status,
                    duration=duration,
                    request_id=request_id,
                )
            )
        _LOGGER.debug(
            "%s %s: %d, attempt %d, %.0f ms, request %s",
            self._provider,
            call.request.operation,
            response.status,
            call.attempt,
            duration * 1000,
            request_id,
        )

    def _tell_failure(self, call: Call, error: OrgError, duration: float) -> None:
        call.emit(
            AttemptFailed(
                provider=self._provider,
                operation=call.request.operation,
                attempt=call.attempt,
                error=type(error).__name__,
                duration=duration,
            )
        )
        _LOGGER.debug(
            "%s %s: %s, attempt %d, %.0f ms",
            self._provider,
            call.request.operation,
            type(error).__name__,
            call.attempt,
            duration * 1000,
        )


def _with_default_headers(chosen: HeaderLines) -> HeaderLines:
    own = [("accept", "application/json"), ("accept-encoding", "gzip, deflate")]
    if not any(name.lower() == "user-agent" for name, _ in chosen):
        own.append(("user-agent", f"orgsdk/{__version__}"))
    return (*own, *chosen)
