"""Transport and its pipeline: the ordered list of middleware that every call passes."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Literal

import anyio

from orgsdk.errors import ConfigurationError, NotSentError, RequestTimeoutError
from orgsdk.events import TokenRefreshed
from orgsdk.options import CallOptions, Observation
from orgsdk.responses import record_response
from orgsdk.transport.auth import AuthMiddleware
from orgsdk.transport.errors import ErrorMiddleware
from orgsdk.transport.request import AttemptStage, Call
from orgsdk.transport.retry import RetryBudget, RetryMiddleware
from orgsdk.transport.send import SendMiddleware
from orgsdk.transport.throttle import DEFAULT_CONCURRENCY, ConcurrencyLimiter, RateLimitGate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx
    from pydantic import SecretStr

    from orgsdk.responses import RateLimit
    from orgsdk.transport.auth import Auth
    from orgsdk.transport.backends.base import Backend
    from orgsdk.transport.errors import ProviderProblem
    from orgsdk.transport.request import CallNext, Middleware, Request, Response

    HTTPClient = httpx.AsyncClient
    HTTPLibrary = Literal["httpx", "httpx2", "aiohttp"]


class DeadlineMiddleware:
    """Stop a call when its time is over, wherever it is: an answer that drips does not hold it up."""

    def __init__(self, *, provider: str) -> None:
        self._provider = provider

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Give the answer that came in time.

        Raises `RequestTimeoutError` where a request was on its way; where the call waited to repeat it, what the last
        attempt raised, or the one before where that may have been carried out; and `NotSentError` where it never had
        its turn.
        """
        with anyio.CancelScope(deadline=call.deadline):
            return await call_next(call)
        told = {"provider": self._provider, "operation": call.request.operation}
        if call.stage is AttemptStage.SENT:
            raise RequestTimeoutError(f"no answer within {call.options.timeout:g} s.", **told)
        before = call.lost or call.last_error
        if before is not None:
            raise before
        raise NotSentError(f"no turn to send within {call.options.timeout:g} s.", **told)


class TelemetryMiddleware:
    """Wrap a call in the telemetry of its options, where there is one."""

    def __init__(self, *, provider: str) -> None:
        self._provider = provider

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Go onward within the observer's context."""
        telemetry = call.options.telemetry
        if telemetry is None:
            return await call_next(call)
        observation = Observation(self._provider, call.request.operation, call.request.method)
        with telemetry.call(observation):
            try:
                response = await call_next(call)
                observation.status_code = response.status
            finally:
                observation.attempts = call.attempt
        return response


DEFAULT_MAX_BODY = 8 * 1024 * 1024


class Transport:
    """Own the way to one provider: address, credentials, limits and connections.

    `read_problem` is the provider's reading of an error answer, `read_rate_limit` of the rate limit's headers.
    `request_id_header` is where every answer carries the provider's id of the request.
    `http_client` is a caller's own, never closed here; without one, `http_library` makes the connections (`"httpx"`,
    or an extra: `"httpx2"`, or `"aiohttp"` on asyncio). `max_body` bounds an answer in bytes, unpacked.
    """

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        auth: Auth,
        read_problem: Callable[[Response], ProviderProblem],
        read_rate_limit: Callable[[Response], RateLimit | None] = lambda _: None,
        request_id_header: str | None = None,
        http_client: HTTPClient | None = None,
        http_library: HTTPLibrary = "httpx",
        max_concurrency: int = DEFAULT_CONCURRENCY,
        requests_per_second: float | None = None,
        max_body: int = DEFAULT_MAX_BODY,
    ) -> None:
        self._provider = provider
        self._options = CallOptions()
        self._base_url = base_url
        self._http_client = http_client
        self._http_library: HTTPLibrary = http_library
        self._max_body = max_body
        self._gate = RateLimitGate(
            provider=provider, requests_per_second=requests_per_second, read_rate_limit=read_rate_limit
        )
        self._sending = SendMiddleware(
            provider=provider,
            base_url=base_url,
            open_backend=self._open_backend,
            request_id_header=request_id_header,
        )
        checking = ErrorMiddleware(provider=provider, base_url=base_url, read_problem=read_problem)
        # The middleware in order, the outermost first. `RetryMiddleware` and those before it run once for each call,
        # those after it once for each attempt: an attempt waits at the rate-limit gate, then for a slot, and gets its
        # token last. If the gate closed meanwhile, its second check sends the attempt back to it.
        middleware: Sequence[Middleware] = (
            TelemetryMiddleware(provider=provider),
            DeadlineMiddleware(provider=provider),
            RetryMiddleware(provider=provider, budget=RetryBudget()),
            self._gate,
            ConcurrencyLimiter(max_concurrency),
            AuthMiddleware(auth, self._exchange),
            checking,
            self._gate.latch,
            self._sending,
        )
        self._pipeline = _build_pipeline(middleware)
        # A token is bought within its caller's slot and deadline; the caller repeats where that fails.
        self._token_pipeline = _build_pipeline((checking, self._sending))

    def __repr__(self) -> str:
        return f"Transport({self._provider}, {self._base_url})"

    @property
    def rate_limit(self) -> RateLimit | None:
        """Give the rate limit as the provider last told it, None where it never did."""
        return self._gate.rate_limit

    def with_options(self, options: CallOptions) -> Transport:
        """Give this transport with other options: connections, limits and token are the same."""
        other = copy.copy(self)
        other._options = options
        return other

    async def send(self, request: Request) -> Response:
        """Give the provider's successful answer to `request`.

        Raises `APIError` by what the provider answered, `NotSentError`, `RequestTimeoutError` or `TransportError`
        where no answer came, and `DecodeError` where the answer is not JSON and should be, or too large.
        """
        self._sending.refuse_unusable(request.operation)
        response = await self._pipeline(Call(request, self._options, anyio.current_time() + self._options.timeout))
        record_response(response.status, response.headers.lines, self._sending.request_id(response))
        return response

    async def aclose(self) -> None:
        """Close what was opened; a caller's own client stays open. A closed transport sends nothing more."""
        await self._sending.aclose()

    async def _exchange(self, within: Call, request: Request, authorization: SecretStr | None) -> Response:
        call = Call(request, within.options, within.deadline, authorization=authorization)
        response = await self._token_pipeline(call)
        call.emit(TokenRefreshed(provider=self._provider, operation=request.operation))
        return response

    def _open_backend(self) -> Backend:
        # Imported when used, so that `import orgsdk` loads no HTTP library (DESIGN.md, decision 13).
        if self._http_client is not None:
            from orgsdk.transport.backends.httpx_client import HttpxClientBackend

            return HttpxClientBackend(self._http_client, max_body=self._max_body)
        try:
            if self._http_library == "aiohttp":
                from orgsdk.transport.backends.aiohttp import AiohttpBackend

                return AiohttpBackend(self._base_url, max_body=self._max_body)
            from orgsdk.transport.backends.httpcore import HttpcoreBackend

            return HttpcoreBackend(self._base_url, max_body=self._max_body, library=self._http_library)
        except ModuleNotFoundError as error:
            name = self._http_library
            raise ConfigurationError(f'{name} is not installed: pip install "orgsdk[{name}]".') from error


def _build_pipeline(middleware: Sequence[Middleware]) -> CallNext:
    way: CallNext = _end_of_pipeline
    for policy in reversed(middleware):
        way = partial(policy.send, call_next=way)
    return way


async def _end_of_pipeline(call: Call) -> Response:
    raise AssertionError("the last policy sends")
