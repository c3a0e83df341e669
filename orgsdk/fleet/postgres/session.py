"""One session of PostgreSQL: its settings, its locks, whether it is alive, and its errors as errors of the fleet.

The session is synchronous and is used in worker threads, so that it works on asyncio and trio. A lock that it takes
(`pg_try_advisory_lock`) ends with it, whatever ends it: the process, the network, an administrator, the database.
"""

from __future__ import annotations

import hashlib
import re
import select
import threading
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, LiteralString, TypeAlias

import psycopg
from psycopg import conninfo, sql
from psycopg.types.string import StrDumper

from orgsdk.bulk import StoreError
from orgsdk.errors import ConfigurationError

if TYPE_CHECKING:
    from psycopg.abc import Buffer, Params
    from psycopg.rows import TupleRow

Row: TypeAlias = tuple[Any, ...]
Statement: TypeAlias = LiteralString | bytes | sql.SQL | sql.Composed

# Both ends notice within about 12 seconds that the other machine is gone; a frozen process still answers. libpq takes
# these unless the address has its own. Source: PostgreSQL 18, sections 19.3.2 and 32.1.2.
_CLIENT: Final[Mapping[str, str]] = {
    "application_name": "orgsdk fleet",
    "connect_timeout": "10",
    "keepalives_idle": "5",
    "keepalives_interval": "2",
    "keepalives_count": "3",
    "tcp_user_timeout": "12000",
}
_SERVER: Final[Mapping[str, str]] = {
    "tcp_keepalives_idle": "5",
    "tcp_keepalives_interval": "2",
    "tcp_keepalives_count": "3",
    "tcp_user_timeout": "12000",
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "30s",
    # A worker that reads a long list writes nothing meanwhile.
    "idle_session_timeout": "0",
    "timezone": "UTC",
    "client_encoding": "UTF8",
}
# Linux reports with its own flag that the other end has closed, while its last message can still be read.
_HANGUP: Final = getattr(select, "POLLRDHUP", 0) | getattr(select, "POLLHUP", 0)
_SCHEMA_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class _AnyTextDumper(StrDumper):
    """Write what a text of PostgreSQL cannot hold as its escape: NUL, and lone surrogates."""

    def dump(self, obj: str) -> Buffer | None:
        return obj.encode("utf-8", "backslashreplace").replace(b"\0", b"\\x00")


class Address:
    """The address of a database, whose password appears nowhere.

    Args:
        url: `postgresql://…`, or libpq's `name=value` form.
        schema: Schema of the tables.

    Raises:
        ConfigurationError: The address or the schema's name is invalid.
    """

    def __init__(self, url: str, schema: str) -> None:
        if not _SCHEMA_NAME.fullmatch(schema):
            raise ConfigurationError(
                f"{schema!r} cannot be the schema of a fleet: use a-z, 0-9 and _, such as fleet_1."
            )
        try:
            values = conninfo.conninfo_to_dict(url)
        except psycopg.Error:
            # Its text repeats the address, with the password.
            raise ConfigurationError(
                "The address of the database is invalid: write postgresql://user@host/database, with special "
                "characters of the password as %XX."
            ) from None
        self.schema = schema
        self._values: dict[str, Any] = {**_CLIENT, **values}
        self._password = str(values.get("password") or "")

    def __repr__(self) -> str:
        return f"Address({self.name!r})"

    @property
    def name(self) -> str:
        """What messages call the database."""
        host = self._values.get("host") or "localhost"
        return f"postgresql://{host}/{self._values.get('dbname') or ''} ({self.schema})"

    @property
    def connection_values(self) -> Mapping[str, Any]:
        """The values that a driver connects with."""
        return self._values

    @property
    def settings(self) -> sql.Composed:
        """The statements that prepare a session."""
        values = {**_SERVER, "search_path": self.schema}
        statement = sql.SQL("SET {} = {}")
        return sql.SQL("; ").join(
            statement.format(sql.Identifier(name), sql.Literal(value)) for name, value in values.items()
        )

    def describe(self, error: psycopg.Error) -> str:
        """Return the text of an error, without the password, values of rows, and line ends."""
        primary = error.diag.message_primary or str(error)
        text = " ".join(primary.split())
        return text.replace(self._password, "…") if self._password else text


class Session:
    """One session, for one thread at a time; further threads wait.

    Args:
        address: The database.

    Raises:
        StoreError: The database cannot be reached, or refuses.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._mutex = threading.RLock()
        self._locks: set[int] = set()
        with self._errors():
            self._connection = psycopg.connect(**address.connection_values, autocommit=True)
            try:
                self._connection.adapters.register_dumper(str, _AnyTextDumper)
                self._connection.execute(address.settings)
            except BaseException:
                self._connection.close()
                raise

    @property
    def backend(self) -> int:
        """The server's process of this session."""
        return self._connection.info.backend_pid

    @property
    def version(self) -> int:
        """The server's version, such as 180006."""
        return self._connection.info.server_version

    def execute(self, statement: Statement, values: Params | None = None) -> psycopg.Cursor[TupleRow]:
        """Run one statement. Alone it is a transaction: it is durable on return."""
        with self._mutex, self._errors():
            return self._connection.execute(statement, values)

    def rows(self, statement: Statement, values: Params | None = None) -> list[Row]:
        """Return the rows of a statement."""
        with self._mutex, self._errors():
            return self._connection.execute(statement, values).fetchall()

    @contextmanager
    def transaction(self) -> Generator[psycopg.Cursor[TupleRow]]:
        """Run the statements of a block: all or none; they are durable after it."""
        with self._mutex, self._errors(), self._connection.transaction(), self._connection.cursor() as cursor:
            yield cursor

    def try_lock(self, name: str) -> bool:
        """Take a lock without waiting; return whether this session has it now. It is not taken twice."""
        number = lock_number(self.address.schema, name)
        if number in self._locks:
            return False
        if self.rows("SELECT pg_try_advisory_lock(%s)", [number])[0][0]:
            self._locks.add(number)
            return True
        return False

    def unlock(self, name: str) -> None:
        """Release a lock."""
        number = lock_number(self.address.schema, name)
        if number in self._locks:
            self._locks.discard(number)
            self.execute("SELECT pg_advisory_unlock(%s)", [number])

    def unlock_all(self) -> None:
        """Release every lock."""
        self._locks.clear()
        self.execute("SELECT pg_advisory_unlock_all()")

    def is_alive(self) -> bool:
        """Return whether the connection is open, without asking the server: it takes microseconds and never waits."""
        if self._connection.closed:
            return False
        try:
            number = self._connection.fileno()
        except psycopg.Error:  # closed meanwhile
            return False
        if not hasattr(select, "poll"):  # Windows: the server sends nothing unasked but its last message
            return not select.select([number], [], [], 0)[0]
        poll = select.poll()
        poll.register(number, _HANGUP)
        return not poll.poll(0)

    def close(self) -> None:
        """End the session, and with it its locks."""
        self._connection.close()

    @contextmanager
    def _errors(self) -> Generator[None]:
        with store_errors(self.address):
            yield


@contextmanager
def store_errors(address: Address) -> Generator[None]:
    """Raise an error of the fleet for each error of the driver."""
    try:
        yield
    except psycopg.errors.UniqueViolation:
        raise
    except psycopg.errors.InsufficientPrivilege as error:
        raise StoreError(
            f"{address.name}: {address.describe(error)}. Grant it, or let the owner of the schema do this."
        ) from None
    except psycopg.Error as error:
        raise StoreError(f"{address.name}: {address.describe(error)}") from None


def lock_number(schema: str, name: str) -> int:
    """Return the number of an advisory lock. Two names with one number would only wait for each other."""
    digest = hashlib.sha256(f"orgsdk fleet\0{schema}\0{name}".encode("utf-8", "backslashreplace")).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def placeholders(columns: Sequence[str]) -> sql.Composed:
    """Return `%s, %s` for as many columns."""
    return sql.SQL(", ").join([sql.Placeholder()] * len(columns))
