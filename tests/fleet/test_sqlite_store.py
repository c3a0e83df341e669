"""The store in an SQLite file: the contract of stores, several processes, and files that are no store."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from orgsdk.bulk import LockedError, StoreError
from orgsdk.fleet import SQLiteStore
from tests.bulk.run.store_contract import AuditContract, JournalContract
from tests.fleet.store_contract import FleetStoreContract, start, take, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from orgsdk.fleet.sqlite_session import SQLiteAudit, SQLiteJournal, SQLiteSession


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[Callable[[], SQLiteStore]]:
    opened: list[SQLiteStore] = []

    def open_one() -> SQLiteStore:
        opened.append(SQLiteStore(tmp_path / "fleet.db"))
        opened[-1].open()
        return opened[-1]

    yield open_one
    for store in opened:
        store.close()


@pytest.fixture
def session(open_store: Callable[[], SQLiteStore]) -> Iterator[SQLiteSession]:
    store = open_store()
    start(store, [unit(0, name="a", key="key"), unit(1, name="b", key="key")])
    session = store.open_key(1, "key")
    yield session
    session.close()


class TestSQLiteStore(FleetStoreContract):
    pass


class TestSQLiteJournal(JournalContract):
    @pytest.fixture
    def make(self, session: SQLiteSession) -> Callable[[], SQLiteJournal]:
        journal = session.journal
        return lambda: journal(unit(0, name="a"))  # type: ignore[return-value]  # the protocol's


class TestSQLiteAudit(AuditContract):
    @pytest.fixture
    def make(self, session: SQLiteSession) -> Callable[[str], SQLiteAudit]:
        return lambda name: session.audit(unit(0, name=name))  # type: ignore[return-value]  # the protocol's

    @pytest.fixture
    def read(self, open_store: Callable[[], SQLiteStore]) -> Callable[[str], list[bytes]]:
        return lambda name: list(open_store().audit_lines(name))


def test_the_files_are_private(open_store: Callable[[], SQLiteStore], tmp_path: Path) -> None:
    store = open_store()
    start(store, [unit(0)])
    store.open_key(1, "key-0").close()
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 3
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "fleet.db.locks").stat().st_mode) == 0o700


def test_a_store_is_opened_before_it_is_used_and_can_be_opened_again(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "fleet.db")
    with pytest.raises(StoreError, match="is not open"):
        store.run()
    for _ in range(2):
        store.open()
        store.open()
        assert store.run() is None
        store.close()
        store.close()


@pytest.mark.parametrize("kind", ["text", "database", "newer", "folder"])
def test_a_file_that_is_no_store_is_refused_and_unchanged(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "file"
    if kind == "text":
        path.write_text("username,email\nada,ada@example.com\n" * 100)
    elif kind == "folder":
        path.mkdir()
    else:
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE mine (a)")
            if kind == "newer":
                database.execute(f"PRAGMA application_id={0x6F726766}")
                database.execute("PRAGMA user_version=99")
        database.close()
    content = None if kind == "folder" else path.read_bytes()
    with pytest.raises((StoreError, OSError), match="file"):
        SQLiteStore(path).open()
    assert kind == "folder" or path.read_bytes() == content


_HOLDER = """
import sys, time
from orgsdk.fleet import SQLiteStore
from tests.fleet.store_contract import take
store = SQLiteStore(sys.argv[1])
store.open()
session = store.open_key(1, "key-0")
unit = take(session)
from dataclasses import replace
session.save(replace(unit, state="planning", taken=1))
print("has it", flush=True)
time.sleep(60)
"""


def test_the_lock_of_a_killed_process_is_released_and_its_unit_comes_first(
    open_store: Callable[[], SQLiteStore], tmp_path: Path
) -> None:
    store = open_store()
    start(store, [unit(0), unit(2)])
    program = subprocess.Popen(
        [sys.executable, "-c", _HOLDER, str(tmp_path / "fleet.db")], stdout=subprocess.PIPE, env={**os.environ}
    )
    with program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"has it\n"
        with pytest.raises(LockedError):
            store.open_key(1, "key-0")
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
    started = time.monotonic()
    session = store.open_key(1, "key-0")
    assert time.monotonic() - started < 5
    assert take(session, "planning", "waiting").taken == 1
    session.close()
