"""The one place of I/O: every call goes through the same policies, in one order."""

from __future__ import annotations

import copy
from functools import partial
from typing import TYPE_CHECKING, Literal

import anyio

from orgsdk.errors import ConfigurationError
from orgsdk.events import TokenRefreshed
from orgsdk.options import CallOptions
from orgsdk.raw import note_answer
from orgsdk.transport.budget import RetryBudget
from orgsdk.transport.call import Call
from orgsdk.transport.checking import Checking
from orgsdk.transport.deadline import Deadline
from orgsdk.transport.gate import Gate
from orgsdk.transport.limiter import DEFAULT_CONCURRENCY, Limiter
from orgsdk.transport.observing import Observing
from orgsdk.transport.repeat import Repeat
from orgsdk.transport.sending import Sending
from orgsdk.transport.signing import Signing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import httpx
    from pydantic import SecretStr

    from orgsdk.rate_limit import RateLimit
    from orgsdk.transport.auth import Auth
    from orgsdk.transport.backend import Backend
    from orgsdk.transport.call import Onward, Policy
    from orgsdk.transport.failure import Problem
    from orgsdk.transport.request import Request, Response

    HTTPClient = httpx.AsyncClient
    HTTPLibrary = Literal["httpx", "httpx2", "aiohttp"]

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
        read_problem: Callable[[Response], Problem],
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
        self._gate = Gate(provider=provider, requests_per_second=requests_per_second, read_rate_limit=read_rate_limit)
        self._sending = Sending(
            provider=provider,
            base_url=base_url,
            open_backend=self._open_backend,
            request_id_header=request_id_header,
        )
        checking = Checking(provider=provider, base_url=base_url, read_problem=read_problem)
        # The order of the policies, the outermost first. Those before `Repeat` hold for the call, those after it for
        # each attempt: an attempt waits for the gate before it takes a slot, and is signed when it has one. Where the
        # gate was shut meanwhile, its latch sends the attempt back there.
        policies: Sequence[Policy] = (
            Observing(provider=provider),
            Deadline(provider=provider),
            Repeat(provider=provider, budget=RetryBudget()),
            self._gate,
            Limiter(max_concurrency),
            Signing(auth, self._exchange),
            checking,
            self._gate.latch,
            self._sending,
        )
        self._way = _chain(policies)
        # A token is bought within its caller's slot and deadline; the caller repeats where that fails.
        self._token_way = _chain((checking, self._sending))

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
        response = await self._way(Call(request, self._options, anyio.current_time() + self._options.timeout))
        note_answer(response.status, response.headers.lines, self._sending.request_id(response))
        return response

    async def aclose(self) -> None:
        """Close what was opened; a caller's own client stays open. A closed transport sends nothing more."""
        await self._sending.aclose()

    async def _exchange(self, within: Call, request: Request, authorization: SecretStr | None) -> Response:
        call = Call(request, within.options, within.deadline, authorization=authorization)
        response = await self._token_way(call)
        call.tell(TokenRefreshed(provider=self._provider, operation=request.operation))
        return response

    def _open_backend(self) -> Backend:
        # Imported when used, so that `import orgsdk` loads no HTTP library (DESIGN.md, decision 13).
        if self._http_client is not None:
            from orgsdk.transport.httpx_backend import HttpxClientBackend

            return HttpxClientBackend(self._http_client, max_body=self._max_body)
        try:
            if self._http_library == "aiohttp":
                from orgsdk.transport.aiohttp_backend import AiohttpBackend

                return AiohttpBackend(self._base_url, max_body=self._max_body)
            from orgsdk.transport.httpcore_backend import HttpcoreBackend

            return HttpcoreBackend(self._base_url, max_body=self._max_body, library=self._http_library)
        except ModuleNotFoundError as error:
            name = self._http_library
            raise ConfigurationError(f'{name} is not installed: pip install "orgsdk[{name}]".') from error


def _chain(policies: Sequence[Policy]) -> Onward:
    way: Onward = _nowhere
    for policy in reversed(policies):
        way = partial(policy.send, onward=way)
    return way


async def _nowhere(call: Call) -> Response:
    raise AssertionError("the last policy sends")
