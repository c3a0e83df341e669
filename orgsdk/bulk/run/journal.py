"""The journal: a SQLite file that records each write before it is sent, so that a run can be resumed."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

import anyio
from anyio import to_thread

from orgsdk.bulk.errors import LockedError, PlanError
from orgsdk.bulk.planning.plan import Plan

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Stage: TypeAlias = Literal["begun", "made", "settled"]

_VERSION = "1"
_SCHEMA = """
CREATE TABLE told (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE writes (
    number INTEGER PRIMARY KEY, stage TEXT NOT NULL, status TEXT, user_id TEXT, request_id TEXT, reason TEXT, at TEXT
);
"""
_PUT = "INSERT OR REPLACE INTO writes VALUES (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Say how far one write came.

    `started`: its request may have been sent. `made`: the account is there, its membership may be. `settled`: it ended,
    in `status`. `at` is the time of it, in UTC.
    """

    number: int
    stage: Stage
    status: str | None = None
    user_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    at: str | None = None


class JournalFile:
    """Keep a plan, what was set for its run, and how far each write came. For one thread at a time.

    A commit is on the disk when it returns: `synchronous=FULL`. A write-ahead log takes one `fsync` for it where a
    rollback journal takes two or three; it is held exclusively, for then it needs no memory shared between processes,
    which a network folder does not have. Source: https://www.sqlite.org/wal.html, sections 2.3 and 8.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        self.path = path
        if must_exist and not path.is_file():
            raise PlanError(f"There is no journal {path}.")
        # Before SQLite makes it, which would ask the umask; its log takes the mode of the file.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        try:
            self._execute("PRAGMA locking_mode=EXCLUSIVE")
            self._execute("PRAGMA journal_mode=WAL")
            self._execute("PRAGMA synchronous=FULL")
            self.has_started: bool = bool(self._execute("SELECT name FROM sqlite_master").fetchall())
        except BaseException:
            self.close()
            raise

    def begin(self, plan: Plan, settings: Mapping[str, str]) -> None:
        """Keep the plan and the settings of its run.

        Raises `PlanError` where the journal is of a run already.
        """
        if self.has_started:
            raise PlanError(f"The journal {self.path} is of a run already: resume it, or name another file.")
        told = {"version": _VERSION, "plan": plan.to_json().decode(), **settings}
        with self._database:
            self._execute("BEGIN")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._execute(statement)
            self._database.executemany("INSERT INTO told VALUES (?, ?)", told.items())
        self.has_started = True
        _sync_folder(self.path)

    def read(self) -> tuple[Plan, dict[str, str], list[JournalEntry]]:
        """Give the plan, the settings, and how far its writes came, those alone that were begun.

        Raises `PlanError` where it is no journal, or was not begun.
        """
        if not self.has_started:
            raise PlanError(f"The journal {self.path} was never begun, and nothing was sent: apply the plan again.")
        told = dict(self._execute("SELECT name, value FROM told").fetchall())
        if told.pop("version", None) != _VERSION:
            raise PlanError(f"The journal {self.path} is of another version of orgsdk: resume it with that one.")
        entries = [JournalEntry(*row) for row in self._execute("SELECT * FROM writes ORDER BY number").fetchall()]
        return Plan.from_json(told.pop("plan").encode()), told, entries

    def put(self, entries: Iterable[JournalEntry]) -> None:
        """Take note of these, all or none; they are on the disk when it returns."""
        with self._database:
            self._execute("BEGIN")
            self._database.executemany(_PUT, map(astuple, entries))

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _execute(self, statement: str) -> sqlite3.Cursor:
        try:
            return self._database.execute(statement)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_BUSY:
                raise LockedError(f"Another run has the journal {self.path} open.") from None
            raise
        except sqlite3.DatabaseError:
            raise PlanError(f"{self.path} is no journal of orgsdk, or is damaged.") from None


def _sync_folder(path: Path) -> None:
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # else a crash of the machine could lose the file's name
        finally:
            os.close(folder)


class JournalWriter:
    """Write entries by worker threads, those together that come while the disk is busy (group commit).

    What is intended is waited for. An outcome is not: it goes with the next intent, or with `flush`; where it is lost
    with the process, the write is looked up at resume as one whose answer was lost.
    """

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._waiting: list[JournalEntry] = []
        self._put, self._kept = 0, 0
        self._disk = anyio.Lock()

    async def intend(self, entries: Iterable[JournalEntry]) -> None:
        """Take note of what is about to be done; it is on the disk when it returns."""
        self.settle(entries)
        await self.flush()

    def settle(self, entries: Iterable[JournalEntry]) -> None:
        """Take note of what was done, at the next occasion."""
        before = len(self._waiting)
        self._waiting += entries
        self._put += len(self._waiting) - before

    async def flush(self) -> None:
        """Have all on the disk that was noted before."""
        mine = self._put
        while self._kept < mine:
            async with self._disk:
                if self._kept < mine:
                    await self._write()

    async def _write(self) -> None:
        entries, self._waiting = self._waiting, []
        # Not given up half-way: who is cancelled waits for the disk, and the others' entries are in it too.
        with anyio.CancelScope(shield=True):
            try:
                await to_thread.run_sync(self._file.put, entries)
            except BaseException:
                self._waiting = entries + self._waiting
                raise
        self._kept += len(entries)
