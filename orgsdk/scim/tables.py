"""The tables of the gateway's database, and the protocols of what runs statements on them. Private to `orgsdk.scim`."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final, Protocol, TypeAlias, TypeVar

from orgsdk.errors import OrgError

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
