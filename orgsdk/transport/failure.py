"""From a provider's error answer to a typed error. Pure; what an error body says, the provider reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
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
        kind = ServerError if response.status >= 500 else BadRequestError
    details = redact(problem.details) if problem.details else None
    error = kind(
        redact(problem.message),
        provider=provider,
        operation=request.operation,
        status_code=response.status,
        code=problem.code,
        request_id=problem.request_id,
        details=details,
    )
    if isinstance(error, RateLimitError):
        error.resets_at = problem.resets_at
        error.retry_after = _seconds(response.headers.get("retry-after"))
        if error.retry_after is None and problem.resets_at is not None:
            error.retry_after = max(0.0, (problem.resets_at - datetime.now(UTC)).total_seconds())
    return error


def epoch_time(value: str | None) -> datetime | None:
    """Give the time that a header of epoch seconds names, or None where it is missing or garbage."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 11:
        return None
    return datetime.fromtimestamp(int(value), UTC)


def _seconds(value: str | None) -> float | None:
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 9:
        return None
    return float(value) if int(value) <= _LONGEST_WAIT else None
