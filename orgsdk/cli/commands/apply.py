"""`orgsdk apply` and `orgsdk resume`: carry out a plan with a journal, and report the result."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from orgsdk import bulk
from orgsdk.bulk.planning.confirmation import Confirmation
from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.common import JSONOption, PathOption, PositiveOption, TextOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.output.console import clean, escape_json, supports_unicode
from orgsdk.cli.output.progress import RunProgress
from orgsdk.cli.run_files import (
    command_line,
    command_to_resume,
    default_journal,
    delete_if_finished,
    load_plan,
    read_journal,
)
from orgsdk.cli.settings import PROFILE_VARIABLE
from orgsdk.errors import AuthenticationError, OrgError
from orgsdk.providers.discovery import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import JsonValue

    from orgsdk.bulk import Plan, Progress, Report, Run
    from orgsdk.client import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle

    Start = Callable[[OrganizationHandle, Callable[[Progress], None]], Run]

# The largest number of failures that the report shows.
_MAX_FAILURES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class OutputFiles:
    """Paths of the files that a run writes. None for a file that is not written."""

    journal: Path | None = None
    audit: Path | None = None
    passwords: Path | None = None
    report: Path | None = None


def apply(
    plan: Path,
    /,
    *,
    journal: PathOption = None,
    audit: PathOption = None,
    passwords: PathOption = None,
    report: PathOption = None,
    confirm: TextOption = None,
    confirm_removals: TextOption = None,
    concurrency: PositiveOption = 16,
    as_json: JSONOption = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Apply a plan, exactly as it was shown.

    It does not ask for confirmation: orgsdk plan has shown what it does. A run that is interrupted, by Ctrl-C or a
    crash, leaves a journal, and orgsdk resume continues it. The journal of a finished run is deleted. Progress is
    shown on stderr.

    Args:
        plan: The file that orgsdk plan saved.
        journal: File of the journal. Default: plan.journal beside plan.json.
        audit: Append one line of JSON per write to this file. Each line holds a hash of the line before.
        passwords: Set a password for each new account, and write them to this file. Only its owner can read it.
        report: Write the outcomes to this CSV file.
        confirm: The plan's hash as orgsdk plan shows it, for a plan that is refused because of the number of changes.
        confirm_removals: NUMBER:HASH, the number of removals and the plan's hash, to override the removal limits only.
        concurrency: Number of concurrent writes.
        as_json: Write the report to stdout as JSON.
    """
    planned = load_plan(plan)
    files = OutputFiles(journal=journal or default_journal(plan), audit=audit, passwords=passwords, report=report)
    return apply_to(
        planned,
        files,
        Confirmation(confirm, _parse_removals(confirm_removals)),
        concurrency,
        as_json=as_json,
        connection=_connection_for_plan(planned, connection),
        resume_connection=connection,
    )


def resume(
    journal: Path,
    /,
    *,
    report: PathOption = None,
    concurrency: PositiveOption = 16,
    as_json: JSONOption = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Continue an interrupted run. No write is lost or repeated.

    Args:
        journal: The journal of the interrupted run.
        report: Write the outcomes of the whole run to this CSV file.
        concurrency: Number of concurrent writes.
        as_json: Write the report to stdout as JSON.
    """
    plan, _ = read_journal(journal)

    def start(org: OrganizationHandle, on_progress: Callable[[Progress], None]) -> Run:
        return bulk.resume(journal, org, concurrency=concurrency, on_progress=on_progress)

    return _run(
        start,
        plan,
        journal,
        report,
        as_json=as_json,
        connection=_connection_for_plan(plan, connection),
        resume_connection=connection,
    )


def apply_to(
    plan: Plan,
    files: OutputFiles,
    confirmation: Confirmation,
    concurrency: int,
    *,
    as_json: bool,
    connection: ConnectionOptions,
    resume_connection: ConnectionOptions,
) -> ExitCode:
    """Apply a plan. The command line that is shown to resume the run has the options of `resume_connection`."""
    journal = files.journal
    if journal is not None and journal.exists() and not delete_if_finished(journal):
        command = command_line("resume", journal, resume_connection)
        raise UsageError(f"{journal} belongs to an unfinished run; to continue it, run: {command}")

    def start(org: OrganizationHandle, on_progress: Callable[[Progress], None]) -> Run:
        return bulk.apply(
            plan,
            org,
            concurrency=concurrency,
            journal=journal,
            audit=files.audit,
            passwords=files.passwords,
            confirm=confirmation.plan_hash,
            confirm_removals=confirmation.removals,
            on_progress=on_progress,
        )

    return _run(
        start,
        plan,
        journal,
        files.report,
        as_json=as_json,
        connection=connection,
        resume_connection=resume_connection,
    )


def _parse_removals(value: str | None) -> tuple[int, str] | None:
    if value is None:
        return None
    number, colon, plan_hash = value.partition(":")
    if not colon or not number.isdecimal():
        raise UsageError("--confirm-removals takes NUMBER:HASH, the number of removals and the plan's hash")
    return int(number), plan_hash


def _connection_for_plan(plan: Plan, connection: ConnectionOptions) -> ConnectionOptions:
    # The plan names its provider. If the user names one as well, the run checks that it is the same.
    if connection.provider or connection.profile or os.environ.get(VARIABLE) or os.environ.get(PROFILE_VARIABLE):
        return connection
    return replace(connection, provider=plan.provider)


def _handle(client: OrgClient[Provider], plan: Plan, connection: ConnectionOptions) -> OrganizationHandle:
    try:
        return connection.handle(client)
    except UsageError:
        return client.organization(plan.organization)


def _run(
    start: Start,
    plan: Plan,
    journal: Path | None,
    report_path: Path | None,
    *,
    as_json: bool,
    connection: ConnectionOptions,
    resume_connection: ConnectionOptions,
) -> ExitCode:
    if report_path is not None and not report_path.parent.is_dir():
        raise UsageError(f"--report: the folder {report_path.parent} does not exist")
    client = connection.client()
    runs: list[Run] = []

    async def run() -> Report:
        async with client:
            with add_error_notes(connection.selected_profile()), RunProgress() as progress:
                runs.append(start(_handle(client, plan, connection), progress.update))
                return await runs[0]

    cause = None
    try:
        report = anyio.run(run)
    except bulk.StoppedError as error:
        report, cause = error.report, error.__cause__
    except (OrgError, OSError, KeyboardInterrupt) as error:
        if runs and (command := command_to_resume(journal, resume_connection)):
            error.add_note(runs[0].report.summary())
            error.add_note(f"to continue, run: {command}")
        raise
    _write_report(report, as_json=as_json)
    if report_path is not None:
        report.to_csv(report_path)
    if journal is not None and journal.exists() and not delete_if_finished(journal):
        print_status(f"to continue with the rest, run: {command_line('resume', journal, resume_connection)}")
    if report.stopped is not None:
        return ExitCode.SIGN_IN if isinstance(cause, AuthenticationError) else ExitCode.ROWS_FAILED
    return ExitCode.ROWS_FAILED if report.failed else ExitCode.OK


def _write_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(
            escape_json(json.dumps(_as_json(report), ensure_ascii=not supports_unicode(), indent=2)) + "\n"
        )
        return
    for outcome in report.failures[:_MAX_FAILURES]:
        where = outcome.write.origin or f"write {outcome.write.number}"
        sys.stdout.write(f"{clean(where)}: {outcome.write.kind} {outcome.status}: {clean(outcome.reason or '')}\n")
    if (hidden := len(report.failures) - _MAX_FAILURES) > 0:
        sys.stdout.write(f"... and {hidden:,} more failures; --report PATH lists them all\n")
    if skipped := Counter(outcome.reason for outcome in report.outcomes if outcome.status == "skipped"):
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(skipped.items(), key=str))
        sys.stdout.write(f"skipped: {reasons}; --report PATH lists them\n")
    sys.stdout.write(f"{report.summary()}\n")


def _as_json(report: Report) -> dict[str, JsonValue]:
    # Without the keys of users, which may be email addresses.
    return {
        "plan": report.plan_hash,
        "planned": report.planned,
        "created": report.created,
        "added": report.added,
        "invited": report.invited,
        "updated": report.updated,
        "removed": report.removed,
        "adopted": report.adopted,
        "skipped": report.skipped,
        "failed": report.failed,
        "unknown": report.unknown,
        "stopped": report.stopped,
        "failures": [
            {
                "write": outcome.write.number,
                "kind": outcome.write.kind,
                "status": outcome.status,
                "origin": outcome.write.origin,
                "user_id": outcome.user_id,
                "reason": outcome.reason,
                "request_id": outcome.request_id,
            }
            for outcome in report.failures
        ],
    }
