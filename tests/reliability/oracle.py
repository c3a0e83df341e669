"""The test oracle: it compares what the client reported with the server's state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from orgsdk.errors import DecodeError, NotSentError, OrgError, OutcomeUnknownError, ServerError, TransportError

if TYPE_CHECKING:
    from tests.reliability.scenario import Scenario, Step


class Report(Enum):
    """The outcome of a call, as the client reported it."""

    RETURNED = "returned"
    ADOPTED = "adopted"
    REFUSED = "refused"  # nothing was done
    UNKNOWN = "unknown"  # it may or may not have been done
    FOREIGN = "foreign"  # not an OrgError


@dataclass(frozen=True, slots=True)
class Verdict:
    """A call's report, and what is wrong with it, or None."""

    report: Report
    wrong: str | None = None


def shows_secret(error: BaseException | None, secrets: set[str]) -> bool:
    """Return whether a text or a field of an error, or of one of its causes, contains a secret."""
    seen: list[BaseException] = []
    while error is not None and error not in seen:
        seen.append(error)
        texts = [str(error), repr(error), *map(repr, vars(error).values())]
        if any(secret in text for secret in secrets for text in texts):
            return True
        error = error.__cause__ or error.__context__
    return False


def report_of(result: object, error: Exception | None) -> Report:
    """Return what the client reported."""
    if error is None:
        return Report.ADOPTED if getattr(result, "adopted", False) else Report.RETURNED
    if not isinstance(error, OrgError):
        return Report.FOREIGN
    return Report.UNKNOWN if _is_outcome_unknown(error) else Report.REFUSED


def _is_outcome_unknown(error: OrgError) -> bool:
    if isinstance(error, (OutcomeUnknownError, DecodeError)):
        return True
    if isinstance(error, TransportError):
        return not isinstance(error, NotSentError)
    if isinstance(error, ServerError):
        # RFC 9110, 15.6.4 and 15.5.20, and RFC 8470, 5.2: these were not processed.
        return error.status_code not in {421, 425} and not (error.status_code == 503 and error.retry_after is not None)
    return False


def judge(
    step: Step, scenario: Scenario, before: str, result: object, error: Exception | None, *, injected: bool
) -> Verdict:
    """Compare the report of a call with the server's state, which was `before`.

    If a fault was injected, the removal of a missing record can be reported as done: 404 after a lost response is
    success.
    """
    report = report_of(result, error)
    return Verdict(report, _wrong(step, scenario, before, result, error, report, injected=injected))


def _wrong(
    step: Step,
    scenario: Scenario,
    before: str,
    result: object,
    error: Exception | None,
    report: Report,
    *,
    injected: bool,
) -> str | None:
    reported = f"{type(error).__name__}: {error}" if error is not None else f"{type(result).__name__}"
    if report is Report.FOREIGN:
        return f"foreign exception: {reported}"
    changed = scenario.servers.digest() != before
    done = report in {Report.RETURNED, Report.ADOPTED}
    if step.is_refused:
        if done and not (step.is_removal and injected):
            return f"false report: {reported} returned, but the server refuses it"
        return "changed: a refused operation changed the state" if changed else None
    if step.copies is None:
        if done and (difference := step.answer(scenario, result)):
            return f"false result: {difference}"
        return "changed: a read changed the state" if changed else None
    copies = step.copies(scenario)
    if copies > 1:
        return f"duplicated: {copies} copies, reported as {reported}"
    if done and copies < 1:
        return f"lost: reported as done ({report.value}), but it is not"
    if done and (difference := step.answer(scenario, result)):
        return f"false result: {difference}"
    if report is Report.REFUSED and (error is None or getattr(error, "partial_result", None) is None):
        if copies:
            return f"false report: {reported}, but it is done"
        if changed and step.is_create:
            return f"false report: {reported} without a partial result, but the state changed"
    return None
