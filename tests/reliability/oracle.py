"""The judge: what the client said, held against what the server did. The client's word counts for nothing here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from orgsdk.errors import DecodeError, NotSentError, OrgError, OutcomeUnknownError, ServerError, TransportError

if TYPE_CHECKING:
    from tests.reliability.scenario import Scenario, Step


class Report(Enum):
    """Say how a call ended, in the client's words."""

    RETURNED = "returned"
    ADOPTED = "adopted"
    REFUSED = "refused"  # nothing was done
    UNKNOWN = "unknown"  # it may or may not have been done
    ALIEN = "alien"  # no error of ours


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold a call's report, and what is wrong with it, None where nothing is."""

    report: Report
    wrong: str | None = None


def report_of(result: object, error: Exception | None) -> Report:
    """Tell what the client claims."""
    if error is None:
        return Report.ADOPTED if getattr(result, "adopted", False) else Report.RETURNED
    if not isinstance(error, OrgError):
        return Report.ALIEN
    return Report.UNKNOWN if _leaves_open(error) else Report.REFUSED


def _leaves_open(error: OrgError) -> bool:
    if isinstance(error, (OutcomeUnknownError, DecodeError)):
        return True
    if isinstance(error, TransportError):
        return not isinstance(error, NotSentError)
    if isinstance(error, ServerError):
        return not (error.status_code == 503 and error.retry_after is not None)
    return False


def judge(
    step: Step, scene: Scenario, before: str, result: object, error: Exception | None, *, befallen: bool
) -> Verdict:
    """Hold the report of a call against the state of the server, which was `before`.

    Where something has `befallen` it, the removal of what is not there may be reported as done: 404 after a lost
    answer is success.
    """
    report = report_of(result, error)
    return Verdict(report, _wrong(step, scene, before, result, error, report, befallen=befallen))


def _wrong(
    step: Step, scene: Scenario, before: str, result: object, error: Exception | None, report: Report, *, befallen: bool
) -> str | None:
    told = f"{type(error).__name__}: {error}" if error is not None else f"{type(result).__name__}"
    if report is Report.ALIEN:
        return f"alien error: {told}"
    changed = scene.world.digest() != before
    done = report in {Report.RETURNED, Report.ADOPTED}
    if step.is_refused:
        if done and not (step.is_removal and befallen):
            return f"false report: {told} returned, and the server refuses it"
        return "changed: what the server refuses has changed something" if changed else None
    if step.copies is None:
        if done and (complaint := step.answer(scene, result)):
            return f"false answer: {complaint}"
        return "changed: a read has changed something" if changed else None
    copies = step.copies(scene)
    if copies > 1:
        return f"duplicated: {copies} copies, reported as {told}"
    if done and copies < 1:
        return f"lost: reported as done ({report.value}), and it is not"
    if done and (complaint := step.answer(scene, result)):
        return f"false answer: {complaint}"
    if report is Report.REFUSED and (error is None or getattr(error, "partial_result", None) is None):
        if copies:
            return f"false report: {told}, and it is done"
        if changed and step.is_create:
            return f"false report: {told}, nothing left behind, and something is there"
    return None
