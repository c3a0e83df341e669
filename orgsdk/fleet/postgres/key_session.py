"""The session of one key: its lock, and everything that is written under it, are one session of the database.

Whatever is written is refused unless, in the same transaction, the run is not fenced and this session still owns the
key. So no write of a worker whose session was cut can arrive, not even by a connection pool.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, LiteralString
from uuid import UUID, uuid4

from psycopg import sql

from orgsdk.bulk import LockedError, StoreError
from orgsdk.fleet.errors import FencedError
from orgsdk.fleet.postgres.records import (
    CHANGING_UNIT_COLUMNS,
    KEYS,
    ORGANIZATION_COLUMNS,
    RUN_COLUMNS,
    UNIT_COLUMNS,
    assignments,
    columns,
    key_record,
    organization_record,
    rate_column,
    run_record,
    unit_record,
    updates,
    values,
)
from orgsdk.fleet.postgres.run_stores import PostgresAudit, PostgresJournal, PostgresLock
from orgsdk.fleet.postgres.session import placeholders
from orgsdk.fleet.units import OPEN_STATES, KeyRecord

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from psycopg import Cursor
    from psycopg.abc import Params
    from psycopg.rows import TupleRow

    from orgsdk.bulk import AuditStore, JournalStore, Lock
    from orgsdk.fleet.postgres.session import Row, Session, Statement
    from orgsdk.fleet.units import OrganizationRecord, RunRecord, UnitRecord, UnitState
    from orgsdk.responses import RequestRate

RESERVED_STATES: Final = ("planned", "applying")
# A write that took longer may have been frozen with its process: another worker can own the key by now.
_LONG_WRITE: Final = 1.0
_FENCE: Final = """
    SELECT FROM runs, workers
    WHERE runs.epoch = %s AND NOT fenced AND workers.key = %s AND workers.owner = %s
    """
# The statements with columns are put together once: that takes longer than most of them run.
_NEXT: Final = (
    sql.SQL(
        """
    SELECT {} FROM unnest(%(states)s::text[]) WITH ORDINALITY AS wanted (state, position) CROSS JOIN LATERAL (
        SELECT * FROM units
        WHERE epoch = %(epoch)s AND key = %(key)s AND state = wanted.state
            AND (%(largest)s::bigint IS NULL OR estimate <= %(largest)s OR state NOT IN ('waiting', 'planned'))
        ORDER BY verified NULLS FIRST, number LIMIT 1
    ) AS unit
    ORDER BY position LIMIT 1
    """
    )
    .format(sql.SQL(", ").join(sql.Identifier("unit", name) for name in UNIT_COLUMNS))
    .as_bytes()
)
_SAVE: Final = (
    sql.SQL("UPDATE units SET {} WHERE epoch = %s AND number = %s")
    .format(assignments(CHANGING_UNIT_COLUMNS))
    .as_bytes()
)
_KEEP: Final = (
    sql.SQL("INSERT INTO organizations ({}) VALUES ({}) ON CONFLICT (name) DO UPDATE SET {}")
    .format(columns(ORGANIZATION_COLUMNS), placeholders(ORGANIZATION_COLUMNS), updates(ORGANIZATION_COLUMNS[1:]))
    .as_bytes()
)
_RUN: Final = sql.SQL("SELECT {} FROM runs WHERE epoch = %s AND NOT fenced").format(columns(RUN_COLUMNS)).as_bytes()
_ORGANIZATION: Final = (
    sql.SQL("SELECT {} FROM organizations WHERE name = %s").format(columns(ORGANIZATION_COLUMNS)).as_bytes()
)
_KEY: Final = KEYS.format(sql.SQL("AND keys.key = %(key)s")).as_bytes()


# The provider may still receive requests of a unit whose worker was stopped.
_CLOSE: Final = """
    UPDATE workers SET is_open = false, settles_at = CASE WHEN EXISTS (
        SELECT FROM units JOIN journal_entries USING (epoch, number)
        WHERE epoch = %(epoch)s AND key = %(key)s AND state = 'applying'
            AND journal_entries.entry SIMILAR TO '\\[[0-9]+, "(started|account)",%%'
    ) THEN clock_timestamp() + %(settling)s END
    WHERE key = %(key)s AND owner = %(owner)s
    """


class PostgresKeySession:
    """All that is done under the lock of one key, in one run; see `KeySession`.

    Args:
        session: A session without locks. It is given back or ended when this is closed.
        epoch: The run.
        key: The key.
        settling: How long the key rests after a worker that left a write without its outcome: the provider may still
            receive the request.
        give_back: Takes the session back.

    Raises:
        LockedError: Another worker has the key, or it still rests.
        FencedError: The run is fenced.
    """

    def __init__(
        self, session: Session, epoch: int, key: str, *, settling: timedelta, give_back: Callable[[Session], None]
    ) -> None:
        self._session = session
        self._epoch = epoch
        self._key = key
        self._settling = settling
        self._give_back = give_back
        self._owner: UUID = uuid4()
        self._opened: set[str] = set()
        self._is_closed = False
        if not session.rows("SELECT FROM runs WHERE epoch = %s AND NOT fenced", [epoch]):
            raise _fenced(epoch)
        if not session.try_lock(_of_key(key)):
            raise LockedError(f"Another worker has the key {key}.")
        try:
            self._take()
        except BaseException:
            session.unlock(_of_key(key))
            raise

    def _take(self) -> None:
        """Own the key. Raise if its last owner ended a moment ago without closing it."""
        found = self._session.rows(
            "SELECT is_open, settles_at > clock_timestamp() FROM workers WHERE key = %s", [self._key]
        )
        is_open, is_settling = found[0] if found else (False, False)
        if is_open and self._settling:
            self._session.execute(
                "UPDATE workers SET owner = %s, is_open = false, settles_at = clock_timestamp() + %s WHERE key = %s",
                [self._owner, self._settling, self._key],
            )
        if (is_open and self._settling) or is_settling:
            raise LockedError(f"The last worker of the key {self._key} was interrupted a moment ago: wait for seconds.")
        self._session.execute(
            "INSERT INTO workers VALUES (%s, %s, true, NULL) ON CONFLICT (key) DO UPDATE"
            " SET owner = excluded.owner, is_open = true, settles_at = NULL",
            [self._key, self._owner],
        )

    def __repr__(self) -> str:
        return f"PostgresKeySession({self._key!r}, epoch={self._epoch})"

    @property
    def epoch(self) -> int:
        """The run."""
        return self._epoch

    @property
    def key(self) -> str:
        """The limit key."""
        return self._key

    @property
    def is_lost(self) -> bool:
        """Whether the session, and so the lock, has ended before this was closed. It takes microseconds."""
        return not self._is_closed and not self._session.is_alive()

    def run(self) -> RunRecord:
        """Return the run as it now is.

        Returns:
            The run.

        Raises:
            FencedError: The run is fenced, or the lock is lost.
        """
        found = self.rows(_RUN, [self._epoch])
        if not found:
            raise _fenced(self._epoch)
        return run_record(found[0])

    def record(self) -> KeyRecord:
        """Return the key with the sums of its units."""
        wanted = {"open": list(OPEN_STATES), "reserved": list(RESERVED_STATES), "epoch": self._epoch, "key": self._key}
        found = self.rows(_KEY, wanted)
        return key_record(found[0]) if found else KeyRecord(key=self._key)

    def next_unit(self, states: Sequence[UnitState], *, largest: int | None = None) -> UnitRecord | None:
        """Return the next unit of the key that has one of some states.

        Args:
            states: The states. Units of the first one come first.
            largest: Largest estimate of a unit that is ``"waiting"`` or ``"planned"``. None for all.

        Returns:
            The unit; None if there is none.
        """
        wanted = {"states": list(states), "epoch": self._epoch, "key": self._key, "largest": largest}
        found = self.rows(_NEXT, wanted)
        return unit_record(found[0]) if found else None

    def organization(self, name: str) -> OrganizationRecord | None:
        """Return what is kept of an organization; None if it is new."""
        found = self.rows(_ORGANIZATION, [name])
        return organization_record(found[0]) if found else None

    def save(self, unit: UnitRecord, organization: OrganizationRecord | None = None) -> None:
        """Store a unit, and what is kept of its organization: both or none, durable on return."""
        with self.fenced() as cursor:
            self._update(cursor, unit, organization)

    def save_plan(self, unit: UnitRecord, plan: bytes, organization: OrganizationRecord | None = None) -> None:
        """Store a unit with its plan, as `save` does: all or none. The journal of an earlier plan of it is deleted."""
        with self.fenced() as cursor:
            self._update(cursor, unit, organization)
            cursor.execute("DELETE FROM journals WHERE epoch = %s AND number = %s", [self._epoch, unit.number])
            cursor.execute(
                "INSERT INTO plans VALUES (%s, %s, %s) ON CONFLICT (epoch, number) DO UPDATE SET plan = excluded.plan",
                [self._epoch, unit.number, plan],
            )

    def _update(self, cursor: Cursor[TupleRow], unit: UnitRecord, organization: OrganizationRecord | None) -> None:
        cursor.execute(_SAVE, [*values(unit, CHANGING_UNIT_COLUMNS), self._epoch, unit.number])
        if organization is not None:
            cursor.execute(_KEEP, values(organization, ORGANIZATION_COLUMNS))

    def plan(self, unit: UnitRecord) -> bytes | None:
        """Return the plan of a unit; None if there is none."""
        found = self.rows("SELECT plan FROM plans WHERE epoch = %s AND number = %s", [self._epoch, unit.number])
        return bytes(found[0][0]) if found else None

    def journal(self, unit: UnitRecord) -> JournalStore:
        """Return the journal of a unit."""
        return PostgresJournal(self, unit.number, unit.name)

    def audit(self, unit: UnitRecord) -> AuditStore:
        """Return the audit of the unit's organization: one chain of hashes over all runs."""
        return PostgresAudit(self, unit.name)

    def lock(self, unit: UnitRecord) -> Lock | None:
        """Return the lock of the unit's organization, in this session."""
        return PostgresLock(self, unit.name)

    def pause(self, until: datetime) -> None:
        """Let the key sleep until a time, in UTC."""
        self._change_key("until", until)

    def stop(self, reason: str) -> None:
        """Let no worker take a unit of the key any more in this run."""
        self._change_key("stopped", reason)

    def record_rate(self, rate: RequestRate) -> None:
        """Store how many requests the provider of the key accepts."""
        self._change_key("rate", rate_column(rate))

    def _change_key(self, column: str, value: object) -> None:
        statement = sql.SQL("UPDATE keys SET {} = %s WHERE epoch = %s AND key = %s").format(sql.Identifier(column))
        with self.fenced() as cursor:
            cursor.execute(statement, [value, self._epoch, self._key])

    def close(self) -> None:
        """Release the lock."""
        if self._is_closed:
            return
        self._is_closed = True
        try:
            self._session.execute(
                _CLOSE,
                {"settling": self._settling, "epoch": self._epoch, "key": self._key, "owner": self._owner},
            )
            self._session.unlock_all()
        except StoreError:
            was_lost = not self._session.is_alive()
            self._session.close()  # the server releases the locks of a session that has ended
            if not was_lost:
                raise
        else:
            self._give_back(self._session)

    # For the journal, the audit and the lock

    def rows(self, statement: Statement, wanted: Params | None = None) -> list[Row]:
        """Return the rows of a statement. Raises `FencedError` if the session is lost."""
        with self._lost():
            return self._session.rows(statement, wanted)

    def write(self, statement: LiteralString, wanted: Mapping[str, Any], *, rows: int) -> None:
        """Run one statement that has the fence in it; raise `FencedError` unless it writes so many rows."""
        started = time.monotonic()
        with self._lost():
            cursor = self._session.execute(
                statement, {**wanted, "epoch": self._epoch, "key": self._key, "owner": self._owner}
            )
        if cursor.rowcount != rows:
            raise _fenced(self._epoch)
        self._check_after(started, always=not rows)

    @contextmanager
    def fenced(self) -> Generator[Cursor[TupleRow]]:
        """Run a block in a transaction that is refused with `FencedError` if the run is fenced or the key is lost."""
        started = time.monotonic()
        with self._lost(), self._session.transaction() as cursor:
            if not cursor.execute(_FENCE, self._fence).fetchall():
                raise _fenced(self._epoch)
            yield cursor
        self._check_after(started)

    def reserve(self, name: str) -> bool:
        """Return whether nobody has opened this in the session; it is open then."""
        is_free = name not in self._opened
        self._opened.add(name)
        return is_free

    def free(self, name: str) -> None:
        """Let it be opened again."""
        self._opened.discard(name)

    def lock_organization(self, name: str) -> bool:
        """Take the lock of an organization without waiting; return whether it was free."""
        with self._lost():
            return self._session.try_lock(_of_organization(name))

    def unlock_organization(self, name: str) -> None:
        """Release the lock of an organization."""
        with self._lost():
            self._session.unlock(_of_organization(name))

    def _check_after(self, started: float, *, always: bool = False) -> None:
        """Check the lock again before anything is sent, if the process may have been frozen during a write."""
        if (always or time.monotonic() - started > _LONG_WRITE) and not self.rows(_FENCE, self._fence):
            raise _fenced(self._epoch)

    @property
    def _fence(self) -> list[object]:
        return [self._epoch, self._key, self._owner]

    @contextmanager
    def _lost(self) -> Generator[None]:
        """Raise `FencedError` in place of the error of a session that has ended, and if this was closed."""
        if self._is_closed:
            raise FencedError(f"The session of the key {self._key} was closed: nothing was written.")
        try:
            yield
        except StoreError as error:
            if self._session.is_alive():
                raise
            raise FencedError(f"The session of the key {self._key} was lost: {error}") from None


def _of_key(key: str) -> str:
    return f"key {key}"


def _of_organization(name: str) -> str:
    return f"organization {name}"


def _fenced(epoch: int) -> FencedError:
    return FencedError(
        f"Run {epoch} was cancelled or followed by a later one, or its key was lost: nothing was written."
    )
