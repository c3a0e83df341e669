"""Sessions of PostgreSQL: locks that end with them, fences, and what is left when anything ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import psycopg
import pytest

from orgsdk import ConfigurationError
from orgsdk.bulk import LockedError, StoreError
from orgsdk.fleet import FencedError, PostgresStore
from orgsdk.fleet.postgres.run_stores import PostgresJournal
from tests.bulk.samples import plan_of, write
from tests.postgres import running_postgres

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.fleet.postgres.key_session import PostgresKeySession
    from tests.postgres import PostgresServer


def cut(url: str) -> None:
    """Cut every other session of the database, as an administrator or a broken network does."""
    with psycopg.connect(url, autocommit=True) as session:
        session.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )


def test_a_key_is_open_once(session: PostgresKeySession, open_store: Callable[[], PostgresStore]) -> None:
    other = open_store()
    with pytest.raises(LockedError, match="even"):
        other.open_key(1, "even")
    other.open_key(1, "odd").close()
    session.close()
    other.open_key(1, "even").close()


def test_a_cut_session_writes_no_more_and_frees_its_key(
    session: PostgresKeySession, postgres: str, open_store: Callable[[], PostgresStore]
) -> None:
    unit = session.next_unit(["waiting"])
    assert unit is not None
    journal = PostgresJournal(session, 0, "school-0")
    journal.open()
    assert not session.is_lost
    cut(postgres)
    assert session.is_lost
    other = open_store().open_key(1, "even")
    for attempt in (
        lambda: session.save(replace(unit, state="failed")),
        lambda: journal.start(plan_of(write(0)), {}),
        lambda: session.run(),
    ):
        with pytest.raises(FencedError):
            attempt()
    assert other.next_unit(["waiting"]) == unit
    other.close()


def test_a_key_rests_after_its_worker_was_interrupted(
    session: PostgresKeySession, postgres: str, open_store: Callable[..., PostgresStore]
) -> None:
    cut(postgres)
    assert session.is_lost
    other = open_store(settling=timedelta(seconds=0.2))
    with pytest.raises(LockedError, match="interrupted a moment ago"):
        other.open_key(1, "even")
    with pytest.raises(LockedError, match="interrupted a moment ago"):
        open_store().open_key(1, "even")
    time.sleep(0.25)
    other.open_key(1, "even").close()
    other.open_key(1, "even").close()


_HOLD = """
import sys
from orgsdk.fleet import PostgresStore
store = PostgresStore(sys.argv[1])
session = store.open_key(1, "odd")
print("has it", flush=True)
sys.stdin.readline()
"""


def test_a_frozen_worker_keeps_its_key_and_a_killed_one_does_not(store: PostgresStore, postgres: str) -> None:
    command = [sys.executable, "-c", _HOLD, postgres]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdout is not None
        assert worker.stdout.readline() == b"has it\n"
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(LockedError):
            store.open_key(1, "odd")
        worker.kill()
    for _ in range(500):
        try:
            store.open_key(1, "odd").close()
            break
        except LockedError:
            time.sleep(0.01)
    else:
        pytest.fail("the key of a killed worker stays locked")


def test_a_write_that_was_frozen_is_checked_before_anything_is_sent(
    session: PostgresKeySession, postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("orgsdk.fleet.postgres.key_session._LONG_WRITE", 0)
    journal = PostgresJournal(session, 0, "school-0")
    journal.open()
    journal.start(plan_of(write(0)), {})
    with psycopg.connect(postgres, autocommit=True) as other:
        # Another worker owns the key, as it may after a freeze.
        other.execute(
            "CREATE FUNCTION orgsdk_fleet.steal() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN UPDATE orgsdk_fleet.workers SET owner = gen_random_uuid(); RETURN NULL; END'"
        )
        other.execute(
            "CREATE TRIGGER steal AFTER UPDATE ON orgsdk_fleet.journals EXECUTE FUNCTION orgsdk_fleet.steal()"
        )
    with pytest.raises(FencedError):
        journal.store({"a": "b"})


def test_a_store_outlives_a_restart_of_the_database(postgres_server: PostgresServer) -> None:
    del postgres_server  # skipped where there is none
    with running_postgres() as server:
        store = PostgresStore(server.url())
        store.open()
        server.restart("immediate")
        assert store.run() is None
        server.stop()
        with pytest.raises(StoreError, match="orgsdk_fleet"):
            store.run()
        server.start()
        assert store.runs(3) == []
        store.close()


def test_a_password_is_not_shown(postgres: str) -> None:
    url = postgres.replace("postgres@", "nobody:s3cret-word@")
    store = PostgresStore(url)
    with pytest.raises(StoreError, match="nobody") as caught:
        store.open()
    for text in (repr(store), store.name, str(caught.value), repr(caught.value.__cause__)):
        assert "s3cret-word" not in text


@pytest.mark.parametrize(
    "url", ["postgresql://me:s3cret-word@[::1/fleet", "me:s3cret-word@host", "postgresql://h/?s3cret-word=1"]
)
def test_an_invalid_address_is_not_repeated(url: str) -> None:
    with pytest.raises(ConfigurationError, match="postgresql://user@host/database") as caught:
        PostgresStore(url)
    assert "s3cret-word" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("schema", ["", "Fleet", 'a"b', "a b", "1st", "a" * 64])
def test_an_invalid_schema_is_refused(schema: str) -> None:
    with pytest.raises(ConfigurationError, match="cannot be the schema"):
        PostgresStore("postgresql://host/fleet", schema=schema)


def test_two_fleets_share_a_database(postgres: str, store: PostgresStore) -> None:
    other = PostgresStore(postgres, schema="second")
    other.open()
    assert other.run() is None
    assert store.run() is not None
    other.close()


def test_tables_of_a_later_version_are_refused(postgres: str, store: PostgresStore) -> None:
    with psycopg.connect(postgres, autocommit=True) as session:
        session.execute("UPDATE orgsdk_fleet.version SET number = number + 1")
    with pytest.raises(StoreError, match="later version of orgsdk"):
        PostgresStore(postgres).open()


def test_a_worker_needs_no_right_to_create(postgres: str, store: PostgresStore) -> None:
    with psycopg.connect(postgres, autocommit=True) as session:
        session.execute("DROP ROLE IF EXISTS fleet_guest")
        session.execute("CREATE ROLE fleet_guest LOGIN")
        session.execute("GRANT USAGE ON SCHEMA orgsdk_fleet TO fleet_guest")
        session.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA orgsdk_fleet TO fleet_guest")
    url = postgres.replace("postgres@", "fleet_guest@")
    worker = PostgresStore(url)
    worker.open()
    worker.open_key(1, "even").close()
    worker.close()
    with pytest.raises(StoreError, match=r"permission denied.*Grant it"):
        PostgresStore(url, schema="other").open()


def test_a_database_of_another_encoding_is_refused(postgres_server: PostgresServer) -> None:
    postgres_server.execute("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with pytest.raises(StoreError, match=r"LATIN1.*UTF8"):
        PostgresStore(postgres_server.url("latin")).open()
