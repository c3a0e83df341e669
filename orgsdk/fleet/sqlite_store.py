"""The store of one machine: an SQLite file with all runs, plans, journals and audits, and a lock file for each key."""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from orgsdk._parameters import name_parameters
from orgsdk.bulk import StoreError
from orgsdk.bulk.input_file import check_path
from orgsdk.fleet import sqlite_rows as rows
from orgsdk.fleet.errors import DuplicateNameError, FencedError
from orgsdk.fleet.sqlite_database import SQLiteDatabase, UniqueError
from orgsdk.fleet.sqlite_session import SQLiteSession
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
    from collections.abc import Generator

_AUDIT_BATCH: Final = 1_000


class SQLiteStore:
    """Keep the runs of a fleet in one file of mode 0600. Several processes of one user on one machine may use it.

    The file is a database with a write-ahead log (``-wal`` and ``-shm`` beside it). The locks of the keys are files in
    a folder beside it, whose name ends with ``.locks``; the operating system releases them when a process ends. A
    network folder does not work.

    Args:
        path: The file. It is created if it is missing.

    Raises:
        InvalidArgumentError: `path` is not a path.

    Example:
        ``fleet = Fleet(entries, store=SQLiteStore("fleet.db"))``
    """

    @name_parameters
    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._path = check_path("path", path).absolute()
        self._opening = threading.Lock()
        self._database: SQLiteDatabase | None = None

    def __repr__(self) -> str:
        return f"SQLiteStore({str(self._path)!r})"

    @property
    def name(self) -> str:
        """The path."""
        return str(self._path)

    def open(self) -> None:
        """Open the file, and create it if it is missing. A second call does nothing."""
        with self._opening:
            if self._database is None:
                self._database = SQLiteDatabase(self._path)

    def close(self) -> None:
        """Close the file."""
        with self._opening:
            database, self._database = self._database, None
            if database is not None:
                database.close()

    @property
    def _open(self) -> SQLiteDatabase:
        with self._opening:
            if self._database is None:
                raise StoreError(f"{self.name} is not open: call open() first.")
            return self._database

    def start_run(self, run: RunRecord, *, after: int) -> int:
        """Store a new run, which is empty; see `FleetStore.start_run`."""
        with self._open.transaction() as write:
            latest = write.one("SELECT coalesce(max(epoch), 0) FROM runs")[0]
            if latest != after:
                raise FencedError(f"Run {latest} of {self.name} was started meanwhile.")
            ended = ", ".join(f"'{state}'" for state in ENDED_RUNS)
            replaced = [row[0] for row in write.all(f"SELECT epoch FROM runs WHERE state NOT IN ({ended})")]
            for epoch in replaced:
                rows.cancel_run(write, epoch, run.started_at, f"run {latest + 1} has replaced it")
            rows.put_run(write, replace(run, epoch=latest + 1))
            return int(latest) + 1

    def add_units(self, epoch: int, units: Sequence[UnitRecord]) -> None:
        """Add units to a run that is starting; see `FleetStore.add_units`."""
        try:
            with self._writing(epoch) as write:
                rows.add_units(write, epoch, units)
        except UniqueError:
            raise DuplicateNameError(self._name_twice(epoch, units)) from None

    def _name_twice(self, epoch: int, units: Sequence[UnitRecord]) -> str:
        seen: set[str] = set()
        for unit in units:
            known = self._open.one("SELECT 1 FROM units WHERE epoch = ? AND name = ?", (epoch, unit.name))
            if unit.name in seen or known:
                return f"Two organizations of the fleet have the name {unit.name!r}: give each its own."
            seen.add(unit.name)
        return "Two organizations of the fleet have the same name: give each its own."

    def run(self, epoch: int | None = None) -> RunRecord | None:
        """Return a run, by default the latest one; None if there is none."""
        return rows.read_run(self._open, epoch)

    def runs(self, limit: int) -> list[RunRecord]:
        """Return the latest runs, the latest first."""
        return rows.read_runs(self._open, limit)

    def update_run(self, run: RunRecord, *, expected: RunState) -> bool:
        """Store a run if its state is still `expected`; see `FleetStore.update_run`."""
        with self._open.transaction() as write:
            rows.check_latest(write, run.epoch)
            found = write.one("SELECT state FROM runs WHERE epoch = ?", (run.epoch,))
            if found is None or found[0] != expected:
                return False
            rows.put_run(write, run)
            return True

    def cancel(self, epoch: int, ended_at: datetime) -> None:
        """Fence a run; see `FleetStore.cancel`."""
        with self._open.transaction() as write:
            rows.cancel_run(write, epoch, ended_at, None)

    def move_units(
        self, epoch: int, moves: Mapping[UnitState, UnitState], *, plan_hashes: Collection[str] | None = None
    ) -> int:
        """Change the state of all units that have one of some states; see `FleetStore.move_units`."""
        moved = 0
        with self._writing(epoch) as write:
            for state, new in moves.items():
                ended = None if new in OPEN_STATES else "ended_at"
                statement = (
                    f"UPDATE units SET state = ?, taken = 0, attempts = 0, ended_at = {ended or 'NULL'} "
                    "WHERE epoch = ? AND state = ?"
                )
                if plan_hashes is None:
                    moved += write.run(statement, (new, epoch, state))
                else:
                    for plan_hash in plan_hashes:
                        moved += write.run(f"{statement} AND plan_hash = ?", (new, epoch, state, plan_hash))
        return moved

    def set_allowances(self, epoch: int, allowances: Mapping[str, int]) -> None:
        """Set how many requests each key may take in a run that is starting."""
        with self._writing(epoch) as write:
            write.many(
                "UPDATE keys SET allowance = ? WHERE epoch = ? AND key = ?",
                ((number, epoch, key) for key, number in allowances.items()),
            )

    def wake_keys(self, epoch: int, *, stopped_for: str | None = None) -> None:
        """Let keys of a run work again."""
        with self._writing(epoch) as write:
            write.run(
                "UPDATE keys SET stopped = NULL, until = NULL WHERE epoch = ? AND (? IS NULL OR instr(stopped, ?) = 1)",
                (epoch, stopped_for, stopped_for),
            )

    def keys(self, epoch: int) -> list[KeyRecord]:
        """Return the keys of a run with the sums of their units, ordered by key."""
        return rows.read_keys(self._open, epoch)

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
        return rows.read_units(self._open, epoch, states=states, key=key, after=after, limit=limit)

    def latest_states(self, epoch: int, limit: int) -> list[UnitState]:
        """Return the states of the units that ended last, the latest first; see `FleetStore.latest_states`."""
        return rows.read_latest_states(self._open, epoch, limit)

    def organizations(self, names: Sequence[str]) -> dict[str, OrganizationRecord]:
        """Return what is kept of organizations, by name. Unknown names are missing."""
        return rows.read_organizations(self._open, names)

    def audit_lines(self, name: str) -> Iterator[bytes]:
        """Yield the lines of an organization's audit, with line ends."""
        after = 0
        while found := self._open.all(
            "SELECT number, line FROM audits WHERE name = ? AND number > ? ORDER BY number LIMIT ?",
            (name, after, _AUDIT_BATCH),
        ):
            yield from (line for _, line in found)
            after = found[-1][0]

    def open_key(self, epoch: int, key: str) -> SQLiteSession:
        """Take the lock of a key; see `FleetStore.open_key`."""
        return SQLiteSession(self._open, self._path, epoch, key)

    def prune(self, nights: int) -> None:
        """Delete the runs of all but the latest nights; see `FleetStore.prune`."""
        with self._open.transaction() as write:
            found = write.all("SELECT DISTINCT night FROM runs ORDER BY night DESC LIMIT ?", (nights,))
            oldest, latest = found[-1][0] if found else "", write.one("SELECT max(epoch) FROM runs")[0]
            for (epoch,) in write.all("SELECT epoch FROM runs WHERE night < ? AND epoch < ?", (oldest, latest or 0)):
                rows.delete_run(write, epoch)

    @contextmanager
    def _writing(self, epoch: int) -> Generator[rows.Writer]:
        """Open a transaction that is refused for a fenced run."""
        with self._open.transaction() as write:
            rows.check_not_fenced(write, epoch)
            yield write
