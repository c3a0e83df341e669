"""Plan and journal files of bulk commands, and the command line that continues from one."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from orgsdk import bulk
from orgsdk.bulk.run.journal import JournalFile
from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.cli.options.connection import ConnectionOptions


def command_line(name: str, path: Path, connection: ConnectionOptions) -> str:
    """Give a command line for a plan or a journal, with the connection's options as they were given."""
    given = {
        "--provider": connection.provider,
        "--profile": connection.profile,
        "--organization": connection.organization,
    }
    options = [word for option, value in given.items() if value for word in (option, value)]
    return shlex.join(["orgsdk", name, str(path), *options])


def default_journal(plan: Path) -> Path:
    """Name the journal of a plan's run: `plan.journal` for `plan.json`."""
    return plan.with_suffix(".journal")


def read_journal(path: Path) -> tuple[bulk.Plan, int]:
    """Give a journal's plan, and how many of its writes have not ended.

    Raises `UsageError` where it is no journal, or nothing was begun in it, and `LockedError` where a run has it open.
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
    """Delete a journal that nothing is left of; tells whether it was. What was done stands in the audit."""
    if read_journal(path)[1]:
        return False
    for file in (path, *(path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))):
        file.unlink(missing_ok=True)
    return True
