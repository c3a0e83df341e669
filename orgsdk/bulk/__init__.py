"""Make a provider match a roster: plan what would change, look at it, then apply it.

Example: `plan = await bulk.plan(client.organization("org_id"), bulk.read_csv("roster.csv")); print(plan.summary())`
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.bulk.errors import AuditError, GuardError, LockedError, PlanError, SourceError, StoppedError
    from orgsdk.bulk.planning.guards import GuardResult
    from orgsdk.bulk.planning.plan import Plan
    from orgsdk.bulk.planning.planner import plan
    from orgsdk.bulk.planning.policy import Policy
    from orgsdk.bulk.planning.writes import Write
    from orgsdk.bulk.roster import from_users, read_csv, read_jsonl, read_oneroster
    from orgsdk.bulk.roster.spec import Roster, RosterProblem, UserSpec
    from orgsdk.bulk.run.audit import AuditSummary, verify_audit
    from orgsdk.bulk.run.report import Outcome, Progress, Report
    from orgsdk.bulk.run.run import Run, apply, resume

_ELSEWHERE = {
    "AuditError": "orgsdk.bulk.errors",
    "AuditSummary": "orgsdk.bulk.run.audit",
    "GuardError": "orgsdk.bulk.errors",
    "GuardResult": "orgsdk.bulk.planning.guards",
    "LockedError": "orgsdk.bulk.errors",
    "Outcome": "orgsdk.bulk.run.report",
    "Plan": "orgsdk.bulk.planning.plan",
    "PlanError": "orgsdk.bulk.errors",
    "Policy": "orgsdk.bulk.planning.policy",
    "RosterProblem": "orgsdk.bulk.roster.spec",
    "Progress": "orgsdk.bulk.run.report",
    "Report": "orgsdk.bulk.run.report",
    "Roster": "orgsdk.bulk.roster.spec",
    "Run": "orgsdk.bulk.run.run",
    "SourceError": "orgsdk.bulk.errors",
    "StoppedError": "orgsdk.bulk.errors",
    "UserSpec": "orgsdk.bulk.roster.spec",
    "Write": "orgsdk.bulk.planning.writes",
    "apply": "orgsdk.bulk.run.run",
    "from_users": "orgsdk.bulk.roster",
    "plan": "orgsdk.bulk.planning.planner",
    "read_csv": "orgsdk.bulk.roster",
    "read_jsonl": "orgsdk.bulk.roster",
    "read_oneroster": "orgsdk.bulk.roster",
    "resume": "orgsdk.bulk.run.run",
    "verify_audit": "orgsdk.bulk.run.audit",
}

__all__ = [
    "AuditError",
    "AuditSummary",
    "GuardError",
    "GuardResult",
    "LockedError",
    "Outcome",
    "Plan",
    "PlanError",
    "Policy",
    "Progress",
    "Report",
    "Roster",
    "RosterProblem",
    "Run",
    "SourceError",
    "StoppedError",
    "UserSpec",
    "Write",
    "apply",
    "from_users",
    "plan",
    "read_csv",
    "read_jsonl",
    "read_oneroster",
    "resume",
    "verify_audit",
]


def __getattr__(name: str) -> object:
    # Each name is loaded when first used (PEP 562): a plan needs no journal, a journal no source.
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_ELSEWHERE[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
