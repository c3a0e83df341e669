"""Which failures are worth another attempt, and the loop that makes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from orgsdk.errors import NotSentError, ServerError, TransportError
from orgsdk.transport.request import Safety

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from orgsdk.transport.request import Request, Response

DEFAULT_ATTEMPTS = 3
_PASSING = frozenset({500, 502, 503, 504})


def may_repeat(error: BaseException, safety: Safety) -> bool:
    """Tell whether `error` is worth another attempt of a request that is `safety` to repeat.

    What was not sent may always be sent again; what may have arrived only where a repeat does no harm
    (DESIGN.md, decision 4).
    """
    if isinstance(error, NotSentError):
        return True
    if safety is Safety.UNSAFE:
        return False
    if isinstance(error, ServerError):
        return error.status_code in _PASSING
    return isinstance(error, TransportError)


async def attempt(
    send: Callable[[Request], Awaitable[Response]],
    request: Request,
    *,
    attempts: int,
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep,
) -> Response:
    """Give what `send` gives, tried up to `attempts` times with full jitter between.

    Raises what the last attempt raised.
    """
    loop = AsyncRetrying(
        sleep=sleep,
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=0.25, max=8),
        retry=retry_if_exception(lambda error: may_repeat(error, request.safety)),
        reraise=True,
    )
    return await loop(send, request)
