"""From a provider's error answer to a typed error. Pure; what an error body says, the provider reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnprocessableError,
)
from orgsdk.transport.redact import redact

if TYPE_CHECKING:
    from orgsdk.transport.request import Request, Response

_BY_STATUS: dict[int, type[APIError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableError,
    429: RateLimitError,
}
_LONGEST_WAIT = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Problem:
    """Hold what a provider's error answer says. `kind` overrides what the status alone would mean."""

    message: str
    code: str | None = None
    details: str | None = None
    request_id: str | None = None
    kind: type[APIError] | None = None
    resets_at: datetime | None = None


def error_for(provider: str, request: Request, response: Response, problem: Problem) -> APIError:
    """Give the error that `response` amounts to."""
    kind = problem.kind or _BY_STATUS.get(response.status)
    if kind is None:
        # A redirect is said of the address, not of what was asked.
        kind = ServerError if response.status >= 500 else BadRequestError if response.status >= 400 else APIError
    details = redact(problem.details) if problem.details else None
    error = kind(
        redact(problem.message),
        provider=provider,
        operation=request.operation,
        status_code=response.status,
        code=redact(problem.code) if problem.code else None,
        request_id=redact(problem.request_id) if problem.request_id else None,
        details=details,
    )
    if isinstance(error, (RateLimitError, ServerError)):
        error.retry_after, error.resets_at = wait_of(response, problem.resets_at, datetime.now(UTC))
    return error


def wait_of(response: Response, resets_at: datetime | None, now: datetime) -> tuple[float | None, datetime | None]:
    """Give how many seconds to wait and until when, as `Retry-After` tells it, or else `resets_at`.

    None and None where neither does, or where what they tell is garbage: more than a week is.
    """
    seconds = retry_after(response.headers.get("retry-after"), now)
    if seconds is None and resets_at is not None:
        seconds = max(0.0, (resets_at - now).total_seconds())
        if seconds > _LONGEST_WAIT:
            return None, None
    if seconds is None:
        return None, None
    return seconds, resets_at if resets_at is not None else now + timedelta(seconds=seconds)


def retry_after(value: str | None, now: datetime) -> float | None:
    """Give the seconds that a `Retry-After` header means (RFC 9110, section 10.2.3), as digits or as an HTTP-date.

    None for what is neither, and for more than a week.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 9 and int(value) <= _LONGEST_WAIT else None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if not value.endswith("GMT"):  # every HTTP-date does; the parser takes e-mail's dates too
        return None
    seconds = max(0.0, (moment.replace(tzinfo=UTC) - now).total_seconds())
    return seconds if seconds <= _LONGEST_WAIT else None


def epoch_time(value: str | None) -> datetime | None:
    """Give the time that a header of epoch seconds names, or None where it is missing or garbage."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 11:
        return None
    return datetime.fromtimestamp(int(value), UTC)
