"""The report of a run on stdout, as text or as JSON."""

from __future__ import annotations

import json
import sys
from collections import Counter
from typing import TYPE_CHECKING

from orgsdk.bulk.run.report import STATUSES
from orgsdk.cli.output.console import clean, escape_json, supports_unicode

if TYPE_CHECKING:
    from pydantic import JsonValue

    from orgsdk.bulk import Outcome, Report

# The largest number of failures that the report shows.
_MAX_FAILURES = 20
_COUNTS = ("planned", *STATUSES)


def write_report(report: Report, *, as_json: bool) -> None:
    """Write the report to stdout."""
    if as_json:
        sys.stdout.write(
            escape_json(json.dumps(_as_json(report), ensure_ascii=not supports_unicode(), indent=2)) + "\n"
        )
        return
    unsettled = [one for one in report.outcomes if one.status == "in_flight"]
    listed = [*report.failures, *unsettled]
    for outcome in listed[:_MAX_FAILURES]:
        where = outcome.write.origin or f"write {outcome.write.number}"
        status = outcome.status.replace("_", " ")
        sys.stdout.write(f"{clean(where)}: {outcome.write.kind} {status}: {clean(outcome.reason or '')}\n")
    if (hidden := len(listed) - _MAX_FAILURES) > 0:
        what = "more failures" if not unsettled else "more that failed or were in flight"
        sys.stdout.write(f"... and {hidden:,} {what}; --report PATH lists them all\n")
    if skipped := Counter(outcome.reason for outcome in report.outcomes if outcome.status == "skipped"):
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(skipped.items(), key=str))
        sys.stdout.write(f"skipped: {reasons}; --report PATH lists them\n")
    sys.stdout.write(f"{report.summary()}\n")


def _as_json(report: Report) -> dict[str, JsonValue]:
    # Without the keys of users, which may be email addresses.
    return {
        "plan": report.plan_hash,
        **{name: getattr(report, name) for name in _COUNTS},
        "stopped": report.stopped,
        "failures": [_outcome_as_json(outcome) for outcome in report.failures],
    }


def _outcome_as_json(outcome: Outcome) -> dict[str, JsonValue]:
    return {
        "write": outcome.write.number,
        "kind": outcome.write.kind,
        "status": outcome.status,
        "origin": outcome.write.origin,
        "user_id": outcome.user_id,
        "reason": outcome.reason,
        "request_id": outcome.request_id,
    }
