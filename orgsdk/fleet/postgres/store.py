"""The store of a fleet in PostgreSQL, for any number of machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql

from orgsdk._parameters import name_parameters
from orgsdk.arguments import check_instance
from orgsdk.errors import ConfigurationError
from orgsdk.fleet.errors import DuplicateNameError, FencedError
from orgsdk.fleet.postgres.key_session import RESERVED_STATES, PostgresKeySession
from orgsdk.fleet.postgres.pool import SessionPool
from orgsdk.fleet.postgres.records import (
    KEYS,
    ORGANIZATION_COLUMNS,
    RUN_COLUMNS,
    UNIT_COLUMNS,
    assignments,
    columns,
    key_record,
    organization_record,
    run_record,
    unit_record,
    values,
)
from orgsdk.fleet.postgres.schema import prepare_schema
from orgsdk.fleet.postgres.session import Address, placeholders
from orgsdk.fleet.store import KeySession
from orgsdk.fleet.units import (
    ENDED_RUNS,
    OPEN_STATES,
    KeyRecord,
    OrganizationRecord,
    RunRecord,
    RunState,
    UnitRecord,
    UnitState,
)

if TYPE_CHECKING:
    from psycopg import Cursor
    from psycopg.rows import TupleRow


DEFAULT_SCHEMA: Final = "orgsdk_fleet"
DEFAULT_SETTLING: Final = timedelta(seconds=5)
_AUDIT_PAGE: Final = 1000
_RUNS: Final = sql.SQL("SELECT {} FROM runs {} ORDER BY epoch DESC LIMIT %s")
_UNITS: Final = sql.SQL(
    """
    SELECT {} FROM units
    WHERE epoch = %(epoch)s AND number > %(after)s AND (%(key)s::text IS NULL OR key = %(key)s)
        AND (%(states)s::text[] IS NULL OR state = ANY (%(states)s))
    ORDER BY number LIMIT %(limit)s
    """
).format(columns(UNIT_COLUMNS))


class PostgresStore(SessionPool):
    """Keep the runs of a fleet in PostgreSQL (14 or newer), for any number of machines; see `FleetStore`.

    `open` creates the schema, or brings it to this version. Connect to the database itself or to a pool in session
    mode: locks belong to sessions.

    Args:
        url: Address of the database, such as ``postgresql://fleet@db.example.org/fleet?sslmode=verify-full``. Without a
            password in it, libpq reads ``PGPASSWORD`` or the file ``~/.pgpass``.
        schema: Schema of the tables. Each fleet has its own.
        settling: How long a key rests after a worker that died or lost its connection, so that its last requests have
            reached the provider before they are looked up. Default 5 seconds.

    Raises:
        ConfigurationError: The address or the schema's name is invalid.

    Example:
        ``fleet = Fleet(entries, store=PostgresStore("postgresql://fleet@db.example.org/fleet"))``
    """

    @name_parameters
    def __init__(self, url: str, *, schema: str = DEFAULT_SCHEMA, settling: timedelta = DEFAULT_SETTLING) -> None:
        check_instance("url", url, str, "the address of a database", error=ConfigurationError)
        check_instance("schema", schema, str, "the name of a schema", error=ConfigurationError)
        check_instance("settling", settling, timedelta, "a datetime.timedelta", error=ConfigurationError)
        if settling < timedelta(0):
            raise ConfigurationError("settling is negative: pass a timedelta of 0 or more.")
        super().__init__(Address(url, schema))
        self._settling = settling
        self._open_keys: dict[str, PostgresKeySession] = {}
        self._is_open = False

    def __repr__(self) -> str:
        return f"PostgresStore({self.name!r})"

    @property
    def name(self) -> str:
        """What messages call the store: its database, without a password."""
        return self._address.name

    @property
    def address(self) -> Address:
        """Address of the database, for an engine. Private to orgsdk."""
        return self._address

    def open(self) -> None:
        """Connect, and create what is missing. A second call does nothing.

        Raises:
            StoreError: The database cannot be reached, or a later version of orgsdk made its tables.
        """
        if not self._is_open:
            session = self._take()
            try:
                prepare_schema(session)
            except BaseException:
                session.close()
                raise
            self._give_back(session)
            self._is_open = True

    def close(self) -> None:
        """Close the connections."""
        self._is_open = False
        self._close_idle()

    def start_run(self, run: RunRecord, *, after: int) -> int:
        """Store a new run, which is empty and has the state ``"starting"``; fence every earlier one.

        Args:
            run: The run; its `epoch` is ignored.
            after: Epoch of the latest run that the caller knows, 0 if there is none.

        Returns:
            The epoch of the run.

        Raises:
            FencedError: Another run was started since `after`.
        """
        with self._transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"orgsdk {self._address.schema}"])
            cursor.execute("SELECT coalesce(max(epoch), 0) FROM runs")
            latest = int(cursor.fetchall()[0][0])
            if latest != after:
                raise FencedError(f"Run {latest} was started meanwhile.")
            epoch = latest + 1
            cursor.execute(
                "UPDATE units SET state = 'cancelled', ended_at = coalesce(ended_at, %s)"
                " WHERE state = ANY (%s) AND epoch IN (SELECT epoch FROM runs WHERE NOT state = ANY (%s))",
                [run.started_at, list(OPEN_STATES), list(ENDED_RUNS)],
            )
            cursor.execute(
                "UPDATE runs SET state = 'cancelled', ended_at = %s WHERE NOT state = ANY (%s)",
                [run.started_at, list(ENDED_RUNS)],
            )
            cursor.execute("UPDATE runs SET fenced = true WHERE NOT fenced")
            cursor.execute(
                sql.SQL("INSERT INTO runs ({}) VALUES ({})").format(columns(RUN_COLUMNS), placeholders(RUN_COLUMNS)),
                [epoch, *values(run, RUN_COLUMNS)[1:]],
            )
            cursor.execute("UPDATE runs SET state = 'starting' WHERE epoch = %s", [epoch])
        return epoch

    def add_units(self, epoch: int, units: Sequence[UnitRecord]) -> None:
        """Add units to a run that is ``"starting"``: all or none; see `FleetStore.add_units`."""
        try:
            with self._of_run(epoch) as cursor:
                statement = sql.SQL("COPY units (epoch, {}) FROM STDIN").format(columns(UNIT_COLUMNS))
                with cursor.copy(statement) as copy:
                    for unit in units:
                        copy.write_row([epoch, *values(unit, UNIT_COLUMNS)])
                cursor.execute(
                    "INSERT INTO keys (epoch, key) SELECT %s, unnest(%s::text[]) ON CONFLICT DO NOTHING",
                    [epoch, sorted({unit.key for unit in units})],
                )
        except psycopg.errors.UniqueViolation:
            raise DuplicateNameError(self._duplicate(epoch, units)) from None

    def _duplicate(self, epoch: int, units: Sequence[UnitRecord]) -> str:
        counts = Counter(unit.name for unit in units)
        stored = self._rows("SELECT name FROM units WHERE epoch = %s AND name = ANY (%s)", [epoch, list(counts)])
        twice = sorted({name for name, number in counts.items() if number > 1} | {row[0] for row in stored})
        return f"Two organizations of the fleet have the name {twice[0] if twice else '(unknown)'}: rename one."

    def run(self, epoch: int | None = None) -> RunRecord | None:
        """Return a run, by default the latest one; None if there is none."""
        which = sql.SQL("" if epoch is None else "WHERE epoch = %s")
        found = self._rows(_RUNS.format(columns(RUN_COLUMNS), which), [*([] if epoch is None else [epoch]), 1])
        return run_record(found[0]) if found else None

    def runs(self, limit: int) -> list[RunRecord]:
        """Return the latest runs, the latest first."""
        return [run_record(row) for row in self._rows(_RUNS.format(columns(RUN_COLUMNS), sql.SQL("")), [limit])]

    def update_run(self, run: RunRecord, *, expected: RunState) -> bool:
        """Store a run if its state is still `expected`; see `FleetStore.update_run`."""
        changing = RUN_COLUMNS[1:]
        statement = sql.SQL("UPDATE runs SET {} WHERE epoch = %s AND state = %s").format(assignments(changing))
        with self._transaction() as cursor:
            found = cursor.execute(
                "SELECT (SELECT max(epoch) FROM runs) FROM runs WHERE epoch = %s FOR UPDATE", [run.epoch]
            ).fetchone()
            if found is None or found[0] != run.epoch:
                raise FencedError(f"Run {run.epoch} was followed by a later one.")
            return cursor.execute(statement, [*values(run, changing), run.epoch, expected]).rowcount == 1

    def cancel(self, epoch: int, ended_at: datetime) -> None:
        """Fence a run: its state, and that of its units that have not ended, becomes ``"cancelled"``."""
        with self._transaction() as cursor:
            cursor.execute(
                "UPDATE runs SET state = 'cancelled', ended_at = %s, fenced = true WHERE epoch = %s", [ended_at, epoch]
            )
            cursor.execute(
                "UPDATE units SET state = 'cancelled', ended_at = %s WHERE epoch = %s AND state = ANY (%s)",
                [ended_at, epoch, list(OPEN_STATES)],
            )

    def move_units(
        self, epoch: int, moves: Mapping[UnitState, UnitState], *, plan_hashes: Collection[str] | None = None
    ) -> int:
        """Change the state of all units that have one of some states; see `FleetStore.move_units`."""
        wanted = {
            "epoch": epoch,
            "old": list(moves),
            "new": list(moves.values()),
            "hashes": None if plan_hashes is None else list(plan_hashes),
        }
        with self._of_run(epoch) as cursor:
            return cursor.execute(
                """
                UPDATE units SET state = moves.new, taken = 0, attempts = 0, ended_at = NULL
                FROM unnest(%(old)s::text[], %(new)s::text[]) AS moves (old, new)
                WHERE epoch = %(epoch)s AND state = moves.old
                    AND (%(hashes)s::text[] IS NULL OR plan_hash = ANY (%(hashes)s))
                """,
                wanted,
            ).rowcount

    def set_allowances(self, epoch: int, allowances: Mapping[str, int]) -> None:
        """Set how many requests each key may take in a run that is ``"starting"``. Other keys have no limit."""
        with self._of_run(epoch) as cursor:
            cursor.execute(
                "UPDATE keys SET allowance = given.allowance"
                " FROM unnest(%s::text[], %s::bigint[]) AS given (key, allowance)"
                " WHERE keys.epoch = %s AND keys.key = given.key",
                [list(allowances), list(allowances.values()), epoch],
            )

    def wake_keys(self, epoch: int, *, stopped_for: str | None = None) -> None:
        """Let keys of a run work again; see `FleetStore.wake_keys`."""
        with self._of_run(epoch) as cursor:
            cursor.execute(
                "UPDATE keys SET until = NULL, stopped = NULL"
                " WHERE epoch = %s AND (%s::text IS NULL OR starts_with(stopped, %s::text))",
                [epoch, stopped_for, stopped_for],
            )

    def keys(self, epoch: int) -> list[KeyRecord]:
        """Return the keys of a run with the sums of their units, ordered by key."""
        wanted = {"open": list(OPEN_STATES), "reserved": list(RESERVED_STATES), "epoch": epoch}
        return [key_record(row) for row in self._rows(KEYS.format(sql.SQL("")), wanted)]

    def units(
        self,
        epoch: int,
        *,
        states: Collection[UnitState] | None = None,
        key: str | None = None,
        after: int = -1,
        limit: int = 500,
    ) -> list[UnitRecord]:
        """Return units of a run, ordered by number; see `FleetStore.units`."""
        wanted = {
            "epoch": epoch,
            "states": None if states is None else list(states),
            "key": key,
            "after": after,
            "limit": limit,
        }
        return [unit_record(row) for row in self._rows(_UNITS, wanted)]

    def latest_states(self, epoch: int, limit: int) -> list[UnitState]:
        """Return the states of the units that ended last, the latest first, without those that are ``"unchanged"``."""
        found = self._rows(
            "SELECT state FROM units WHERE epoch = %s AND ended_at IS NOT NULL AND state <> 'unchanged'"
            " ORDER BY ended_at DESC LIMIT %s",
            [epoch, limit],
        )
        return [row[0] for row in found]

    def organizations(self, names: Sequence[str]) -> dict[str, OrganizationRecord]:
        """Return what is kept of organizations, by name. Unknown names are missing."""
        statement = sql.SQL("SELECT {} FROM organizations WHERE name = ANY (%s)").format(columns(ORGANIZATION_COLUMNS))
        return {row[0]: organization_record(row) for row in self._rows(statement, [list(names)])}

    def audit_lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of an organization's audit, with line ends, as `bulk.verify_audit` reads them."""
        after = 0
        while True:
            found = self._rows(
                "SELECT line, content FROM audits WHERE name = %s AND line > %s ORDER BY line LIMIT %s",
                [name, after, _AUDIT_PAGE],
            )
            for line, content in found:
                after = line
                yield bytes(content)
            if len(found) < _AUDIT_PAGE:
                return

    def open_key(self, epoch: int, key: str) -> KeySession:
        """Take the lock of a key, and return what is written under it.

        Args:
            epoch: The run.
            key: The key.

        Returns:
            The session. The lock is released when it is closed, or the process or the connection ends.

        Raises:
            LockedError: Another worker has the key, or its last one was interrupted a moment ago.
            FencedError: The run is fenced.
        """
        session = self._take()
        try:
            opened = PostgresKeySession(session, epoch, key, settling=self._settling, give_back=self._give_back)
        except BaseException:
            self._give_back(session)
            raise
        self._open_keys[key] = opened
        return opened

    def has_lost(self, key: str) -> bool:
        """Return whether the session of a key that is open here has ended. Private to orgsdk."""
        opened = self._open_keys.get(key)
        return opened is not None and opened.is_lost

    def prune(self, nights: int) -> None:
        """Delete the runs of all but the latest nights, with their units, plans and journals.

        Args:
            nights: Number of nights that are kept, 1 or more.
        """
        with self._transaction() as cursor:
            cursor.execute(
                "DELETE FROM runs WHERE epoch < (SELECT max(epoch) FROM runs)"
                " AND night NOT IN (SELECT DISTINCT night FROM runs ORDER BY night DESC LIMIT %s)",
                [nights],
            )

    @contextmanager
    def _of_run(self, epoch: int) -> Generator[Cursor[TupleRow]]:
        """Run a block in a transaction, unless the run is fenced."""
        with self._transaction() as cursor:
            # Shared: a run that is started or cancelled meanwhile waits for this.
            found = cursor.execute("SELECT FROM runs WHERE epoch = %s AND NOT fenced FOR SHARE", [epoch]).fetchall()
            if not found:
                raise FencedError(f"Run {epoch} was cancelled or followed by a later one.")
            yield cursor
