"""Errors as SCIM answers: status, ``scimType`` and a text that has nothing of the provider's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from scim2_models import Error, SCIMException

from orgsdk import errors
from orgsdk.errors import OrgError
from orgsdk.scim.deactivations import QuarantinedError
from orgsdk.scim.id_map import TakenError
from orgsdk.scim.tables import DatabaseError

RETRY_AFTER: Final = "retry_after"
# Seconds after which an identity provider may try again, if nothing else is known.
_RETRY_AFTER: Final = 30


class TooSlowError(OrgError):
    """The answer took longer than `GatewayOptions.timeout`."""


class TooManyError(OrgError):
    """An answer needs more members than `GatewayOptions.scan_limit`."""

    def __init__(self) -> None:
        super().__init__(
            "Too many members would have to be read: exclude the attribute members, use another filter, or raise the "
            "gateway's option scan_limit."
        )


class RefusedError(OrgError):
    """A setting, or what the provider can hold, makes a request impossible. The text is answered."""


@dataclass(frozen=True, slots=True)
class Problem:
    """The answer to an error.

    Attributes:
        status: The HTTP status.
        scim_type: The ``scimType``; empty for none.
        detail: The text. None for the error's own, which has no value of a request.
        retry_after: Whether the answer states when to try again.
    """

    status: int
    scim_type: str = ""
    detail: str | None = None
    retry_after: bool = False


# An error has the answer of its class, or of the nearest base class.
_PROBLEMS: Final[dict[type[OrgError], Problem]] = {
    OrgError: Problem(500, detail="The gateway failed."),
    errors.ConfigurationError: Problem(500, detail="The gateway is not configured correctly."),
    errors.InvalidArgumentError: Problem(400, "invalidValue"),
    errors.UnsupportedError: Problem(400, "mutability", "The provider cannot store this change."),
    errors.PaginationError: Problem(503, detail="The provider's list could not be read.", retry_after=True),
    errors.APIError: Problem(502, detail="The provider returned an unexpected response."),
    errors.BadRequestError: Problem(400, "invalidValue", "The provider refused a value."),
    errors.UnprocessableError: Problem(400, "invalidValue", "The provider refused a value."),
    errors.AuthenticationError: Problem(502, detail="The provider rejected the gateway's credentials."),
    errors.PermissionDeniedError: Problem(502, detail="The gateway lacks a permission at the provider."),
    errors.NotFoundError: Problem(404, detail="There is no such resource."),
    errors.ConflictError: Problem(409, "uniqueness", "A value belongs to another user already."),
    errors.RateLimitError: Problem(429, detail="The provider's rate limit is reached.", retry_after=True),
    errors.ServerError: Problem(503, detail="The provider failed.", retry_after=True),
    errors.TransportError: Problem(503, detail="The provider did not respond.", retry_after=True),
    errors.OutcomeUnknownError: Problem(
        503, detail="The change may or may not have been made: send it again.", retry_after=True
    ),
    errors.DecodeError: Problem(502, detail="The provider's response could not be read."),
    DatabaseError: Problem(503, detail="The gateway's database does not respond.", retry_after=True),
    TakenError: Problem(409, "uniqueness", "The name belongs to another resource already."),
    QuarantinedError: Problem(
        429, detail="Too many users would be deactivated: an operator has to allow it.", retry_after=True
    ),
    RefusedError: Problem(400, "mutability"),
    TooManyError: Problem(400, "tooMany"),
    TooSlowError: Problem(503, detail="The answer took too long: send the request again.", retry_after=True),
}


def scim_error(error: OrgError) -> SCIMException:
    """Return the SCIM answer to an error.

    Args:
        error: The error.

    Returns:
        An exception that scim2-server answers with. Its context has ``retry_after``, if the time is known.
    """
    problem = next(_PROBLEMS[kind] for kind in type(error).__mro__ if kind in _PROBLEMS)
    detail = problem.detail if problem.detail is not None else str(error)
    answer = Error(status=problem.status, scim_type=problem.scim_type or None, detail=detail)
    exception = SCIMException.from_error(answer)
    if problem.retry_after:
        exception.context[RETRY_AFTER] = _seconds(error)
    return exception


def _seconds(error: OrgError) -> int:
    seconds: float | None = getattr(error, "retry_after", None)
    resets_at: datetime | None = getattr(error, "resets_at", None)
    if seconds is None and resets_at is not None:
        seconds = (resets_at - datetime.now(UTC)).total_seconds()
    return _RETRY_AFTER if seconds is None else max(1, math.ceil(seconds))
