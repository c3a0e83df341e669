"""Records of a fleet as rows of SQLite, and the queries for them. Private to orgsdk."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from orgsdk.fleet.errors import FencedError
from orgsdk.fleet.sqlite_database import SQLiteDatabase
from orgsdk.fleet.units import OPEN_STATES, KeyRecord, OrganizationRecord, RunRecord, UnitRecord
from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from orgsdk.fleet.units import UnitState

Writer: TypeAlias = SQLiteDatabase
"""A database in a transaction."""

_DATES: Final = frozenset({"night", "verified", "due"})
_TIMES: Final = frozenset({"started_at", "ended_at", "deadline", "until"})
_RUN_COLUMNS: Final = tuple(one.name for one in fields(RunRecord))
_UNIT_COLUMNS: Final = tuple(one.name for one in fields(UnitRecord))
_ORGANIZATION_COLUMNS: Final = tuple(
    name
    for one in fields(OrganizationRecord)
    for name in ((one.name,) if one.name != "rate" else ("rate_requests", "rate_seconds"))
)
_SUMS: Final = ("members", "writes", "removals", "new_admins", "failures", "requests", "estimate")
_NAMES_AT_ONCE: Final = 500


def check_latest(database: SQLiteDatabase, epoch: int) -> None:
    """Raise `FencedError` if a later run was started."""
    latest = database.one("SELECT max(epoch) FROM runs")[0]
    if latest != epoch:
        raise FencedError(f"Run {epoch} is no longer written to: run {latest} was started.")


def check_not_fenced(database: SQLiteDatabase, epoch: int) -> None:
    """Raise `FencedError` if a later run was started, or this one was cancelled."""
    check_latest(database, epoch)
    if database.one("SELECT state FROM runs WHERE epoch = ?", (epoch,))[0] == "cancelled":
        raise FencedError(f"Run {epoch} was cancelled.")


def put_run(write: Writer, run: RunRecord) -> None:
    """Store a run."""
    values = [_to_cell(getattr(run, name)) for name in _RUN_COLUMNS]
    marks = ", ".join("?" * len(values))
    write.run(f"INSERT OR REPLACE INTO runs ({', '.join(_RUN_COLUMNS)}) VALUES ({marks})", values)


def read_run(database: SQLiteDatabase, epoch: int | None) -> RunRecord | None:
    """Return a run, by default the latest one; None if there is none."""
    where, values = ("WHERE epoch = ?", (epoch,)) if epoch is not None else ("ORDER BY epoch DESC LIMIT 1", ())
    row = database.one(f"SELECT {', '.join(_RUN_COLUMNS)} FROM runs {where}", values)
    return None if row is None else _to_run(row)


def read_runs(database: SQLiteDatabase, limit: int) -> list[RunRecord]:
    """Return the latest runs, the latest first."""
    found = database.all(f"SELECT {', '.join(_RUN_COLUMNS)} FROM runs ORDER BY epoch DESC LIMIT ?", (limit,))
    return [_to_run(row) for row in found]


def cancel_run(write: Writer, epoch: int, ended_at: datetime, detail: str | None) -> None:
    """Set the state of a run, and of its units that have not ended."""
    at = _to_cell(ended_at)
    write.run(
        "UPDATE runs SET state = 'cancelled', ended_at = ?, detail = coalesce(?, detail) WHERE epoch = ?",
        (at, detail, epoch),
    )
    write.run(
        "UPDATE units SET state = 'cancelled', estimate = 0, ended_at = ? "
        f"WHERE epoch = ? AND state IN ({_in(OPEN_STATES)})",
        (at, epoch),
    )


def delete_run(write: Writer, epoch: int) -> None:
    """Delete a run with its units, plans and journals."""
    for table in ("runs", "units", "keys", "plans", "journals", "journal_entries"):
        write.run(f"DELETE FROM {table} WHERE epoch = ?", (epoch,))


def add_units(write: Writer, epoch: int, units: Sequence[UnitRecord]) -> None:
    """Store new units and their keys."""
    columns = ("epoch", *_UNIT_COLUMNS)
    write.many(
        "INSERT OR IGNORE INTO keys (epoch, key) VALUES (?, ?)", [(epoch, key) for key in {unit.key for unit in units}]
    )
    write.many(
        f"INSERT INTO units ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})",
        ((epoch, *(_to_cell(getattr(unit, name)) for name in _UNIT_COLUMNS)) for unit in units),
    )


def put_unit(write: Writer, epoch: int, unit: UnitRecord) -> None:
    """Store the new values of a unit."""
    names = [name for name in _UNIT_COLUMNS if name not in {"number", "name", "key", "entry"}]
    values = [_to_cell(getattr(unit, name)) for name in names]
    assignments = ", ".join(f"{name} = ?" for name in names)
    write.run(f"UPDATE units SET {assignments} WHERE epoch = ? AND number = ?", (*values, epoch, unit.number))


def read_units(
    database: SQLiteDatabase,
    epoch: int,
    *,
    states: Collection[UnitState] | None,
    key: str | None,
    after: int,
    limit: int,
) -> list[UnitRecord]:
    """Return units of a run, ordered by number."""
    where = "epoch = ? AND number > ?"
    values: list[object] = [epoch, after]
    if states is not None:
        where += f" AND state IN ({_in(states)})"
    if key is not None:
        where, values = f"{where} AND key = ?", [*values, key]
    found = database.all(
        f"SELECT {', '.join(_UNIT_COLUMNS)} FROM units WHERE {where} ORDER BY number LIMIT ?", (*values, limit)
    )
    return [_to_unit(row) for row in found]


def read_next_unit(
    database: SQLiteDatabase, epoch: int, key: str, states: Sequence[UnitState], largest: int | None
) -> UnitRecord | None:
    """Return the first unit of a key in the first of some states that has one."""
    for state in states:
        limit = "" if largest is None or state not in {"waiting", "planned"} else "AND estimate <= ?"
        row = database.one(
            f"SELECT {', '.join(_UNIT_COLUMNS)} FROM units WHERE epoch = ? AND key = ? AND state = ? {limit} "
            "ORDER BY verified, number LIMIT 1",  # NULL comes first
            (epoch, key, state, largest) if limit else (epoch, key, state),
        )
        if row is not None:
            return _to_unit(row)
    return None


def read_latest_states(database: SQLiteDatabase, epoch: int, limit: int) -> list[UnitState]:
    """Return the states of the units that ended last, without those that are unchanged."""
    found = database.all(
        "SELECT state FROM units WHERE epoch = ? AND ended_at IS NOT NULL AND state <> 'unchanged' "
        "ORDER BY ended_at DESC, number DESC LIMIT ?",
        (epoch, limit),
    )
    return [row[0] for row in found]


def read_keys(database: SQLiteDatabase, epoch: int, key: str | None = None) -> list[KeyRecord]:
    """Return the keys of a run, or one of them, with the sums of their units, ordered by key."""
    where, values = ("epoch = ? AND key = ?", (epoch, key)) if key is not None else ("epoch = ?", (epoch,))
    sums = ", ".join(f"sum({name})" for name in _SUMS)
    by_key: dict[str, list[Any]] = {}
    for row in database.all(
        f"SELECT key, state, count(*), {sums} FROM units WHERE {where} GROUP BY key, state", values
    ):
        by_key.setdefault(row[0], []).append(row)
    found = database.all(
        f"SELECT key, until, stopped, rate_requests, rate_seconds, allowance FROM keys WHERE {where} ORDER BY key",
        values,
    )
    return [_to_key(row, by_key.get(row[0], [])) for row in found]


def read_organizations(database: SQLiteDatabase, names: Sequence[str]) -> dict[str, OrganizationRecord]:
    """Return what is kept of organizations, by name."""
    found: dict[str, OrganizationRecord] = {}
    for start in range(0, len(names), _NAMES_AT_ONCE):
        batch = names[start : start + _NAMES_AT_ONCE]
        marks = ", ".join("?" * len(batch))
        columns = ", ".join(_ORGANIZATION_COLUMNS)
        for row in database.all(f"SELECT {columns} FROM organizations WHERE name IN ({marks})", batch):
            values = dict(zip(_ORGANIZATION_COLUMNS, row, strict=True))
            rate = _to_rate(values.pop("rate_requests"), values.pop("rate_seconds"))
            found[row[0]] = OrganizationRecord(
                **{name: _from_cell(name, cell) for name, cell in values.items()}, rate=rate
            )
    return found


def put_organization(write: Writer, known: OrganizationRecord) -> None:
    """Store what is kept of an organization."""
    rate = (None, None) if known.rate is None else (known.rate.requests, known.rate.seconds)
    cells = dict(zip(("rate_requests", "rate_seconds"), rate, strict=True))
    values = [cells[name] if name in cells else _to_cell(getattr(known, name)) for name in _ORGANIZATION_COLUMNS]
    marks = ", ".join("?" * len(values))
    write.run(f"INSERT OR REPLACE INTO organizations ({', '.join(_ORGANIZATION_COLUMNS)}) VALUES ({marks})", values)


def _in(states: Collection[UnitState]) -> str:
    return ", ".join(f"'{state}'" for state in sorted(states))


def _to_cell(value: object) -> object:
    if isinstance(value, date):  # a datetime is a date as well
        return value.isoformat()
    return json.dumps(value) if isinstance(value, tuple) else value


def _from_cell(name: str, cell: Any) -> Any:
    if cell is None:
        return None
    if name in _DATES:
        return date.fromisoformat(cell)
    if name in _TIMES:
        return datetime.fromisoformat(cell)
    if name == "confirmed":
        return tuple(json.loads(cell))
    return bool(cell) if name == "verify" else cell


def _to_run(row: Sequence[Any]) -> RunRecord:
    return RunRecord(**{name: _from_cell(name, cell) for name, cell in zip(_RUN_COLUMNS, row, strict=True)})


def _to_unit(row: Sequence[Any]) -> UnitRecord:
    return UnitRecord(**{name: _from_cell(name, cell) for name, cell in zip(_UNIT_COLUMNS, row, strict=True)})


def _to_rate(requests: float | None, seconds: float | None) -> RequestRate | None:
    return None if requests is None or seconds is None else RequestRate(requests, seconds)


def _to_key(row: Sequence[Any], by_state: Sequence[Sequence[Any]]) -> KeyRecord:
    key, until, stopped, rate_requests, rate_seconds, allowance = row
    sums = {name: sum(one[position] for one in by_state) for position, name in enumerate(_SUMS, 3)}
    reserved = sum(one[3 + _SUMS.index("estimate")] for one in by_state if one[1] in {"planned", "applying"})
    return KeyRecord(
        key=key,
        counts={one[1]: one[2] for one in by_state},
        **sums,
        reserved=reserved,
        allowance=allowance,
        until=_from_cell("until", until),
        stopped=stopped,
        rate=_to_rate(rate_requests, rate_seconds),
    )
