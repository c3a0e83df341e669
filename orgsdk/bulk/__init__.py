"""Make a provider match a roster: plan what would change, look at it, then apply it.

Example: `plan = await bulk.plan(client.organization("org_id"), bulk.read_csv("roster.csv")); print(plan.summary())`
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from orgsdk.bulk.applying import apply
    from orgsdk.bulk.audit import AuditSummary, verify_audit
    from orgsdk.bulk.errors import AuditError, GuardError, LockedError, PlanError, SourceError, StoppedError
    from orgsdk.bulk.guards import GuardResult
    from orgsdk.bulk.outcome import Outcome
    from orgsdk.bulk.planning import plan
    from orgsdk.bulk.plans import Plan
    from orgsdk.bulk.policy import Policy
    from orgsdk.bulk.report import Progress, Report
    from orgsdk.bulk.resuming import resume
    from orgsdk.bulk.running import Run
    from orgsdk.bulk.sources import from_users, read_csv, read_jsonl, read_oneroster
    from orgsdk.bulk.spec import Problem, Roster, UserSpec
    from orgsdk.bulk.writes import Write

_ELSEWHERE = {
    "AuditError": "orgsdk.bulk.errors",
    "AuditSummary": "orgsdk.bulk.audit",
    "GuardError": "orgsdk.bulk.errors",
    "GuardResult": "orgsdk.bulk.guards",
    "LockedError": "orgsdk.bulk.errors",
    "Outcome": "orgsdk.bulk.outcome",
    "Plan": "orgsdk.bulk.plans",
    "PlanError": "orgsdk.bulk.errors",
    "Policy": "orgsdk.bulk.policy",
    "Problem": "orgsdk.bulk.spec",
    "Progress": "orgsdk.bulk.report",
    "Report": "orgsdk.bulk.report",
    "Roster": "orgsdk.bulk.spec",
    "Run": "orgsdk.bulk.running",
    "SourceError": "orgsdk.bulk.errors",
    "StoppedError": "orgsdk.bulk.errors",
    "UserSpec": "orgsdk.bulk.spec",
    "Write": "orgsdk.bulk.writes",
    "apply": "orgsdk.bulk.applying",
    "from_users": "orgsdk.bulk.sources",
    "plan": "orgsdk.bulk.planning",
    "read_csv": "orgsdk.bulk.sources",
    "read_jsonl": "orgsdk.bulk.sources",
    "read_oneroster": "orgsdk.bulk.sources",
    "resume": "orgsdk.bulk.resuming",
    "verify_audit": "orgsdk.bulk.audit",
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
    "Problem",
    "Progress",
    "Report",
    "Roster",
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
