"""Every exception that orgsdk raises, in one tree below `OrgError`.

Messages name operations, settings and ids. They never contain a token, a password or an email address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from typing import Self

_E = TypeVar("_E", bound="OrgError")

# The operation's name of a request for an access token, in errors, events and logs.
TOKEN_OPERATION = "token"  # noqa: S105  # a name, not a password


def _rebuild(kind: type[_E], args: tuple[object, ...], state: Mapping[str, object]) -> _E:
    error = kind.__new__(kind, *args)
    error.__dict__.update(state)
    return error


class OrgError(Exception):
    """Base class of every exception that orgsdk raises.

    Attributes:
        partial_result: What a call of several steps had done before a later step failed, such as the account of a
            user who could not be added to the organization. None if nothing was created.
        cursor: Resumes a list at the page that failed. None for the first page, and for other errors.
    """

    partial_result: object | None = None
    cursor: str | None = None

    @property
    def may_have_happened(self) -> bool:
        """Whether a write that ended in this error may have been carried out.

        True if the request was sent and its response was lost or cannot be read. Look the resource up before a retry.
        """
        return self._leaves_outcome_open() and not self._is_token_failure()

    @property
    def is_access_failure(self) -> bool:
        """Whether access was denied before the provider looked at the request.

        True for 401, for 403, for a redirect (a network's sign-in page), and if no access token was issued. Such an
        error reveals nothing about an earlier attempt at the same write.
        """
        return self._denies_access() or self._is_token_failure()

    def _leaves_outcome_open(self) -> bool:
        return False

    def _denies_access(self) -> bool:
        return False

    def _is_token_failure(self) -> bool:
        return getattr(self, "operation", None) == TOKEN_OPERATION

    def __reduce__(
        self,
    ) -> tuple[object, tuple[type[OrgError], tuple[object, ...], Mapping[str, object]]]:
        # Exception's own implementation calls the class with `args` only, which loses keyword-only parameters.
        return _rebuild, (type(self), self.args, dict(self.__dict__))


def shorten_traceback(error: OrgError) -> None:
    """Remove the frames below the caller from the traceback of a provider's error. Private to orgsdk.

    Args:
        error: An error that is about to be raised again.
    """
    if isinstance(error, APIError):
        error.__traceback__ = None


class ConfigurationError(OrgError):
    """A setting is missing or invalid. Raised before any request."""


class InvalidArgumentError(OrgError, ValueError):
    """An argument of a call is invalid. Raised before any request.

    Args:
        message: What is wrong and what to pass. It follows the argument's name, if there is one.
        argument: Name of the argument, such as ``page_size``. The command line shows its option instead.
        advice: What to call instead, after the message. An `Advice` has a text for the command line too.
    """

    def __init__(self, message: str, *, argument: str | None = None, advice: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument
        self.advice = advice

    def __str__(self) -> str:
        text = self.message if self.argument is None else f"{self.argument} {self.message}"
        return text if self.advice is None else f"{text} {self.advice}"


class InvalidCursorError(InvalidArgumentError):
    """A cursor is damaged, or belongs to another provider or another list."""


class Advice(str):
    """What to do instead of an unsupported operation, for callers in Python and for users of the command line.

    As a string it is the text for callers in Python. A provider may use a plain string if both texts are the same.

    Attributes:
        command: The text with commands and options.

    Example:
        ``Advice("Use invitations.create(email).", command="Use orgsdk invitations create EMAIL.")``
    """

    command: str

    def __new__(cls, text: str, *, command: str | None = None) -> Self:
        """Create the advice.

        Args:
            text: One sentence that names calls and arguments.
            command: The same sentence with commands and options. Default: `text`.

        Returns:
            The advice.
        """
        advice = super().__new__(cls, text)
        advice.command = text if command is None else command
        return advice


class UnsupportedError(OrgError):
    """The provider does not support the operation. Raised before any request.

    Args:
        provider: Name of the provider.
        operation: The operation, such as ``users.create``.
        advice: What to do instead, if there is an alternative. An `Advice` has a text for the command line too.
    """

    def __init__(self, provider: str, operation: str, advice: str | None = None) -> None:
        super().__init__(f"{provider} does not offer {operation}." + (f" {advice}" if advice else ""))
        self.provider = provider
        self.operation = operation
        self.advice = advice


class PaginationError(OrgError):
    """A list could not be read to its end.

    Args:
        message: What went wrong.
        cursor: Resumes the list at the page that failed. None for the first page.
    """

    def __init__(self, message: str, *, cursor: str | None = None) -> None:
        super().__init__(message)
        self.cursor = cursor


class APIError(OrgError):
    """The provider answered with an error.

    Args:
        message: The provider's text, without email addresses and tokens.
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        status_code: The HTTP status. None for a provider without HTTP, and for an error that the client itself found.
        code: The provider's stable error code.
        request_id: The provider's id of the request, for its support.
        details: The provider's explanation of what was invalid.

    Attributes:
        is_own: Whether the provider itself sent the response. Otherwise, something between may have, such as a gateway.
    """

    is_own: bool = True

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

    def _denies_access(self) -> bool:
        return self.status_code is not None and 300 <= self.status_code < 400

    def __str__(self) -> str:
        status = " ".join(str(part) for part in (self.status_code, self.code) if part is not None)
        head = f"{self.provider} {self.operation}" + (f" [{status}]" if status else "")
        tail = f" ({self.details})" if self.details else ""
        tail += f" [request {self.request_id}]" if self.request_id else ""
        return f"{head}: {self.message}{tail}"


class BadRequestError(APIError):
    """The provider found the request malformed (400, and every 4xx that no other class covers)."""


class AuthenticationError(APIError):
    """The provider rejected the credentials (401, or a refused sign-in).

    Attributes:
        settings: The environment variables to check: those that the credentials were read from, if the client was
            created by `OrgClient.from_env` or `OrgClient.from_url`. The text of the error names them.
    """

    settings: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{super().__str__()}; check {', '.join(self.settings)}" if self.settings else super().__str__()

    def _denies_access(self) -> bool:
        return True


class PermissionDeniedError(APIError):
    """The credentials do not permit the operation (403)."""

    def _denies_access(self) -> bool:
        return True


class NotFoundError(APIError):
    """The resource does not exist (404).

    Attributes:
        choices: The names that exist, if the caller passed one that does not, such as a role's. None otherwise. The
            command line reports such a name as a wrong argument.
    """

    choices: tuple[str, ...] | None = None


class ConflictError(APIError):
    """The resource exists already, or several resources match (409, at Logto 422, at WorkOS also 400)."""


class UnprocessableError(APIError):
    """The provider understood the request and refused its content (422)."""


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
    """Too many requests.

    Attributes:
        retry_after: Seconds to wait. None if the provider did not state it.
        resets_at: End of the limit, in UTC and by the local clock. None if the provider did not state it.
    """


class ServerError(_RetryLaterError):
    """The provider failed (5xx), or could not take the request at this moment (408, 421, 425).

    Attributes:
        retry_after: Seconds to wait. None if the provider did not state it.
        resets_at: End of the wait, in UTC and by the local clock. None if the provider did not state it.
    """

    # "Not implemented", "HTTP version not supported" and "network authentication required" answer the request. Every
    # other 5xx may come from a proxy or a failing server (Cloudflare's 520 to 527 among them): whether the request was
    # carried out is unknown.
    DEFINITE_STATUSES: ClassVar[frozenset[int]] = frozenset({501, 505, 511})
    # "Misdirected request" (RFC 9110, section 15.5.20) and "too early" (RFC 8470, section 5.2) state that the request
    # was not processed. "Request timeout" (408) should state it too, but some gateways send it if a server behind them
    # is slow.
    REFUSED_STATUSES: ClassVar[frozenset[int]] = frozenset({421, 425})

    @property
    def was_refused(self) -> bool:
        """Return whether the provider refused the request before processing it, so that it may be sent again."""
        # A 503 with `Retry-After` was refused before processing (RFC 9110, section 15.6.4).
        return self.status_code in self.REFUSED_STATUSES or (self.status_code == 503 and self.retry_after is not None)

    def _leaves_outcome_open(self) -> bool:
        return not self.was_refused and self.status_code not in self.DEFINITE_STATUSES


class TransportError(OrgError):
    """No response was received. The request may have reached the provider.

    Args:
        message: What went wrong.
        provider: Name of the provider.
        operation: The provider's own name of the operation.
    """

    def __init__(self, message: str, *, provider: str, operation: str) -> None:
        super().__init__(f"{provider} {operation}: {message}")
        self.provider = provider
        self.operation = operation

    def _leaves_outcome_open(self) -> bool:
        return True


class NotSentError(TransportError):
    """The request was not sent: nothing has changed at the provider.

    Attributes:
        retryable: Whether a retry may succeed. False for a certificate that is not trusted, and for a closed client.
    """

    retryable: bool = True

    def _leaves_outcome_open(self) -> bool:
        return False


class RequestTimeoutError(TransportError):
    """No response was received in time. The request may have been carried out."""


class OutcomeUnknownError(OrgError):
    """A write may or may not have happened, and no lookup could find out.

    Raised if the response to a write was lost, and the resource has no natural key to look it up by or was not found.

    Args:
        message: What went wrong.
        provider: Name of the provider.
        operation: The provider's own name of the operation.
    """

    def __init__(self, message: str, *, provider: str, operation: str) -> None:
        super().__init__(f"{provider} {operation}: {message}")
        self.provider = provider
        self.operation = operation

    def _leaves_outcome_open(self) -> bool:
        return True


class DecodeError(OrgError):
    """A response cannot be read: it is not JSON, or not of the documented form.

    Args:
        message: What went wrong.
        provider: Name of the provider.
        operation: The provider's own name of the operation.
        request_id: The provider's id of the request, for its support.
    """

    def __init__(self, message: str, *, provider: str, operation: str, request_id: str | None = None) -> None:
        tail = f" [request {request_id}]" if request_id else ""
        super().__init__(f"{provider} {operation}: {message}{tail}")
        self.provider = provider
        self.operation = operation
        self.request_id = request_id

    def _leaves_outcome_open(self) -> bool:
        return True  # the provider had processed the request, or a proxy answered in its place
