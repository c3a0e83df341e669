"""What an error means for a unit and for its key: fail, try again later, sleep, or stop. Pure decisions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from orgsdk.bulk import LockedError, PausedError, StoppedError
from orgsdk.errors import (
    AuthenticationError,
    DecodeError,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    TransportError,
)

if TYPE_CHECKING:
    from orgsdk.bulk import Report
    from orgsdk.errors import OrgError
    from orgsdk.fleet.options import FleetOptions

Verdict: TypeAlias = Literal["fail", "stop_unit", "stop_key", "sleep", "retry"]

# Errors after which the same work may succeed a little later.
_TEMPORARY: Final = (TransportError, ServerError, DecodeError, OutcomeUnknownError, LockedError)
_ADDRESS: Final = re.compile(r"[^\s,;:<>()\"']+[@\uff20][^\s,;:<>()\"']+")
_MAX_REASON: Final = 500
_DEFAULT_PAUSE: Final = timedelta(seconds=60)
_MAX_PAUSE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class UnitFailure:
    """What an error means.

    Attributes:
        verdict: `"fail"` ends the unit, `"stop_unit"` too, but it can be resumed. `"stop_key"` ends the work on the
            key any more. `"sleep"` and `"retry"` continue the unit later, and `"retry"` counts as an attempt.
        reason: Why, without secrets and addresses.
        until: When the work goes on, in UTC; None if it does not.
    """

    verdict: Verdict
    reason: str
    until: datetime | None = None


def judge_error(error: OrgError, attempts: int, options: FleetOptions, now: datetime) -> UnitFailure:
    """Return what an error means for its unit and key.

    Args:
        error: The error that ended the work on the unit.
        attempts: How often a temporary failure has ended the work on it, this one included.
        options: The fleet's options.
        now: The time, in UTC.

    Returns:
        The verdict.
    """
    reason = describe_error(error)
    if isinstance(error, PausedError):
        return UnitFailure("sleep", "waits for the rate limit", error.until)
    if isinstance(error, RateLimitError):
        pause = _DEFAULT_PAUSE if error.retry_after is None else timedelta(seconds=min(error.retry_after, 1e6))
        return UnitFailure("sleep", "waits for the rate limit", now + pause)
    if isinstance(error, AuthenticationError) or isinstance(error.__cause__, AuthenticationError):
        return UnitFailure("stop_key", f"the sign-in was refused: {reason}")
    if isinstance(error, StoppedError):
        return UnitFailure("stop_unit", reason)
    if isinstance(error, _TEMPORARY):
        return retry_later(reason, attempts, options, now)
    return UnitFailure("fail", reason)


def retry_later(reason: str, attempts: int, options: FleetOptions, now: datetime) -> UnitFailure:
    """Return the verdict of a temporary failure: a retry after a pause that doubles, until the attempts are used.

    Args:
        reason: Why.
        attempts: How often a temporary failure has ended the work, this one included.
        options: The fleet's options.
        now: The time, in UTC.

    Returns:
        The verdict.
    """
    if attempts >= options.attempts:
        return UnitFailure("fail", reason)
    pause = options.retry_pause * 2 ** min(attempts - 1, 20)
    return UnitFailure("retry", reason, now + min(pause, max(_MAX_PAUSE, options.retry_pause)))


def unsettled(report: Report) -> int:
    """Return how many changes of a run may succeed if it is resumed.

    Args:
        report: The report of a run that reached its end.

    Returns:
        The number of changes that are unknown, in flight or not reached, or that failed for a temporary reason.
    """
    temporary = sum(one.status == "failed" and isinstance(one.error, _TEMPORARY) for one in report.outcomes)
    return temporary + report.unknown + report.in_flight + report.not_reached


def describe_error(error: Exception) -> str:
    """Return the text of an error for a unit's reason: short, and without what looks like an email address.

    Args:
        error: The error.

    Returns:
        Text of one line.
    """
    text = " ".join(str(error).split()) or type(error).__name__
    text = _ADDRESS.sub("[address]", text).encode("utf-8", "replace").decode()  # a lone surrogate cannot be stored
    return text if len(text) <= _MAX_REASON else f"{text[: _MAX_REASON - 1]}…"
