"""Rows of the tables as the fleet's records, and back."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final, cast

from psycopg import sql

from orgsdk.fleet.units import KeyRecord, OrganizationRecord, RunRecord, UnitRecord
from orgsdk.responses import RequestRate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from orgsdk.fleet.postgres.session import Row

RUN_COLUMNS: Final = tuple(field.name for field in fields(RunRecord))
UNIT_COLUMNS: Final = tuple(field.name for field in fields(UnitRecord))
ORGANIZATION_COLUMNS: Final = tuple(field.name for field in fields(OrganizationRecord))
# They are set when a run is started.
_FIXED: Final = frozenset({"number", "name", "key", "entry"})
CHANGING_UNIT_COLUMNS: Final = tuple(name for name in UNIT_COLUMNS if name not in _FIXED)

KEYS: Final = sql.SQL(
    """
    SELECT keys.key, keys.allowance, keys.until, keys.stopped, keys.rate, sums.*
    FROM keys, LATERAL (
        SELECT
            coalesce(json_object_agg(state, units), '{{}}'), coalesce(sum(members), 0), coalesce(sum(writes), 0),
            coalesce(sum(removals), 0), coalesce(sum(new_admins), 0), coalesce(sum(failures), 0),
            coalesce(sum(requests), 0), coalesce(sum(estimate) FILTER (WHERE state = ANY (%(open)s)), 0),
            coalesce(sum(estimate) FILTER (WHERE state = ANY (%(reserved)s)), 0)
        FROM (
            SELECT
                state, count(*) AS units, sum(members) AS members, sum(writes) AS writes, sum(removals) AS removals,
                sum(new_admins) AS new_admins, sum(failures) AS failures, sum(requests) AS requests,
                sum(estimate) AS estimate
            FROM units WHERE units.epoch = keys.epoch AND units.key = keys.key GROUP BY state
        ) AS by_state
    ) AS sums
    WHERE keys.epoch = %(epoch)s {} ORDER BY keys.key
    """
)


def columns(names: Sequence[str]) -> sql.Composed:
    """Return `name, name` for a statement."""
    return sql.SQL(", ").join(map(sql.Identifier, names))


def assignments(names: Sequence[str]) -> sql.Composed:
    """Return `name = %s, name = %s` for a statement."""
    return sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(name)) for name in names)


def updates(names: Sequence[str]) -> sql.Composed:
    """Return `name = excluded.name, …` for a statement."""
    return sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in names)


def values(record: RunRecord | UnitRecord | OrganizationRecord, names: Sequence[str]) -> list[Any]:
    """Return a record's values for some columns."""
    return [_to_column(getattr(record, name)) for name in names]


def run_record(row: Row) -> RunRecord:
    """Return the run of a row with `RUN_COLUMNS`."""
    named = dict(zip(RUN_COLUMNS, row, strict=True))
    named["confirmed"] = tuple(named["confirmed"])
    return RunRecord(**named)


def unit_record(row: Row) -> UnitRecord:
    """Return the unit of a row with `UNIT_COLUMNS`."""
    return UnitRecord(**dict(zip(UNIT_COLUMNS, row, strict=True)))


def organization_record(row: Row) -> OrganizationRecord:
    """Return the organization of a row with `ORGANIZATION_COLUMNS`."""
    named = dict(zip(ORGANIZATION_COLUMNS, row, strict=True))
    named["rate"] = _rate(named["rate"])
    return OrganizationRecord(**named)


def key_record(row: Row) -> KeyRecord:
    """Return the key of a row of `KEYS`."""
    key, allowance, until, stopped, rate, counts, *sums = row
    members, writes, removals, new_admins, failures, requests, estimate, reserved = map(int, sums)
    return KeyRecord(
        key=key,
        counts=counts,
        members=members,
        writes=writes,
        removals=removals,
        new_admins=new_admins,
        failures=failures,
        requests=requests,
        estimate=estimate,
        reserved=reserved,
        allowance=allowance,
        until=until,
        stopped=stopped,
        rate=_rate(rate),
    )


def rate_column(rate: RequestRate | None) -> list[float] | None:
    """Return a rate as its column holds it."""
    return None if rate is None else [rate.requests, rate.seconds]


def _rate(column: list[float] | None) -> RequestRate | None:
    return None if column is None else RequestRate(*column)


def _to_column(value: object) -> object:
    if isinstance(value, RequestRate):
        return rate_column(value)
    return list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
