"""Plan and journal files of bulk commands, and the command line that continues from one."""

from __future__ import annotations

import csv
import io
import re
import shlex
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from orgsdk import bulk
from orgsdk.bulk.csv_cells import escape_cell
from orgsdk.bulk.input_file import open_input
from orgsdk.bulk.private_file import check_file, file_errors, replace_privately
from orgsdk.bulk.run.journal import JournalFile, beside
from orgsdk.cli.errors import UsageError
from orgsdk.cli.output.console import clean
from orgsdk.cli.standard_input import is_standard_input

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from pathlib import Path

    from orgsdk.cli.options.connection import ConnectionOptions

# SQLite's smallest file, by default.
_PAGE_BYTES = 4096
# How a plan starts: its first key, and the one that names its format.
_PLAN_START: Final = re.compile(rb'\s*\{\s*"absent"\s*:|.*"format"\s*:\s*"orgsdk plan ', re.DOTALL)
_PLAN_START_BYTES: Final = 65_536
_PROBLEM_COLUMNS: Final = ("row", "problem", "remedy")
_REPORT_START: Final = "write,kind,status,"


def is_plan_file(path: Path) -> bool:
    """Return whether a file is a plan, whole or damaged, and no roster. Raise `UsageError` if it cannot be read."""
    if path.is_dir() or is_standard_input(path):
        return False
    try:
        with open_input(path) as file:
            return _PLAN_START.match(file.read(_PLAN_START_BYTES)) is not None
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


@contextmanager
def saving_problems(path: Path | None) -> Generator[list[bulk.RosterProblem]]:
    """Write the problems of a roster to a CSV file, if one is named; only the header if there are none.

    It yields a list for the problems of rows that are left out. Raise `UsageError` if the file has other contents, such
    as a roster, or cannot be written.
    """
    _check_replaceable(path, ",".join(_PROBLEM_COLUMNS), "--problems")
    rejected: list[bulk.RosterProblem] = []
    try:
        yield rejected
    except bulk.SourceError as error:
        if path is not None:
            _write_problems(error.problems, path)
            error.add_note(f"all of them are in {path}")
        raise
    if path is not None:
        _write_problems(rejected, path)


def check_report_path(path: Path | None) -> None:
    """Raise `UsageError` if a report cannot be written to this file, or the file has other contents, such as a plan.

    Raise `FileError` if the file is not safe to write to.
    """
    if path is not None and not path.parent.is_dir():
        raise UsageError(f"--report: the folder {path.parent} does not exist")
    if path is not None:
        check_file(path)
    _check_replaceable(path, _REPORT_START, "--report")


def _check_replaceable(path: Path | None, start: str, option: str) -> None:
    if path is None or not path.is_file() or path.is_symlink():
        return
    try:
        with path.open("rb") as file:
            found = file.read(len(start))
    except OSError as error:
        raise UsageError(f"{option}: {path}: {error.strerror}") from None
    if found and found != start.encode():
        raise UsageError(f"{option}: {path} exists and has other contents: name another file, or delete it")


def _write_problems(problems: Sequence[bulk.RosterProblem], path: Path) -> None:
    rows = io.StringIO()
    writer = csv.writer(rows, lineterminator="\n")
    writer.writerow(_PROBLEM_COLUMNS)
    for problem in problems:
        # A spreadsheet would take a cell that starts with an option for a formula.
        remedy = "" if problem.advice is None else f"remedy: {clean(problem.advice.command)}"
        writer.writerow([escape_cell(problem.origin or ""), escape_cell(problem.message), remedy])
    try:
        replace_privately(path, rows.getvalue().encode())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


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


def default_journal(file: Path) -> Path:
    """Return the path of the journal for a plan or roster: `plan.journal` for `plan.json`."""
    return file.with_name(f"{file.resolve().stem}.journal") if file.is_dir() else file.with_suffix(".journal")


def read_journal(path: Path) -> tuple[bulk.Plan, int]:
    """Return a journal's plan, and how many of its writes are not finished.

    Raise `UsageError` if the file is not a journal or holds no started run, and `LockedError` if a run has it open.
    """
    try:
        file = JournalFile(path, must_exist=True)
        file.open()
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
        file.open()
    except bulk.PlanError as error:
        raise UsageError(str(error)) from None
    try:
        return file.has_started
    finally:
        file.close()


def can_continue(path: Path) -> bool:
    """Return whether an interrupted run can be continued from its journal."""
    try:
        return path.exists() and can_resume(path)
    except UsageError:
        return False
    except bulk.FileError:  # such as a full disk: it can be resumed when there is space again
        return path.stat().st_size >= _PAGE_BYTES


def command_line(command: str, path: Path, connection: ConnectionOptions, others: Sequence[str] = ()) -> str:
    """Return the command line for a plan or a journal, with the connection options of this command, and others."""
    values = {
        "--provider": connection.provider,
        "--profile": connection.profile,
        "--organization": connection.organization,
    }
    options = [word for option, value in values.items() if value for word in (option, value)]
    return shlex.join(["orgsdk", command, str(path), *others, *options])
