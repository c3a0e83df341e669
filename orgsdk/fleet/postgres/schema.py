"""The tables of a fleet in PostgreSQL, by version number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, LiteralString

from psycopg import sql

from orgsdk.bulk import StoreError

if TYPE_CHECKING:
    from orgsdk.fleet.postgres.session import Session

# Each adds one to the version. A migration that has been released is never changed.
MIGRATIONS: Final[tuple[LiteralString, ...]] = (
    """
    CREATE TABLE runs (
        epoch bigint PRIMARY KEY, night date NOT NULL, mode text NOT NULL, judge text NOT NULL, state text NOT NULL,
        started_at timestamptz NOT NULL, ended_at timestamptz, detail text, hash text, confirmed text[] NOT NULL,
        deadline timestamptz, fenced boolean NOT NULL DEFAULT false
    );
    CREATE TABLE units (
        epoch bigint NOT NULL REFERENCES runs ON DELETE CASCADE, number integer NOT NULL, name text NOT NULL,
        key text NOT NULL, entry text NOT NULL, state text NOT NULL, reason text, taken integer NOT NULL,
        attempts integer NOT NULL, verify boolean NOT NULL, verified date, fingerprint text, plan_hash text,
        members bigint NOT NULL, writes bigint NOT NULL, removals bigint NOT NULL, new_admins bigint NOT NULL,
        failures bigint NOT NULL,
        estimate bigint NOT NULL, requests bigint NOT NULL, started_at timestamptz, ended_at timestamptz,
        PRIMARY KEY (epoch, number), UNIQUE (epoch, name)
    ) WITH (fillfactor = 80);
    CREATE INDEX units_next ON units (epoch, key, state, verified NULLS FIRST, number);
    CREATE INDEX units_ended ON units (epoch, ended_at DESC) WHERE ended_at IS NOT NULL;
    CREATE TABLE keys (
        epoch bigint NOT NULL REFERENCES runs ON DELETE CASCADE, key text NOT NULL, allowance bigint,
        until timestamptz, stopped text, rate double precision[], PRIMARY KEY (epoch, key)
    );
    CREATE TABLE plans (
        epoch bigint NOT NULL, number integer NOT NULL, plan bytea NOT NULL,
        PRIMARY KEY (epoch, number), FOREIGN KEY (epoch, number) REFERENCES units ON DELETE CASCADE
    );
    CREATE TABLE journals (
        epoch bigint NOT NULL, number integer NOT NULL, plan bytea NOT NULL, settings text NOT NULL,
        PRIMARY KEY (epoch, number), FOREIGN KEY (epoch, number) REFERENCES units ON DELETE CASCADE
    );
    CREATE TABLE journal_entries (
        epoch bigint NOT NULL, number integer NOT NULL, write integer NOT NULL, entry text NOT NULL,
        PRIMARY KEY (epoch, number, write), FOREIGN KEY (epoch, number) REFERENCES journals ON DELETE CASCADE
    );
    CREATE TABLE organizations (
        name text PRIMARY KEY, fingerprint text, verified date, requests bigint, latest_requests bigint,
        rate double precision[], due date, previous bytea
    );
    CREATE TABLE audits (
        name text NOT NULL, line integer NOT NULL, plan_hash text NOT NULL, content bytea NOT NULL,
        PRIMARY KEY (name, line)
    );
    CREATE INDEX audits_plan ON audits (name, plan_hash);
    CREATE TABLE workers (
        key text PRIMARY KEY, owner uuid NOT NULL, is_open boolean NOT NULL, settles_at timestamptz
    )
    """,
)


def prepare_schema(session: Session) -> None:
    """Create the schema, or bring it to this version. Does nothing, and needs no rights to, if it is there.

    Args:
        session: A session of the database.

    Raises:
        StoreError: A later version of orgsdk has made it, the encoding is not UTF-8, or a right is missing.
    """
    if _version(session) == len(MIGRATIONS):
        return
    encoding = session.rows("SHOW server_encoding")[0][0]
    if encoding != "UTF8":
        raise StoreError(f"{session.address.name}: the database has the encoding {encoding}: create one with UTF8.")
    schema = sql.Identifier(session.address.schema)
    with session.transaction() as cursor:
        # Several machines may start at the same moment.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"orgsdk {session.address.schema}"])
        version = _version(session)
        if version is None:
            cursor.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema))
            cursor.execute("CREATE TABLE version (number integer NOT NULL)")
            cursor.execute("INSERT INTO version VALUES (0)")
        if (version or 0) > len(MIGRATIONS):
            raise StoreError(
                f"{session.address.name}: a later version of orgsdk has made these tables: install that version."
            )
        for migration in MIGRATIONS[version or 0 :]:
            cursor.execute(migration)
        cursor.execute("UPDATE version SET number = %s", [len(MIGRATIONS)])


def _version(session: Session) -> int | None:
    if session.rows("SELECT to_regclass(%s)", [f"{session.address.schema}.version"])[0][0] is None:
        return None
    return int(session.rows("SELECT number FROM version")[0][0])
