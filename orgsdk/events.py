"""What happens to a call on its way, as typed events for a caller's hook. None of them holds a secret or a person."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Say that something happened; `provider` and `operation` say to which call."""

    provider: str
    operation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSent(Event):
    """Say that a request leaves, for the `attempt`th time, counted from 1."""

    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseReceived(Event):
    """Say that an answer came, after `duration` seconds."""

    attempt: int
    status_code: int
    duration: float
    request_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed(Event):
    """Say that no answer came, after `duration` seconds; `error` is the error's class name."""

    attempt: int
    error: str
    duration: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrying(Event):
    """Say that the request will be sent again in `delay` seconds, because of the error of that class name."""

    attempt: int
    error: str
    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting(Event):
    """Say that a call waits `delay` seconds for a rate limit, or for its turn below a set rate."""

    delay: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRefreshed(Event):
    """Say that a new access token was had."""
