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

Stage: TypeAlias = Literal["started", "account", "settled"]

_VERSION = "1"
_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE writes (
    number INTEGER PRIMARY KEY, stage TEXT NOT NULL, status TEXT, user_id TEXT, request_id TEXT, reason TEXT, at TEXT
);
"""
_PUT = "INSERT OR REPLACE INTO writes VALUES (?, ?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """Progress of one write.

    Stage `started`: its request may have been sent. Stage `account`: the account exists, the membership may. Stage
    `settled`: it ended with `status`. `at` is the time, in UTC.
    """

    number: int
    stage: Stage
    status: str | None = None
    user_id: str | None = None
    request_id: str | None = None
    reason: str | None = None
    at: str | None = None


class JournalFile:
    """Store the plan, the settings of its run, and the progress of each write. Use it in one thread at a time.

    A commit is on disk when it returns (`synchronous=FULL`). A write-ahead log needs one `fsync` for a commit, a
    rollback journal two or three. The exclusive lock avoids memory shared between processes, which does not work in a
    network folder. Source: https://www.sqlite.org/wal.html, sections 2.3 and 8.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        self.path = path
        if must_exist and not path.is_file():
            raise PlanError(f"There is no journal {path}.")
        # Create the file before SQLite does, which would use the umask; the log gets the mode of the file.
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

    def start(self, plan: Plan, settings: Mapping[str, str]) -> None:
        """Store the plan and the settings of its run.

        Raises `PlanError` if the journal already belongs to a run.
        """
        if self.has_started:
            raise PlanError(f"The journal {self.path} belongs to an earlier run: resume it, or name another file.")
        values = {"version": _VERSION, "plan": plan.to_json().decode(), **settings}
        with self._database:
            self._execute("BEGIN")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._execute(statement)
            self._database.executemany("INSERT INTO settings VALUES (?, ?)", values.items())
        self.has_started = True
        _sync_folder(self.path)

    def read(self) -> tuple[Plan, dict[str, str], list[JournalEntry]]:
        """Return the plan, the settings, and an entry for each write that was started.

        Raises `PlanError` if it is not a journal, or its run was never started.
        """
        if not self.has_started:
            raise PlanError(f"The run of the journal {self.path} never started, and nothing was sent: apply the plan.")
        settings = dict(self._execute("SELECT name, value FROM settings").fetchall())
        if settings.pop("version", None) != _VERSION:
            raise PlanError(f"The journal {self.path} is of another version of orgsdk: resume it with that version.")
        entries = [JournalEntry(*row) for row in self._execute("SELECT * FROM writes ORDER BY number").fetchall()]
        return Plan.from_json(settings.pop("plan").encode()), settings, entries

    def put(self, entries: Iterable[JournalEntry]) -> None:
        """Store all entries or none; they are on disk on return."""
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
            raise PlanError(f"{self.path} is not a journal of orgsdk, or it is damaged.") from None


def _sync_folder(path: Path) -> None:
    if os.name == "posix":
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # without it, the file's name could be lost in a crash of the machine
        finally:
            os.close(folder)


class JournalWriter:
    """Write entries in worker threads; entries that arrive while the disk is busy are written together (group commit).

    `start` waits for the disk. `add` does not: its entries are written with the next `start` or `flush`. If they are
    lost with the process, a resumed run looks the writes up, as if their responses were lost.
    """

    def __init__(self, file: JournalFile) -> None:
        self._file = file
        self._waiting: list[JournalEntry] = []
        self._added, self._written = 0, 0
        self._disk = anyio.Lock()

    async def start(self, entries: Iterable[JournalEntry]) -> None:
        """Record writes that are about to be sent; they are on disk on return."""
        self.add(entries)
        await self.flush()

    def add(self, entries: Iterable[JournalEntry]) -> None:
        """Record progress; it is written later."""
        before = len(self._waiting)
        self._waiting += entries
        self._added += len(self._waiting) - before

    async def flush(self) -> None:
        """Write everything that was added before this call."""
        needed = self._added
        while self._written < needed:
            async with self._disk:
                if self._written < needed:
                    await self._write()

    async def _write(self) -> None:
        entries, self._waiting = self._waiting, []
        # Shielded from cancellation: the entries of other tasks are in the same commit.
        with anyio.CancelScope(shield=True):
            try:
                await to_thread.run_sync(self._file.put, entries)
            except BaseException:
                self._waiting = entries + self._waiting
                raise
        self._written += len(entries)
