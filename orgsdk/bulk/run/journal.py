"""The journal: a SQLite file that records each write before it is sent, so that a run can be resumed."""

from __future__ import annotations

import errno
import os
import sqlite3
from contextlib import contextmanager
from dataclasses import astuple
from datetime import datetime
from typing import TYPE_CHECKING, Final, get_args

import anyio
from anyio import to_thread

from orgsdk.bulk.errors import FileError, LockedError, PlanError
from orgsdk.bulk.planning.plan import Plan
from orgsdk.bulk.private_file import check_file, create_file, file_errors, is_exposed
from orgsdk.bulk.run.ports import JournalEntry, Stage

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping
    from pathlib import Path

    from orgsdk.bulk.run.ports import JournalStore

_VERSION = "1"
# The header of an SQLite file names its program. Source: https://www.sqlite.org/fileformat.html, section 1.3.
_APPLICATION_ID: Final = 0x6F726773  # "orgs"
_MAGIC: Final = b"SQLite format 3\0"
_ID_OFFSET, _HEADER_LENGTH = 68, 100
# The files that SQLite keeps beside a database.
SUFFIXES: Final = ("-wal", "-journal", "-shm")
# Files that a run of this process has open. Opening and closing one of them would release SQLite's locks on it.
_open_here: set[tuple[int, int]] = set()
_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE writes (
    number INTEGER PRIMARY KEY, stage TEXT NOT NULL, status TEXT, user_id TEXT, request_id TEXT, reason TEXT, at TEXT
);
"""
_SELECT = "SELECT number, stage, status, user_id, request_id, reason, at FROM writes ORDER BY number"
_MAX_DIGITS: Final = 10
_PUT = "INSERT OR REPLACE INTO writes VALUES (?, ?, ?, ?, ?, ?, ?)"


class JournalFile:
    """Store the journal in a file: the `JournalStore` of a path.

    A commit is on disk when it returns (`synchronous=FULL`). A write-ahead log needs one `fsync` for a commit, a
    rollback journal two or three. The exclusive lock avoids memory shared between processes, which does not work in a
    network folder. Source: https://www.sqlite.org/wal.html, sections 2.3 and 8.
    """

    def __init__(self, path: Path, *, must_exist: bool = False) -> None:
        self.path = path
        self.has_started: bool = False
        self._must_exist = must_exist

    @property
    def name(self) -> str:
        """The path."""
        return str(self.path)

    def open(self) -> None:
        """Open the file. It is looked at before SQLite opens it, and unchanged if this raises.

        Raises `PlanError` if it is not a journal, `FileError` if it is not safe to write to, or the disk is full, and
        `LockedError` if another run has it open.
        """
        path = self.path
        _prepare_file(path, must_exist=self._must_exist)
        status = path.stat()
        self._identity = (status.st_dev, status.st_ino)
        with _sqlite_errors(path):
            self._database = sqlite3.connect(path.absolute(), isolation_level=None, check_same_thread=False, timeout=0)
        _open_here.add(self._identity)
        try:
            self._execute("PRAGMA locking_mode=EXCLUSIVE")
            if self._execute("PRAGMA application_id").fetchone() != (_APPLICATION_ID,):
                # A new file, or one whose process was killed while it wrote the number: SQLite has undone that. It is
                # written before the write-ahead log exists: into the file itself, where `_is_journal` reads it.
                self._execute(f"PRAGMA application_id={_APPLICATION_ID}")
            self._execute("PRAGMA journal_mode=WAL")
            self._execute("PRAGMA synchronous=FULL")
            self.has_started = bool(self._execute("SELECT name FROM sqlite_master").fetchall())
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
        with _sqlite_errors(self.path), self._database:
            self._execute("BEGIN")
            for statement in filter(str.strip, _SCHEMA.split(";")):
                self._execute(statement)
            self._database.executemany("INSERT INTO settings VALUES (?, ?)", values.items())
        self.has_started = True
        _sync_folder(self.path)

    def store(self, settings: Mapping[str, str]) -> None:
        """Store settings of the run that have changed, such as the path of a moved file."""
        with _sqlite_errors(self.path), self._database:
            self._execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", settings.items())

    def read(self) -> tuple[Plan, dict[str, str], list[JournalEntry]]:
        """Return the plan, the settings, and an entry for each write that was started.

        Raises `PlanError` if it is not a journal, or its run was never started.
        """
        if not self.has_started:
            raise _never_started(self.path)
        settings = dict(self._execute("SELECT name, value FROM settings").fetchall())
        if settings.pop("version", None) != _VERSION:
            raise PlanError(f"The journal {self.path} is of another version of orgsdk: resume it with that version.")
        plan = Plan.from_json(settings.pop("plan", "").encode())
        entries = [JournalEntry(*row) for row in self._execute(_SELECT).fetchall()]
        if not all(_is_valid(entry, len(plan.writes)) for entry in entries) or not _is_count(settings.get("confirmed")):
            raise _not_a_journal(self.path)
        return plan, settings, entries

    def put(self, entries: Iterable[JournalEntry]) -> None:
        """Store all entries or none; they are on disk on return."""
        with _sqlite_errors(self.path), self._database:
            self._execute("BEGIN")
            self._database.executemany(_PUT, map(astuple, entries))

    def close(self) -> None:
        """Close the file."""
        _open_here.discard(self._identity)
        with _sqlite_errors(self.path):
            self._database.close()

    def _execute(self, statement: str) -> sqlite3.Cursor:
        with _sqlite_errors(self.path):
            return self._database.execute(statement)


def _prepare_file(path: Path, *, must_exist: bool) -> None:
    """Look at a journal before SQLite opens it, and create it if it is missing."""
    status = check_file(path)
    if status is None and must_exist:
        raise PlanError(
            f"There is no journal {path}: pass the path that the run reported. The commands delete the journal of a "
            "run that has finished."
        )
    if status is not None and (status.st_dev, status.st_ino) in _open_here:
        raise LockedError(f"Another run has the journal {path} open.")
    is_new = status is None or not status.st_size
    if is_new and must_exist:
        raise _never_started(path)
    with file_errors(path):
        if not (is_new or _is_journal(path)):
            raise _not_a_journal(path)
        if status is not None and is_exposed(status) and is_new:
            path.unlink()  # another user may have it open
            status = None
        if status is None:
            # SQLite would create it with the umask. The files beside it get its mode.
            os.close(create_file(path))
        for file in (path, *beside(path)):
            found = check_file(file)
            if found is not None and is_exposed(found):
                file.chmod(0o600)


def beside(path: Path) -> list[Path]:
    """Return the paths of the files that SQLite keeps beside a journal."""
    return [path.with_name(f"{path.name}{suffix}") for suffix in SUFFIXES]


def _is_journal(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER_LENGTH)
    return header.startswith(_MAGIC) and header[_ID_OFFSET : _ID_OFFSET + 4] == _APPLICATION_ID.to_bytes(4, "big")


def _is_valid(entry: JournalEntry, writes: int) -> bool:
    if entry.stage == "started" and entry.at:
        try:
            datetime.fromisoformat(entry.at)
        except (TypeError, ValueError):
            return False
    return entry.number in range(writes) and entry.stage in get_args(Stage)


def _is_count(text: str | None) -> bool:
    return text is None or (text.isdecimal() and len(text) < _MAX_DIGITS)


def _never_started(path: Path) -> PlanError:
    return PlanError(f"The run of the journal {path} never started, and nothing was sent: apply the plan.")


def _not_a_journal(path: Path) -> PlanError:
    return PlanError(f"{path} is not a journal of orgsdk, or it is damaged: pass the journal of the run, not its plan.")


@contextmanager
def _sqlite_errors(path: Path) -> Generator[None]:
    """Raise an error of orgsdk for each error of SQLite. Source: https://www.sqlite.org/rescode.html."""
    try:
        yield
    except sqlite3.OperationalError as error:
        # An extended code has the primary one in its last byte.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & 0xFF
        if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
            raise LockedError(f"Another run has the journal {path} open.") from None
        if code == sqlite3.SQLITE_ERROR:  # a table or a column is missing
            raise _not_a_journal(path) from None
        if code == sqlite3.SQLITE_FULL:
            raise FileError(path, "the disk is full: free some space", errno.ENOSPC) from error
        advice = ": the disk may be full, or broken" if code == sqlite3.SQLITE_IOERR else ""
        raise FileError(path, f"{error}{advice}") from error
    except sqlite3.DatabaseError:
        raise _not_a_journal(path) from None


def _sync_folder(path: Path) -> None:
    if os.name == "posix":
        with file_errors(path.parent):
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

    def __init__(self, store: JournalStore) -> None:
        self._store = store
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
                await to_thread.run_sync(self._store.put, entries)
            except BaseException:
                self._waiting = entries + self._waiting
                raise
        self._written += len(entries)
