"""The last middleware: headers and User-Agent, the HTTP backend, the client's owner, and the events of each attempt.

Private to orgsdk.
"""

from __future__ import annotations

import logging
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

from anyio.lowlevel import RunVar

from orgsdk._distribution import __version__
from orgsdk.errors import DecodeError, NotSentError, OrgError, RequestTimeoutError, TransportError
from orgsdk.events import AttemptFailed, RequestSent, ResponseReceived
from orgsdk.transport.backends.base import MutedHttpLoggers, OutgoingRequest
from orgsdk.transport.backends.failures import (
    RequestNotSent,
    ResponseLost,
    ResponseTimedOut,
    ResponseUnreadable,
    failure_of,
)
from orgsdk.transport.backends.proxy import proxy_of_environment
from orgsdk.transport.redaction import redact
from orgsdk.transport.request import AttemptStage

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.backends.base import Backend
    from orgsdk.transport.redaction import CallSecrets
    from orgsdk.transport.request import Call, CallNext, Response

# Logs operation, status, attempt, duration and request id, and nothing else (docs/architecture.md, decision 12).
_LOGGER = logging.getLogger("orgsdk")

HeaderLines: TypeAlias = tuple[tuple[str, str], ...]

_LOOP: RunVar[object] = RunVar("orgsdk_loop")


class ClientOwner:
    """Record the process and the event loop of a client's first call, and report a call from another.

    Connections, locks and the times of a token belong to one event loop. After a fork, parent and child would read each
    other's responses from one connection.
    """

    def __init__(self) -> None:
        self._owners: dict[None, tuple[int, object]] = {}

    def claim(self) -> str | None:
        """Return why the current process or event loop may not make a call, or None. The first call sets the owner."""
        loop = _current_loop()
        # `setdefault` is atomic, so that one of several threads becomes the owner.
        owner_process, owner_loop = self._owners.setdefault(None, (process := os.getpid(), loop))
        if owner_process != process:
            return "the client was used before this process was forked: create one in each process."
        if owner_loop is not loop:
            return (
                "the client belongs to the event loop of its first call, and this is another one: "
                "create one client in each event loop and close it there."
            )
        return None

    @property
    def is_of_another_process(self) -> bool:
        """Return whether the first call was made before this process was forked."""
        owner = self._owners.get(None)
        return owner is not None and owner[0] != os.getpid()


def _current_loop() -> object:
    try:
        return _LOOP.get()
    except LookupError:
        # Not the loop itself, which the client would keep in memory.
        _LOOP.set(loop := object())
        return loop


@dataclass(frozen=True, slots=True)
class _HeaderCache:
    """The caller's headers, and all lines with the defaults. Not in the repr: they may contain keys."""

    chosen: HeaderLines = field(repr=False)
    lines: HeaderLines = field(repr=False)


class SendMiddleware:
    """Send each attempt through the backend, and report it as events and in the log.

    `open_backend` is called when the first request is sent. `request_id_header` is the response header that holds the
    provider's request id. The client cannot be used after a fork or in a second event loop: see `ClientOwner`.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        open_backend: Callable[[], Backend],
        request_id_header: str | None,
        secrets: CallSecrets,
    ) -> None:
        self._provider = provider
        self._base_url = base_url
        self._open_backend = open_backend
        self._request_id_header = request_id_header
        self._secrets = secrets
        self._headers: _HeaderCache | None = None
        self._backend: Backend | None = None
        self._owner = ClientOwner()
        self._closed = False

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Return the response, error responses included. `call_next` is not used.

        Raises `NotSentError`, `RequestTimeoutError` or `TransportError` if no response was received, and `DecodeError`
        if it is too large or cannot be decompressed.
        """
        # The process and the loop were checked when the call started. Since then the client may have been closed.
        self._check_open(call.request.operation)
        if self._backend is None:
            self._backend = self._open_backend()
        outgoing = self._outgoing(call)
        call.attempt += 1
        call.stage = AttemptStage.SENT
        if call.has_listeners:
            call.emit(RequestSent(provider=self._provider, operation=call.request.operation, attempt=call.attempt))
        started = time.perf_counter()
        try:
            with MutedHttpLoggers():
                response = await self._backend.send(outgoing)
        except OrgError:
            raise  # a setting that this event loop does not support
        except Exception as raised:
            error = self._error(call, failure_of(raised, is_connecting=outgoing.progress.is_connecting))
        except BaseException as interrupted:
            # The frames of an HTTP library hold the `Authorization` header, and reporters of errors show their locals.
            interrupted.__context__ = None
            raise interrupted.with_traceback(None) from None
        else:
            call.stage = AttemptStage.ANSWERED
            self._report_response(call, response, time.perf_counter() - started)
            return response
        finally:
            if outgoing.progress.is_connecting:
                call.stage = AttemptStage.WAITING
        self._report_failure(call, error, time.perf_counter() - started)
        # Raised outside the handler: the library's own error, and the request in it, is not chained.
        raise error

    async def aclose(self) -> None:
        """Close the backend. Nothing is sent afterwards. Raises `NotSentError` in another event loop."""
        connections = self._backend if self.has_connections() else None
        self._closed = True
        if connections is not None:
            await connections.aclose()

    def has_connections(self) -> bool:
        """Return whether there is anything to close. Raises `NotSentError` in another event loop."""
        # After a fork the connections belong to the parent: closing TLS here would end it there.
        if self._backend is None or self._owner.is_of_another_process:
            return False
        problem = self._owner.claim()
        if problem is not None:
            raise self._unusable(problem, "aclose")
        return True

    def check_usable(self, operation: str) -> None:
        """Raise `NotSentError` if the client is closed, or was used before a fork or in another event loop."""
        self._check_open(operation)
        problem = self._owner.claim()
        if problem is not None:
            raise self._unusable(problem, operation)

    def _check_open(self, operation: str) -> None:
        if self._closed:
            raise self._unusable("the client is closed: call it within its `async with`, or create another.", operation)

    def _unusable(self, problem: str, operation: str) -> NotSentError:
        error = NotSentError(problem, provider=self._provider, operation=operation)
        error.retryable = False  # no retry would help
        return error

    def request_id(self, call: Call, response: Response) -> str | None:
        """Return the provider's id of the request without secrets, or None if the response has none."""
        found = None if self._request_id_header is None else response.headers.get(self._request_id_header)
        return redact(found, self._secrets.of(call)) if found else None

    def _outgoing(self, call: Call) -> OutgoingRequest:
        headers = self._headers_with(call.options.headers)
        if call.request.content_type is not None:
            headers = (*headers, ("content-type", call.request.content_type))
        if call.request.headers:
            own = {name.lower() for name, _ in call.request.headers}
            headers = (*(line for line in headers if line[0].lower() not in own), *call.request.headers)
        url = self._base_url + call.request.target
        return OutgoingRequest(call.request.method, url, headers, call.request.body, call.authorization)

    def _headers_with(self, chosen: HeaderLines) -> HeaderLines:
        if self._headers is None or chosen is not self._headers.chosen:  # most calls of a client have the same options
            self._headers = _HeaderCache(chosen, _with_default_headers(chosen))
        return self._headers.lines

    def _error(
        self, call: Call, failure: RequestNotSent | ResponseTimedOut | ResponseLost | ResponseUnreadable
    ) -> OrgError:
        names = {"provider": self._provider, "operation": call.request.operation}
        reason = redact(str(failure), self._secrets.of(call))  # it may quote what the server or a proxy wrote
        match failure:
            case RequestNotSent():
                advice = failure.advice or self._connection_advice()
                where = f"{self._base_url}{self._through()}"
                error = NotSentError(f"could not connect to {where} ({reason}): {advice}.", **names)
                error.retryable = failure.retryable
                return error
            case ResponseTimedOut():
                return RequestTimeoutError(f"no response in time ({reason}).", **names)
            case ResponseLost():
                return TransportError(f"the connection broke{self._through()} ({reason}).", **names)
            case ResponseUnreadable():
                return DecodeError(f"the response cannot be read ({reason}).", **names)

    def _through(self) -> str:
        proxy = None if self._backend is None else self._backend.proxy
        return "" if proxy is None else f" through {proxy}"

    def _connection_advice(self) -> str:
        proxy = None if self._backend is None else self._backend.proxy
        if proxy is None:
            advice = "check the address, and that its server is running"
            reads_environment = self._backend is not None and self._backend.reads_environment
            if reads_environment and (possible := proxy_of_environment(self._base_url)):
                return f"{advice}, or {possible}, which your http_client uses unless it has settings of its own"
            return advice
        host = urlsplit(self._base_url).hostname
        return f"check {proxy.source}, and that the proxy is running, or set NO_PROXY={host} to connect without it"

    def _report_response(self, call: Call, response: Response, duration: float) -> None:
        if not (call.has_listeners or _LOGGER.isEnabledFor(logging.DEBUG)):
            return
        request_id = self.request_id(call, response)
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

    def _report_failure(self, call: Call, error: OrgError, duration: float) -> None:
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
    defaults = [("accept", "application/json"), ("accept-encoding", "gzip, deflate")]
    if not any(name.lower() == "user-agent" for name, _ in chosen):
        defaults.append(("user-agent", f"orgsdk/{__version__}"))
    return (*defaults, *chosen)
