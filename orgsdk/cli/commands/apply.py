"""`orgsdk apply` and `orgsdk resume`: carry out a plan with a journal, and report the result."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
from cyclopts import Parameter

from orgsdk import bulk
from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.commands.plan import load_plan
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.common import FlagOption, PathOption, PositiveOption, TextOption
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.policy import PolicyOptions
from orgsdk.cli.options.roster import RosterOptions
from orgsdk.cli.output.console import clean, escape_json, supports_unicode
from orgsdk.cli.output.progress import RunProgress
from orgsdk.cli.run_files import command_line, default_journal, delete_if_finished, read_journal
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

_Output = Annotated[PathOption, Parameter(name=["--output", "-o"])]
_Json = Annotated[FlagOption, Parameter(name="--json")]


def plan(
    roster: Path,
    /,
    *,
    output: _Output = None,
    previous: PathOption = None,
    exit_code: FlagOption = False,
    show: PositiveOption = 20,
    as_json: _Json = False,
    source: RosterOptions = RosterOptions(),
    policy: PolicyOptions = PolicyOptions(),
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Say what would have to change for an organization to match a roster; nothing is changed.

    The roster is a CSV or JSON Lines file, or a OneRoster export (a folder or a zip). Everything that is wrong with
    it is told at once, with its lines. Nobody is removed unless --remove says so.

    Args:
        roster: The roster.
        output: Save the plan in this file, for orgsdk apply; it names people, and only its owner can read it.
        previous: The last plan that was made from this roster, which it is compared with; without it, the one that
            the new one replaces.
        exit_code: Exit with 2 where there is anything to do.
        show: How many writes to show.
        as_json: Write the plan itself to stdout, as JSON.
    """
    from orgsdk.cli.commands.plan import PlanRequest, make_plan

    wanted = PlanRequest(output=output, previous=previous, exit_code=exit_code, show=show, as_json=as_json)
    return make_plan(source.read(roster), policy.policy(), wanted, connection)


def apply(
    plan: Path,
    /,
    *,
    journal: PathOption = None,
    audit: PathOption = None,
    passwords: PathOption = None,
    report: PathOption = None,
    confirm_removals: TextOption = None,
    concurrency: PositiveOption = 16,
    as_json: _Json = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Carry out a plan, exactly as it stands.

    It does not ask whether it is meant: what it will do is what orgsdk plan has shown.
    A run that is interrupted, by Ctrl-C or a crash, leaves a journal, and orgsdk resume goes on with it; the journal
    of one that ends is deleted. Progress goes to stderr.

    Args:
        plan: The file that orgsdk plan saved.
        journal: The journal's file; without it, plan.journal beside plan.json.
        audit: Append a line of JSON a write to this file, each chained to the one before.
        passwords: Give each new account a password, and write them to this file, which only its owner can read.
        report: Write the outcomes to this CSV file.
        confirm_removals: NUMBER:HASH as orgsdk plan says them, for a plan that is refused for its removals.
        concurrency: How many writes are under way at once.
        as_json: Write the report to stdout as JSON.
    """

    files = RunFiles(journal=journal, audit=audit, passwords=passwords, report=report)
    return apply_plan(plan, files, confirm_removals, concurrency, as_json=as_json, connection=connection)


def resume(
    journal: Path,
    /,
    *,
    report: PathOption = None,
    concurrency: PositiveOption = 16,
    as_json: _Json = False,
    connection: ConnectionOptions = ConnectionOptions(),
) -> int:
    """Go on with a run that was interrupted: nothing is lost, and nothing is done twice.

    Args:
        journal: The journal that the run left.
        report: Write the outcomes of the whole run to this CSV file.
        concurrency: How many writes are under way at once.
        as_json: Write the report to stdout as JSON.
    """

    return resume_run(journal, report, concurrency, as_json=as_json, connection=connection)


_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFiles:
    """Name the files of a run, None for none; the journal has a name of its own."""

    journal: Path | None = None
    audit: Path | None = None
    passwords: Path | None = None
    report: Path | None = None


def apply_plan(
    path: Path,
    files: RunFiles,
    confirm_removals: str | None,
    concurrency: int,
    *,
    as_json: bool,
    connection: ConnectionOptions,
) -> ExitCode:
    """Carry out the plan of a file."""
    plan = load_plan(path)
    journal = files.journal or default_journal(path)
    return apply_to(
        plan,
        replace(files, journal=journal),
        _parse_confirmation(confirm_removals),
        concurrency,
        as_json=as_json,
        connection=_connection_for_plan(plan, connection),
        told=connection,
    )


def apply_to(
    plan: Plan,
    files: RunFiles,
    confirm_removals: tuple[int, str] | None,
    concurrency: int,
    *,
    as_json: bool,
    connection: ConnectionOptions,
    told: ConnectionOptions,
) -> ExitCode:
    """Carry out a plan; `told` is the connection as the command to resume names it."""
    journal = files.journal
    if journal is not None and journal.exists() and not delete_if_finished(journal):
        raise UsageError(
            f"{journal} is of a run that has not ended; go on with it: {command_line('resume', journal, told)}"
        )

    def start(organization: OrganizationHandle, on_progress: Callable[[Progress], None]) -> Run:
        return bulk.apply(
            plan,
            organization,
            concurrency=concurrency,
            journal=journal,
            audit=files.audit,
            passwords=files.passwords,
            confirm_removals=confirm_removals,
            on_progress=on_progress,
        )

    return _run(start, plan, journal, files.report, as_json=as_json, connection=connection, told=told)


def resume_run(
    journal: Path, report: Path | None, concurrency: int, *, as_json: bool, connection: ConnectionOptions
) -> ExitCode:
    """Go on with the run of a journal."""
    plan, _ = read_journal(journal)

    def start(organization: OrganizationHandle, on_progress: Callable[[Progress], None]) -> Run:
        return bulk.resume(journal, organization, concurrency=concurrency, on_progress=on_progress)

    return _run(
        start,
        plan,
        journal,
        report,
        as_json=as_json,
        connection=_connection_for_plan(plan, connection),
        told=connection,
    )


def _parse_confirmation(given: str | None) -> tuple[int, str] | None:
    if given is None:
        return None
    number, colon, plan_hash = given.partition(":")
    if not colon or not number.isdecimal():
        raise UsageError("--confirm-removals takes NUMBER:HASH, as orgsdk plan says them")
    return int(number), plan_hash


def _connection_for_plan(plan: Plan, connection: ConnectionOptions) -> ConnectionOptions:
    # The plan says whose it is; a provider that is named anywhere else is held against it.
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
    told: ConnectionOptions,
) -> ExitCode:
    if report_path is not None and not report_path.parent.is_dir():
        raise UsageError(f"--report: there is no folder {report_path.parent}")
    client = connection.client()
    runs: list[Run] = []

    async def run() -> Report:
        async with client:
            with add_error_notes(client), RunProgress() as progress:
                runs.append(start(_handle(client, plan, connection), progress.update))
                return await runs[0]

    cause = None
    try:
        report = anyio.run(run)
    except bulk.StoppedError as error:
        report, cause = error.report, error.__cause__
    except (OrgError, OSError, KeyboardInterrupt) as error:
        if isinstance(error, OSError) and error.filename:
            error.add_note(str(error.filename))
        if journal is not None and journal.exists() and runs:
            error.add_note(runs[0].report.summary())
            error.add_note(f"to go on: {command_line('resume', journal, told)}")
        raise
    _write_report(report, as_json=as_json)
    if report_path is not None:
        report.to_csv(report_path)
    if journal is not None and journal.exists() and not delete_if_finished(journal):
        print_status(f"to go on with what is left: {command_line('resume', journal, told)}")
    if report.stopped is not None:
        return ExitCode.SIGN_IN if isinstance(cause, AuthenticationError) else ExitCode.ROWS_FAILED
    return ExitCode.ROWS_FAILED if report.failed else ExitCode.OK


def _write_report(report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(
            escape_json(json.dumps(_as_json(report), ensure_ascii=not supports_unicode(), indent=2)) + "\n"
        )
        return
    for outcome in report.failures[:_SHOWN]:
        where = outcome.write.origin or f"write {outcome.write.number}"
        sys.stdout.write(f"{clean(where)}: {outcome.write.kind} {outcome.status}: {clean(outcome.reason or '')}\n")
    if (hidden := len(report.failures) - _SHOWN) > 0:
        sys.stdout.write(f"... and {hidden:,} more that failed; --report PATH has them all\n")
    if skipped := Counter(outcome.reason for outcome in report.outcomes if outcome.status == "skipped"):
        reasons = ", ".join(f"{number:,} {reason}" for reason, number in sorted(skipped.items(), key=str))
        sys.stdout.write(f"skipped: {reasons}; --report PATH says who\n")
    sys.stdout.write(f"{report.summary()}\n")


def _as_json(report: Report) -> dict[str, JsonValue]:
    # No keys: they are addresses.
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
