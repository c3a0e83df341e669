"""Plan and journal files of bulk commands, and the command line that continues from one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from orgsdk import bulk
from orgsdk.bulk.private_file import check_file, file_errors
from orgsdk.bulk.run.journal import JournalFile, beside
from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.cli.options.connection import ConnectionOptions

# SQLite's smallest file, by default.
_PAGE_BYTES = 4096


def load_plan(path: Path) -> bulk.Plan:
    """Return the plan in a file. Raise `UsageError` if the file cannot be read or is not a plan."""
    try:
        return bulk.Plan.load(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except bulk.PlanError as error:
        raise UsageError(f"{path}: {error}") from None


def save_plan(plan: bulk.Plan, path: Path) -> None:
    """Write the plan to a file. Raise `UsageError` if the file cannot be written."""
    try:
        plan.save(path)
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def load_previous_plan(previous: Path | None, output: Path | None) -> bulk.Plan | None:
    """Return the plan that a new plan is compared with: `previous`, or the one in `output`, which is replaced.

    Raise `UsageError` if `output` exists and is not a plan, such as a roster.
    """
    replaced = None
    if output is not None and output.exists():
        try:
            replaced = bulk.Plan.load(output)
        except (bulk.PlanError, OSError):
            raise UsageError(f"{output} exists and is not a plan: name another file, or delete it") from None
    return replaced if previous is None else load_plan(previous)


def default_journal(plan: Path) -> Path:
    """Return the path of the journal for a plan file: `plan.journal` for `plan.json`."""
    return plan.with_suffix(".journal")


def read_journal(path: Path) -> tuple[bulk.Plan, int]:
    """Return a journal's plan, and how many of its writes are not finished.

    Raise `UsageError` if the file is not a journal or holds no started run, and `LockedError` if a run has it open.
    """
    try:
        file = JournalFile(path, must_exist=True)
        try:
            plan, _, entries = file.read()
        finally:
            file.close()
    except bulk.PlanError as error:
        raise UsageError(str(error)) from None
    return plan, len(plan.writes) - sum(entry.stage == "settled" for entry in entries)


def delete_if_finished(path: Path) -> bool:
    """Delete a journal if its run never started, or all its writes are finished, and return whether it was deleted."""
    if can_resume(path) and read_journal(path)[1]:
        return False
    with file_errors(path):
        for file in (path, *beside(path)):
            file.unlink(missing_ok=True)
    return True


def can_resume(path: Path) -> bool:
    """Return whether a file is a journal of a run that has started, finished or not.

    A journal on a full disk counts as one. Raise `UsageError` if the file is not a journal, and `FileError` if it is
    not safe to use.
    """
    status = check_file(path)
    if status is not None and not status.st_size:
        return False
    try:
        file = JournalFile(path, must_exist=True)
    except bulk.PlanError as error:
        raise UsageError(str(error)) from None
    try:
        return file.has_started
    finally:
        file.close()


def command_to_resume(path: Path | None, connection: ConnectionOptions) -> str | None:
    """Return the command line that continues an interrupted run. None if there is nothing to continue."""
    try:
        found = path is not None and path.exists() and can_resume(path)
    except UsageError:
        found = False
    except bulk.FileError:  # such as a full disk: it can be resumed when there is space again
        found = path is not None and path.stat().st_size >= _PAGE_BYTES
    return command_line("resume", path, connection) if path is not None and found else None


def command_line(command: str, path: Path, connection: ConnectionOptions) -> str:
    """Return the command line for a plan or a journal, with the connection options of this command."""
    values = {
        "--provider": connection.provider,
        "--profile": connection.profile,
        "--organization": connection.organization,
    }
    options = [word for option, value in values.items() if value for word in (option, value)]
    return shlex.join(["orgsdk", command, str(path), *options])
