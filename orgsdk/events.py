"""Events of a call, for the caller's `on_event` hook. No event contains a secret or a user's data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base class of the events.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
    """

    provider: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(Event):
    """A request is about to be sent.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        attempt: Number of the request within the call, from 1.
    """

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReceived(Event):
    """A response was received.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        attempt: Number of the request within the call, from 1.
        status_code: The HTTP status.
        duration: Seconds since the request was sent.
        request_id: The provider's id of the request, or None.
    """

    attempt: int
    status_code: int
    duration: float
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed(Event):
    """No response was received.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        attempt: Number of the request within the call, from 1.
        error: Class name of the error.
        duration: Seconds since the request was sent.
    """

    attempt: int
    error: str
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying(Event):
    """The request will be sent again.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        attempt: Number of the next request within the call.
        error: Class name of the error of the previous one.
        delay: Seconds until then.
    """

    attempt: int
    error: str
    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Event):
    """A call waits for a rate limit, or for its turn below `requests_per_second`.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        delay: Seconds of the wait.
    """

    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefreshed(Event):
    """A new access token was fetched.

    Attributes:
        provider: Name of the provider.
        operation: The provider's own name of the operation.
    """
