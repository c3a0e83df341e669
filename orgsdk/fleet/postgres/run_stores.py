"""Journal, audit and lock of one organization's run, in the database session that holds the lock of its key."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, LiteralString, Protocol

from orgsdk.bulk import JournalEntry, LockedError, Plan, PlanError
from orgsdk.bulk.run.audit import AuditChain
from orgsdk.fleet.errors import FencedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager

    from psycopg import Cursor
    from psycopg.abc import Params
    from psycopg.rows import TupleRow

    from orgsdk.bulk import Outcome
    from orgsdk.fleet.postgres.session import Row, Statement

_PUT = """
    WITH fence AS MATERIALIZED (
        SELECT FROM runs, workers
        WHERE runs.epoch = %(epoch)s AND NOT fenced AND workers.key = %(key)s AND owner = %(owner)s
    )
    INSERT INTO journal_entries (epoch, number, write, entry)
    SELECT %(epoch)s, %(number)s, new.write, new.entry
    FROM fence, unnest(%(writes)s::int[], %(entries)s::text[]) AS new (write, entry)
    ON CONFLICT (epoch, number, write) DO UPDATE SET entry = excluded.entry
    """


class FencedSession(Protocol):
    """What a run's stores use of the session that holds the lock of their key. Each method can raise `FencedError`."""

    @property
    def epoch(self) -> int:
        """The run."""
        ...

    def rows(self, statement: Statement, wanted: Params | None = None) -> list[Row]:
        """Return the rows of a statement."""
        ...

    def write(self, statement: LiteralString, wanted: Mapping[str, Any], *, rows: int) -> None:
        """Run one statement that has the fence in it, and writes so many rows."""
        ...

    def fenced(self) -> AbstractContextManager[Cursor[TupleRow]]:
        """Run a block in a transaction that is refused if the run is fenced or the key is lost."""
        ...

    def reserve(self, name: str) -> bool:
        """Return whether nobody has opened this in the session; it is open then."""
        ...

    def free(self, name: str) -> None:
        """Let it be opened again."""
        ...

    def lock_organization(self, name: str) -> bool:
        """Take the lock of an organization without waiting; return whether it was free."""
        ...

    def unlock_organization(self, name: str) -> None:
        """Release the lock of an organization."""
        ...


class PostgresJournal:
    """The journal of one unit: a `bulk.JournalStore`. Each `put` is one transaction, refused if the run is fenced.

    Args:
        session: The session that holds the lock of the unit's key.
        number: Number of the unit.
        name: The organization's name.
    """

    def __init__(self, session: FencedSession, number: int, name: str) -> None:
        self._session = session
        self._number = number
        self._name = name
        self._has_started = False
        self._is_open = False

    @property
    def name(self) -> str:
        """What messages call the journal."""
        return f"the journal of {self._name}"

    @property
    def has_started(self) -> bool:
        """Whether a run was started."""
        return self._has_started

    def open(self) -> None:
        """Open the journal.

        Raises:
            LockedError: Another run has it open.
        """
        if not self._session.reserve(self.name):
            raise LockedError(f"Another run has {self.name} open.")
        self._is_open = True
        try:
            statement = "SELECT FROM journals WHERE epoch = %s AND number = %s"
            self._has_started = bool(self._session.rows(statement, self._id))
        except BaseException:
            self.close()
            raise

    def start(self, plan: Plan, settings: Mapping[str, str]) -> None:
        """Store the plan and the settings of its run.

        Args:
            plan: The plan.
            settings: What `resume` needs besides the plan.

        Raises:
            PlanError: A run was started before.
        """
        if self._has_started:
            raise PlanError(f"{self.name} belongs to an earlier run: resume it.")
        with self._session.fenced() as cursor:
            cursor.execute(
                "INSERT INTO journals VALUES (%s, %s, %s, %s)", [*self._id, plan.to_json(), json.dumps(dict(settings))]
            )
        self._has_started = True

    def read(self) -> tuple[Plan, dict[str, str], list[JournalEntry]]:
        """Return the plan, the settings, and the latest entry of each write that was started.

        Returns:
            The plan, the settings and the entries.

        Raises:
            PlanError: No run was started.
        """
        found = self._session.rows("SELECT plan, settings FROM journals WHERE epoch = %s AND number = %s", self._id)
        if not found:
            raise PlanError(f"The run of {self.name} never started, and nothing was sent: apply the plan.")
        plan, settings = found[0]
        entries = self._session.rows(
            "SELECT entry FROM journal_entries WHERE epoch = %s AND number = %s ORDER BY write", self._id
        )
        return Plan.from_json(bytes(plan)), json.loads(settings), [JournalEntry(*json.loads(row[0])) for row in entries]

    def store(self, settings: Mapping[str, str]) -> None:
        """Store settings that have changed; the others are kept.

        Args:
            settings: The settings that have changed.
        """
        with self._session.fenced() as cursor:
            cursor.execute("SELECT settings FROM journals WHERE epoch = %s AND number = %s", self._id)
            stored = {**json.loads(cursor.fetchall()[0][0]), **settings}
            cursor.execute(
                "UPDATE journals SET settings = %s WHERE epoch = %s AND number = %s", [json.dumps(stored), *self._id]
            )

    def put(self, entries: Iterable[JournalEntry]) -> None:
        """Store all entries or none, in place of earlier ones of the same writes; they are durable on return.

        Args:
            entries: The entries. The last one of a write counts.
        """
        latest = {entry.number: json.dumps(astuple(entry)) for entry in entries}
        values = {"number": self._number, "writes": list(latest), "entries": list(latest.values())}
        self._session.write(_PUT, values, rows=len(latest))

    def close(self) -> None:
        """Close the journal, so that another run can open it."""
        if self._is_open:
            self._is_open = False
            self._session.free(self.name)

    @property
    def _id(self) -> list[int]:
        return [self._session.epoch, self._number]


class PostgresAudit:
    """The audit of one organization: a `bulk.AuditStore`. Its chain of hashes goes on over all runs.

    Args:
        session: The session that holds the lock of the organization's key.
        organization: The organization's name.
    """

    def __init__(self, session: FencedSession, organization: str) -> None:
        self._session = session
        self._organization = organization
        self._is_open = False

    @property
    def name(self) -> str:
        """What messages call the audit."""
        return f"the audit of {self._organization}"

    def open(self, plan_hash: str) -> None:
        """Open the audit for the run of a plan.

        Args:
            plan_hash: The plan's hash, which each line has.

        Raises:
            AuditError: A line was changed.
            LockedError: Another run has it open.
        """
        if not self._session.reserve(self.name):
            raise LockedError(f"Another run has {self.name} open.")
        self._is_open = True
        try:
            last = self._session.rows(
                "SELECT line, content FROM audits WHERE name = %s ORDER BY line DESC LIMIT 1", [self._organization]
            )
            of_plan = self._session.rows(
                "SELECT content FROM audits WHERE name = %s AND plan_hash = %s ORDER BY line",
                [self._organization, plan_hash],
            )
            self._plan_hash = plan_hash
            self._lines = int(last[0][0]) if last else 0
            self._chain = AuditChain(
                plan_hash,
                last_line=bytes(last[0][1]) if last else None,
                lines_of_plan=[bytes(row[0]) for row in of_plan],
                name=self.name,
            )
        except BaseException:
            self.close()
            raise

    def append(self, outcomes: Iterable[Outcome]) -> None:
        """Append the lines of these outcomes, durable on return. A line that exists is not appended again.

        Args:
            outcomes: The outcomes.
        """
        lines = self._chain.make_lines(outcomes)
        if not lines:
            return
        with self._session.fenced() as cursor:
            cursor.execute(
                "INSERT INTO audits SELECT %s, %s + new.position, %s, new.content"
                " FROM unnest(%s::bytea[]) WITH ORDINALITY AS new (content, position)",
                [self._organization, self._lines, self._plan_hash, lines],
            )
        self._lines += len(lines)
        self._chain.accept()

    def close(self) -> None:
        """Close the audit, so that another run can open it."""
        if self._is_open:
            self._is_open = False
            self._session.free(self.name)


class PostgresLock:
    """The lock of one organization: a `bulk.Lock`. An organization can move to another key between two runs.

    Args:
        session: The session that holds the lock of the organization's key.
        organization: The organization's name.
    """

    def __init__(self, session: FencedSession, organization: str) -> None:
        self._session = session
        self._organization = organization
        self._is_taken = False

    def acquire(self) -> None:
        """Take the lock, without waiting.

        Raises:
            LockedError: Another run has it.
        """
        if not self._session.lock_organization(self._organization):
            raise LockedError(f"Another run is working on {self._organization}.")
        self._is_taken = True

    def release(self) -> None:
        """Release the lock."""
        if self._is_taken:
            self._is_taken = False
            with suppress(FencedError):  # the lock ended with its session
                self._session.unlock_organization(self._organization)
