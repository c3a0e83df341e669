"""The journal: what it holds, for whom, and when it is on the disk."""

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


def test_a_journal_holds_the_plan_and_how_far_each_write_came(tmp_path: Path) -> None:
    plan = plan_of(write(0), write(1))
    file = JournalFile(tmp_path / "journal")
    file.begin(plan, {"audit": "/somewhere"})
    file.put([JournalEntry(0, "begun"), JournalEntry(1, "begun")])
    file.put([JournalEntry(0, "settled", "created", "id0", "r", "why", "then")])
    file.close()
    again = JournalFile(tmp_path / "journal", must_exist=True)
    read, told, entries = again.read()
    assert (read.hash, told) == (plan.hash, {"audit": "/somewhere"})
    assert entries == [JournalEntry(0, "settled", "created", "id0", "r", "why", "then"), JournalEntry(1, "begun")]
    with pytest.raises(PlanError, match="is of a run already: resume it, or name another file"):
        again.begin(plan, {})
    again.close()


@posix
def test_a_journal_and_its_log_are_for_their_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        file = JournalFile(tmp_path / "journal")
        file.begin(plan_of(), {})
        assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
        file.close()
    finally:
        os.umask(before)


def test_a_journal_that_was_made_and_not_begun_may_be_begun(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    file = JournalFile(tmp_path / "journal")
    with pytest.raises(PlanError, match="was never begun, and nothing was sent: apply the plan again"):
        file.read()
    file.begin(plan_of(), {})
    file.close()


def test_what_is_no_journal_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with pytest.raises(PlanError, match="There is no journal"):
        JournalFile(path, must_exist=True)
    path.write_text("somebody's own notes, which are long enough to be taken for a database" * 9)
    with pytest.raises(PlanError, match="is no journal of orgsdk, or is damaged"):
        JournalFile(path)
    assert path.read_text().startswith("somebody's own notes")
    with sqlite3.connect(tmp_path / "other") as other:
        other.execute("CREATE TABLE told (name TEXT, value TEXT)")
    other.close()
    file = JournalFile(tmp_path / "other")
    with pytest.raises(PlanError, match="of another version"):
        file.read()
    file.close()


def test_a_journal_is_one_runs_alone(tmp_path: Path) -> None:
    file = JournalFile(tmp_path / "journal")
    file.begin(plan_of(), {})
    with pytest.raises(LockedError, match="Another run has the journal"):
        JournalFile(tmp_path / "journal")
    file.close()


@pytest.mark.anyio
async def test_intents_that_come_together_are_committed_together(tmp_path: Path) -> None:
    commits: list[int] = []

    class Counting(JournalFile):
        def put(self, entries: Any) -> None:
            commits.append(len(entries))
            super().put(entries)

    file = Counting(tmp_path / "journal")
    file.begin(plan_of(), {})
    journal = JournalWriter(file)
    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(journal.intend, [JournalEntry(number, "begun")])
    assert sum(commits) == 50
    assert len(commits) <= 3
    journal.settle([JournalEntry(0, "settled")])
    await journal.flush()
    await journal.flush()
    assert sum(commits) == 51
    assert file._database.execute("SELECT count(*) FROM writes").fetchone() == (50,)
    file.close()


@pytest.mark.anyio
async def test_what_could_not_be_written_is_not_taken_for_written(tmp_path: Path) -> None:
    class Full(JournalFile):
        full = True

        def put(self, entries: Any) -> None:
            if self.full:
                raise sqlite3.OperationalError("database or disk is full")
            super().put(entries)

    file = Full(tmp_path / "journal")
    file.begin(plan_of(), {})
    journal = JournalWriter(file)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await journal.intend([JournalEntry(0, "begun")])
    file.full = False
    await journal.flush()
    assert file._database.execute("SELECT count(*) FROM writes").fetchone() == (1,)
    file.close()
