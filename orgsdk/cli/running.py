"""`orgsdk apply` and `orgsdk resume`: a plan carried out, with a journal, and the report of it."""

from __future__ import annotations

import json
import os
import sys
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import anyio

from orgsdk import bulk
from orgsdk.cli.calling import advising
from orgsdk.cli.errors import ExitCode, UsageError, tell
from orgsdk.cli.output import clean, escaped, speaks_unicode
from orgsdk.cli.planning import load
from orgsdk.cli.progress import RunProgress
from orgsdk.cli.resumption import command, discard_if_ended, journal_beside, read_journal
from orgsdk.cli.settings import PROFILE_VARIABLE
from orgsdk.errors import AuthenticationError, OrgError
from orgsdk.providers.discovery import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pydantic import JsonValue

    from orgsdk.bulk import Plan, Progress, Report, Run
    from orgsdk.cli.connection import Connection
    from orgsdk.client import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle

    Start = Callable[[OrganizationHandle, Callable[[Progress], None]], Run]

_SHOWN = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """Name the files of a run, None for none; the journal has a name of its own."""

    journal: Path | None = None
    audit: Path | None = None
    passwords: Path | None = None
    report: Path | None = None


def apply_plan(
    path: Path, files: Files, confirm_removals: str | None, concurrency: int, *, as_json: bool, connection: Connection
) -> ExitCode:
    """Carry out the plan of a file."""
    plan = load(path)
    journal = files.journal or journal_beside(path)
    return apply_to(
        plan,
        replace(files, journal=journal),
        _confirmed(confirm_removals),
        concurrency,
        as_json=as_json,
        connection=_of(plan, connection),
        told=connection,
    )


def apply_to(
    plan: Plan,
    files: Files,
    confirm_removals: tuple[int, str] | None,
    concurrency: int,
    *,
    as_json: bool,
    connection: Connection,
    told: Connection,
) -> ExitCode:
    """Carry out a plan; `told` is the connection as the command to resume names it."""
    journal = files.journal
    if journal is not None and journal.exists() and not discard_if_ended(journal):
        raise UsageError(f"{journal} is of a run that has not ended; go on with it: {command('resume', journal, told)}")

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

    return _carry_out(start, plan, journal, files.report, as_json=as_json, connection=connection, told=told)


def resume_run(
    journal: Path, report: Path | None, concurrency: int, *, as_json: bool, connection: Connection
) -> ExitCode:
    """Go on with the run of a journal."""
    plan, _ = read_journal(journal)

    def start(organization: OrganizationHandle, on_progress: Callable[[Progress], None]) -> Run:
        return bulk.resume(journal, organization, concurrency=concurrency, on_progress=on_progress)

    return _carry_out(start, plan, journal, report, as_json=as_json, connection=_of(plan, connection), told=connection)


def _confirmed(given: str | None) -> tuple[int, str] | None:
    if given is None:
        return None
    number, colon, plan_hash = given.partition(":")
    if not colon or not number.isdecimal():
        raise UsageError("--confirm-removals takes NUMBER:HASH, as orgsdk plan says them")
    return int(number), plan_hash


def _of(plan: Plan, connection: Connection) -> Connection:
    # The plan says whose it is; a provider that is named anywhere else is held against it.
    if connection.provider or connection.profile or os.environ.get(VARIABLE) or os.environ.get(PROFILE_VARIABLE):
        return connection
    return replace(connection, provider=plan.provider)


def _handle(client: OrgClient[Provider], plan: Plan, connection: Connection) -> OrganizationHandle:
    try:
        return connection.handle(client)
    except UsageError:
        return client.organization(plan.organization)


def _carry_out(
    start: Start,
    plan: Plan,
    journal: Path | None,
    report_path: Path | None,
    *,
    as_json: bool,
    connection: Connection,
    told: Connection,
) -> ExitCode:
    if report_path is not None and not report_path.parent.is_dir():
        raise UsageError(f"--report: there is no folder {report_path.parent}")
    client = connection.client()
    runs: list[Run] = []

    async def run() -> Report:
        async with client:
            with advising(client), RunProgress() as progress:
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
            error.add_note(f"to go on: {command('resume', journal, told)}")
        raise
    _show(report, as_json=as_json)
    if report_path is not None:
        report.to_csv(report_path)
    if journal is not None and journal.exists() and not discard_if_ended(journal):
        tell(f"to go on with what is left: {command('resume', journal, told)}")
    if report.stopped is not None:
        return ExitCode.SIGN_IN if isinstance(cause, AuthenticationError) else ExitCode.ROWS_FAILED
    return ExitCode.ROWS_FAILED if report.failed else ExitCode.OK


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(escaped(json.dumps(_as_json(report), ensure_ascii=not speaks_unicode(), indent=2)) + "\n")
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
