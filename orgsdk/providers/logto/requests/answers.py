"""What Logto's answers say beside their bodies, and what its error answers say. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import BadRequestError, ConflictError
from orgsdk.transport import ProviderProblem, parse_epoch_seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from orgsdk.errors import APIError
    from orgsdk.transport import Response

# Every answer carries it (facts/logto.md, section 3).
REQUEST_ID_HEADER = "logto-core-request-id"
# 10 messages a recipient in 10 minutes (facts/logto.md, section 9).
MESSAGE_LIMIT_CODE = "request.message_rate_limited"
# What exists already is 422 at Logto, as is whatever else it refuses for its content (facts/logto.md, section 3).
ALREADY_EXISTS_CODE = "entity.unique_integrity_violation"
_ALREADY_EXISTS_CODES = frozenset(
    {
        ALREADY_EXISTS_CODE,
        "user.email_already_in_use",
        "user.phone_already_in_use",
        "user.username_already_in_use",
    }
)


def read_total(response: Response) -> int | None:
    """Give the whole list's length as the answer tells it, None where it does not or tells garbage."""
    value = response.headers.get("total-number")
    return int(value) if value is not None and value.isascii() and value.isdigit() and len(value) < 16 else None


def request_id(response: Response) -> str | None:
    """Give the id by which Logto's own log knows the request."""
    return response.headers.get(REQUEST_ID_HEADER)


def read_problem(response: Response) -> ProviderProblem:
    """Read an error answer, in Logto's form, RFC 6749's, or as plain text (facts/logto.md, sections 1 and 3).

    `data` is left out: for an expired token it holds the token's claims.
    """
    body = response.json_object()
    code, message, details = _text_field(body, "code"), _text_field(body, "message"), _text_field(body, "details")
    return ProviderProblem(
        message=_text_field(body, "error_description")
        or message
        or f"answered {response.status} without an explanation",
        code=code,
        details=details,
        request_id=request_id(response),
        kind=_error_class(code),
        resets_at=parse_epoch_seconds(response.headers.get("x-ratelimit-reset")),
    )


def _text_field(body: Mapping[str, object], name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def _error_class(code: str | None) -> type[APIError] | None:
    if code == MESSAGE_LIMIT_CODE:
        # One recipient's limit is not the tenant's: the transport must neither wait for it nor hold up other calls.
        # `Connection` makes a rate limit of it.
        return BadRequestError
    return ConflictError if code in _ALREADY_EXISTS_CODES else None
