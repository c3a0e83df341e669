"""The gateway's database: a SQLite file for one process, or PostgreSQL for several. Private to `orgsdk.scim`."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

import anyio
from anyio import CancelScope, to_thread

from orgsdk.arguments import check_flag
from orgsdk.bulk.input_file import check_path
from orgsdk.errors import ConfigurationError
from orgsdk.scim.tables import Backend, DatabaseError, Session, lock_key

T = TypeVar("T")
_FIRST_POLL: Final = 0.005
_LAST_POLL: Final = 0.1


class Database:
    """Run functions in transactions, in worker threads, so that asyncio and trio both work.

    Use it in one event loop at a time. `Database.open` makes it; `IdMap`, `TokenStore` and `DeactivationGuard` can
    share one.
    """

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._limiter: anyio.CapacityLimiter | None = None
        self._locks: dict[int, _Waiting] = {}

    @classmethod
    def open(cls, address: Path | str | Database, *, create: bool = True) -> Database:
        """Open the database at a path or a URL, and create its tables.

        Args:
            address: Path of a SQLite file, or a URL ``postgresql://host/name``. An open database is returned as it is.
            create: Create what is missing. If False, a missing file or table is an error.

        Returns:
            The database.

        Raises:
            ConfigurationError: The address is neither, or the extra ``postgres`` is not installed.
            DatabaseError: It does not exist, is no database of orgsdk, or cannot be reached.
            FileError: The file is not safe to write to.

        Example:
            ``database = Database.open("scim.db")``
        """
        check_flag("create", create)
        if isinstance(address, Database):
            return address
        text = address if isinstance(address, str) and "://" in address else str(check_path("address", address))
        if text.startswith(("postgresql://", "postgres://")):
            from orgsdk.scim.postgres_database import PostgresBackend

            return cls(PostgresBackend(text, create=create))
        if "://" in text:
            raise ConfigurationError(
                f"The address of the id map starts with {urlsplit(text).scheme}: pass the path of a file, such as "
                "scim.db, or a URL that starts with postgresql://."
            )
        from orgsdk.scim.sqlite_database import SQLiteBackend

        return cls(SQLiteBackend(Path(text), create=create))

    def __repr__(self) -> str:
        return f"Database({self._backend.name!r})"

    @property
    def name(self) -> str:
        """The path, or the URL without user and password."""
        return self._backend.name

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a function that only reads, in a worker thread, and return its result."""
        return await self._run(lambda: self._backend.run(work, write=False, durable=False))

    async def write(self, work: Callable[[Session], T], *, durable: bool = False) -> T:
        """Run a function in a transaction, in a worker thread: all of its changes are made, or none.

        Args:
            work: The function.
            durable: Whether the changes are on disk on return. Others survive the death of the process, and may be
                lost if the machine loses power.

        Returns:
            What the function returns.

        Raises:
            DatabaseError: The database cannot be written.
        """
        return await self._run(lambda: self._backend.run(work, write=True, durable=durable))

    async def acquire(self, name: str) -> None:
        """Wait for a lock and take it: one holder at a time, in all processes of this database.

        Args:
            name: Name of the lock.

        Raises:
            DatabaseError: The database cannot be reached.
            LockedError: It is a SQLite file, and another process has taken locks of it.
        """
        key = lock_key(name)
        waiting = self._locks.setdefault(key, _Waiting())
        waiting.number += 1
        try:
            await waiting.lock.acquire()
        except BaseException:
            self._forget(key, waiting)
            raise
        try:
            pause = _FIRST_POLL
            while not await self._run(lambda: self._backend.try_lock(key)):
                await anyio.sleep(pause)
                pause = min(2 * pause, _LAST_POLL)
        except BaseException:
            waiting.lock.release()
            self._forget(key, waiting)
            raise

    async def release(self, name: str) -> None:
        """Release a lock that this task holds."""
        key = lock_key(name)
        waiting = self._locks[key]
        try:
            with CancelScope(shield=True), suppress(DatabaseError):  # a lost connection has lost its locks too
                await self._run(lambda: self._backend.unlock(key))
        finally:
            waiting.lock.release()
            self._forget(key, waiting)

    def close(self) -> None:
        """Close all connections at once, where no event loop runs: when their owner is no longer used."""
        self._backend.close()

    async def aclose(self) -> None:
        """Close all connections. A later call raises `DatabaseError`."""
        with CancelScope(shield=True):
            await self._run(self._backend.close)

    async def _run(self, call: Callable[[], T]) -> T:
        if self._limiter is None:
            # Not the threads of the whole program: waiting for a busy database must not use them up.
            self._limiter = anyio.CapacityLimiter(self._backend.connections)
        return await to_thread.run_sync(call, limiter=self._limiter)

    def _forget(self, key: int, waiting: _Waiting) -> None:
        waiting.number -= 1
        if not waiting.number:
            del self._locks[key]


class _Waiting:
    """The lock of this process for one name, and the number of tasks that hold it or wait for it."""

    def __init__(self) -> None:
        self.lock = anyio.Lock()
        self.number = 0
