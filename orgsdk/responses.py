"""Raw HTTP responses and rate limits: what a provider reports beside the content of a response."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A rate limit, as the provider last reported it. A value that was not reported is None.

    Attributes:
        limit: Number of requests per period.
        remaining: Number of requests left. Some providers count below 0.
        resets_at: Start of the next period, in UTC.
    """

    limit: int | None
    remaining: int | None
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResponseInfo:
    """Status and headers of one HTTP response.

    Attributes:
        status_code: The HTTP status.
        headers: Name and value of each header line, in order.
        request_id: The provider's id of the request, or None.
    """

    status_code: int
    headers: tuple[tuple[str, str], ...]
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class RawResponse(Generic[T]):
    """The result of a call, with the HTTP responses behind it.

    Attributes:
        value: The result of the call.
        responses: The successful responses, in order.
    """

    value: T
    responses: tuple[ResponseInfo, ...]

    @property
    def status_code(self) -> int:
        """The HTTP status of the last response."""
        return self.responses[-1].status_code

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Name and value of each header line of the last response, in order."""
        return self.responses[-1].headers

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request, for its support, or None. From the last response."""
        return self.responses[-1].request_id


_RECORDED: ContextVar[list[ResponseInfo] | None] = ContextVar("orgsdk_responses", default=None)


def record_response(status_code: int, headers: tuple[tuple[str, str], ...], request_id: str | None = None) -> None:
    """Record a response if `recording_responses` is active in this context. Private to orgsdk."""
    responses = _RECORDED.get()
    if responses is not None:
        responses.append(ResponseInfo(status_code, headers, request_id))


@contextmanager
def recording_responses() -> Generator[list[ResponseInfo], None, None]:
    """Yield the list that each response within the block is appended to. Private to orgsdk."""
    responses: list[ResponseInfo] = []
    token = _RECORDED.set(responses)
    try:
        yield responses
    finally:
        _RECORDED.reset(token)


async def call_with_responses(call: Awaitable[T], provider: str) -> RawResponse[T]:
    """Return the result of `call` and its responses. Private to orgsdk.

    Raises `UnsupportedError` if it sent no request, such as for a fixed list.
    """
    with recording_responses() as responses:
        value = await call
    if not responses:
        raise UnsupportedError(provider, "with_raw_response", "This call took no request.")
    return RawResponse(value, tuple(responses))
