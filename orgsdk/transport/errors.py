"""Error responses: HTTP status and body to a typed exception, `Retry-After`, and redaction of texts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    BadRequestError,
    ConflictError,
    DecodeError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    UnprocessableError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.request import Call, CallNext, Request, Response

# A quoted name, a word (which may have quotes inside, as O'Brien has), or at least the character before the "@".
# A word is tried from its beginning alone, so that a long one takes linear time.
_LOCAL_PART = r"""(?:"[^"]*"|(?<![^\s@<>"'(),;:=])[^\s@<>"'(),;:=][^\s@<>"(),;:]*|\S)"""
_EMAIL = re.compile(_LOCAL_PART + r"""(?:@|%40|\uFF20)[^\s@<>"'(),;:=]*""")
_TOKEN = re.compile(r"\beyJ[\w-]{8,}(?:\.[\w-]+)*|\b(?i:Bearer)\s+\S+")
_MAX_LENGTH = 500


def redact(text: str) -> str:
    """Give `text` on one line without e-mail addresses and tokens, 500 characters at most."""
    text = " ".join(text.split())[: 4 * _MAX_LENGTH]
    text = _TOKEN.sub("[token]", _EMAIL.sub("[address]", text))
    return text if len(text) <= _MAX_LENGTH else text[: _MAX_LENGTH - 1] + "…"


_BY_STATUS: dict[int, type[APIError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    422: UnprocessableError,
    429: RateLimitError,
}
_MAX_WAIT = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class ProviderProblem:
    """Hold what a provider's error answer says. `kind` overrides what the status alone would mean."""

    message: str
    code: str | None = None
    details: str | None = None
    request_id: str | None = None
    kind: type[APIError] | None = None
    resets_at: datetime | None = None


def error_for(provider: str, request: Request, response: Response, problem: ProviderProblem) -> APIError:
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
        error.retry_after, error.resets_at = parse_wait(response, problem.resets_at, datetime.now(UTC))
    return error


def parse_wait(response: Response, resets_at: datetime | None, now: datetime) -> tuple[float | None, datetime | None]:
    """Give how many seconds to wait and until when, as `Retry-After` tells it, or else `resets_at`.

    None and None where neither does, or where what they tell is garbage: more than a week is.
    """
    seconds = parse_retry_after(response.headers.get("retry-after"), now)
    if seconds is None and resets_at is not None:
        seconds = max(0.0, (resets_at - now).total_seconds())
        if seconds > _MAX_WAIT:
            return None, None
    if seconds is None:
        return None, None
    return seconds, resets_at if resets_at is not None else now + timedelta(seconds=seconds)


def parse_retry_after(value: str | None, now: datetime) -> float | None:
    """Give the seconds that a `Retry-After` header means (RFC 9110, section 10.2.3), as digits or as an HTTP-date.

    None for what is neither, and for more than a week.
    """
    if value is None:
        return None
    value = value.strip()
    if value.isascii() and value.isdigit():
        return float(value) if len(value) < 9 and int(value) <= _MAX_WAIT else None
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    if not value.endswith("GMT"):  # every HTTP-date does; the parser takes e-mail's dates too
        return None
    seconds = max(0.0, (moment.replace(tzinfo=UTC) - now).total_seconds())
    return seconds if seconds <= _MAX_WAIT else None


def parse_epoch_seconds(value: str | None) -> datetime | None:
    """Give the time that a header of epoch seconds names, or None where it is missing or garbage."""
    if value is None or not (value.isascii() and value.isdigit()) or len(value) > 11:
        return None
    return datetime.fromtimestamp(int(value), UTC)


class ErrorMiddleware:
    """Let through what is a success of the kind that was asked for; `read_problem` reads a provider's error answer."""

    def __init__(self, *, provider: str, base_url: str, read_problem: Callable[[Response], ProviderProblem]) -> None:
        self._provider = provider
        self._base_url = base_url
        self._read_problem = read_problem

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Give the answer where it is a 2xx, and JSON where JSON was asked for; or a 404 where it is as good as that.

        Raises `APIError` by what the provider answered, and `DecodeError` where the answer should be JSON.
        """
        response = await call_next(call)
        if call.request.method == "DELETE" and response.status == 404 and call.lost is not None:
            return response  # gone by the attempt whose answer was lost
        if 300 <= response.status < 400:
            raise APIError(
                f"answered with a redirect, and redirects are not followed. Is {self._base_url} the right address?",
                provider=self._provider,
                operation=call.request.operation,
                status_code=response.status,
            )
        if not 200 <= response.status < 300:
            raise error_for(self._provider, call.request, response, self._read_problem(response))
        # A page is no answer of any request: a proxy's, or a wrong address's (facts/logto.md, section 9).
        media_type = response.media_type
        if media_type == "text/html" or (call.request.expects_json and not _is_json(media_type)):
            raise DecodeError(
                f"answered {response.status} with {media_type or 'no content type'} instead of JSON. "
                f"Is {self._base_url} the right address?",
                provider=self._provider,
                operation=call.request.operation,
            )
        return response


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")
