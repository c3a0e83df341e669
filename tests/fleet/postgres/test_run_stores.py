"""The journal, audit and lock of one organization in PostgreSQL keep the contracts of a run's stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from orgsdk import bulk
from orgsdk.bulk import JournalEntry
from orgsdk.fleet import FencedError
from orgsdk.fleet.postgres.run_stores import PostgresAudit, PostgresJournal, PostgresLock
from tests.bulk.run.store_contract import AuditContract, JournalContract, LockContract
from tests.bulk.samples import plan_of, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from orgsdk.bulk.run.ports import Stage
    from orgsdk.fleet.postgres import PostgresStore
    from orgsdk.fleet.postgres.key_session import PostgresKeySession


class TestJournal(JournalContract):
    @pytest.fixture
    def make(self, session: PostgresKeySession) -> Callable[[], PostgresJournal]:
        return lambda: PostgresJournal(session, 0, "school-0")


class TestAudit(AuditContract):
    @pytest.fixture
    def make(self, session: PostgresKeySession) -> Callable[[str], PostgresAudit]:
        return lambda organization: PostgresAudit(session, organization)

    @pytest.fixture
    def read(self, store: PostgresStore) -> Callable[[str], list[bytes]]:
        return lambda organization: list(store.audit_lines(organization))


class TestLock(LockContract):
    @pytest.fixture
    def make(self, session: PostgresKeySession) -> Callable[[], PostgresLock]:
        return lambda: PostgresLock(session, "school-0")


def test_an_organization_is_locked_for_the_sessions_of_other_keys(
    session: PostgresKeySession, store: PostgresStore
) -> None:
    lock = PostgresLock(session, "moved")
    lock.acquire()
    other = store.open_key(1, "odd")
    with pytest.raises(bulk.LockedError, match="moved"):
        PostgresLock(other, "moved").acquire()  # type: ignore[arg-type]  # it is one of PostgreSQL
    lock.release()
    other.close()


@pytest.mark.parametrize("text", ["nul \0", "lone \ud800", "jürgen 😀", "'; DROP TABLE runs; --"])
def test_a_journal_keeps_any_text(session: PostgresKeySession, text: str) -> None:
    journal = PostgresJournal(session, 0, "school-0")
    journal.open()
    journal.start(plan_of(write(0)), {"note": text})
    entry = JournalEntry(0, "settled", "failed", reason=text)
    journal.put([entry])
    assert journal.read()[1:] == ({"note": text}, [entry])
    journal.close()


def test_nothing_is_written_after_a_later_run_was_started(session: PostgresKeySession, store: PostgresStore) -> None:
    journal = PostgresJournal(session, 0, "school-0")
    journal.open()
    journal.start(plan_of(write(0)), {})
    run = store.run()
    assert run is not None
    assert store.start_run(run, after=1) == 2
    with pytest.raises(FencedError):
        journal.put([JournalEntry(0, "started")])
    with pytest.raises(FencedError):
        journal.store({"a": "b"})
    assert journal.read()[1:] == ({}, [])


@pytest.mark.parametrize(
    ("stage", "rests"),
    [("started", True), ("account", True), ("settled", False)],
    ids=["started", "account", "settled"],
)
def test_a_key_rests_if_the_provider_may_still_receive_a_write(
    stage: Stage, rests: bool, store: PostgresStore, open_store: Callable[..., PostgresStore]
) -> None:
    session = open_store(settling=timedelta(hours=1)).open_key(1, "even")
    unit = session.next_unit(["waiting"])
    assert unit is not None
    session.save(replace(unit, state="applying"))
    journal = session.journal(unit)
    journal.open()
    journal.start(plan_of(write(0)), {})
    journal.put([JournalEntry(0, stage, reason='[1, "started", ')])
    journal.close()
    session.close()  # as a worker does that was stopped
    if rests:
        with pytest.raises(bulk.LockedError, match="interrupted"):
            store.open_key(1, "even")
    else:
        store.open_key(1, "even").close()
