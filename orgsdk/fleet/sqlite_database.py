"""One connection to an SQLite file: transactions, errors of orgsdk, and the tables of a fleet. Private to orgsdk."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from orgsdk.bulk import StoreError
from orgsdk.bulk.private_file import check_file, create_file, is_exposed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence
    from pathlib import Path

_VERSION: Final = 1
# The header of an SQLite file names its program. Source: https://www.sqlite.org/fileformat.html, section 1.3.
_APPLICATION_ID: Final = 0x6F726766  # "orgf"
_BUSY_SECONDS: Final = 60.0
_SUFFIXES: Final = ("-wal", "-shm")

_SCHEMA: Final = """
CREATE TABLE runs (
    epoch INTEGER PRIMARY KEY, night TEXT NOT NULL, mode TEXT NOT NULL, judge TEXT NOT NULL, state TEXT NOT NULL,
    started_at TEXT NOT NULL, ended_at TEXT, detail TEXT, hash TEXT, confirmed TEXT NOT NULL, deadline TEXT
);
CREATE TABLE units (
    epoch INTEGER NOT NULL, number INTEGER NOT NULL, name TEXT NOT NULL, key TEXT NOT NULL, entry TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT, taken INTEGER NOT NULL, attempts INTEGER NOT NULL, verify INTEGER NOT NULL,
    verified TEXT, fingerprint TEXT, plan_hash TEXT, members INTEGER NOT NULL, writes INTEGER NOT NULL,
    removals INTEGER NOT NULL, new_admins INTEGER NOT NULL, failures INTEGER NOT NULL, estimate INTEGER NOT NULL,
    requests INTEGER NOT NULL, started_at TEXT, ended_at TEXT,
    PRIMARY KEY (epoch, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX units_by_name ON units (epoch, name);
CREATE INDEX units_by_key ON units (epoch, key, state, verified, number);
CREATE INDEX units_by_state ON units (epoch, state, number);
CREATE INDEX units_by_end ON units (epoch, ended_at) WHERE ended_at IS NOT NULL;
CREATE TABLE keys (
    epoch INTEGER NOT NULL, key TEXT NOT NULL, until TEXT, stopped TEXT, rate_requests REAL, rate_seconds REAL,
    allowance INTEGER,
    PRIMARY KEY (epoch, key)
) WITHOUT ROWID;
CREATE TABLE organizations (
    name TEXT PRIMARY KEY, fingerprint TEXT, verified TEXT, requests INTEGER, latest_requests INTEGER,
    rate_requests REAL, rate_seconds REAL, due TEXT, previous BLOB
) WITHOUT ROWID;
CREATE TABLE plans (epoch INTEGER NOT NULL, name TEXT NOT NULL, plan BLOB NOT NULL, PRIMARY KEY (epoch, name));
CREATE TABLE journals (
    epoch INTEGER NOT NULL, name TEXT NOT NULL, settings TEXT NOT NULL, PRIMARY KEY (epoch, name)
) WITHOUT ROWID;
CREATE TABLE journal_entries (
    epoch INTEGER NOT NULL, name TEXT NOT NULL, number INTEGER NOT NULL, stage TEXT NOT NULL, status TEXT,
    user_id TEXT, request_id TEXT, reason TEXT, at TEXT,
    PRIMARY KEY (epoch, name, number)
) WITHOUT ROWID;
CREATE TABLE audits (
    name TEXT NOT NULL, number INTEGER NOT NULL, plan_hash TEXT NOT NULL, line BLOB NOT NULL,
    PRIMARY KEY (name, number)
);
CREATE INDEX audits_by_plan ON audits (name, plan_hash, number);
"""


class UniqueError(StoreError):
    """A row with the same key exists."""


class SQLiteDatabase:
    """One connection to the file, for the threads of one process. A statement waits while another one is running.

    A commit is on disk when it returns (`synchronous=FULL`). Raises `StoreError` if the file is not a fleet's store, or
    cannot be read or written, and `FileError` if it is not safe to write to; it is unchanged then.

    Args:
        path: The file.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        if check_file(path) is None:
            # SQLite would create it with the umask. The files beside it get its mode.
            os.close(create_file(path))
        for file in (path, *(path.with_name(f"{path.name}{suffix}") for suffix in _SUFFIXES)):
            status = check_file(file)
            if status is not None and is_exposed(status):
                file.chmod(0o600)
        with self._errors():
            self._connection = sqlite3.connect(
                path, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS, cached_statements=64
            )
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        with self._errors():
            if self._pragma("application_id") == 0 and self._pragma("schema_version") == 0:
                self._connection.execute("PRAGMA journal_mode=WAL")
                with self.transaction() as write:
                    if self._pragma("application_id") == 0:  # no other process was faster
                        write.run(f"PRAGMA application_id={_APPLICATION_ID}")
                        write.run(f"PRAGMA user_version={_VERSION}")
                        for statement in filter(str.strip, _SCHEMA.split(";")):
                            write.run(statement)
            if self._pragma("application_id") != _APPLICATION_ID:
                raise StoreError(f"{self._path} is not the store of a fleet: name another file.")
            if self._pragma("user_version") != _VERSION:
                raise StoreError(f"{self._path} is the store of another version of orgsdk: use that, or another file.")
            self._connection.execute("PRAGMA synchronous=FULL")

    def _pragma(self, name: str) -> int:
        return int(self._connection.execute(f"PRAGMA {name}").fetchone()[0])

    def close(self) -> None:
        """Close the file."""
        with self._lock, self._errors():
            self._connection.close()

    def one(self, statement: str, values: Sequence[object] = ()) -> Any:
        """Return the first row of a query; None if there is none."""
        with self._lock, self._errors():
            return self._connection.execute(statement, values).fetchone()

    def all(self, statement: str, values: Sequence[object] = ()) -> list[Any]:
        """Return all rows of a query."""
        with self._lock, self._errors():
            return self._connection.execute(statement, values).fetchall()

    def run(self, statement: str, values: Sequence[object] = ()) -> int:
        """Run a statement of a transaction, and return the number of rows that it has changed."""
        with self._errors():
            return self._connection.execute(statement, values).rowcount

    def many(self, statement: str, values: Iterable[Sequence[object]]) -> None:
        """Run a statement of a transaction for each of some values."""
        with self._errors():
            self._connection.executemany(statement, values)

    @contextmanager
    def transaction(self) -> Generator[SQLiteDatabase]:
        """Lock the file for writing, and commit all statements or none. Other processes wait."""
        with self._lock:
            with self._errors():
                self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self
                with self._errors():
                    self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Raise an error of orgsdk for each error of SQLite. Source: https://www.sqlite.org/rescode.html."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise UniqueError(f"{self._path}: a row of this key exists.") from None
        except sqlite3.ProgrammingError:
            raise StoreError(f"{self._path} is closed.") from None
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & 0xFF
            reasons = {
                sqlite3.SQLITE_BUSY: f"another process has used it for over {_BUSY_SECONDS:g} seconds",
                sqlite3.SQLITE_FULL: "the disk is full: free some space",
                sqlite3.SQLITE_IOERR: "the disk may be full, or broken",
                sqlite3.SQLITE_NOTADB: "it is not the store of a fleet: name another file",
                sqlite3.SQLITE_CORRUPT: "it is damaged: restore it from a backup, or name another file",
                sqlite3.SQLITE_READONLY: "it cannot be written: check its mode, and that of its folder",
            }
            raise StoreError(f"{self._path}: {reasons.get(code, str(error))}.") from error
