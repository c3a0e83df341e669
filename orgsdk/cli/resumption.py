"""The commands that lead on: from a plan to its application, and from an interrupted run to the rest of it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from orgsdk import bulk
from orgsdk.bulk.journal_file import JournalFile
from orgsdk.cli.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.cli.connection import Connection


def command(name: str, path: Path, connection: Connection) -> str:
    """Give a command line for a plan or a journal, with the connection's options as they were given."""
    given = {
        "--provider": connection.provider,
        "--profile": connection.profile,
        "--organization": connection.organization,
    }
    options = [word for option, value in given.items() if value for word in (option, value)]
    return shlex.join(["orgsdk", name, str(path), *options])


def journal_beside(plan: Path) -> Path:
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


def discard_if_ended(path: Path) -> bool:
    """Delete a journal that nothing is left of; tells whether it was. What was done stands in the audit."""
    if read_journal(path)[1]:
        return False
    for file in (path, *(path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))):
        file.unlink(missing_ok=True)
    return True
