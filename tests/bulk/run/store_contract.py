"""What every store of a run must do.

Inherit a contract in a test class, with a fixture `make`: a function that returns a new object for the same store each
time, not open yet, as another process would have one. That of an audit takes the name of an organization; a fixture
`read` returns a function that returns the lines of one. `test_ports.py` has examples.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest

from orgsdk import OrgClient, bulk
from orgsdk.bulk import JournalEntry, LockedError, PlanError
from orgsdk.errors import RateLimitError
from orgsdk.providers import Memory
from tests.bulk.memories import ERROR_ARGS, create, new
from tests.bulk.samples import outcome, plan_of, write

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from orgsdk.bulk import AuditStore, JournalStore, Lock, PasswordStore

PLAN_HASH, OTHER_HASH = "a" * 64, "b" * 64


class JournalContract:
    """Contract of a `JournalStore`."""

    # False for a journal whose caller has a lock that keeps other runs out, such as that of a fleet's key.
    opens_once = True

    def test_a_journal_stores_the_plan_and_the_settings_of_one_run(self, make: Any) -> None:
        journal: JournalStore = make()
        journal.open()
        assert not journal.has_started
        with pytest.raises(PlanError):
            journal.read()
        plan = plan_of(write(0), write(1, fields={"username": "jürgen", "name": "'; --"}))
        journal.start(plan, {"audit": "/somewhere", "confirmed": "3"})
        assert journal.has_started
        journal.close()
        again: JournalStore = make()
        again.open()
        assert again.has_started
        found, settings, entries = again.read()
        assert (found.hash, settings, entries) == (plan.hash, {"audit": "/somewhere", "confirmed": "3"}, [])
        with pytest.raises(PlanError):
            again.start(plan, {})
        again.store({"audit": "/elsewhere", "passwords": "/new"})
        again.close()
        again.open()  # by another run, in the same process
        assert again.read()[1] == {"audit": "/elsewhere", "passwords": "/new", "confirmed": "3"}
        again.close()

    def test_a_journal_has_the_latest_entry_of_each_write(self, make: Any) -> None:
        journal: JournalStore = make()
        journal.open()
        journal.start(plan_of(*map(write, range(12))), {})
        journal.put(JournalEntry(number, "started", at="2026-01-01T00:00:00.000Z") for number in (11, 2, 10))
        settled = JournalEntry(2, "settled", "created", "id2", "request", "why", "2026-01-01T00:00:01.000Z")
        journal.put([JournalEntry(2, "account", "created", "id2"), settled])
        journal.put([])
        journal.close()
        again: JournalStore = make()
        again.open()
        assert again.read()[2] == [
            settled,
            *(JournalEntry(number, "started", at="2026-01-01T00:00:00.000Z") for number in (10, 11)),
        ]
        again.close()

    def test_entries_are_stored_together_or_not_at_all(self, make: Any) -> None:
        journal: JournalStore = make()
        journal.open()
        journal.start(plan_of(write(0), write(1)), {})

        def fail_after_one() -> Iterator[JournalEntry]:
            yield JournalEntry(0, "started")
            raise RuntimeError("the second entry")

        with pytest.raises(RuntimeError, match="the second entry"):
            journal.put(fail_after_one())
        assert journal.read()[2] == []
        journal.put([JournalEntry(1, "started")])
        assert journal.read()[2] == [JournalEntry(1, "started")]
        journal.close()

    def test_a_journal_is_open_in_one_run(self, make: Any) -> None:
        journal: JournalStore = make()
        journal.open()
        if self.opens_once:
            with pytest.raises(LockedError):
                make().open()
        journal.close()
        again: JournalStore = make()
        again.open()
        again.close()

    @pytest.mark.anyio
    async def test_an_interrupted_run_is_resumed(self, make: Any, tmp_path: Path) -> None:
        async with OrgClient(Memory(users=2)) as client:
            org, memory = client.organization(), client.provider
            plan = await bulk.plan(org, new(30))
            run = bulk.apply(plan, org, journal=make(), concurrency=2)
            async for _ in run:
                break
            memory.fail(create(memory), RateLimitError("slowly", status_code=429, **ERROR_ARGS), times=10_000)
            await run.aclose()
            memory.clear_faults()
            report = await bulk.resume(make(), org)
            assert report.created + report.adopted == 30
            assert (await bulk.resume(make(), org)).planned == 30
            assert (await bulk.plan(org, new(30))).is_empty
            with pytest.raises(PlanError):
                await bulk.apply(plan, org, journal=make())


class AuditContract:
    """Contract of an `AuditStore`."""

    def test_lines_are_chained_over_runs_and_not_written_twice(self, make: Any, read: Any) -> None:
        for _ in range(2):
            audit: AuditStore = make("a")
            audit.open(PLAN_HASH)
            audit.append(outcome(number) for number in range(3))
            audit.append([])
            audit.close()
        audit = make("a")
        audit.open(PLAN_HASH)
        audit.append([outcome(2), outcome(3), outcome(1, status="failed", reason="jürgen\ud800")])
        audit.append([outcome(1, status="failed"), outcome(1)])
        audit.close()
        audit.open(OTHER_HASH)
        audit.append([outcome(0)])
        audit.close()
        assert _writes(read("a")) == [0, 1, 2, 3, 1, 1, 0]
        assert bulk.verify_audit(read("a")).lines == 7

    def test_each_organization_has_its_own_chain(self, make: Any, read: Any) -> None:
        first, second = make("a"), make("b")
        first.open(PLAN_HASH)
        second.open(OTHER_HASH)
        for number in range(3):
            first.append([outcome(number)])
            second.append([outcome(number), outcome(number + 10)])
        first.close()
        second.close()
        assert bulk.verify_audit(read("a")).lines == 3
        assert bulk.verify_audit(read("b")).lines == 6
        with pytest.raises(bulk.AuditError):
            bulk.verify_audit([*read("a"), *read("b")])


class PasswordContract:
    """Contract of a `PasswordStore`."""

    def test_an_account_has_the_same_password_in_every_process(self, make: Any) -> None:
        store: PasswordStore = make()
        store.open()
        added = write(2, kind="add", user_id="9")
        store.reserve([write(0), write(1), added])
        found = [store.of(write(number)) for number in range(2)]
        assert None not in found
        assert len({one.get_secret_value() for one in found if one is not None}) == 2
        assert store.of(added) is None
        store.close()
        again: PasswordStore = make()
        assert again.name == store.name
        again.open()
        again.reserve([write(1), write(0), write(3)])
        assert [again.of(write(number)) for number in range(2)] == found
        again.drop({write(1).key, "username:nobody"})
        again.close()

    def test_a_password_is_not_shown(self, make: Any) -> None:
        store: PasswordStore = make()
        store.open()
        store.reserve([write(0)])
        password = store.of(write(0))
        assert password is not None
        assert password.get_secret_value() not in f"{store!r} {password!r} {store.name}"
        store.close()


class LockContract:
    """Contract of a `Lock`."""

    def test_a_lock_is_taken_by_one_run(self, make: Any) -> None:
        lock: Lock = make()
        lock.acquire()
        with pytest.raises(LockedError):
            make().acquire()
        lock.release()
        lock.acquire()
        lock.release()
        other: Lock = make()
        other.acquire()
        other.release()


def _writes(lines: Sequence[bytes | str]) -> list[int]:
    import json

    return [json.loads(line)["write"] for line in lines]


def methods_of(protocol: type) -> set[str]:
    """Return the methods and properties that a protocol declares."""
    return {name for name, _ in inspect.getmembers_static(protocol) if not name.startswith("_")}
