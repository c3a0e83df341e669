"""The gateway's database in a SQLite file: private, with a write-ahead log, for one gateway process."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from orgsdk.bulk import FileError, LockedError
from orgsdk.bulk.private_file import check_file, create_file, file_errors, is_exposed, open_private
from orgsdk.scim.tables import DatabaseError, UniqueError, check_version, create_tables, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from io import BufferedRandom
    from pathlib import Path

    from orgsdk.scim.tables import Row, Session, Value

T = TypeVar("T")
# The header of an SQLite file names its program. Source: https://www.sqlite.org/fileformat.html, section 1.3.
_APPLICATION_ID: Final = 0x6F726773 + 1  # bulk's journals have the number before
_MAGIC: Final = b"SQLite format 3\0"
_ID_OFFSET, _HEADER_LENGTH = 68, 100
_SUFFIXES: Final = ("-wal", "-shm")
_TIMEOUT: Final = 10.0


class SQLiteBackend:
    """Run transactions on one connection.

    A write-ahead log with ``synchronous=NORMAL`` needs no `fsync` at a commit: a transaction survives the death of the
    process, and a loss of power may undo the last ones. Source: https://www.sqlite.org/pragma.html#pragma_synchronous.
    """

    connections = 1

    def __init__(self, path: Path, *, create: bool) -> None:
        self.name: str = str(path)
        self._path = path
        self._lock = threading.Lock()
        self._process_lock: BufferedRandom | None = None
        is_new = _prepare_file(path, create=create)
        with self._errors():
            # `absolute`: the program may change its folder, and the log has the name of the file.
            self._connection = sqlite3.connect(
                path.absolute(), isolation_level=None, check_same_thread=False, timeout=_TIMEOUT
            )
        try:
            if is_new:
                self._pragma(f"application_id={_APPLICATION_ID}")
            self._pragma("journal_mode=WAL")
            self._pragma("synchronous=NORMAL")
            if create and not self.run(_has_tables, write=False, durable=False):
                self.run(create_tables, write=True, durable=True)
            self.run(lambda session: check_version(session, self.name), write=False, durable=False)
        except BaseException:
            self._connection.close()
            raise

    def run(self, work: Callable[[Session], T], *, write: bool, durable: bool) -> T:
        with self._lock, self._errors():
            if not write:
                return work(self)
            if durable:
                self._pragma("synchronous=FULL")
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                try:
                    result = work(self)
                    self._connection.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):
                        self._connection.execute("ROLLBACK")
                    raise
            finally:
                if durable:
                    self._pragma("synchronous=NORMAL")
            return result

    def execute(self, statement: str, *values: Value) -> list[Row]:
        return self._connection.execute(statement, values).fetchall()

    def serialize(self, name: str) -> None:
        """Do nothing: a SQLite file has one writing transaction at a time."""

    def try_lock(self, key: int) -> bool:
        # `Database` has locks for its own tasks; this keeps every other process out, until this one closes or ends.
        del key
        with self._lock:
            if self._process_lock is None:
                path = self._path.with_name(f"{self._path.name}.lock")
                try:
                    self._process_lock = open_private(path)
                except LockedError:
                    raise LockedError(
                        f"Another gateway uses the id map {self.name}: stop it. Several processes need PostgreSQL."
                    ) from None
        return True

    def unlock(self, key: int) -> None:
        """Keep the lock of the process."""

    def close(self) -> None:
        with self._lock, self._errors():
            self._connection.close()
            if self._process_lock is not None:
                self._process_lock.close()
                self._process_lock = None

    def _pragma(self, setting: str) -> None:
        with self._errors():
            self._connection.execute(f"PRAGMA {setting}")

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Raise an error of orgsdk for each error of SQLite. Source: https://www.sqlite.org/rescode.html."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise UniqueError(f"A row of the id map {self.name} exists already.") from None
        except sqlite3.OperationalError as error:
            # An extended code has the primary one in its last byte.
            code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CANTOPEN) & 0xFF
            if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise DatabaseError(f"Another program has locked the id map {self.name}: stop it.") from None
            if code == sqlite3.SQLITE_ERROR:  # a table or a column is missing
                raise _no_map(self.name) from None
            advice = {
                sqlite3.SQLITE_FULL: "the disk is full: free some space",
                sqlite3.SQLITE_READONLY: "it is read-only: change the mode of the file and its folder",
            }.get(code, f"{error}: the disk may be full, or broken")
            raise FileError(self.name, advice) from error
        except sqlite3.ProgrammingError:
            raise DatabaseError(f"The id map {self.name} is closed: open it again.") from None
        except sqlite3.DatabaseError:
            raise _no_map(self.name) from None


def _prepare_file(path: Path, *, create: bool) -> bool:
    """Look at a file before SQLite opens it, create it if it is missing, and return whether it is new."""
    status = check_file(path)
    if (status is None or not status.st_size) and not create:
        raise missing(str(path))
    with file_errors(path):
        if status is not None and status.st_size and not _is_map(path):
            raise _no_map(str(path))
        if status is not None and not status.st_size and is_exposed(status):
            path.unlink()  # another user may have it open
            status = None
        if status is None:
            # SQLite would create it with the umask. The files beside it get its mode.
            os.close(create_file(path))
        for file in (path, *(path.with_name(f"{path.name}{suffix}") for suffix in _SUFFIXES)):
            found = check_file(file)
            if found is not None and is_exposed(found):
                file.chmod(0o600)
    return status is None or not status.st_size


def _has_tables(session: Session) -> bool:
    return bool(session.execute("SELECT name FROM sqlite_master WHERE name = 'scim_settings'"))


def _is_map(path: Path) -> bool:
    with path.open("rb") as file:
        header = file.read(_HEADER_LENGTH)
    return header.startswith(_MAGIC) and header[_ID_OFFSET : _ID_OFFSET + 4] == _APPLICATION_ID.to_bytes(4, "big")


def _no_map(name: str) -> DatabaseError:
    return DatabaseError(f"{name} is not an id map of orgsdk, or it is damaged: check the path.")
