"""Carry out a plan, or continue its run: with progress, a report, and the command that continues an interrupted one."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from orgsdk import bulk
from orgsdk.bulk import Plan
from orgsdk.bulk.planning.confirmation import NO_CONFIRMATION, Confirmation
from orgsdk.cli.calls import add_error_notes
from orgsdk.cli.errors import ExitCode, UsageError, print_status
from orgsdk.cli.options.connection import ConnectionOptions
from orgsdk.cli.options.run import RunOptions
from orgsdk.cli.output.progress import RunProgress
from orgsdk.cli.output.reports import write_report
from orgsdk.cli.run_files import can_continue, check_report_path, command_line, delete_if_finished
from orgsdk.cli.settings import PROFILE_VARIABLE
from orgsdk.errors import AuthenticationError, OrgError
from orgsdk.providers.discovery import VARIABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.bulk import Progress, Report, Run
    from orgsdk.client import OrgClient
    from orgsdk.providers.base import Provider
    from orgsdk.resources import OrganizationHandle

    Start = Callable[[OrganizationHandle, Callable[[Progress], None]], Run]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRun:
    """A run of a plan by a command.

    Args:
        plan: The plan.
        journal: Its journal.
        options: Its other files, and its speed.
        as_json: Write the report as JSON.
        connection: The options of the command that select the provider, which a command to resume repeats.
    """

    plan: Plan
    journal: Path
    options: RunOptions
    as_json: bool
    connection: ConnectionOptions

    def apply(self, confirmation: Confirmation = NO_CONFIRMATION) -> ExitCode:
        """Apply the plan. Raise `UsageError` if the journal belongs to an unfinished run."""
        if self.journal.exists() and not delete_if_finished(self.journal):
            raise UsageError(
                f"{self.journal} belongs to an unfinished run; to continue it, run: {self._command_to_resume()}"
            )

        def start(org: OrganizationHandle, on_progress: Callable[[Progress], None]) -> Run:
            return bulk.apply(
                self.plan,
                org,
                concurrency=self.options.concurrency,
                journal=self.journal,
                audit=self.options.audit,
                passwords=self.options.passwords,
                max_pause=self.options.max_pause,
                confirm=confirmation.plan_hash,
                confirm_removals=confirmation.removals,
                on_progress=on_progress,
            )

        return self._carry_out(start)

    def resume(self) -> ExitCode:
        """Continue the run of the journal."""

        def start(org: OrganizationHandle, on_progress: Callable[[Progress], None]) -> Run:
            return bulk.resume(
                self.journal,
                org,
                concurrency=self.options.concurrency,
                audit=self.options.audit,
                passwords=self.options.passwords,
                max_pause=self.options.max_pause,
                on_progress=on_progress,
            )

        return self._carry_out(start)

    def _carry_out(self, start: Start) -> ExitCode:
        check_report_path(self.options.report)
        connection = _connection_for_plan(self.plan, self.connection)
        client = connection.client()
        runs: list[Run] = []

        async def run() -> Report:
            async with client:
                with add_error_notes(connection.selected_profile()), RunProgress() as progress:
                    runs.append(start(_handle(client, self.plan, connection), progress.update))
                    return await runs[0]

        cause = None
        try:
            report = anyio.run(run)
        except bulk.StoppedError as error:
            report, cause = error.report, error.__cause__
        except (OrgError, OSError, KeyboardInterrupt) as error:
            if runs and can_continue(self.journal):
                self._report_interruption(runs[0].report, error)
            elif isinstance(error, KeyboardInterrupt):
                error.add_note("nothing was sent")
            raise
        self._write(report)
        if self.journal.exists() and not delete_if_finished(self.journal):
            print_status(f"to continue with the rest, run: {self._command_to_resume()}")
        if report.stopped is not None:
            return ExitCode.SIGN_IN if isinstance(cause, AuthenticationError) else ExitCode.ROWS_FAILED
        return ExitCode.ROWS_FAILED if report.failed else ExitCode.OK

    def _report_interruption(self, report: Report, error: BaseException) -> None:
        """Write the report of a run that ended early, and add the command that continues it to the error."""
        if isinstance(error, OSError) and error.errno == errno.ENOENT:
            return  # a file of the run was moved, which the same command would not find either
        try:
            if report.planned:  # otherwise the journal was not read yet
                self._write(report)
        except OSError as other:  # such as the same full disk
            if other.filename != getattr(error, "filename", None):
                error.add_note(f"the report could not be written: {other.strerror}")
        error.add_note(f"to continue, run: {self._command_to_resume()}")

    def _write(self, report: Report) -> None:
        try:
            try:
                if self.options.report is not None:
                    report.to_csv(self.options.report)
            finally:  # stdout has the counts although the file has no space
                write_report(report, as_json=self.as_json)
                sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            if report.not_reached == report.in_flight == 0:
                error.add_note(f"the run has ended; to write its report again, run: {self._command_to_resume()}")
            raise

    def _command_to_resume(self) -> str:
        options = self.options.to_resume() + (["--json"] if self.as_json else [])
        return command_line("resume", self.journal, self.connection, options)


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
