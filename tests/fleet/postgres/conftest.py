"""Fixtures of the tests of the store in PostgreSQL."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from orgsdk.fleet.postgres import PostgresStore
    from orgsdk.fleet.postgres.key_session import PostgresKeySession


@pytest.fixture
def open_store(postgres: str) -> Iterator[Callable[[], PostgresStore]]:
    """Return a function that opens the store, as another process would."""
    from orgsdk.fleet.postgres import PostgresStore

    stores: list[PostgresStore] = []

    def open_one(settling: timedelta = timedelta()) -> PostgresStore:
        store = PostgresStore(postgres, settling=settling)
        store.open()
        stores.append(store)
        return store

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(open_store: Callable[[], PostgresStore]) -> PostgresStore:
    """Return a store with one run of six units of two keys, "even" and "odd"."""
    from orgsdk.fleet.units import RunRecord, UnitRecord

    store = open_store()
    run = RunRecord(night=date(2026, 1, 2), mode="sync", started_at=datetime(2026, 1, 2, tzinfo=UTC))
    epoch = store.start_run(run, after=0)
    keys = ["even", "odd"]
    store.add_units(epoch, [UnitRecord(number=n, name=f"school-{n}", key=keys[n % 2], entry="{}") for n in range(6)])
    return store


@pytest.fixture
def session(store: PostgresStore) -> Iterator[PostgresKeySession]:
    """Return the session of the key "even"."""
    from orgsdk.fleet.postgres.key_session import PostgresKeySession

    session = store.open_key(1, "even")
    assert isinstance(session, PostgresKeySession)
    yield session
    session.close()
