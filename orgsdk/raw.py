"""The answer behind a call: its status and headers, beside what the call gives."""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from orgsdk.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Generator

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Answer:
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
    answers: tuple[Answer, ...]

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


_ANSWERS: ContextVar[list[Answer] | None] = ContextVar("orgsdk_answers", default=None)


def note_answer(status_code: int, headers: tuple[tuple[str, str], ...], request_id: str | None = None) -> None:
    """Keep an answer for whoever asked to see it in this context; nobody costs next to nothing."""
    answers = _ANSWERS.get()
    if answers is not None:
        answers.append(Answer(status_code, headers, request_id))


@contextmanager
def noting_answers() -> Generator[list[Answer], None, None]:
    """Give the list that each answer within the block is put into."""
    answers: list[Answer] = []
    before = _ANSWERS.set(answers)
    try:
        yield answers
    finally:
        _ANSWERS.reset(before)


async def with_answers(call: Awaitable[T], provider: str) -> RawResponse[T]:
    """Give what `call` gives, with the answers that it took.

    Raises `UnsupportedError` where it took none, such as for a list that is fixed.
    """
    with noting_answers() as answers:
        value = await call
    if not answers:
        raise UnsupportedError(provider, "with_raw_response", "This call took no request.")
    return RawResponse(value, tuple(answers))
