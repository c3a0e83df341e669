"""Raw HTTP responses and rate limits: what a provider reports beside the content of a response."""

from __future__ import annotations

from collections.abc import Awaitable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from inspect import isawaitable
from typing import TYPE_CHECKING, Generic, TypeVar, overload

from orgsdk._callables import describe
from orgsdk.errors import InvalidArgumentError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A rate limit, as the provider last reported it. A value that was not reported is None.

    Attributes:
        limit: Number of requests per period.
        remaining: Number of requests left. Some providers count below 0.
        resets_at: Start of the next period, in UTC, by the local clock.
    """

    limit: int | None
    remaining: int | None
    resets_at: datetime | None


@dataclass(frozen=True, slots=True)
class RequestRate:
    """How many requests a provider accepts in a period. Bulk runs estimate their duration by it.

    Attributes:
        requests: Number of requests per period.
        seconds: Length of the period, in seconds.
    """

    requests: float
    seconds: float


class Headers(Mapping[str, str]):
    """Header lines of a response: a mapping whose names are compared without case.

    The value of a name is that of its first line; `get_all` returns every line's, and `lines` is everything, in order.
    A `Headers` is equal to another one, or to another mapping, of the same names and values. Its ``repr`` has only the
    names: a `Link` header repeats the search text, and `Set-Cookie` is a secret.

    Args:
        lines: Name and value of each line, in the order received.

    Example: ``raw.headers["X-RateLimit-Remaining"]``
    """

    __slots__ = ("lines",)

    def __init__(self, lines: tuple[tuple[str, str], ...] = ()) -> None:
        self.lines: tuple[tuple[str, str], ...] = lines

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(name.lower() for name, _ in self.lines))

    def __len__(self) -> int:
        return len({name.lower() for name, _ in self.lines})

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Headers):
            return self._key() == other._key()
        if isinstance(other, Mapping):
            return dict(self) == other
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        return f"Headers({', '.join(self)})"

    @overload
    def get(self, key: str, /) -> str | None: ...

    @overload
    def get(self, key: str, /, default: str | T) -> str | T: ...

    def get(self, key: str, /, default: object = None) -> object:
        """Return the value of the first line with this name.

        Args:
            key: Header name in any case.
            default: Returned if the header is missing.

        Returns:
            The value, or `default`.
        """
        key = key.lower()
        for name, value in self.lines:
            if name.lower() == key:
                return value
        return default

    def get_all(self, name: str) -> list[str]:
        """Return the values of every line with this name.

        Args:
            name: Header name in any case.

        Returns:
            The values in the order received. Empty if the header is missing.
        """
        name = name.lower()
        return [value for key, value in self.lines if key.lower() == name]

    def _key(self) -> tuple[tuple[str, str], ...]:
        return tuple([(name.lower(), value) for name, value in self.lines])


@dataclass(frozen=True, slots=True)
class ResponseInfo:
    """Status and headers of one HTTP response.

    Attributes:
        status_code: The HTTP status.
        headers: The header lines, as a mapping. Names are compared without case.
        request_id: The provider's id of the request, or None.
    """

    status_code: int
    headers: Headers
    request_id: str | None = None


@dataclass(frozen=True)  # no slots: `RawResponse[T](…)` sets an attribute
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
    def headers(self) -> Headers:
        """The header lines of the last response, as a mapping."""
        return self.responses[-1].headers

    @property
    def request_id(self) -> str | None:
        """The provider's id of the request, for its support, or None. From the last response."""
        return self.responses[-1].request_id


_RECORDED: ContextVar[list[ResponseInfo] | None] = ContextVar("orgsdk_responses", default=None)


def is_recording() -> bool:
    """Return whether `recording_responses` is active in this context. Private to orgsdk."""
    return _RECORDED.get() is not None


def record_response(status_code: int, headers: Headers, request_id: str | None = None) -> None:
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

    Raises `UnsupportedError` if it sent no request, such as for a fixed list, and `InvalidArgumentError` if it is a
    result already.
    """
    if not isawaitable(call):
        raise InvalidArgumentError(f"is {describe(call)}: pass the call itself, without await.", argument="call")
    with recording_responses() as responses:
        value = await call
    if not responses:
        raise UnsupportedError(provider, "with_raw_response", "This call took no request.")
    return RawResponse(value, tuple(responses))
