"""Logto's error codes and the exceptions that they become."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from orgsdk.errors import (
    APIError,
    BadRequestError,
    ConflictError,
    NotFoundError,
    RateLimitError,
    UnprocessableError,
)
from orgsdk.providers.http.connection import HTTPConnection
from orgsdk.providers.http.error_codes import ErrorCodes, text_member
from orgsdk.transport import parse_epoch_seconds

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence

    from orgsdk.errors import OrgError
    from orgsdk.transport import ProviderProblem, Request, Response

# Every response has it (facts/logto.md, section 3).
REQUEST_ID_HEADER = "logto-core-request-id"

# 10 messages per recipient in 10 minutes (facts/logto.md, section 9).
MESSAGE_LIMIT_CODE = "request.message_rate_limited"
# One code for a past expiry (400), and for four errors with 422: the invited address belongs to a member, the accepting
# user is missing, the user has another address, the invitation is not pending. The message is translated, so that it
# cannot be compared (facts/logto.md, section 3).
INVALID_INPUT_CODE = "request.invalid_input"
ALREADY_EXISTS_CODE = "entity.unique_integrity_violation"
# Logto answers 422 to a duplicate, as to other invalid content (facts/logto.md, section 3).
_CONFLICT_CODES = frozenset(
    {
        ALREADY_EXISTS_CODE,
        "user.email_already_in_use",
        "user.phone_already_in_use",
        "user.username_already_in_use",
    }
)
# The codes of a 404 start with one of these; an unknown path is plain text (facts/logto.md, section 3).
_NOT_FOUND_PREFIXES = ("entity.", "oidc.")
_NOT_A_MEMBER_CODE = "organization.require_membership"
_FOREIGN_KEY_CODE = "entity.relation_foreign_key_not_found"
UNKNOWN_ROLE_CODES = frozenset({"organization.role_names_not_found", _FOREIGN_KEY_CODE})
_CODES = ErrorCodes(
    {
        **dict.fromkeys(_CONFLICT_CODES, ConflictError),
        # This limit belongs to one recipient, not to the tenant: the transport must neither wait for it nor delay other
        # calls. `LogtoConnection` raises `RateLimitError` instead.
        MESSAGE_LIMIT_CODE: BadRequestError,
    },
    known={INVALID_INPUT_CODE, _NOT_A_MEMBER_CODE, *UNKNOWN_ROLE_CODES},
    request_id_header=REQUEST_ID_HEADER,
)

_MAX_IDS_IN_MESSAGE = 3

ErrorT = TypeVar("ErrorT", bound=APIError)


def read_problem(response: Response) -> ProviderProblem:
    """Read an error response in Logto's form, in that of RFC 6749, or as plain text (facts/logto.md, sections 1 and 3).

    A gateway may send any format. `data` is not read: for an expired token it contains the token's claims.
    """
    problem = _CODES.read(response)
    code = text_member(response.json_object(), "code")
    return replace(
        problem,
        details=text_member(response.json_object(), "details"),
        resets_at=parse_epoch_seconds(response.headers.get("x-ratelimit-reset")),
        is_own=problem.is_own and _is_own(code or "", response),
    )


def _is_own(code: str, response: Response) -> bool:
    return response.status != 404 or code.startswith(_NOT_FOUND_PREFIXES)


def convert_error(kind: type[ErrorT], error: APIError, message: str) -> ErrorT:
    """Return Logto's error as another class with another message, and with Logto's status, code and request id."""
    return kind(
        message,
        provider=error.provider,
        operation=error.operation,
        status_code=error.status_code,
        code=error.code,
        request_id=error.request_id,
    )


class LogtoConnection(HTTPConnection):
    """The connection to Logto. Too many messages to one recipient are a `RateLimitError`."""

    __slots__ = ()

    def convert_error(self, error: APIError, request: Request) -> OrgError:
        """Return the error for an error response of Logto."""
        if isinstance(error, BadRequestError) and error.code == MESSAGE_LIMIT_CODE:
            return convert_error(RateLimitError, error, error.message)
        return error


@contextmanager
def convert_not_a_member(organization_id: str, user_id: str) -> Generator[None]:
    """Convert Logto's 422 for a user who is not a member to `NotFoundError`.

    Logto sends the same for a user or an organization that does not exist (facts/logto.md, section 6).
    """
    try:
        yield
    except UnprocessableError as error:
        if error.code != _NOT_A_MEMBER_CODE:
            raise
        message = f"organization {organization_id} has no member {user_id}."
        raise convert_error(NotFoundError, error, message) from None


@contextmanager
def convert_unknown_account(organization_id: str, user_ids: Sequence[str]) -> Generator[None]:
    """Explain Logto's 422 for an account or an organization that does not exist. The code is the same for both.

    The class stays `UnprocessableError`: a bulk run then looks for the missing account in the batch.
    """
    try:
        yield
    except UnprocessableError as error:
        if error.code != _FOREIGN_KEY_CODE:
            raise
        ids = ", ".join(user_ids[:_MAX_IDS_IN_MESSAGE])
        hidden = len(user_ids) - _MAX_IDS_IN_MESSAGE
        more = f" and {hidden:,} more" if hidden > 0 else ""
        accounts = f"account {ids}" if len(user_ids) == 1 else f"one of the accounts {ids}{more}"
        message = f"{accounts} does not exist, or organization {organization_id} does not exist. No account was added."
        raise convert_error(UnprocessableError, error, message) from None
