"""Error responses: HTTP status and body to a typed exception."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
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
from orgsdk.transport.headers import parse_wait
from orgsdk.transport.redaction import NO_SECRETS, redact

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.transport.redaction import CallSecrets, Secrets
    from orgsdk.transport.request import Call, CallNext, Request, Response

_ERROR_BY_STATUS: dict[int, type[APIError]] = {
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    408: ServerError,
    409: ConflictError,
    421: ServerError,
    422: UnprocessableError,
    425: ServerError,
    429: RateLimitError,
}


@dataclass(frozen=True, slots=True)
class ProviderProblem:
    """What a provider's error response reports, as read by the provider's `read_problem`.

    Args:
        message: The provider's text.
        code: The provider's stable error code.
        details: The provider's explanation of what was invalid.
        request_id: The provider's id of the request, for its support.
        kind: The exception class. Default: chosen by the HTTP status.
        resets_at: The end of the rate limit, in UTC. Used by `RateLimitError` if there is no `Retry-After` header.
        is_own: Whether the response has the provider's own error format, by its media type and its code. If not,
            something between the client and the provider may have sent it, such as a gateway: a 404 is `NotFoundError`
            only if this is True.
        has_known_code: Whether the provider's own code knows this `code` by name. It stays as it is, even if a secret
            of the call is a word in it, so that comparing it works.
    """

    message: str
    code: str | None = None
    details: str | None = None
    request_id: str | None = None
    kind: type[APIError] | None = None
    resets_at: datetime | None = None
    is_own: bool = False
    has_known_code: bool = False


class ErrorMiddleware:
    """Turn an error response into an exception. Private to orgsdk."""

    def __init__(
        self,
        *,
        provider: str,
        base_url: str,
        read_problem: Callable[[Response], ProviderProblem],
        secrets: CallSecrets,
    ) -> None:
        self._provider = provider
        self._base_url = base_url
        self._read_problem = read_problem
        self._secrets = secrets

    async def send(self, call: Call, call_next: CallNext) -> Response:
        """Return a successful response of the expected content type, or raise `APIError` or `DecodeError`."""
        response = await call_next(call)
        if 300 <= response.status < 400:
            raise APIError(
                f"redirect received, and redirects are not followed. Is {self._base_url} the right address?",
                provider=self._provider,
                operation=call.request.operation,
                status_code=response.status,
            )
        if not 200 <= response.status < 300:
            # The problem is in no local variable: a traceback would show what the provider wrote.
            error = error_for(
                self._provider, call.request, response, self._read_problem(response), self._secrets.of(call)
            )
            if isinstance(error, NotFoundError) and call.request.method == "DELETE" and call.lost is not None:
                return response  # removed by the attempt whose response was lost
            raise error
        # No operation returns HTML: it comes from a proxy or a wrong address (facts/logto.md, section 9).
        media_type = response.media_type
        if media_type == "text/html" or (call.request.expects_json and not _is_json(media_type)):
            shown = redact(media_type, self._secrets.of(call)) or "no content type"
            raise DecodeError(
                f"received {response.status} with {shown} instead of JSON. Is {self._base_url} the right address?",
                provider=self._provider,
                operation=call.request.operation,
            )
        return response


def error_for(
    provider: str, request: Request, response: Response, problem: ProviderProblem, secrets: Secrets = NO_SECRETS
) -> APIError:
    """Return the exception for an error response, without `secrets` in any text. Private to orgsdk."""
    kind = problem.kind or _ERROR_BY_STATUS.get(response.status)
    message = problem.message
    if response.status == 404 and not problem.is_own:
        # Not `NotFoundError`: callers take that as proof that the resource does not exist.
        kind = APIError
        message = (
            f"received 404 with {response.media_type or 'no content type'}, which is not {provider}'s error format. "
            "A gateway or a proxy may have sent it: check the base URL, and whether the provider is available."
        )
    if kind is None:
        # A redirect is about the address, not about the arguments: no `BadRequestError`.
        kind = ServerError if response.status >= 500 else BadRequestError if response.status >= 400 else APIError
    error = kind(
        redact(message, secrets),
        provider=provider,
        operation=request.operation,
        status_code=response.status,
        code=_shown_code(problem, secrets),
        request_id=redact(problem.request_id, secrets) if problem.request_id else None,
        details=redact(problem.details, secrets) if problem.details else None,
    )
    error.is_own = problem.is_own
    if isinstance(error, (RateLimitError, ServerError)):
        # The end of a rate limit, which a gateway may send in any response, is not when a failing server comes back.
        resets_at = problem.resets_at if isinstance(error, RateLimitError) else None
        error.retry_after, error.resets_at = parse_wait(response, resets_at, datetime.now(UTC))
    return error


def _shown_code(problem: ProviderProblem, secrets: Secrets) -> str | None:
    if not problem.code:
        return None
    return problem.code if problem.has_known_code else redact(problem.code, secrets)


def _is_json(media_type: str) -> bool:
    return media_type == "application/json" or media_type.endswith("+json")
