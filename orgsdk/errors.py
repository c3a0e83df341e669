"""Every error that orgsdk raises, under one root.

Messages name operations, settings and ids. They never show a token, a password or a person's address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

_E = TypeVar("_E", bound="OrgError")


def _rebuild(kind: type[_E], args: tuple[object, ...], state: Mapping[str, object]) -> _E:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class OrgError(Exception):
    """Catch everything that orgsdk raises.

    `partial_result` is what a call of several steps had made before one of them failed (the account of a user who
    could not be added); None where nothing was. `cursor` resumes a list at the page that could not be had; None stands
    for the first page, and for what is no list.
    """

    partial_result: object | None = None
    cursor: str | None = None

    def __reduce__(
        self,
    ) -> tuple[object, tuple[type[OrgError], tuple[object, ...], Mapping[str, object]]]:
        # Exception's own way calls the class with `args` alone, which loses keyword-only parameters.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


class ConfigurationError(OrgError):
    """Tell which setting is missing or wrong. Raised before any request."""


class InvalidArgumentError(OrgError, ValueError):
    """Tell which argument of a call was wrong. Raised before any request."""


class InvalidCursorError(InvalidArgumentError):
    """Tell why a cursor was refused: damaged, of another provider, or of another list."""


class UnsupportedError(OrgError):
    """Tell that a provider cannot do what was asked. Raised before any request.

    `provider` and `operation` name who and what; `advice` says what to do instead, where there is something.
    """

    def __init__(self, provider: str, operation: str, advice: str | None = None) -> None:
        super().__init__(f"{provider} does not offer {operation}." + (f" {advice}" if advice else ""))
        self.provider = provider
        self.operation = operation
        self.advice = advice


class PaginationError(OrgError):
    """Tell that a list could not be read to its end.

    `cursor` resumes at the page that failed; None stands for the first page.
    """

    def __init__(self, message: str, *, cursor: str | None = None) -> None:
        super().__init__(message)
        self.cursor = cursor


class APIError(OrgError):
    """Tell what a provider answered instead of what was asked for.

    `status_code` is the HTTP status, or None where the answer had none (a provider without HTTP) or where the
    finding is this client's own, such as a user who is missing from the list that had to be searched.
    `code` is the provider's own stable code, `message` its text with personal addresses cut out, `request_id`
    what its support asks for, `operation` the provider's own name of the call, `details` its explanation of
    what was invalid.
    """

    def __init__(
        self,
        message: str,
        *,
        provider: str,
        operation: str,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        details: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.provider = provider
        self.operation = operation
        self.status_code = status_code
        self.code = code
        self.request_id = request_id
        self.details = details

    def __str__(self) -> str:
        status = " ".join(str(part) for part in (self.status_code, self.code) if part is not None)
        head = f"{self.provider} {self.operation}" + (f" [{status}]" if status else "")
        tail = f" ({self.details})" if self.details else ""
        tail += f" [request {self.request_id}]" if self.request_id else ""
        return f"{head}: {self.message}{tail}"


class BadRequestError(APIError):
    """Tell that the provider found the request malformed (400 and other 4xx without a class of their own)."""


class AuthenticationError(APIError):
    """Tell that the provider did not accept who is asking (401, or a refused sign-in)."""


class PermissionDeniedError(APIError):
    """Tell that who is asking may not do this (403)."""


class NotFoundError(APIError):
    """Tell that the thing asked for does not exist (404)."""


class ConflictError(APIError):
    """Tell that the thing exists already, or more than one thing answers to the description (409, at Logto 422)."""


class UnprocessableError(APIError):
    """Tell that the provider understood the request and refused its content (422)."""


class _RetryLaterError(APIError):
    def __init__(
        self,
        message: str,
        *,
        provider: str,
        operation: str,
        status_code: int | None = None,
        code: str | None = None,
        request_id: str | None = None,
        details: str | None = None,
        retry_after: float | None = None,
        resets_at: datetime | None = None,
    ) -> None:
        super().__init__(
            message,
            provider=provider,
            operation=operation,
            status_code=status_code,
            code=code,
            request_id=request_id,
            details=details,
        )
        self.retry_after = retry_after
        self.resets_at = resets_at


class RateLimitError(_RetryLaterError):
    """Tell that too many requests were made.

    `retry_after` is how many seconds to wait, `resets_at` when the limit ends (UTC); None where the provider
    did not say.
    """


class ServerError(_RetryLaterError):
    """Tell that the provider failed (5xx).

    `retry_after` is how many seconds to wait, `resets_at` until when (UTC); None where the provider did not say.
    """


class TransportError(OrgError):
    """Tell that no answer came: the request may or may not have reached the provider."""

    def __init__(self, message: str, *, provider: str, operation: str) -> None:
        super().__init__(f"{provider} {operation}: {message}")
        self.provider = provider
        self.operation = operation


class NotSentError(TransportError):
    """Tell that the request never left: nothing has changed at the provider."""


class RequestTimeoutError(TransportError):
    """Tell that no answer came in time: the request may or may not have been carried out."""


class OutcomeUnknownError(OrgError):
    """Tell that a write may or may not have happened, and that nothing tells which.

    Raised where the answer to a write was lost and the thing written has no natural key to look it up by.
    """

    def __init__(self, message: str, *, provider: str, operation: str) -> None:
        super().__init__(f"{provider} {operation}: {message}")
        self.provider = provider
        self.operation = operation


class DecodeError(OrgError):
    """Tell that an answer came which cannot be read: not JSON, or not of the documented shape."""

    def __init__(self, message: str, *, provider: str, operation: str, request_id: str | None = None) -> None:
        tail = f" [request {request_id}]" if request_id else ""
        super().__init__(f"{provider} {operation}: {message}{tail}")
        self.provider = provider
        self.operation = operation
        self.request_id = request_id
