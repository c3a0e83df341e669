"""The journal: contents, permissions, lock and group commit."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from orgsdk.bulk import FileError, JournalEntry, LockedError, PlanError
from orgsdk.bulk.run.journal import JournalFile, JournalWriter
from tests.bulk.samples import mode, opened, plan_of, posix, write

if TYPE_CHECKING:
    from pathlib import Path

    from orgsdk.errors import OrgError


def test_journal_stores_the_plan_and_the_progress_of_each_write(tmp_path: Path) -> None:
    plan = plan_of(write(0), write(1))
    file = opened(JournalFile(tmp_path / "journal"))
    file.start(plan, {"audit": "/somewhere"})
    file.put([JournalEntry(0, "started"), JournalEntry(1, "started")])
    file.put([JournalEntry(0, "settled", "created", "id0", "r", "why", "then")])
    file.close()
    again = opened(JournalFile(tmp_path / "journal", must_exist=True))
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
        file = opened(JournalFile(tmp_path / "journal"))
        file.start(plan_of(), {})
        assert {mode(path) for path in tmp_path.iterdir()} == {0o600}
        file.close()
    finally:
        os.umask(before)


def test_a_journal_whose_process_was_killed_while_it_created_the_file_can_be_started(tmp_path: Path) -> None:
    # The first page is in the file, and the commit did not end: SQLite undoes it when the file is next opened.
    journal, undo = tmp_path / "journal", tmp_path / "journal-journal"
    database = sqlite3.connect(journal, isolation_level=None)
    database.execute("PRAGMA synchronous=OFF")
    database.execute("BEGIN")
    database.execute(f"PRAGMA application_id={0x6F726773}")
    unfinished = undo.read_bytes()
    database.execute("COMMIT")
    database.close()
    undo.write_bytes(unfinished)
    journal.chmod(0o600)
    undo.chmod(0o600)
    file = opened(JournalFile(journal, must_exist=True))
    with pytest.raises(PlanError, match="never started"):
        file.read()
    file.close()
    file = opened(JournalFile(journal))
    file.start(plan_of(), {})
    file.close()
    opened(JournalFile(journal, must_exist=True)).close()


def test_empty_journal_can_be_started(tmp_path: Path) -> None:
    (tmp_path / "journal").touch()
    with pytest.raises(PlanError, match="never started"):
        opened(JournalFile(tmp_path / "journal", must_exist=True))
    assert (tmp_path / "journal").read_bytes() == b""
    file = opened(JournalFile(tmp_path / "journal"))
    with pytest.raises(PlanError, match="never started, and nothing was sent: apply the plan"):
        file.read()
    file.start(plan_of(), {})
    file.close()


def test_other_file_is_refused_and_not_changed(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    with pytest.raises(PlanError, match="There is no journal"):
        opened(JournalFile(path, must_exist=True))
    path.write_text("notes of the user, which are long enough to look like a database" * 9)
    with pytest.raises(PlanError, match="is not a journal of orgsdk, or it is damaged"):
        opened(JournalFile(path))
    assert path.read_text().startswith("notes of the user")


@pytest.mark.parametrize("mode", ["delete", "wal"])
@pytest.mark.parametrize("table", ["settings (name TEXT, value TEXT)", "writes (number)", "anything (x)"])
def test_file_of_another_program_is_refused_and_not_changed(tmp_path: Path, mode: str, table: str) -> None:
    path = tmp_path / "other"
    other = sqlite3.connect(path)
    other.execute(f"PRAGMA journal_mode={mode}")
    other.execute(f"CREATE TABLE {table}")
    other.commit()
    before = {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in tmp_path.iterdir()}
    for must_exist in (False, True):
        with pytest.raises(PlanError, match="is not a journal of orgsdk, or it is damaged"):
            opened(JournalFile(path, must_exist=must_exist))
    assert {one.name: (one.read_bytes(), one.stat().st_mtime_ns) for one in tmp_path.iterdir()} == before
    other.close()


def _changed(path: Path, statement: str) -> None:
    file = opened(JournalFile(path))
    if not file.has_started:
        file.start(plan_of(write(0)), {})
    file.close()
    database = sqlite3.connect(path)
    database.execute(statement)
    database.commit()
    database.close()


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE settings SET value = '9' WHERE name = 'version'", "of another version"),
        ("DELETE FROM settings WHERE name = 'plan'", "not a plan"),
        ("DROP TABLE writes", "not a journal"),
        ("DROP TABLE settings", "not a journal"),
        ("ALTER TABLE writes DROP COLUMN at", "not a journal"),
        ("INSERT INTO writes VALUES (7, 'settled', 'created', NULL, NULL, NULL, NULL)", "not a journal"),
        ("INSERT INTO writes VALUES (-1, 'settled', 'created', NULL, NULL, NULL, NULL)", "not a journal"),
        ("INSERT INTO settings VALUES ('confirmed', 'many')", "not a journal"),
        ("INSERT INTO writes VALUES (0, 'started', NULL, NULL, NULL, NULL, 'yesterday')", "not a journal"),
        ("INSERT INTO writes VALUES (0, 'other', 'created', NULL, NULL, NULL, NULL)", "not a journal"),
    ],
)
def test_changed_journal_is_refused(tmp_path: Path, statement: str, message: str) -> None:
    _changed(tmp_path / "journal", statement)
    file = opened(JournalFile(tmp_path / "journal"))
    with pytest.raises(PlanError, match=message):
        file.read()
    file.close()


@posix
def test_existing_journal_that_others_can_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    file = opened(JournalFile(path))
    file.start(plan_of(write(0)), {})
    # A crash leaves the log.
    files = {one.name: one.read_bytes() for one in tmp_path.iterdir()}
    file.close()
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
        (tmp_path / name).chmod(0o644)
    again = opened(JournalFile(path, must_exist=True))
    assert {one.name: mode(one) for one in tmp_path.iterdir()} == dict.fromkeys(files, 0o600)
    assert again.read()[0].hash == plan_of(write(0)).hash
    again.close()


@posix
@pytest.mark.parametrize("suffix", ["-wal", "-journal", "-shm"])
def test_link_beside_a_journal_is_refused(tmp_path: Path, suffix: str) -> None:
    victim = tmp_path / "victim"
    victim.write_text("keep me")
    (tmp_path / f"journal{suffix}").symlink_to(victim)
    with pytest.raises(FileError, match="symbolic link"):
        opened(JournalFile(tmp_path / "journal"))
    assert victim.read_text() == "keep me"


def test_journal_in_use_by_this_process_is_not_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "journal"
    file = opened(JournalFile(path))
    file.start(plan_of(), {})
    with pytest.raises(LockedError):
        opened(JournalFile(path))
    # Closing the second one would have released the locks of the first (fcntl(2)).
    code = (
        "import sys, pathlib; from orgsdk.bulk.run.journal import JournalFile; from orgsdk.bulk import LockedError\n"
        "try: JournalFile(pathlib.Path(sys.argv[1])).open()\n"
        "except LockedError: print('locked')"
    )
    ran = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert ran.stdout == "locked\n"
    file.close()


_FULL_DISK = """
import resource, sys, pathlib, signal
from orgsdk.bulk import FileError, JournalEntry
from orgsdk.bulk.run.journal import JournalFile
from tests.bulk.samples import opened, plan_of, write
path = pathlib.Path(sys.argv[1])
file = opened(JournalFile(path))
if sys.argv[2] == "start":
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_000, 8_000))
try:
    file.start(plan_of(*[write(n) for n in range(500)]), {})
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
    for _ in range(500):
        file.put([JournalEntry(number, "started") for number in range(500)])
except FileError as error:
    print(error)
file.close()
"""


@posix
@pytest.mark.parametrize("phase", ["start", "put"])
def test_full_disk_is_an_error_of_orgsdk(tmp_path: Path, phase: str) -> None:
    path = tmp_path / "journal"
    ran = subprocess.run(
        [sys.executable, "-c", _FULL_DISK, str(path), phase], capture_output=True, text=True, check=True
    )
    assert ran.stdout.startswith(f"{path}: ")
    again = opened(JournalFile(path))
    assert again.has_started == (phase == "put")
    if again.has_started:
        assert len(again.read()[2]) == 500
    again.close()


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (sqlite3.SQLITE_FULL, FileError),
        (sqlite3.SQLITE_IOERR_FSYNC, FileError),
        (sqlite3.SQLITE_CANTOPEN, FileError),
        (sqlite3.SQLITE_READONLY, FileError),
        (sqlite3.SQLITE_NOMEM, FileError),
        (sqlite3.SQLITE_BUSY_SNAPSHOT, LockedError),
        (sqlite3.SQLITE_ERROR, PlanError),
    ],
)
def test_errors_of_sqlite_are_errors_of_orgsdk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, expected: type[OrgError]
) -> None:
    def fail(*_: object, **__: object) -> None:
        error = sqlite3.OperationalError("a text of SQLite")
        error.sqlite_errorcode = code
        raise error

    monkeypatch.setattr("orgsdk.bulk.run.journal.sqlite3.connect", fail)
    with pytest.raises(expected, match=r".*journal"):
        opened(JournalFile(tmp_path / "journal"))


def test_journal_is_locked_by_its_run(tmp_path: Path) -> None:
    file = opened(JournalFile(tmp_path / "journal"))
    file.start(plan_of(), {})
    with pytest.raises(LockedError, match="Another run has the journal"):
        opened(JournalFile(tmp_path / "journal"))
    file.close()


@pytest.mark.anyio
async def test_concurrent_starts_share_a_commit(tmp_path: Path) -> None:
    commits: list[int] = []

    class Counting(JournalFile):
        def put(self, entries: Any) -> None:
            commits.append(len(entries))
            super().put(entries)

    file = opened(Counting(tmp_path / "journal"))
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

    file = opened(Full(tmp_path / "journal"))
    file.start(plan_of(), {})
    journal = JournalWriter(file)
    with pytest.raises(sqlite3.OperationalError, match="full"):
        await journal.start([JournalEntry(0, "started")])
    file.full = False
    await journal.flush()
    assert file._database.execute("SELECT count(*) FROM writes").fetchone() == (1,)
    file.close()
