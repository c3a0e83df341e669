"""Raw HTTP responses and rate limits: what a provider reports beside the content of a response."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class RateLimit:
    """Hold a rate limit as the provider last told it.

    `limit` is how many requests there are in all, `remaining` how many are left (some providers count below 0),
    `resets_at` when they are as many again, in UTC; None for what was not told.
    """

    limit: int | None
    remaining: int | None
    resets_at: datetime | None


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ResponseInfo:
    """Hold an answer's status, its header lines in order, and the provider's id of the request, where it tells one."""

    status_code: int
    headers: tuple[tuple[str, str], ...]
    request_id: str | None = None


@dataclass(frozen=True, slots=True)
class RawResponse(Generic[T]):
    """Hold what a call gave, and the answers that it took.

    `status_code`, `headers` and `request_id` are those of the last answer; `answers` are all of them, in order.
    """

    value: T
    answers: tuple[ResponseInfo, ...]

    @property
    def status_code(self) -> int:
        """Give the last answer's HTTP status."""
        return self.answers[-1].status_code

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Give the last answer's header lines, in order and as they came."""
        return self.answers[-1].headers

    @property
    def request_id(self) -> str | None:
        """Give what the provider's support asks for, None where it tells none."""
        return self.answers[-1].request_id


_RECORDED: ContextVar[list[ResponseInfo] | None] = ContextVar("orgsdk_answers", default=None)


def record_response(status_code: int, headers: tuple[tuple[str, str], ...], request_id: str | None = None) -> None:
    """Keep an answer for whoever asked to see it in this context; nobody costs next to nothing."""
    answers = _RECORDED.get()
    if answers is not None:
        answers.append(ResponseInfo(status_code, headers, request_id))


@contextmanager
def recording_responses() -> Generator[list[ResponseInfo], None, None]:
    """Give the list that each answer within the block is put into."""
    answers: list[ResponseInfo] = []
    before = _RECORDED.set(answers)
    try:
        yield answers
    finally:
        _RECORDED.reset(before)


async def call_with_responses(call: Awaitable[T], provider: str) -> RawResponse[T]:
    """Give what `call` gives, with the answers that it took.

    Raises `UnsupportedError` where it took none, such as for a list that is fixed.
    """
    with recording_responses() as answers:
        value = await call
    if not answers:
        raise UnsupportedError(provider, "with_raw_response", "This call took no request.")
    return RawResponse(value, tuple(answers))
