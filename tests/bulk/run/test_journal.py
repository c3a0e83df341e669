"""The journal: contents, permissions, lock and group commit."""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk.bulk import LockedError, PlanError
from orgsdk.bulk.run.journal import JournalEntry, JournalFile, JournalWriter
from tests.bulk.samples import mode, plan_of, posix, write

if TYPE_CHECKING:
    from pathlib import Path


def test_journal_stores_the_plan_and_the_progress_of_each_write(tmp_path: Path) -> None:
    plan = plan_of(write(0), write(1))
    file = JournalFile(tmp_path / "journal")
    file.start(plan, {"audit": "/somewhere"})
    file.put([JournalEntry(0, "started"), JournalEntry(1, "started")])
    file.put([JournalEntry(0, "settled", "created", "id0", "r", "why", "then")])
    file.close()
    again = JournalFile(tmp_path / "journal", must_exist=True)
    read, settings, entries = again.read()
    assert (read.hash, settings) == (plan.hash, {"audit": "/somewhere"})
    assert entries == [JournalEntry(0, "settled", "created", "id0", "r", "why", "then"), JournalEntry(1, "started")]
    with pytest.raises(PlanError, match="belongs to an earlier run: resume it, or name another file"):
        again.start(plan, {})
    again.close()


@posix
def test_journal_and_its_log_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file = JournalFile(tmp_path / "journal")
        file.start(plan_of(), {})
        assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
        file.close()
    finally:
        os.umask(before)


def test_empty_journal_can_be_started(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    file = JournalFile(tmp_path / "journal")
    with pytest.raises(PlanError, match="never started, and nothing was sent: apply the plan"):
        file.read()
    file.start(plan_of(), {})
    file.close()


def test_other_file_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with pytest.raises(PlanError, match="There is no journal"):
        JournalFile(path, must_exist=True)
    path.write_text("notes of the user, which are long enough to look like a database" * 9)
    with pytest.raises(PlanError, match="is not a journal of orgsdk, or it is damaged"):
        JournalFile(path)
    assert path.read_text().startswith("notes of the user")
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE settings (name TEXT, value TEXT)")
    other.close()
    file = JournalFile(tmp_path / "other")
    with pytest.raises(PlanError, match="of another version"):
        file.read()
    file.close()


def test_journal_is_locked_by_its_run(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "journal")
    file.start(plan_of(), {})
    with pytest.raises(LockedError, match="Another run has the journal"):
        JournalFile(tmp_path / "journal")
    file.close()


@pytest.mark.anyio
async def test_concurrent_starts_share_a_commit(tmp_path: Path) -> None:
    commits: list[int] = []

    class Counting(JournalFile):
        def put(self, entries: Any) -> None:
            commits.append(len(entries))
            super().put(entries)

    file = Counting(tmp_path / "journal")
    file.start(plan_of(), {})
    journal = JournalWriter(file)
    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(journal.start, [JournalEntry(number, "started")])
    assert sum(commits) == 50
    assert len(commits) <= 3
    journal.add([JournalEntry(0, "settled")])
    await journal.flush()
    await journal.flush()
    assert sum(commits) == 51
    assert file._database.execute("SELECT count(*) FROM writes").fetchone() == (50,)
    file.close()


@pytest.mark.anyio
async def test_entries_of_a_failed_commit_are_written_later(tmp_path: Path) -> None:
    class Full(JournalFile):
        full = True

        def put(self, entries: Any) -> None:
            if self.full:
                raise sqlite3.OperationalError("database or disk is full")
            super().put(entries)

    file = Full(tmp_path / "journal")
    file.start(plan_of(), {})
    journal = JournalWriter(file)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await journal.start([JournalEntry(0, "started")])
    file.full = False
    await journal.flush()
    assert file._database.execute("SELECT count(*) FROM writes").fetchone() == (1,)
    file.close()
