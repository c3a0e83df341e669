"""Make an organization match a roster: plan the changes, read the plan, then apply it.

Example:
    ``plan = await bulk.plan(client.organization("org_id"), bulk.read_csv("roster.csv")); print(plan.summary())``
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orgsdk._lazy import lazy_attributes

if TYPE_CHECKING:
    from orgsdk.bulk.errors import (
        AuditError as AuditError,
        FileError as FileError,
        GuardError as GuardError,
        LockedError as LockedError,
        PlanError as PlanError,
        ProblemGroup as ProblemGroup,
        SourceError as SourceError,
        StoreError as StoreError,
    )
    from orgsdk.bulk.planning.account_index import AccountIndex as AccountIndex
    from orgsdk.bulk.planning.plan import Plan as Plan
    from orgsdk.bulk.planning.planner import plan as plan
    from orgsdk.bulk.planning.policy import Policy as Policy
    from orgsdk.bulk.planning.writes import GuardResult as GuardResult, Write as Write
    from orgsdk.bulk.roster.csv_file import read_csv as read_csv
    from orgsdk.bulk.roster.iterables import from_users as from_users
    from orgsdk.bulk.roster.json_file import read_json as read_json
    from orgsdk.bulk.roster.jsonl_file import read_jsonl as read_jsonl
    from orgsdk.bulk.roster.oneroster import read_oneroster as read_oneroster
    from orgsdk.bulk.roster.read_roster import read_roster as read_roster
    from orgsdk.bulk.roster.spec import (
        RejectedRow as RejectedRow,
        Roster as Roster,
        RosterProblem as RosterProblem,
        State as State,
        UserSpec as UserSpec,
    )
    from orgsdk.bulk.run.audit import (
        AuditChain as AuditChain,
        AuditSummary as AuditSummary,
        verify_audit as verify_audit,
    )
    from orgsdk.bulk.run.passwords import DerivedPasswords as DerivedPasswords
    from orgsdk.bulk.run.ports import (
        AuditStore as AuditStore,
        JournalEntry as JournalEntry,
        JournalStore as JournalStore,
        Lock as Lock,
        PasswordStore as PasswordStore,
    )
    from orgsdk.bulk.run.report import (
        Outcome as Outcome,
        PausedError as PausedError,
        Progress as Progress,
        Report as Report,
        StoppedError as StoppedError,
    )
    from orgsdk.bulk.run.run import Run as Run, apply as apply, resume as resume
    from orgsdk.bulk.run.start import read_outcomes as read_outcomes
else:
    # A plan loads no journal, and a roster in memory no reader of files.
    __getattr__, __dir__, __all__ = lazy_attributes(
        __name__,
        {
            ".errors": [
                "AuditError",
                "FileError",
                "GuardError",
                "LockedError",
                "PlanError",
                "ProblemGroup",
                "SourceError",
                "StoreError",
            ],
            ".planning.account_index": ["AccountIndex"],
            ".planning.plan": ["Plan"],
            ".planning.planner": ["plan"],
            ".planning.policy": ["Policy"],
            ".planning.writes": ["GuardResult", "Write"],
            ".roster.csv_file": ["read_csv"],
            ".roster.iterables": ["from_users"],
            ".roster.json_file": ["read_json"],
            ".roster.jsonl_file": ["read_jsonl"],
            ".roster.oneroster": ["read_oneroster"],
            ".roster.read_roster": ["read_roster"],
            ".roster.spec": ["RejectedRow", "Roster", "RosterProblem", "State", "UserSpec"],
            ".run.audit": ["AuditChain", "AuditSummary", "verify_audit"],
            ".run.passwords": ["DerivedPasswords"],
            ".run.ports": ["AuditStore", "JournalEntry", "JournalStore", "Lock", "PasswordStore"],
            ".run.report": ["Outcome", "PausedError", "Progress", "Report", "StoppedError"],
            ".run.run": ["Run", "apply", "resume"],
            ".run.start": ["read_outcomes"],
        },
    )
