"""The gateway's database: a SQLite file for one process, or PostgreSQL for several. Private to `orgsdk.scim`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol, TypeAlias, TypeVar
from urllib.parse import urlsplit

import anyio
from anyio import CancelScope, to_thread

from orgsdk.arguments import check_flag
from orgsdk.bulk.input_file import check_path
from orgsdk.errors import ConfigurationError, OrgError

T = TypeVar("T")
Value: TypeAlias = str | int | None
Row: TypeAlias = tuple[Value, ...]

VERSION: Final = "1"
SCHEMA: Final = (
    "CREATE TABLE IF NOT EXISTS scim_settings (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE IF NOT EXISTS scim_entries (
        tenant TEXT NOT NULL, kind TEXT NOT NULL, id TEXT NOT NULL, provider_id TEXT NOT NULL, external_id TEXT,
        name TEXT, folded TEXT, active INTEGER NOT NULL, groups TEXT NOT NULL, created TEXT NOT NULL,
        modified TEXT NOT NULL, version BIGINT NOT NULL, details TEXT NOT NULL, PRIMARY KEY (tenant, kind, id)
    )""",
    "CREATE UNIQUE INDEX IF NOT EXISTS scim_entries_folded ON scim_entries (tenant, kind, folded)",
    "CREATE UNIQUE INDEX IF NOT EXISTS scim_entries_provider ON scim_entries (tenant, kind, provider_id)",
    "CREATE INDEX IF NOT EXISTS scim_entries_external ON scim_entries (tenant, kind, external_id)",
    """CREATE TABLE IF NOT EXISTS scim_tokens (
        id TEXT PRIMARY KEY, tenant TEXT NOT NULL, digest TEXT NOT NULL, scopes TEXT NOT NULL, created TEXT NOT NULL,
        expires TEXT, revoked TEXT, last_used TEXT
    )""",
    """CREATE TABLE IF NOT EXISTS scim_deactivations (
        tenant TEXT NOT NULL, token TEXT NOT NULL, user_id TEXT NOT NULL, at TEXT NOT NULL,
        PRIMARY KEY (tenant, token, user_id)
    )""",
    """CREATE TABLE IF NOT EXISTS scim_quarantines (
        tenant TEXT NOT NULL, token TEXT NOT NULL, since TEXT NOT NULL, refused INTEGER NOT NULL,
        allowed INTEGER NOT NULL, PRIMARY KEY (tenant, token)
    )""",
    """CREATE TABLE IF NOT EXISTS scim_allowances (
        tenant TEXT NOT NULL, token TEXT NOT NULL, users INTEGER NOT NULL, until TEXT NOT NULL,
        PRIMARY KEY (tenant, token)
    )""",
    "INSERT INTO scim_settings VALUES ('version', '1') ON CONFLICT (name) DO NOTHING",
)
# The longest text of an index, in bytes of UTF-8: PostgreSQL refuses rows of more than a third of a page.
_MAX_KEY: Final = 800
_FIRST_POLL, _LAST_POLL = 0.005, 0.1


class DatabaseError(OrgError):
    """The database cannot be opened, read or written. The message has no password."""


class UniqueError(DatabaseError):
    """A row breaks a unique constraint. `IdMap` turns it into its own error."""


class Session(Protocol):
    """A connection inside one transaction. Placeholders are question marks, for both databases."""

    def execute(self, statement: str, *values: Value) -> list[Row]:
        """Run a statement and return its rows. Raises `UniqueError` or `DatabaseError`."""
        ...

    def serialize(self, name: str) -> None:
        """Wait for other transactions with this name, until they end."""
        ...


class Backend(Protocol):
    """A database, used from several threads."""

    name: str
    connections: int

    def run(self, work: Callable[[Session], T], *, write: bool, durable: bool) -> T:
        """Run a function in a transaction."""
        ...

    def try_lock(self, key: int) -> bool:
        """Take a lock that other processes respect, without waiting."""
        ...

    def unlock(self, key: int) -> None:
        """Release the lock."""
        ...

    def close(self) -> None:
        """Close all connections. Others of the process have ended their work."""
        ...


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


def lock_key(name: str) -> int:
    """Return a signed number of 64 bits, as PostgreSQL's advisory locks need it."""
    digest = hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def is_storable(*texts: str | None) -> bool:
    """Return whether texts can be keys: PostgreSQL stores no NUL, and UTF-8 has no lone surrogates."""
    return all(text is None or ("\0" not in text and _is_short(text)) for text in texts)


def _is_short(text: str) -> bool:
    try:
        return len(text) <= _MAX_KEY and len(text.encode()) <= _MAX_KEY
    except UnicodeEncodeError:
        return False


def utc_now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


def to_text(time: datetime) -> str:
    """Return a time as it is stored: texts have the order of the times."""
    return time.astimezone(UTC).isoformat(timespec="microseconds")


def to_time(text: Value) -> datetime:
    """Return a time that was stored."""
    return datetime.fromisoformat(str(text))


def create_tables(session: Session) -> None:
    """Create the tables that are missing."""
    for statement in SCHEMA:
        session.execute(statement)


def check_version(session: Session, name: str) -> None:
    """Raise `DatabaseError` if the tables are of another version of orgsdk."""
    if session.execute("SELECT value FROM scim_settings WHERE name = 'version'") != [(VERSION,)]:
        raise DatabaseError(f"The id map {name} is of another version of orgsdk: use that version.")


def missing(name: str) -> DatabaseError:
    """Return the error for a database that was never created."""
    return DatabaseError(f"The id map {name} does not exist: check the address, or run orgsdk scim map create.")
