"""All that is written under the lock of one key: its units, plans, journals and audits, in SQLite."""

from __future__ import annotations

import json
from dataclasses import astuple
from typing import TYPE_CHECKING, Final

from orgsdk.bulk import AuditChain, JournalEntry, LockedError, Plan, PlanError
from orgsdk.bulk.private_file import RunLock
from orgsdk.fleet import sqlite_rows as rows
from orgsdk.fleet.errors import FencedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

    from orgsdk.bulk import AuditStore, JournalStore, Lock, Outcome
    from orgsdk.fleet.sqlite_database import SQLiteDatabase
    from orgsdk.fleet.units import KeyRecord, OrganizationRecord, RunRecord, UnitRecord, UnitState
    from orgsdk.responses import RequestRate

_VERSION: Final = "1"
_PUT: Final = "INSERT OR REPLACE INTO journal_entries VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"


class SQLiteSession:
    """What is done under the lock of one key; see `KeySession`. The lock is a file that the process has locked.

    Args:
        database: The open database.
        path: The database's file.
        epoch: The run.
        key: The key.

    Raises:
        LockedError: Another worker has the key.
        FencedError: The run is fenced.
    """

    def __init__(self, database: SQLiteDatabase, path: Path, epoch: int, key: str) -> None:
        self._database = database
        self._epoch, self._key = epoch, key
        self._is_open = False
        self.open_journals: set[str] = set()
        rows.check_not_fenced(database, epoch)
        self._lock = RunLock(path.name, "key", key, folder=path.with_name(f"{path.name}.locks"))
        try:
            self._lock.acquire()
        except LockedError:
            raise LockedError(f"Another worker has the key {key!r}.") from None
        self._is_open = True

    @property
    def epoch(self) -> int:
        """The run."""
        return self._epoch

    @property
    def key(self) -> str:
        """The limit key."""
        return self._key

    def run(self) -> RunRecord:
        """Return the run as it now is."""
        self.check(self._database)
        run = rows.read_run(self._database, self._epoch)
        if run is None:
            raise FencedError(f"Run {self._epoch} was deleted.")
        return run

    def record(self) -> KeyRecord:
        """Return the key with the sums of its units."""
        found = rows.read_keys(self._database, self._epoch, self._key)
        if not found:
            raise FencedError(f"Run {self._epoch} has no key {self._key!r}.")
        return found[0]

    def next_unit(self, states: Sequence[UnitState], *, largest: int | None = None) -> UnitRecord | None:
        """Return the next unit of the key that has one of some states; see `KeySession.next_unit`."""
        return rows.read_next_unit(self._database, self._epoch, self._key, states, largest)

    def organization(self, name: str) -> OrganizationRecord | None:
        """Return what is kept of an organization; None if it is new."""
        return rows.read_organizations(self._database, [name]).get(name)

    def save(self, unit: UnitRecord, organization: OrganizationRecord | None = None) -> None:
        """Store a unit, and what is kept of its organization."""
        with self._database.transaction() as write:
            self.check(write)
            rows.put_unit(write, self._epoch, unit)
            if organization is not None:
                rows.put_organization(write, organization)

    def save_plan(self, unit: UnitRecord, plan: bytes, organization: OrganizationRecord | None = None) -> None:
        """Store a unit with its plan, and delete the journal of an earlier plan."""
        of_unit = (self._epoch, unit.name)
        with self._database.transaction() as write:
            self.check(write)
            write.run("INSERT OR REPLACE INTO plans VALUES (?, ?, ?)", (*of_unit, plan))
            for table in ("journals", "journal_entries"):
                write.run(f"DELETE FROM {table} WHERE epoch = ? AND name = ?", of_unit)
            rows.put_unit(write, self._epoch, unit)
            if organization is not None:
                rows.put_organization(write, organization)

    def plan(self, unit: UnitRecord) -> bytes | None:
        """Return the plan of a unit; None if there is none."""
        row = self._database.one("SELECT plan FROM plans WHERE epoch = ? AND name = ?", (self._epoch, unit.name))
        return None if row is None else bytes(row[0])

    def journal(self, unit: UnitRecord) -> JournalStore:
        """Return the journal of a unit."""
        return SQLiteJournal(self, self._database, unit.name)

    def audit(self, unit: UnitRecord) -> AuditStore:
        """Return the audit of the unit's organization."""
        return SQLiteAudit(self, self._database, unit.name)

    def lock(self, unit: UnitRecord) -> Lock | None:
        """Return None: a run takes the organization's own lock, which keeps other runs of this machine out."""
        return None

    def pause(self, until: datetime) -> None:
        """Let the key sleep until a time."""
        self._update_key("until = ?", until.isoformat())

    def stop(self, reason: str) -> None:
        """Let no worker take a unit of the key any more in this run."""
        self._update_key("stopped = ?", reason)

    def record_rate(self, rate: RequestRate) -> None:
        """Store how many requests the provider of the key accepts."""
        self._update_key("rate_requests = ?, rate_seconds = ?", rate.requests, rate.seconds)

    def close(self) -> None:
        """Release the lock."""
        if self._is_open:
            self._is_open = False
            self._lock.release()

    def check(self, database: SQLiteDatabase) -> None:
        """Raise `FencedError` if the run is fenced, or the session is closed."""
        if not self._is_open:
            raise FencedError(f"The lock of the key {self._key!r} was released.")
        rows.check_not_fenced(database, self._epoch)

    def _update_key(self, assignments: str, *values: object) -> None:
        with self._database.transaction() as write:
            self.check(write)
            write.run(f"UPDATE keys SET {assignments} WHERE epoch = ? AND key = ?", (*values, self._epoch, self._key))


class SQLiteJournal:
    """The journal of a unit; see `bulk.JournalStore`. Its plan is the unit's plan.

    Args:
        session: The session of the key.
        database: The open database.
        name: The organization's name in the fleet.
    """

    def __init__(self, session: SQLiteSession, database: SQLiteDatabase, name: str) -> None:
        self._session, self._database, self._name = session, database, name
        self._of_unit = (session.epoch, name)
        self._settings: dict[str, str] | None = None
        self._is_open = False

    @property
    def name(self) -> str:
        """Name of the journal in messages."""
        return f"the journal of {self._name}"

    @property
    def has_started(self) -> bool:
        """True if a run was started."""
        return self._settings is not None

    def open(self) -> None:
        """Open the journal for one run. The lock of the key keeps other processes out."""
        if self._name in self._session.open_journals:
            raise LockedError(f"Another run has {self.name} open.")
        self._session.open_journals.add(self._name)
        self._is_open = True
        row = self._database.one("SELECT settings FROM journals WHERE epoch = ? AND name = ?", self._of_unit)
        self._settings = None if row is None else json.loads(row[0])

    def start(self, plan: Plan, settings: Mapping[str, str]) -> None:
        """Store the plan and the settings of its run."""
        if self.has_started:
            raise PlanError(f"{self.name} belongs to an earlier run: resume it.")
        self._put(plan, {"version": _VERSION, **settings})

    def read(self) -> tuple[Plan, dict[str, str], list[JournalEntry]]:
        """Return the plan, the settings, and the latest entry of each write that was started."""
        row = self._database.one("SELECT plan FROM plans WHERE epoch = ? AND name = ?", self._of_unit)
        if self._settings is None or row is None:
            raise PlanError(f"The run of {self.name} never started, and nothing was sent: apply the plan.")
        settings = dict(self._settings)
        if settings.pop("version", None) != _VERSION:
            raise PlanError(f"{self.name} is of another version of orgsdk: make a new plan.")
        found = self._database.all(
            "SELECT number, stage, status, user_id, request_id, reason, at FROM journal_entries "
            "WHERE epoch = ? AND name = ? ORDER BY number",
            self._of_unit,
        )
        return Plan.from_json(bytes(row[0])), settings, [JournalEntry(*entry) for entry in found]

    def store(self, settings: Mapping[str, str]) -> None:
        """Store settings that have changed; the others are kept."""
        self._put(None, {**(self._settings or {}), **settings})

    def put(self, entries: Iterable[JournalEntry]) -> None:
        """Store all entries or none; they are durable on return."""
        with self._database.transaction() as write:
            self._session.check(write)
            write.many(_PUT, ((*self._of_unit, *astuple(entry)) for entry in entries))

    def close(self) -> None:
        """Close the journal."""
        if self._is_open:
            self._is_open = False
            self._session.open_journals.discard(self._name)
        self._settings = None

    def _put(self, plan: Plan | None, settings: dict[str, str]) -> None:
        with self._database.transaction() as write:
            self._session.check(write)
            if plan is not None:
                write.run("INSERT OR REPLACE INTO plans VALUES (?, ?, ?)", (*self._of_unit, plan.to_json()))
            write.run("INSERT OR REPLACE INTO journals VALUES (?, ?, ?)", (*self._of_unit, json.dumps(settings)))
        self._settings = settings


class SQLiteAudit:
    """The audit of one organization: one chain of hashes over all runs; see `bulk.AuditStore`.

    Args:
        session: The session of the key.
        database: The open database.
        name: The organization's name in the fleet.
    """

    def __init__(self, session: SQLiteSession, database: SQLiteDatabase, name: str) -> None:
        self._session, self._database, self._name = session, database, name
        self._plan_hash, self._number = "", 0
        self._chain: AuditChain | None = None

    @property
    def name(self) -> str:
        """Name of the audit in messages."""
        return f"the audit of {self._name}"

    def open(self, plan_hash: str) -> None:
        """Open the audit for the run of a plan, and check its last line."""
        last = self._database.one(
            "SELECT number, line FROM audits WHERE name = ? ORDER BY number DESC LIMIT 1", (self._name,)
        )
        of_plan = self._database.all(
            "SELECT line FROM audits WHERE name = ? AND plan_hash = ? ORDER BY number", (self._name, plan_hash)
        )
        self._plan_hash, self._number = plan_hash, 0 if last is None else last[0]
        self._chain = AuditChain(
            plan_hash,
            last_line=None if last is None else last[1],
            lines_of_plan=[row[0] for row in of_plan],
            name=self.name,
        )

    def append(self, outcomes: Iterable[Outcome]) -> None:
        """Append the lines of these outcomes, durable on return."""
        chain = self._chain
        if chain is None:
            raise FencedError(f"{self.name} is closed.")
        lines = chain.make_lines(outcomes)
        if not lines:
            return
        with self._database.transaction() as write:
            self._session.check(write)
            write.many(
                "INSERT INTO audits VALUES (?, ?, ?, ?)",
                ((self._name, number, self._plan_hash, line) for number, line in enumerate(lines, self._number + 1)),
            )
        chain.accept()
        self._number += len(lines)

    def close(self) -> None:
        """Close the audit."""
        self._chain = None
