"""What became of an attempt, and whether it may be made again. Pure (DESIGN.md, decision 4)."""

from __future__ import annotations

from enum import Enum

from orgsdk.errors import (
    APIError,
    AuthenticationError,
    NotSentError,
    OrgError,
    PermissionDeniedError,
    RateLimitError,
    ServerError,
    TransportError,
)
from orgsdk.transport.request import TOKEN_OPERATION, Safety

# "Not implemented", "HTTP version not supported" and "sign in to this network first" are answers to what was asked.
# Every other 5xx may come from a proxy or a dying server (Cloudflare's 520 to 527 among them): whether the request
# was carried out cannot be told from it.
_SETTLED = frozenset({501, 505, 511})


class Outcome(Enum):
    """Say what became of an attempt that failed."""

    NOT_SENT = "not sent"  # the provider never saw it
    REFUSED = "refused"  # the provider saw it, did nothing, and asks to come back
    LOST = "lost"  # it may or may not have been carried out
    FINAL = "final"  # the provider answered, and will answer the same again


def outcome_of(error: OrgError, *, left: bool) -> Outcome:
    """Tell what became of the attempt that ended in `error`; `left` says whether the request was sent at all.

    It was not where an access token could not be had: that failure is another request's.
    """
    outcome = _of_what_left(error)
    return Outcome.NOT_SENT if outcome is Outcome.LOST and not left else outcome


def _of_what_left(error: OrgError) -> Outcome:
    if isinstance(error, NotSentError):
        return Outcome.NOT_SENT
    if isinstance(error, RateLimitError):
        # Without a status it is our own gate's: the wait is longer than the call may take, now as later.
        return Outcome.FINAL if error.status_code is None else Outcome.REFUSED
    if isinstance(error, ServerError) and error.status_code not in _SETTLED:
        # A 503 that says when to come back was refused before it was begun (RFC 9110, section 15.6.4).
        return Outcome.REFUSED if error.status_code == 503 and error.retry_after is not None else Outcome.LOST
    if isinstance(error, TransportError):
        return Outcome.LOST
    return Outcome.FINAL


def is_of_the_token(error: OrgError) -> bool:
    """Tell whether it was an access token that could not be had: what it was for was not sent."""
    return getattr(error, "operation", None) == TOKEN_OPERATION


def is_turned_away(error: OrgError) -> bool:
    """Tell whether the request was turned away at the door: nothing is learned of an earlier one that was lost."""
    if isinstance(error, AuthenticationError | PermissionDeniedError) or is_of_the_token(error):
        return True
    # A redirect is that of a network's sign-in page, or of a wrong address.
    return isinstance(error, APIError) and error.status_code is not None and 300 <= error.status_code < 400


def may_repeat(outcome: Outcome, safety: Safety) -> bool:
    """Tell whether an attempt of that outcome may be made again, given what a repeat could do."""
    if outcome in {Outcome.NOT_SENT, Outcome.REFUSED}:
        return True
    return outcome is Outcome.LOST and safety is not Safety.UNSAFE
