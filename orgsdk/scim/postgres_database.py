"""The gateway's database in PostgreSQL, for gateways in several processes and on several machines."""

from __future__ import annotations

import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, TypeVar

from orgsdk._distribution import install_advice
from orgsdk.errors import ConfigurationError
from orgsdk.scim.tables import DatabaseError, UniqueError, check_version, create_tables, lock_key, missing

try:
    import psycopg
    from psycopg.conninfo import conninfo_to_dict, make_conninfo
except ModuleNotFoundError as _missing:
    raise ConfigurationError(f"An id map in PostgreSQL needs psycopg. {install_advice('postgres')}") from _missing

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from orgsdk.scim.tables import Row, Session, Value

T = TypeVar("T")
# In seconds, and in milliseconds. Source: PostgreSQL 17, section 34.1.2.
_TIMEOUTS: Final = {"connect_timeout": 10, "tcp_user_timeout": 10_000}
# Of all gateways that create their tables: two `CREATE TABLE IF NOT EXISTS` at once can fail.
_CREATION: Final = "orgsdk scim tables"


class PostgresBackend:
    """Run transactions on a few connections, which open on first use and are replaced when they break.

    Locks are session-level advisory locks of one connection more: PostgreSQL releases them when the process ends. If
    that connection breaks while locks are held, another process can take them; unique constraints decide then.
    """

    connections = 4

    def __init__(self, url: str, *, create: bool) -> None:
        parts = _parse(url)
        # A server that vanished must not keep a thread for the quarter of an hour that TCP waits.
        self._url = make_conninfo(url, **{name: value for name, value in _TIMEOUTS.items() if name not in parts})
        self._password = str(parts.get("password") or "")
        host, port, name = (parts.get(key) or "" for key in ("host", "port", "dbname"))
        self.name: str = f"postgresql://{host}{port and f':{port}'}/{name}"
        self._lock = threading.Lock()
        self._idle: list[psycopg.Connection[Row]] = []
        self._lock_connection: psycopg.Connection[Row] | None = None
        self._lock_thread = threading.Lock()
        self._is_closed = False
        try:
            if not self.run(_has_tables, write=False, durable=False):
                if not create:
                    raise missing(self.name)
                self.run(_create_once, write=True, durable=True)
            self.run(lambda session: check_version(session, self.name), write=False, durable=False)
        except BaseException:
            self.close()
            raise

    def run(self, work: Callable[[Session], T], *, write: bool, durable: bool) -> T:
        del write, durable  # one statement needs no transaction, but `work` may have several; a commit is durable
        with self._errors():
            connection = self._begin()
            try:
                result = work(_PostgresSession(connection))
                connection.execute(b"COMMIT")
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute(b"ROLLBACK")
                raise
            finally:
                self._put_back(connection)
            return result

    def try_lock(self, key: int) -> bool:
        with self._lock_thread, self._errors():
            try:
                return self._lock_row(b"SELECT pg_try_advisory_lock(%s)", key)
            except psycopg.OperationalError:
                # The connection was lost, and its locks with it: this one is taken with another connection.
                self._drop_lock_connection()
                return self._lock_row(b"SELECT pg_try_advisory_lock(%s)", key)

    def unlock(self, key: int) -> None:
        with self._lock_thread, self._errors():
            if self._lock_connection is not None:
                try:
                    self._lock_row(b"SELECT pg_advisory_unlock(%s)", key)
                except psycopg.OperationalError:
                    self._drop_lock_connection()
                    raise

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        with self._lock_thread:
            self._drop_lock_connection()

    def _lock_row(self, statement: bytes, key: int) -> bool:
        if self._lock_connection is None:
            self._lock_connection = self._connect()
        return bool(self._lock_connection.execute(statement, (key,)).fetchall()[0][0])

    def _drop_lock_connection(self) -> None:
        if self._lock_connection is not None:
            self._lock_connection.close()
            self._lock_connection = None

    def _connect(self) -> psycopg.Connection[Row]:
        if self._is_closed:
            raise DatabaseError(f"The id map {self.name} is closed: open it again.")
        return psycopg.connect(self._url, autocommit=True)

    def _begin(self) -> psycopg.Connection[Row]:
        """Return a connection inside a transaction. An idle one may have been lost since its last use: try the next."""
        while True:
            with self._lock:
                connection = self._idle.pop() if self._idle else None
            if connection is None:
                connection = self._connect()
                connection.execute(b"BEGIN")
                return connection
            try:
                connection.execute(b"BEGIN")
            except psycopg.OperationalError:
                connection.close()
            else:
                return connection

    def _put_back(self, connection: psycopg.Connection[Row]) -> None:
        with self._lock:
            if not (connection.closed or connection.broken or self._is_closed):
                self._idle.append(connection)
                return
        connection.close()

    @contextmanager
    def _errors(self) -> Generator[None]:
        """Raise an error of orgsdk for each error of PostgreSQL, without the password."""
        try:
            yield
        except psycopg.IntegrityError:
            raise UniqueError(f"A row of the id map {self.name} exists already.") from None
        except psycopg.OperationalError as error:
            reason = next(iter(str(error).strip().splitlines()), "no connection")
            if self._password:
                reason = reason.replace(self._password, "[secret]")
            raise DatabaseError(f"The id map {self.name} cannot be reached: {reason}") from None
        except psycopg.Error as error:  # the text can quote values, such as names
            state = error.sqlstate or type(error).__name__
            raise DatabaseError(f"The id map {self.name} refused a statement (SQLSTATE {state}).") from None


class _PostgresSession:
    def __init__(self, connection: psycopg.Connection[Row]) -> None:
        self._connection = connection

    def execute(self, statement: str, *values: Value) -> list[Row]:
        cursor = self._connection.execute(statement.replace("?", "%s").encode(), values)
        return cursor.fetchall() if cursor.description else []

    def serialize(self, name: str) -> None:
        self.execute("SELECT CAST(pg_advisory_xact_lock(?) AS TEXT)", lock_key(name))


def _parse(url: str) -> dict[str, str | int | None]:
    try:
        return conninfo_to_dict(url)
    except psycopg.Error:  # its text repeats the URL
        raise ConfigurationError(
            "The URL of the id map is invalid: pass postgresql://user@host/name. Characters such as @ and / in a "
            "password need percent-encoding; PGPASSWORD or PGPASSFILE can hold it instead."
        ) from None


def _has_tables(session: Session) -> bool:
    return session.execute("SELECT CAST(to_regclass('scim_settings') AS TEXT)") != [(None,)]


def _create_once(session: Session) -> None:
    session.serialize(_CREATION)
    create_tables(session)
