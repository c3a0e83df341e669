"""The one place of I/O: limits, signs, sends, repeats, and turns what came back into an answer or an error."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

import anyio

from orgsdk.errors import (
    AuthenticationError,
    ConfigurationError,
    DecodeError,
    NotSentError,
    RequestTimeoutError,
    TransportError,
)
from orgsdk.transport.backend import Lost, NotSent, Outgoing, TimedOut, Unreadable
from orgsdk.transport.failure import error_for
from orgsdk.transport.limiter import DEFAULT_CONCURRENCY, Limiter
from orgsdk.transport.retry import DEFAULT_ATTEMPTS, attempt

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import httpx

    from orgsdk.transport.auth import Auth
    from orgsdk.transport.backend import Backend
    from orgsdk.transport.failure import Problem
    from orgsdk.transport.request import Request, Response

    HTTPClient = httpx.AsyncClient

DEFAULT_TIMEOUT = 30.0


class Transport:
    """Own the way to one provider: address, credentials, limiter and connections.

    `read_problem` is the provider's reading of an error answer. `timeout` bounds a whole call in seconds, waiting
    and repeats included. `http_client` is a caller's own, never closed here.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        auth: Auth,
        read_problem: Callable[[Response], Problem],
        http_client: HTTPClient | None = None,
        timeout: float = DEFAULT_TIMEOUT,
        max_concurrency: int = DEFAULT_CONCURRENCY,
        max_attempts: int = DEFAULT_ATTEMPTS,
        sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
    ) -> None:
        if not timeout > 0:
            raise ConfigurationError(f"timeout is {timeout}: pass a number of seconds above 0.")
        if max_attempts < 1:
            raise ConfigurationError(f"max_attempts is {max_attempts}: pass 1 or more.")
        self._provider = provider
        self._base_url = base_url
        self._auth = auth
        self._read_problem = read_problem
        self._http_client = http_client
        self._timeout = timeout
        self._limiter = Limiter(max_concurrency)
        self._max_attempts = max_attempts
        self._sleep = sleep
        self._backend: Backend | None = None
        self._closed = False
        self._user_agent = f"orgsdk/{version('orgsdk')}"

    def __repr__(self) -> str:
        return f"Transport({self._provider}, {self._base_url})"

    async def send(self, request: Request) -> Response:
        """Give the provider's successful answer to `request`.

        Raises `APIError` by what the provider answered, `NotSentError`, `RequestTimeoutError` or `TransportError`
        where no answer came, and `DecodeError` where the answer is not JSON and should be.
        """
        self._refuse_closed(request)
        with anyio.move_on_after(self._timeout):
            return await attempt(self._signed, request, attempts=self._max_attempts, sleep=self._sleep)
        raise RequestTimeoutError(
            f"no answer within {self._timeout:g} s.", provider=self._provider, operation=request.operation
        )

    async def aclose(self) -> None:
        """Close what was opened; a caller's own client stays open. A closed transport sends nothing more."""
        self._closed = True
        if self._backend is not None:
            await self._backend.aclose()

    async def _signed(self, request: Request) -> Response:
        async with self._limiter:
            header = await self._auth.header(self._exchange)
            try:
                return await self._exchange(request, header.get_secret_value())
            except AuthenticationError:
                if not self._auth.reject(header):
                    raise
            # The token may have ended before its time: one fresh one, one repeat, never a loop.
            header = await self._auth.header(self._exchange)
            return await self._exchange(request, header.get_secret_value())

    async def _exchange(self, request: Request, authorization: str) -> Response:
        response = await self._sent(request, authorization)
        if not 200 <= response.status < 300:
            raise error_for(self._provider, request, response, self._read_problem(response))
        if request.expects_json and not _is_json(response.media_type):
            raise DecodeError(
                f"answered {response.status} with {response.media_type or 'no content type'} instead of JSON. "
                f"Is {self._base_url} the right address?",
                provider=self._provider,
                operation=request.operation,
            )
        return response

    async def _sent(self, request: Request, authorization: str) -> Response:
        headers = [
            ("accept", "application/json"),
            ("accept-encoding", "gzip, deflate"),
            ("user-agent", self._user_agent),
            ("authorization", authorization),
        ]
        if request.content_type is not None:
            headers.append(("content-type", request.content_type))
        outgoing = Outgoing(request.method, self._base_url + request.target, headers, request.body)
        told = {"provider": self._provider, "operation": request.operation}
        try:
            return await self._open(request).send(outgoing)
        except NotSent as signal:
            raise NotSentError(f"could not connect to {self._base_url} ({signal}).", **told) from None
        except TimedOut as signal:
            raise RequestTimeoutError(f"no answer in time ({signal}).", **told) from None
        except Lost as signal:
            raise TransportError(f"the connection broke ({signal}).", **told) from None
        except Unreadable as signal:
            raise DecodeError(f"the answer's encoding is broken ({signal}).", **told) from None

    def _refuse_closed(self, request: Request) -> None:
        if self._closed:
            raise NotSentError("the client is closed.", provider=self._provider, operation=request.operation)

    def _open(self, request: Request) -> Backend:
        self._refuse_closed(request)
        if self._backend is None:
            # Imported when used, so that `import orgsdk` loads no HTTP library (DESIGN.md, decision 13).
            from orgsdk.transport.httpx_backend import HttpxBackend, HttpxClientBackend

            own = self._http_client
            self._backend = HttpxBackend(self._base_url) if own is None else HttpxClientBackend(own)
        return self._backend


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")
