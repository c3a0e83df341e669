"""Make a provider match a roster: plan what would change, look at it, then apply it.

Example: `plan = await bulk.plan(client.organization("org_id"), bulk.read_csv("roster.csv")); print(plan.summary())`
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.bulk.errors import (
        AuditError as AuditError,
        GuardError as GuardError,
        LockedError as LockedError,
        PlanError as PlanError,
        SourceError as SourceError,
        StoppedError as StoppedError,
    )
    from orgsdk.bulk.planning.guards import GuardResult as GuardResult
    from orgsdk.bulk.planning.plan import Plan as Plan
    from orgsdk.bulk.planning.planner import plan as plan
    from orgsdk.bulk.planning.policy import Policy as Policy
    from orgsdk.bulk.planning.writes import Write as Write
    from orgsdk.bulk.roster import (
        from_users as from_users,
        read_csv as read_csv,
        read_jsonl as read_jsonl,
        read_oneroster as read_oneroster,
    )
    from orgsdk.bulk.roster.spec import Roster as Roster, RosterProblem as RosterProblem, UserSpec as UserSpec
    from orgsdk.bulk.run.audit import AuditSummary as AuditSummary, verify_audit as verify_audit
    from orgsdk.bulk.run.report import Outcome as Outcome, Progress as Progress, Report as Report
    from orgsdk.bulk.run.run import Run as Run, apply as apply, resume as resume
else:
    # A plan needs no journal, and a run reads no roster.
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".errors": ["AuditError", "GuardError", "LockedError", "PlanError", "SourceError", "StoppedError"],
            ".planning.guards": ["GuardResult"],
            ".planning.plan": ["Plan"],
            ".planning.planner": ["plan"],
            ".planning.policy": ["Policy"],
            ".planning.writes": ["Write"],
            ".roster": ["from_users", "read_csv", "read_jsonl", "read_oneroster"],
            ".roster.spec": ["Roster", "RosterProblem", "UserSpec"],
            ".run.audit": ["AuditSummary", "verify_audit"],
            ".run.report": ["Outcome", "Progress", "Report"],
            ".run.run": ["Run", "apply", "resume"],
        },
    )
