"""Transport and its pipeline: the ordered list of middleware that every call passes."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import cache, partial
from inspect import iscoroutine
from typing import TYPE_CHECKING

import anyio
from pydantic import SecretStr

from orgsdk._callables import check_function, describe
from orgsdk._unpicklable import Unpicklable
from orgsdk.arguments import check_instance, check_integer
from orgsdk.errors import (
    AuthenticationError,
    ConfigurationError,
    NotSentError,
    OrgError,
    RequestTimeoutError,
    shorten_traceback,
)
from orgsdk.events import TokenRefreshed
from orgsdk.options import CallOptions, Observation
from orgsdk.responses import RateLimit, is_recording, record_response
from orgsdk.transport.auth import Auth, AuthMiddleware
from orgsdk.transport.backends.libraries import HTTPClient, HTTPLibrary, check_http_settings, open_backend
from orgsdk.transport.backends.proxy import proxy_secrets
from orgsdk.transport.errors import ErrorMiddleware, ProviderProblem
from orgsdk.transport.redaction import CallSecrets, held_secrets
from orgsdk.transport.request import AttemptStage, Call, Request, Response
from orgsdk.transport.retry import RetryBudget, RetryMiddleware
from orgsdk.transport.send import SendMiddleware
from orgsdk.transport.throttle import DEFAULT_CONCURRENCY, ConcurrencyLimiter, RateLimitGate
from orgsdk.transport.token_cache import TokenCache
from orgsdk.transport.urls import check_base_url

if TYPE_CHECKING:
    from orgsdk.transport.request import CallNext, Middleware

DEFAULT_MAX_BODY = 8 * 1024 * 1024


class Transport(Unpicklable):
    """Send requests to one provider: address, credentials, limits and connections.

    Args:
        provider: Name of the provider, for errors, events and logs.
        base_url: The address that paths are appended to. See `check_base_url`.
        auth: Source of the `Authorization` header.
        read_problem: Reads the provider's error responses.
        read_rate_limit: Reads the rate limit from a response's headers. Default: there is none.
        request_id_header: Name of the response header with the provider's request id.
        http_client: The caller's own client of httpx or httpx2. It is never closed here.
        http_library: The library that opens connections if there is no `http_client`. ``httpx2`` and ``aiohttp``
            (asyncio only) are extras.
        max_concurrency: Limit of requests in flight.
        requests_per_second: Limit of requests per second. Default: none.
        max_body: Limit of a response body in bytes, decompressed. Default 8 MiB.
        token_base_url: The address that the paths of token endpoints are appended to. Default: `base_url`.

    Raises:
        ConfigurationError: A setting is of the wrong type or out of range.
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
        token_base_url: str | None = None,
    ) -> None:
        check_instance("provider", provider, str, "the provider's name", error=ConfigurationError)
        base_url = check_base_url(base_url, "base_url")
        _check_auth(auth)
        check_function(read_problem, "read_problem", "one response", plain=True)
        check_function(read_rate_limit, "read_rate_limit", "one response", plain=True)
        advice = "the name of a header"
        check_instance("request_id_header", request_id_header, str | None, advice, error=ConfigurationError)
        check_integer("max_body", max_body, least=1)
        check_http_settings(http_client, http_library)
        self._provider = provider
        self._options = CallOptions()
        self._deadline = math.inf
        self._held_secrets: tuple[SecretStr, ...] = ()
        self._base_url = base_url
        self._auth = auth
        self._gate = RateLimitGate(
            provider=provider, requests_per_second=requests_per_second, read_rate_limit=read_rate_limit
        )
        of_proxy = cache(partial(proxy_secrets, base_url))  # read once, as the backend does: it takes 0.5 ms
        secrets = CallSecrets(lambda: (*held_secrets(auth), *of_proxy()))

        def send_to(address: str) -> SendMiddleware:
            return SendMiddleware(
                provider=provider,
                base_url=address,
                open_backend=partial(open_backend, http_client, http_library, address, max_body),
                request_id_header=request_id_header,
                secrets=secrets,
            )

        self._sender = send_to(base_url)
        token_base_url = base_url if token_base_url is None else check_base_url(token_base_url, "token_base_url")
        self._token_sender = self._sender if token_base_url == base_url else send_to(token_base_url)
        errors = ErrorMiddleware(provider=provider, base_url=base_url, read_problem=read_problem, secrets=secrets)
        token_errors = ErrorMiddleware(
            provider=provider, base_url=token_base_url, read_problem=read_problem, secrets=secrets
        )
        # Outermost first. The steps before the retry run once per call, the steps after it once per attempt: an attempt
        # passes the rate-limit gate, takes a slot, gets its token, passes the rate-limit gate again, and is sent.
        self._pipeline = _build_pipeline(
            TelemetryMiddleware(provider=provider).send,
            DeadlineMiddleware(provider=provider).send,
            RetryMiddleware(provider=provider, budget=RetryBudget()).send,
            self._gate.send,
            ConcurrencyLimiter(max_concurrency).send,
            AuthMiddleware(auth, self._send_token_request).send,
            errors.send,
            self._gate.recheck,
            self._sender.send,
        )
        # A token is fetched within the slot and the deadline of the call that needs it. That call retries a failure.
        self._token_pipeline = _build_pipeline(token_errors.send, self._token_sender.send)

    def __repr__(self) -> str:
        return f"Transport({self._provider}, {self._base_url})"

    @property
    def provider(self) -> str:
        """The name of the provider."""
        return self._provider

    @property
    def rate_limit(self) -> RateLimit | None:
        """Return the rate limit as last reported, or None if the provider never reported one."""
        return self._gate.rate_limit

    def with_options(self, options: CallOptions) -> Transport:
        """Return a transport with other options. Connections, limits and token are shared.

        Args:
            options: The options of its calls.

        Returns:
            The new transport.
        """
        other = copy.copy(self)
        other._options = options
        return other

    def within_timeout(self) -> Transport:
        """Return a transport whose calls share one timeout, which starts now.

        Returns:
            The new transport, for a call of several requests, such as a search that reads several pages.
        """
        other = copy.copy(self)
        other._deadline = min(self._deadline, anyio.current_time() + self._options.timeout)
        return other

    def holding(self, secret: SecretStr | None) -> Transport:
        """Return a transport whose errors do not show a secret, whichever of its requests sent it.

        Args:
            secret: The secret, such as a password that an earlier request of the same method sent. None for no secret.

        Returns:
            The new transport. A request's own secrets need not be named.
        """
        if secret is None:
            return self
        other = copy.copy(self)
        other._held_secrets = (*self._held_secrets, secret)
        return other

    async def send(self, request: Request) -> Response:
        """Send a request through the pipeline.

        Args:
            request: The request.

        Returns:
            The successful response.

        Raises:
            APIError: The provider answered with an error. The subclass depends on the status.
            NotSentError: The request was not sent.
            RequestTimeoutError: No response was received within the timeout.
            TransportError: The connection broke.
            DecodeError: The response is not JSON as expected, or is too large.
        """
        self.check_usable(request.operation)
        deadline = min(self._deadline, anyio.current_time() + self._options.timeout)
        call = Call(request, self._options, deadline, held_secrets=self._held_secrets)
        try:
            response = await self._pipeline(call)
        except OrgError as error:
            if isinstance(error, AuthenticationError):
                settings = self._options.settings
                error.settings = settings.get(error.code or "", settings.get("", ()))
            shorten_traceback(error)
            raise
        if is_recording():
            record_response(response.status, response.headers, self._sender.request_id(call, response))
        return response

    def request_id(self, request: Request, response: Response) -> str | None:
        """Return the provider's id of a request, for an error about its response.

        Args:
            request: The request.
            response: Its response.

        Returns:
            The id without secrets. None if the response has none.
        """
        call = Call(request, self._options, self._deadline, held_secrets=self._held_secrets)
        return self._sender.request_id(call, response)

    def check_usable(self, operation: str) -> None:
        """Check that a request can be sent from here: what `send` does first, and a provider before its own lock.

        Args:
            operation: The operation, for the error.

        Raises:
            NotSentError: The client is closed, or was used before a fork or in another event loop.
            ConfigurationError: The function that returns the client's token makes the call, which would wait for it.
        """
        self._sender.check_usable(operation)
        if isinstance(self._auth, TokenCache):
            self._auth.check_not_in_source()

    async def aclose(self) -> None:
        """Close the connections. The caller's own `http_client` stays open. Nothing is sent afterwards.

        A refresh-token exchange that is running ends first, even one of another task: its token may be valid once.

        Raises:
            NotSentError: The connections belong to another event loop.
        """
        has_connections = self._sender.has_connections()
        try:
            if has_connections and isinstance(self._auth, TokenCache):
                await self._auth.wait_for_exchange()
        finally:  # asyncio's own cancellation ends the wait
            try:
                await self._sender.aclose()
            finally:
                if self._token_sender is not self._sender:
                    await self._token_sender.aclose()

    async def _send_token_request(self, within: Call, request: Request, authorization: SecretStr | None) -> Response:
        # The token that is replaced must not be shown either.
        held = (*within.held_secrets, *(() if within.authorization is None else (within.authorization,)))
        call = Call(request, within.options, within.deadline, authorization=authorization, held_secrets=held)
        response = await self._token_pipeline(call)
        call.emit(TokenRefreshed(provider=self._provider, operation=request.operation))
        return response


class TelemetryMiddleware:
    """Report each call to the telemetry of its options: started once and ended once, for any number of attempts.

    Private to orgsdk.
    """

    def __init__(self, *, provider: str) -> None:
        self._provider = provider

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Continue within the telemetry's context, if there is one, which suppresses no exception.

        Raises `ConfigurationError` if it is no context manager.
        """
        telemetry = call.options.telemetry
        if telemetry is None:
            return await call_next(call)
        observation = Observation(self._provider, call.request.operation, call.request.method)
        context: object = telemetry.call(observation)
        if not isinstance(context, AbstractContextManager):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers without types
            if iscoroutine(context):
                context.close()  # otherwise Python warns that it was never awaited
            raise ConfigurationError(f"telemetry.call returned a value {describe(context)}: return a context manager.")
        failure: BaseException | None = None
        response: Response | None = None
        try:
            with context:
                try:
                    response = await call_next(call)
                    observation.status_code = response.status
                except BaseException as error:
                    failure = error
                    raise
                finally:
                    observation.attempts = call.attempt
            if failure is not None:
                raise failure
            return response
        finally:
            del failure  # its traceback holds this frame


class DeadlineMiddleware:
    """Stop a call at its deadline, wherever it is: while it waits, sends, reads, or before a retry.

    Private to orgsdk.
    """

    def __init__(self, *, provider: str) -> None:
        self._provider = provider

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Return the response if it is complete in time.

        Raises `RequestTimeoutError` if a request was in flight at the deadline. If the call waited for a retry, raises
        the error of the last attempt, or of an earlier attempt that may have been carried out. Raises `NotSentError` if
        nothing was sent.
        """
        with anyio.CancelScope(deadline=call.deadline):
            return await call_next(call)
        if call.stage is AttemptStage.SENT:
            raise RequestTimeoutError(
                f"no response within {call.options.timeout:g} s.",
                provider=self._provider,
                operation=call.request.operation,
            )
        earlier = call.lost or call.last_error
        if earlier is not None:
            raise earlier
        raise NotSentError(
            f"the request could not be sent within {call.options.timeout:g} s.",
            provider=self._provider,
            operation=call.request.operation,
        )


def _check_auth(auth: object) -> None:
    # Do not echo the argument: it may be the token itself.
    if isinstance(auth, type) or not callable(getattr(auth, "header", None)):
        raise ConfigurationError(f"auth is {describe(auth)}: pass a BearerToken or a TokenCache.")


def _build_pipeline(*middleware: Middleware) -> CallNext:
    call_next: CallNext = _end_of_pipeline
    for step in reversed(middleware):
        call_next = partial(step, call_next=call_next)
    return call_next


async def _end_of_pipeline(call: Call) -> Response:
    raise AssertionError("the last middleware sends")
