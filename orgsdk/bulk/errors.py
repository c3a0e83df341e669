"""What goes wrong with a bulk run as a whole. One person's failure is an `Outcome`, not an error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk.errors import OrgError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.bulk.planning.guards import GuardResult
    from orgsdk.bulk.roster.spec import RosterProblem
    from orgsdk.bulk.run.report import Report

_MAX_SHOWN = 20


class SourceError(OrgError):
    """Tell what is wrong with a source: every row of it in `problems`. Nothing was sent.

    The message shows the first 20.
    """

    def __init__(self, problems: Sequence[RosterProblem]) -> None:
        shown = [f"  {problem}" for problem in problems[:_MAX_SHOWN]]
        more = [f"  and {len(problems) - _MAX_SHOWN:,} more"] if len(problems) > _MAX_SHOWN else []
        many = "is 1 problem" if len(problems) == 1 else f"are {len(problems):,} problems"
        super().__init__("\n".join([f"There {many} with the source; nothing was sent.", *shown, *more]))
        self.problems: tuple[RosterProblem, ...] = tuple(problems)


class PlanError(OrgError):
    """Tell why a plan is not carried out: damaged, too old, or of another place. Nothing was sent."""


class GuardError(OrgError):
    """Tell which guards refuse a plan: those in `failed`. Nothing was sent."""

    def __init__(self, failed: Sequence[GuardResult]) -> None:
        said = [f"  {result.name}: {result.detail}" for result in failed]
        super().__init__("\n".join(["The plan is refused; nothing was sent.", *said]))
        self.failed: tuple[GuardResult, ...] = tuple(failed)


class StoppedError(OrgError):
    """Tell why a run was stopped before its end: a wave of failures, or a refused sign-in. It can be resumed.

    `report` says what was done until then; what was not begun is skipped in it.
    """

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


class LockedError(OrgError):
    """Tell that another run is working on the same organization."""


class AuditError(OrgError):
    """Tell which line of an audit is not as it was written, or that a file is no audit."""
